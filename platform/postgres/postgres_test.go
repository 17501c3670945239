package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var errAbort = errors.New("abort")

func table(t *testing.T) *pgtest.Database {
	t.Helper()
	d := pgtest.New(t, nil)
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `
		CREATE TABLE t (n int PRIMARY KEY, v int NOT NULL DEFAULT 0);
		INSERT INTO t VALUES (1), (2);
		GRANT ALL ON t TO coinslot_app`)
	require.NoError(t, err)
	return d
}

func rows(t *testing.T, c postgres.Conn) int {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), c, `SELECT count(*) AS n FROM t`)
	require.NoError(t, err)
	return row.N
}

func TestInTx_ErrorOrPanic_RollsBack(t *testing.T) {
	t.Parallel()
	d := table(t)
	insert := func(ctx context.Context, tx *postgres.Tx, n int) error {
		_, err := postgres.Exec(ctx, tx, `INSERT INTO t (n) VALUES ($1)`, n)
		return err
	}
	require.NoError(t, d.DB.InTx(t.Context(),
		func(ctx context.Context, tx *postgres.Tx) error { return insert(ctx, tx, 3) }))
	err := d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return errors.Join(insert(ctx, tx, 4), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	require.Panics(t, func() {
		_ = d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			require.NoError(t, insert(ctx, tx, 5))
			panic("after the insert")
		})
	})
	require.Equal(t, 3, rows(t, d.DB))
	err = d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error { return insert(ctx, tx, 3) })
	require.True(t, postgres.IsUnique(err, "t_pkey"))
	require.False(t, postgres.IsUnique(err, "another"))
}

func TestInTx_Deadlock_RetriesUntilBothCommit(t *testing.T) {
	t.Parallel()
	d := table(t)
	var met sync.WaitGroup
	met.Add(2)
	var tries atomic.Int32
	both := func(first, second int) error {
		var once sync.Once
		return d.DB.InTx(context.Background(), func(ctx context.Context, tx *postgres.Tx) error {
			tries.Add(1)
			if _, err := postgres.Exec(ctx, tx, `UPDATE t SET v = v + 1 WHERE n = $1`, first); err != nil {
				return err
			}
			once.Do(func() { met.Done(); met.Wait() })
			_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = v + 1 WHERE n = $1`, second)
			return err
		})
	}
	var group sync.WaitGroup
	results := make([]error, 2)
	group.Go(func() { results[0] = both(1, 2) })
	group.Go(func() { results[1] = both(2, 1) })
	group.Wait()
	require.NoError(t, errors.Join(results...))
	require.Greater(t, tries.Load(), int32(2))
	row, _, err := postgres.One[struct{ Sum int }](t.Context(), d.DB, `SELECT sum(v) AS sum FROM t`)
	require.NoError(t, err)
	require.Equal(t, 4, row.Sum, "each update is applied once")
}

func TestPool_AllConnectionsInUse_ReturnsErrBusy(t *testing.T) {
	t.Parallel()
	d := table(t)
	limits := pgtest.Limits(d.StoreURL)
	limits.PoolSize, limits.AcquireTimeout = 1, 500*time.Millisecond
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, read := range []func(ctx context.Context) error{
		func(ctx context.Context) error {
			_, err := postgres.Exec(ctx, db, `SELECT 1`)
			return err
		},
		func(ctx context.Context) error {
			_, err := db.Direct(ctx, `SELECT $1::int`, []any{1}, new(int))
			return err
		},
	} {
		err = db.InTx(t.Context(), func(ctx context.Context, _ *postgres.Tx) error { return read(ctx) })
		require.ErrorIs(t, err, postgres.ErrBusy)
		require.NoError(t, read(t.Context()))
	}
	require.NoError(t, db.Ping(t.Context()))
}

// A store that has just started, or was idle, opens connections while requests wait for them.
func TestPool_ConnectionOpensSlowly_IsAwaitedBeyondTheAcquireTimeout(t *testing.T) {
	t.Parallel()
	d := table(t)
	limits := pgtest.Limits(d.StoreURL)
	limits.AcquireTimeout = 500 * time.Millisecond // as by default: until the opening begins, even on a busy machine
	proxy := pgtest.NewFaultProxy(t, d.StoreURL)
	proxy.Delay(2 * limits.AcquireTimeout)
	limits.URL = proxy.URL
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	var reads sync.WaitGroup
	for range limits.PoolSize / 2 {
		reads.Go(func() { require.NoError(t, db.Ping(t.Context())) })
		reads.Go(func() {
			_, err := db.Direct(t.Context(), `SELECT $1::int`, []any{1}, new(int))
			require.NoError(t, err)
		})
	}
	reads.Wait()

	limits.ConnectTimeout = limits.AcquireTimeout
	impatient, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, impatient.Close()) })
	require.ErrorIs(t, impatient.Ping(t.Context()), postgres.ErrUnavailable)
}

func TestFault_MapsDriverErrors(t *testing.T) {
	t.Parallel()
	d := table(t)
	limits := pgtest.Limits(d.StoreURL)
	limits.StatementTimeout, limits.LockTimeout = 2*time.Second, 100*time.Millisecond
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = postgres.Exec(t.Context(), db, `SELECT pg_sleep(60)`)
	require.ErrorIs(t, err, postgres.ErrUnavailable)
	_, err = postgres.Exec(t.Context(), db, `SELECT convert_from(decode('ff', 'hex'), 'UTF8')`)
	require.ErrorIs(t, err, postgres.ErrText)
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = 1 WHERE n = 1`)
		require.NoError(t, err)
		_, err = postgres.Exec(t.Context(), db, `UPDATE t SET v = 2 WHERE n = 1`)
		require.ErrorIs(t, err, postgres.ErrLocked)
		return nil
	}))
	limits.URL = "postgres://nobody@127.0.0.1:1/nothing"
	down, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, down.Close()) })
	require.ErrorIs(t, down.Ping(t.Context()), postgres.ErrUnavailable)
}

