package postgres_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// The reasons of postgres.Fallbacks.
const (
	paused = iota
	positionUnknown
	behind
	conflict
	unavailable
)

const replicatedTable = `CREATE TABLE t (n int PRIMARY KEY, v int NOT NULL DEFAULT 0);
	INSERT INTO t (n) SELECT generate_series(0, 63); GRANT ALL ON t TO coinslot_app`

// replicated starts a primary with a table and a standby.
func replicated(t *testing.T, settings ...string) (primary, standby *pgtest.Server) {
	t.Helper()
	primary = pgtest.NewServer(t, nil)
	primary.Exec(t, replicatedTable)
	standby = primary.Standby(t, settings...)
	primary.AwaitReplay(t, standby)
	return primary, standby
}

// openReplicated opens a primary with a replica.
func openReplicated(t *testing.T, primary, standby string) *postgres.DB {
	t.Helper()
	limits := pgtest.Limits(primary)
	limits.ReplicaURL = standby
	db, err := postgres.Open(limits)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func stats(t *testing.T, db *postgres.DB) postgres.ReplicaStats {
	t.Helper()
	s, ok := db.ReplicaStats()
	require.True(t, ok)
	return s
}

// valueOf reads a row of the table with Read.
func valueOf(ctx context.Context, db *postgres.DB, n int) (int, error) {
	return postgres.Read(ctx, db, func(ctx context.Context, from *postgres.DB) (v int, err error) {
		_, err = from.Direct(ctx, `SELECT v FROM t WHERE n = $1`, []any{n}, &v)
		return v, err
	})
}

// awaitRead reads until a standby has answered: its connections are opened by the first reads.
func awaitRead(t *testing.T, db *postgres.DB) {
	t.Helper()
	before := stats(t, db).Reads
	require.Eventually(t, func() bool {
		_, err := valueOf(t.Context(), db, 0)
		return err == nil && stats(t, db).Reads > before
	}, 30*time.Second, 10*time.Millisecond, "a standby answers")
}

func TestRead_NoReplica_ReadsThePrimary(t *testing.T) {
	t.Parallel()
	d := table(t)
	v, err := postgres.Read(t.Context(), d.DB, func(_ context.Context, from *postgres.DB) (int, error) {
		require.Same(t, d.DB, from)
		return 7, nil
	})
	require.NoError(t, err)
	require.Equal(t, 7, v)
	_, ok := d.DB.ReplicaStats()
	require.False(t, ok)
}

func TestRead_StandbyHasReplayed_ReadsTheStandby(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	awaitRead(t, db)
	type row struct{ Standby bool }
	const query = `SELECT pg_is_in_recovery() AS standby`
	recovering := func(ctx context.Context, from *postgres.DB) (bool, error) {
		r, _, err := postgres.One[row](ctx, from, query) // through database/sql
		return r.Standby, err
	}
	require.Eventually(t, func() bool {
		fromStandby, err := postgres.Read(t.Context(), db, recovering)
		return err == nil && fromStandby
	}, 30*time.Second, 10*time.Millisecond)
	fromStandby, err := recovering(t.Context(), db)
	require.NoError(t, err)
	require.False(t, fromStandby, "statements outside of Read")
	require.NoError(t, db.Together(t.Context(), func(ctx context.Context) error {
		fromStandby, err := postgres.Read(ctx, db, recovering)
		require.False(t, fromStandby, "statements that are sent together")
		return err
	}))
	before := stats(t, db)
	errDomain := fault.New(fault.NotFound, "not-found", "not found")
	calls := 0
	_, err = postgres.Read(t.Context(), db, func(context.Context, *postgres.DB) (int, error) {
		calls++
		return 0, errDomain
	})
	require.ErrorIs(t, err, errDomain)
	require.Equal(t, 1, calls, "a fault of the domain is the result")
	require.Equal(t, before.Fallbacks[unavailable], stats(t, db).Fallbacks[unavailable])
}

// readsOfTest returns how many reads a test makes: the proof of the requirement makes 100,000.
func readsOfTest(t *testing.T) int {
	t.Helper()
	reads, err := strconv.Atoi(os.Getenv("COINSLOT_TEST_READS"))
	if err != nil {
		return 2000
	}
	return reads
}

const (
	writers       = 8
	readsPerWrite = 10
)

// Each writer changes its row and reads it through either of two stores. Between its writes the replica catches up, so
// that both servers answer reads.
func TestRead_AfterOwnWrite_IsNeverStale(t *testing.T) {
	t.Parallel()
	for _, delay := range []string{"0", "3ms", "40ms"} {
		t.Run("replay is delayed by "+delay, func(t *testing.T) {
			t.Parallel()
			primary, standby := replicated(t, "recovery_min_apply_delay="+delay)
			stores := []*postgres.DB{
				openReplicated(t, primary.StoreURL, standby.StoreURL), openReplicated(t, primary.StoreURL, standby.StoreURL),
			}
			awaitRead(t, stores[0])
			awaitRead(t, stores[1])
			var stale, reads atomic.Int64
			var group sync.WaitGroup
			for writer := range writers {
				group.Go(func() {
					for written := 1; int(reads.Load()) < readsOfTest(t) && !t.Failed(); written++ {
						_, err := stores[written%2].DirectExec(t.Context(), `UPDATE t SET v = $2 WHERE n = $1`, writer, written)
						if err != nil {
							t.Error(err)
						}
						for i := range readsPerWrite {
							v, err := valueOf(t.Context(), stores[(written+i)%2], writer)
							if err != nil {
								t.Error(err)
							}
							if reads.Add(1); v != written {
								stale.Add(1)
							}
						}
					}
				})
			}
			group.Wait()
			require.Zero(t, stale.Load(), "stale reads of %d", reads.Load())
			a, b := stats(t, stores[0]), stats(t, stores[1])
			t.Logf("%d reads; of the standby %d and %d; fallbacks %v and %v", reads.Load(), a.Reads, b.Reads, a.Fallbacks,
				b.Fallbacks)
			require.Positive(t, a.Reads+b.Reads)
		})
	}
}

func TestRead_StandbyIsBehind_ReadsThePrimary(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	awaitRead(t, db)
	standby.Exec(t, `SELECT pg_wal_replay_pause()`)
	require.Eventually(t, func() bool {
		return standby.Text(t, `SELECT pg_get_wal_replay_pause_state()`) == "paused"
	}, 30*time.Second, 10*time.Millisecond)
	for written := 1; written <= 20; written++ {
		_, err := db.DirectExec(t.Context(), `UPDATE t SET v = $1 WHERE n = 1`, written)
		require.NoError(t, err)
		v, err := valueOf(t.Context(), db, 1)
		require.NoError(t, err)
		require.Equal(t, written, v)
	}
	s := stats(t, db)
	require.Positive(t, s.Fallbacks[behind])
	require.Positive(t, s.Fallbacks[paused], "most reads do not wait for a standby that is behind")
	standby.Exec(t, `SELECT pg_wal_replay_resume()`)
	awaitRead(t, db)
}

// After a switch of the segment the next record is behind the header of a page that the standby has not received.
func TestRead_IdlePrimaryAtTheStartOfASegment_ReadsTheStandby(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	awaitRead(t, db)
	const position = `SELECT pg_current_wal_insert_lsn()::text`
	idle := false
	for range 3 { // an idle primary writes a record every 15 s
		primary.Exec(t, `UPDATE t SET v = v + 1 WHERE n = 2`, `SELECT pg_switch_wal()`)
		before := primary.Text(t, position)
		awaitRead(t, db)
		idle = idle || primary.Text(t, position) == before
	}
	require.True(t, idle, "the standby answers before the primary writes another record")
}

func TestRead_StandbyStops_ReadsThePrimaryUntilItReturns(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	awaitRead(t, db)
	standby.Stop(t)
	require.Eventually(t, func() bool {
		_, err := valueOf(t.Context(), db, 0)
		require.NoError(t, err)
		return stats(t, db).Fallbacks[unavailable] > 0
	}, 30*time.Second, time.Millisecond)
	standby.Start(t)
	awaitRead(t, db)
}

func TestRead_ConflictWithRecovery_ReadsThePrimary(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t, "max_standby_streaming_delay=0")
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	for stats(t, db).Fallbacks[conflict] == 0 {
		awaitRead(t, db)
		asked, done := make(chan struct{}), make(chan error)
		go func() {
			_, err := postgres.Read(t.Context(), db, func(ctx context.Context, from *postgres.DB) (n int, err error) {
				query := `SELECT count(*) FROM t`
				if from != db {
					query += `, pg_sleep(15)`
					close(asked)
				}
				_, err = from.Direct(ctx, query, nil, &n)
				return n, err
			})
			done <- err
		}()
		select {
		case <-asked:
			require.Eventually(t, func() bool {
				return standby.Text(t, `SELECT EXISTS (SELECT FROM pg_stat_activity
					WHERE query LIKE '%, pg_sleep(15)' AND wait_event = 'PgSleep')::text`) == "true"
			}, 10*time.Second, 10*time.Millisecond)
			primary.Exec(t, `TRUNCATE t`) // needs a lock that conflicts with that of the statement
			require.NoError(t, <-done)
		case err := <-done: // the replica was paused
			require.NoError(t, err)
		}
	}
}

