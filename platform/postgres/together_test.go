package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// trips records the statements of each round trip.
type trips struct {
	mu  sync.Mutex
	all []string
}

func (r *trips) add(ctx context.Context, statements ...string) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, strings.Join(statements, "; "))
	return ctx
}

func (r *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return r.add(ctx, q.SQL)
}

func (r *trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	var statements []string
	for _, q := range b.Batch.QueuedQueries {
		statements = append(statements, q.SQL)
	}
	return r.add(ctx, statements...)
}

func (r *trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (r *trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// openTraced opens a database with a number of connections.
func openTraced(t *testing.T, connections int) (*postgres.DB, *trips) {
	t.Helper()
	traced := &trips{}
	limits := pgtest.Limits(table(t).StoreURL)
	limits.PoolSize = connections
	db, err := postgres.Open(limits, traced)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db, traced
}

// reading returns a function that reads a number into out.
func reading(db *postgres.DB, query string, out *int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := db.Direct(ctx, query, nil, out)
		return err
	}
}

const increment = `UPDATE t SET v = v + 1 WHERE n = $1`

// incrementing returns a function that increments the value of a row.
func incrementing(db *postgres.DB, n int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := db.DirectExec(ctx, increment, n)
		return err
	}
}

func value(t *testing.T, db *postgres.DB, n int) (v int) {
	t.Helper()
	_, err := db.Direct(t.Context(), `SELECT v FROM t WHERE n = $1`, []any{n}, &v)
	require.NoError(t, err)
	return v
}

func TestTogether_Statements_ShareRoundTrips(t *testing.T) {
	t.Parallel()
	db, traced := openTraced(t, 1)
	var one, two, three, four int
	require.NoError(t, db.Together(t.Context(),
		func(ctx context.Context) error {
			if err := reading(db, `SELECT 1`, &one)(ctx); err != nil {
				return err
			}
			return reading(db, `SELECT 4`, &four)(ctx)
		},
		func(context.Context) error { return nil },
		func(ctx context.Context) error {
			return db.Together(ctx,
				reading(db, `SELECT 2`, &two), incrementing(db, 1), reading(db, `SELECT sum(v) FROM t`, &three))
		},
	))
	require.Equal(t, []string{"SELECT 1; SELECT 2; " + increment + "; SELECT sum(v) FROM t", "SELECT 4"}, traced.all)
	require.Equal(t, []int{1, 2, 1, 4}, []int{one, two, three, four})
	found, err := postgres.DirectAll(t.Context(), db, `SELECT n FROM t ORDER BY n`, nil,
		func(n *int) []any { return []any{n} })
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, found)
}

func TestTogether_OneStatementFails_OthersHaveTheirResults(t *testing.T) {
	t.Parallel()
	db, _ := openTraced(t, 1)
	var first, last int
	err := db.Together(t.Context(),
		incrementing(db, 1),
		reading(db, `SELECT v FROM t WHERE n = 1`, &first),
		reading(db, `SELECT 1 / (n - n) FROM t`, new(int)),
		incrementing(db, 1),
		reading(db, `SELECT v FROM t WHERE n = 1`, &last),
	)
	require.ErrorContains(t, err, "division by zero")
	require.Equal(t, 2, value(t, db, 1), "each write takes effect once")
	require.Equal(t, []int{1, 2}, []int{first, last})
}

func TestTogether_ConnectionLost_RepeatsReadsOnly(t *testing.T) {
	t.Parallel()
	db, proxy := openFaulty(t)
	var read int
	var written, found error
	proxy.DropAfter("UPDATE")
	require.NoError(t, db.Together(t.Context(),
		func(ctx context.Context) error { written = incrementing(db, 1)(ctx); return nil },
		func(ctx context.Context) error {
			found = reading(db, `SELECT v FROM t WHERE n = 1`, &read)(ctx)
			return nil
		},
	))
	require.Equal(t, 1, proxy.Drops())
	require.True(t, postgres.Uncertain(written), written)
	require.NoError(t, found)
	require.Equal(t, 1, read)
	require.Equal(t, 1, value(t, db, 1))

	proxy.DropBefore("SELECT v")
	require.Equal(t, 1, value(t, db, 1), "a read by itself is repeated, too")
	require.Equal(t, 2, proxy.Drops())
}

func TestTogether_Transactions_DoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	db, _ := openTraced(t, 2)
	// Each transaction keeps a connection while its function sends a statement with the other one.
	beside := func(ctx context.Context) error {
		return db.InTx(ctx, func(ctx context.Context, _ *postgres.Tx) error { return incrementing(db, 1)(ctx) })
	}
	require.NoError(t, db.Together(t.Context(), beside, beside))
	require.Equal(t, 2, value(t, db, 1))
}

func TestTogether_Panic_EndsTheOthers(t *testing.T) {
	t.Parallel()
	db, _ := openTraced(t, 1)
	var waiting error
	require.PanicsWithValue(t, "after the first statement", func() {
		_ = db.Together(t.Context(),
			func(ctx context.Context) error { waiting = reading(db, `SELECT 1`, new(int))(ctx); return waiting },
			func(context.Context) error { panic("after the first statement") })
	})
	require.ErrorIs(t, waiting, context.Canceled)
	require.NoError(t, db.Ping(t.Context()), "the connection is free")
}

func TestAsyncCommit_AppliesToItsStatement(t *testing.T) {
	t.Parallel()
	limits := pgtest.Limits(table(t).StoreURL)
	limits.PoolSize = 1
	limits.URL += map[bool]string{true: "&", false: "?"}[strings.Contains(limits.URL, "?")] + "synchronous_commit=on"
	db, err := postgres.Open(limits)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	setting := func(from string) (value string) {
		_, err := db.Direct(t.Context(), `SELECT current_setting('synchronous_commit') `+from, nil, &value)
		require.NoError(t, err)
		return value
	}
	require.Equal(t, "off", setting("FROM (SELECT FROM "+postgres.AsyncCommit+" OFFSET 0) AS s"))
	require.Equal(t, "on", setting(""), "on the same connection")
}