func TestInRepeatableTx_RowLockedLongerThanLockTimeout_Waits(t *testing.T) {
	t.Parallel()
	d := table(t)
	limits := pgtest.Limits(d.StoreURL)
	limits.LockTimeout = 50 * time.Millisecond
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	third, result := make(chan struct{}), make(chan error, 1)
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = 1 WHERE n = 1`)
		tries := 0
		go func() {
			result <- db.InRepeatableTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *postgres.Tx) error {
				if tries++; tries == 3 {
					close(third)
				}
				_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = v + 1 WHERE n = 1`)
				return err
			})
		}()
		select {
		case <-third:
			return err
		case err := <-result:
			return errors.Join(errors.New("it did not wait"), err)
		}
	}))
	require.NoError(t, <-result)
	row, _, err := postgres.One[struct{ V int }](t.Context(), d.DB, `SELECT v FROM t WHERE n = 1`)
	require.NoError(t, err)
	require.Equal(t, 2, row.V)
}

func TestInRepeatableTx_RowLockedLongerThanATransaction_ReturnsErrLocked(t *testing.T) {
	t.Parallel()
	d := table(t)
	limits := pgtest.Limits(d.StoreURL)
	limits.LockTimeout, limits.TransactionTimeout, limits.CommitTimeout = 50*time.Millisecond, 2*time.Second, 0
	db, err := postgres.Open(limits, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = 1 WHERE n = 1`)
		require.NoError(t, err)
		require.ErrorIs(t, db.InRepeatableTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			_, err := postgres.Exec(ctx, tx, `UPDATE t SET v = 2 WHERE n = 1`)
			return err
		}), postgres.ErrLocked)
		return nil
	}))
}

func TestMigrator_TenConcurrentUps_ThenEveryDown(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	modules := storetest.Modules(t)
	var group sync.WaitGroup
	results := make([]error, 10)
	for i := range results {
		group.Go(func() {
			m, err := postgres.NewMigrator(context.Background(), d.OwnerURL, modules)
			if err == nil {
				err = m.Up(context.Background())
				m.Close()
			}
			results[i] = err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	m, err := postgres.NewMigrator(t.Context(), d.OwnerURL, modules)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	appliedTo := func(module string) (n int) {
		states, err := m.Status(t.Context())
		require.NoError(t, err)
		for _, s := range states {
			if s.Applied && strings.HasPrefix(s.Module, module) {
				n++
			}
		}
		return n
	}
	applied := func() int { return appliedTo("") }
	all := applied()
	require.GreaterOrEqual(t, all, len(modules))
	for n := range appliedTo("cart") {
		require.NoError(t, m.Down(t.Context(), "cart"))
		require.Equal(t, all-n-1, applied())
	}
	require.ErrorContains(t, m.Down(t.Context(), "cart"), "no migration is applied")
	require.ErrorContains(t, m.Down(t.Context(), "nonsense"), "no module")
	require.NoError(t, m.DownAll(t.Context()))
	require.Zero(t, applied())
	require.NoError(t, m.Up(t.Context()))
	require.Equal(t, all, applied())
}

func TestMigrator_TableInUse_SaysWhatToDo(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, storetest.Modules(t))
	impatient, err := url.Parse(d.OwnerURL)
	require.NoError(t, err)
	query := impatient.Query()
	query.Set("lock_timeout", "100ms")
	impatient.RawQuery = query.Encode()
	m, err := postgres.NewMigrator(t.Context(), impatient.String(), append(storetest.Modules(t),
		postgres.Migrations{Module: "zoo", Files: fstest.MapFS{"0001_lock.sql": &fstest.MapFile{
			Data: []byte("-- +goose Up\nALTER TABLE cart.lines ADD COLUMN x int;\n"),
		}}}))
	require.NoError(t, err)
	t.Cleanup(m.Close)
	require.NoError(t, d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		_, _, err := postgres.One[struct{ N int }](ctx, tx, `SELECT count(*) AS n FROM cart.lines`)
		require.NoError(t, err)
		require.ErrorContains(t, m.Up(ctx), "another transaction held a lock")
		return nil
	}))
	require.NoError(t, m.Up(t.Context()))
}

func TestMigrator_RepeatableFile_RunsAtEachUp(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	files := fstest.MapFS{
		"0001_runs.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE m.runs (n int);\n-- +goose Down\nDROP TABLE m.runs;")},
		"repeat.sql":     {Data: []byte("INSERT INTO m.runs VALUES (1); INSERT INTO m.runs VALUES (2);")},
		"repeat_and.txt": {Data: []byte("no SQL")},
	}
	// The owner of the schemas needs no right to create any.
	owner := pgtest.Unprivileged(t, d, "m", "river", "migrations")
	m, err := postgres.NewMigrator(t.Context(), owner, []postgres.Migrations{{Module: "m", Files: files}})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	conn, err := pgx.Connect(t.Context(), owner)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	runs := func() (n int) {
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM m.runs`).Scan(&n))
		return n
	}
	for ups := range 2 {
		require.NoError(t, m.Up(t.Context()))
		require.Equal(t, 2*(ups+1), runs())
	}
	states, err := m.Status(t.Context())
	require.NoError(t, err)
	require.Len(t, states, 1, "a repeatable file has no state")
	files["repeat.sql"].Data = []byte("INSERT INTO m.runs VALUES (5); SELECT 1/0")
	require.ErrorContains(t, m.Up(t.Context()), "migrate m with repeat.sql")
	require.Equal(t, 4, runs(), "it runs whole or not at all")
}

func TestStoreRole_CannotChangeImmutableRows(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	for _, statement := range []string{
		`UPDATE catalog.price_versions SET amount = 0`, `DELETE FROM catalog.price_versions`,
		`UPDATE catalog.price_withdrawals SET withdrawn_at = now()`, `DELETE FROM catalog.price_withdrawals`,
		`UPDATE billing.invoices SET number = 1`, `DELETE FROM billing.invoices`,
		`UPDATE billing.invoice_documents SET pdf = ''`,
		`DELETE FROM checkout.orders`, `DELETE FROM billing.payments`, `DELETE FROM checkout.attempts`,
		`CREATE TABLE cart.mine ()`,
		`DELETE FROM billing.refunds`, `UPDATE billing.history SET result = ''`, `DELETE FROM checkout.order_history`,
	} {
		_, err := postgres.Exec(t.Context(), d.DB, statement)
		require.ErrorContains(t, err, "permission denied", statement)
	}
}