// A server that is not a standby of the primary would return other rows.
func TestRead_ReplicaIsNoStandbyOfThePrimary_ReadsThePrimary(t *testing.T) {
	t.Parallel()
	primary, other := replicated(t)
	stranger := table(t)
	for name, url := range map[string]string{"the primary": primary.StoreURL, "another cluster": other.StoreURL} {
		db := openReplicated(t, primary.StoreURL, url)
		if name == "another cluster" {
			db = openReplicated(t, stranger.StoreURL, url)
		}
		require.Eventually(t, func() bool {
			_, err := valueOf(t.Context(), db, 1)
			require.NoError(t, err)
			s := stats(t, db)
			return s.Fallbacks[unavailable]+s.Fallbacks[behind] > 3
		}, 30*time.Second, time.Millisecond, name)
		require.Zero(t, stats(t, db).Reads, name)
	}
}

// After a failover to a standby that had less WAL, another standby has records of the old timeline at the positions of
// the new one.
func TestRead_StandbyOfAnotherTimeline_ReadsThePrimary(t *testing.T) {
	t.Parallel()
	old, ahead := replicated(t)
	promoted := old.Standby(t)
	promoted.Stop(t)
	old.Exec(t, `UPDATE t SET v = -1`, `CREATE TABLE filler AS SELECT generate_series(1, 20000)`)
	old.AwaitReplay(t, ahead)
	old.Stop(t)
	promoted.Start(t)
	promoted.Exec(t, `SELECT pg_promote()`)
	db := openReplicated(t, promoted.StoreURL, ahead.StoreURL)
	require.Eventually(t, func() bool {
		_, err := db.DirectExec(t.Context(), `UPDATE t SET v = 5 WHERE n = 1`)
		return err == nil
	}, 30*time.Second, 10*time.Millisecond, "the promoted server accepts writes")
	require.Eventually(t, func() bool {
		v, err := valueOf(t.Context(), db, 1)
		require.NoError(t, err)
		require.Equal(t, 5, v)
		return stats(t, db).Fallbacks[behind] > 3
	}, 30*time.Second, time.Millisecond)
	require.Zero(t, stats(t, db).Reads)
}

