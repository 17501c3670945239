package e2e_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// try is a purchase that a buyer repeats with the same key.
type try struct {
	buyer *harness.Client
	key   string
	body  harness.Object
}

func newTry(t *testing.T, r *harness.Store) try {
	t.Helper()
	buyer := r.NewBuyer(t)
	return try{buyer, harness.NewKey(), buyer.Purchase("pm_ok", buyer.Add("tidewright"))}
}

func (p try) pay() harness.Reply { return p.buyer.Keyed("/v1/checkouts", p.key, p.body) }

// requireHonest asserts that a request during a fault was refused for now, or its outcome left open.
func requireHonest(t *testing.T, answer harness.Reply) {
	t.Helper()
	if answer.Status == http.StatusConflict { // a row or a table is locked
		answer.Problem(http.StatusConflict, "resource-busy")
		return
	}
	require.Contains(t, []int{http.StatusAccepted, http.StatusServiceUnavailable}, answer.Status, string(answer.Raw))
	if answer.Status == http.StatusServiceUnavailable {
		require.NotEmpty(t, answer.Header.Get("Retry-After"), "the client is told when to repeat")
	}
}

// requireBought asserts that purchases that were repeated after a fault are complete, each charged once.
func requireBought(t *testing.T, r *harness.Store, purchases ...try) {
	t.Helper()
	for _, p := range purchases {
		var answer harness.Reply
		harness.Eventually(t, "the purchase completes", func() bool {
			answer = p.pay()
			return answer.Status == http.StatusCreated
		})
		p.buyer.AwaitOwned(1)
		require.Equal(t, 1, r.SucceededCharges(t, answer.Text("id")))
	}
	harness.Eventually(t, "background work has drained", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

// as returns a connection to the database of a store.
func as(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestFault_OperatorLocksTable_PurchaseCompletesAfterwards(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { // the other timeouts are those of a busy machine
		cfg.Database.LockTimeout, cfg.HTTP.WriteTimeout = 500*time.Millisecond, 2*time.Minute
	}))
	for _, table := range []string{"checkout.orders", "billing.payments", "library.entitlements", "cart.lines"} {
		t.Run(table, func(t *testing.T) {
			purchase := newTry(t, r)
			operator := as(t, r.Database.OwnerURL)
			_, err := operator.Exec(t.Context(), `BEGIN; LOCK TABLE `+table)
			require.NoError(t, err)
			requireHonest(t, purchase.pay())
			_, err = operator.Exec(t.Context(), `ROLLBACK`)
			require.NoError(t, err)
			requireBought(t, r, purchase)
		})
	}
}

func TestFault_OthersUseAllConnections_PurchasesCompleteAfterwards(t *testing.T) {
	t.Parallel()
	const limit = 6
	r := harness.Start(t, nil)
	purchase := newTry(t, r)
	name := databaseName(t, r)
	operator := as(t, r.Database.OwnerURL)
	_, err := operator.Exec(t.Context(), `ALTER DATABASE `+name+` CONNECTION LIMIT 6`)
	require.NoError(t, err)
	// The store's connections end; those of others are faster than its new ones.
	var others []*pgx.Conn
	harness.Eventually(t, "others have all connections", func() bool {
		_, err := operator.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = $1 AND pid <> pg_backend_pid() AND application_name = 'coinslot'`, name)
		require.NoError(t, err)
		if conn, err := pgx.Connect(t.Context(), r.Database.StoreURL); err == nil {
			others = append(others, conn)
		}
		return len(others) >= limit-1
	})
	requireHonest(t, purchase.pay())
	purchase.buyer.Get("/v1/library").Is(http.StatusServiceUnavailable)
	for _, conn := range others {
		require.NoError(t, conn.Close(t.Context()))
	}
	_, err = operator.Exec(t.Context(), `ALTER DATABASE `+name+` CONNECTION LIMIT -1`)
	require.NoError(t, err)
	requireBought(t, r, purchase)
}

func databaseName(t *testing.T, r *harness.Store) string {
	t.Helper()
	u, err := url.Parse(r.Database.OwnerURL)
	require.NoError(t, err)
	return filepath.Base(u.Path)
}

// The rows that queues delete stay in their tables while an old snapshot may read them.
func TestFault_LongTransactionHoldsBackVacuum_PurchasesComplete(t *testing.T) {
	t.Parallel()
	const purchases = 20
	r := harness.Start(t, nil)
	reader := as(t, r.Database.OwnerURL)
	_, err := reader.Exec(t.Context(), `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM checkout.orders`)
	require.NoError(t, err)
	all := make([]try, purchases)
	for i := range all {
		all[i] = newTry(t, r)
		all[i].pay().Is(http.StatusCreated)
	}
	r.AsOwner(t, `VACUUM`)
	requireBought(t, r, all...)
	harness.Eventually(t, "everything is numbered and sealed", func() bool {
		return harness.Count(t, r, "billing.invoices") == purchases &&
			harness.Count(t, r, "billing.journal_unsealed")+harness.Count(t, r, "billing.unsealed_records") == 0
	})
	var seen int
	require.NoError(t, reader.QueryRow(t.Context(), `SELECT count(*) FROM checkout.orders`).Scan(&seen))
	require.Zero(t, seen, "the snapshot is from before the purchases")
}

// smallDisk returns a folder on a file system of its own, which fill fills and free frees.
func smallDisk(t *testing.T) (folder string, fill, free func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: a full disk needs root, to mount a small file system")
	}
	folder = pgtest.Folder(t)
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=256k,mode=0777"); err != nil {
		t.Skipf("SKIPPED: a full disk needs a mount of a small file system: %v", err)
	}
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(folder, syscall.MNT_DETACH)) })
	ballast := filepath.Join(folder, "ballast")
	fill = func() {
		file, err := os.Create(ballast)
		require.NoError(t, err)
		defer file.Close()
		for piece := make([]byte, 4096); err == nil; {
			_, err = file.Write(piece)
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
	return folder, fill, func() { require.NoError(t, os.Remove(ballast)) }
}

// The head file is in the data folder: a number that it cannot reserve is not issued.
func TestFault_DataFolderIsFull_InvoicesAreNumberedAfterwards(t *testing.T) {
	t.Parallel()
	folder, fill, free := smallDisk(t)
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) {
		cfg.Ledger.HeadFile = filepath.Join(folder, "heads.jsonl")
	}))
	first := newTry(t, r)
	requireBought(t, r, first)
	harness.Eventually(t, "the first invoice is issued", func() bool {
		return harness.Count(t, r, "billing.invoices") == 1
	})
	fill()
	const purchases = 5
	all := make([]try, purchases)
	for i := range all {
		all[i] = newTry(t, r)
		all[i].pay().Is(http.StatusCreated)
		all[i].buyer.AwaitOwned(1)
	}
	free()
	requireBought(t, r, all...)
	harness.Eventually(t, "all invoices are issued", func() bool {
		return harness.Count(t, r, "billing.invoices") == purchases+1
	})
}
