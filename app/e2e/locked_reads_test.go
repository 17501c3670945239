package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// lockAll locks every row of every table, and every table in a mode, until the returned function is called.
func lockAll(t *testing.T, r *harness.Store, mode string) (unlock func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	rows, err := conn.Query(t.Context(), `SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	statements := []string{"BEGIN", "LOCK TABLE " + strings.Join(tables, ", ") + " IN " + mode + " MODE"}
	for _, table := range tables {
		statements = append(statements, "SELECT FROM "+table+" FOR UPDATE")
	}
	lock := func() error {
		for _, statement := range statements {
			if _, err := conn.Exec(t.Context(), statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	}
	var deadlock *pgconn.PgError // with a job of the store that locks tables in another order
	for err = lock(); errors.As(err, &deadlock) && deadlock.Code == "40P01"; err = lock() {
		_, err = conn.Exec(t.Context(), "ROLLBACK")
		require.NoError(t, err)
	}
	require.NoError(t, err)
	return func() { require.NoError(t, conn.Close(context.Background())) }
}

// An operator's transaction, or a migration, locks what requests read.
func TestReads_RowsAndTablesAreLockedForWriters(t *testing.T) {
	t.Parallel()
	const lockTimeout = 5 * time.Second // more than a busy machine needs for a read
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Database.LockTimeout = lockTimeout }))
	res := newResources(t, r)
	open := res.owner.Keyed("/v1/checkouts", harness.NewKey(),
		res.owner.Purchase("pm_requires_action", res.owner.Add("star-orchard"))).Is(http.StatusAccepted).Text("id")
	paths := map[string]*harness.Client{
		"/v1/orders/" + open:                        res.owner,
		"/v1/orders/" + open + "/timeline":          res.owner,
		"/v1/admin/orders/" + open:                  res.staff,
		"/v1/admin/orders?status=requires_action":   res.staff,
		"/v1/products/star-orchard?currency=EUR":    res.owner,
		"/v1/products?q=orchard&currency=EUR":       res.owner,
		"/v1/products?q=orchads&limit=3":            res.owner,
		"/v1/bundles?limit=3":                       res.owner,
		"/v1/admin/ledger/entries?order_id=" + open: res.staff,
	}
	for operation, row := range matrix {
		if strings.HasPrefix(operation, "GET ") {
			caller := res.owner
			if row.owner == http.StatusForbidden {
				caller = res.staff
			}
			paths[res.in(row.path)] = caller
		}
	}

	for name, mode := range map[string]string{
		"of locked rows are answered at once":       "ROW SHARE",
		"of tables locked for writers are answered": "SHARE ROW EXCLUSIVE",
	} {
		t.Run(name, func(t *testing.T) {
			unlock := lockAll(t, r, mode)
			defer unlock()
			for path, caller := range paths {
				began := time.Now()
				answer := caller.Get(path)
				require.Equal(t, http.StatusOK, answer.Status, "GET %s: %s", path, answer.Raw)
				if mode == "ROW SHARE" && !strings.HasSuffix(path, "/pdf") { // the first request for a PDF tries to store it
					require.Less(t, time.Since(began), lockTimeout, "GET %s waited for a lock", path)
				}
			}
		})
	}
	t.Run("of locked tables are unavailable", func(t *testing.T) {
		unlock := lockAll(t, r, "ACCESS EXCLUSIVE")
		defer unlock()
		answer := res.owner.Get("/v1/orders/" + open)
		require.Equal(t, http.StatusServiceUnavailable, answer.Status, string(answer.Raw))
		require.Equal(t, "database-unavailable", answer.Text("code"))
		require.NotEmpty(t, answer.Header.Get("Retry-After"))
	})
	res.owner.Get("/v1/orders/" + open).Is(http.StatusOK)
}