// holder is a tracer that holds the result of the next statement that reads a position.
type holder struct {
	armed          atomic.Bool
	held, released chan struct{}
}

type sqlKey struct{}

func (h *holder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	return context.WithValue(ctx, sqlKey{}, q.SQL)
}

func (h *holder) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	query, _ := ctx.Value(sqlKey{}).(string)
	if strings.Contains(query, "pg_current_wal_insert_lsn") && h.armed.CompareAndSwap(true, false) {
		close(h.held)
		<-h.released
	}
}

// watched is a context that tells that somebody waits for its end.
type watched struct {
	context.Context
	waiting func()
}

func (w watched) Done() <-chan struct{} {
	w.waiting()
	return w.Context.Done()
}

func TestRead_PositionIsBeingRead_WaitsForTheNext(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	limits := pgtest.Limits(primary.StoreURL)
	limits.ReplicaURL = standby.StoreURL
	held := &holder{held: make(chan struct{}), released: make(chan struct{})}
	db, err := postgres.Open(limits, held)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	awaitRead(t, db)
	standby.Exec(t, `SELECT pg_wal_replay_pause()`)
	held.armed.Store(true)
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := valueOf(t.Context(), db, 1); err != nil {
			t.Error(err)
		}
	})
	<-held.held
	_, err = db.DirectExec(t.Context(), `UPDATE t SET v = 7 WHERE n = 1`)
	require.NoError(t, err)
	waits := make(chan struct{})
	group.Go(func() {
		v, err := valueOf(watched{t.Context(), sync.OnceFunc(func() { close(waits) })}, db, 1)
		if err != nil || v != 7 {
			t.Errorf("%d, %v: a read after a write got a position from before it", v, err)
		}
	})
	<-waits
	close(held.released)
	group.Wait()
}

func TestRead_RequestEnds_IsNotRepeated(t *testing.T) {
	t.Parallel()
	primary, standby := replicated(t)
	db := openReplicated(t, primary.StoreURL, standby.StoreURL)
	awaitRead(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	_, err := postgres.Read(ctx, db, func(context.Context, *postgres.DB) (int, error) {
		calls++
		cancel()
		return 0, errors.Join(ctx.Err(), context.Canceled)
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, calls)
}
