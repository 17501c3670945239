//go:build failpoints

package simulation_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/proofs/world"
	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	billingpostgres "coinslot/modules/billing/adapters/postgres"
	cartpostgres "coinslot/modules/cart/adapters/postgres"
	catalogpostgres "coinslot/modules/catalog/adapters/postgres"
	checkoutpostgres "coinslot/modules/checkout/adapters/postgres"
	librarypostgres "coinslot/modules/library/adapters/postgres"
)

const (
	databaseVariable     = "COINSLOT_TEST_SIMULATE_DB" // non-empty: COINSLOT_TEST_SEEDS counts seeds on PostgreSQL
	defaultDatabaseSeeds = 200
	parallelRuns         = 2
	maxConnections       = 16 // limit of connections in use: a suspended actor keeps its connection
)

// simDatabase is a database that simulations use one after the other. As the query tracer of the store's pool it yields
// to the scheduler before each statement, COMMIT included. So transactions of both processes are open at the same time,
// and the seed decides whose statement runs next.
//
// A statement that waits for a lock returns only after another actor has released the lock. The scheduler detects the
// wait with pg_blocking_pids, resumes other actors, and resumes the blocked one after it has acquired its lock. Unlike
// in memory, two runs of a seed may interleave differently: replay a failing seed several times.
type simDatabase struct {
	db      *postgres.DB
	monitor *pgx.Conn // not traced: finds blocked statements and clears the tables
	clear   string

	mu     sync.Mutex // of side
	events []billing.PaymentChanged
}

// simTurn hands control between the scheduler and the goroutine of an actor.
type simTurn struct {
	turn, parked, ended chan struct{}
	woken               chan struct{}
	state               atomic.Int32
	pid                 atomic.Uint32
	hasConnection       bool
	blocked             bool // the scheduler has seen its statement wait for a lock
	unblocked           bool // … and then acquire it
}

const (
	simRunning     int32 = iota
	simInStatement       // PostgreSQL executes its statement
	simBlocked           // … which waits for a lock
)

func newSimDatabase(t testing.TB) *simDatabase {
	t.Helper()
	d := storetest.Open(t)
	storetest.AllowPastEntries(t, d)
	s := &simDatabase{}
	limits := pgtest.Limits(d.StoreURL)
	limits.PoolSize = 2 * maxConnections
	limits.LockTimeout, limits.StatementTimeout, limits.TransactionTimeout = 10*time.Minute, 10*time.Minute, 10*time.Minute
	var err error
	s.db, err = postgres.Open(limits, s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.db.Close()) })
	s.monitor, err = pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.monitor.Close(context.Background())) })
	_, err = s.monitor.Exec(t.Context(), `CREATE TABLE public.events (n bigserial PRIMARY KEY, event jsonb);
		GRANT ALL ON ALL TABLES IN SCHEMA public TO coinslot_app;
		GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO coinslot_app`)
	require.NoError(t, err)
	err = s.monitor.QueryRow(t.Context(), `SELECT 'SET session_replication_role = replica; DELETE FROM public.events; '
			|| string_agg(format('DELETE FROM %I.%I', schemaname, tablename), '; ')
		FROM pg_tables WHERE schemaname IN ('catalog', 'cart', 'checkout', 'billing', 'library')
			AND tablename NOT IN ('schema_migrations', 'store_identity')`).Scan(&s.clear)
	require.NoError(t, err)
	return s
}

// Publish stores an event in the caller's transaction.
func (s *simDatabase) Publish(ctx context.Context, tx *postgres.Tx, event any) error {
	if _, ok := event.(billing.DocumentsIssued); ok { // the simulation sends no mail
		return nil
	}
	changed, ok := event.(billing.PaymentChanged)
	if !ok {
		return fmt.Errorf("no consumer handles a %T", event)
	}
	_, err := postgres.Exec(ctx, tx, `INSERT INTO public.events (event) VALUES ($1)`, postgres.JSON(changed))
	return err
}

// published returns the events of all committed transactions, in the order in which they were read.
func (s *simDatabase) published() []billing.PaymentChanged {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.monitor.Query(context.Background(),
		`WITH found AS (DELETE FROM public.events RETURNING n, event) SELECT event FROM found ORDER BY n`)
	if err != nil {
		panic(err)
	}
	published, err := pgx.CollectRows(rows, pgx.RowTo[billing.PaymentChanged])
	if err != nil {
		panic(err)
	}
	s.events = append(s.events, published...)
	return s.events
}

// reset clears the database and returns the stores on it.
func (s *simDatabase) reset() world.Stores {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
	if _, err := s.monitor.Exec(context.Background(), s.clear); err != nil {
		panic(err)
	}
	var out world.Stores
	out.Catalog.UnitOfWork = catalogpostgres.NewUnitOfWork(s.db, func() {})
	out.Catalog.ProductRepository = catalogpostgres.NewProductRepository(s.db)
	out.Catalog.Search = catalogpostgres.NewSearch(s.db)
	out.Cart.UnitOfWork, out.Cart.Finder = cartpostgres.NewUnitOfWork(s.db), cartpostgres.NewFinder(s.db)
	out.Cart.Lines = cartpostgres.NewLines(s.db)
	out.Library.UnitOfWork, out.Library.Finder = librarypostgres.NewUnitOfWork(s.db), librarypostgres.NewFinder(s.db)
	out.Library.Grants = librarypostgres.NewGrants(s.db)
	out.Billing.UnitOfWork = billingpostgres.NewUnitOfWork(s.db, s)
	out.Billing.PaymentReader = billingpostgres.NewPaymentReader(s.db)
	out.Billing.Charges = billingpostgres.NewCharges(s.db)
	out.Billing.Documents = billingpostgres.NewDocuments(s.db)
	out.Billing.Backlog, out.Billing.Journal = billingpostgres.NewBacklog(s.db), billingpostgres.NewJournal(s.db)
	out.Billing.Movements = billingpostgres.NewMovements(s.db)
	out.Billing.Events = s.published
	out.Checkout.Orders, out.Checkout.Finder = checkoutpostgres.NewOrders(s.db), checkoutpostgres.NewFinder(s.db)
	out.Checkout.Reviews = checkoutpostgres.NewReviews(s.db)
	out.Together = s.db.Together
	return out
}

// TraceQueryStart yields to the scheduler before a statement. It cancels the statement of a crashed process and rolls
// its transaction back.
func (s *simDatabase) TraceQueryStart(ctx context.Context, conn *pgx.Conn,
	data pgx.TraceQueryStartData,
) context.Context {
	if data.SQL == "begin" || data.SQL == "rollback" {
		return ctx
	}
	verb, _, _ := strings.Cut(strings.TrimSpace(data.SQL), " ") // the text may differ between runs
	return s.sending(ctx, conn, verb)
}

// TraceBatchStart yields to the scheduler before a batch, as TraceQueryStart does before a statement.
func (s *simDatabase) TraceBatchStart(ctx context.Context, conn *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return s.sending(ctx, conn, "batch")
}

func (s *simDatabase) sending(ctx context.Context, conn *pgx.Conn, what string) context.Context {
	a, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok {
		return ctx
	}
	if !a.store.dead {
		a.sim.note(a.name, what)
		a.hasConnection = true
		a.yield(struct{}{})
		a.hasConnection = false
	}
	if a.store.dead {
		if conn.PgConn().TxStatus() != 'I' {
			_ = conn.PgConn().Exec(context.Background(), "ROLLBACK").Close()
		}
		unsent, cancel := context.WithCancel(ctx)
		cancel()
		return unsent
	}
	a.pid.Store(conn.PgConn().PID())
	a.state.Store(simInStatement)
	return ctx
}

// TraceQueryEnd waits to be resumed if the statement had to wait for a lock.
func (s *simDatabase) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	s.executed(ctx)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (s *simDatabase) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd waits to be resumed if a statement had to wait for a lock.
func (s *simDatabase) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	s.executed(ctx)
}

func (s *simDatabase) executed(ctx context.Context) {
	a, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok || a.state.CompareAndSwap(simInStatement, simRunning) || a.state.Load() != simBlocked {
		return
	}
	a.woken <- struct{}{}
	<-a.turn
	a.state.Store(simRunning)
}

// start starts an actor in its own goroutine, which runs only while it is resumed.
func (s *simDatabase) start(a *simActor, fn func()) {
	a.simTurn = &simTurn{
		turn: make(chan struct{}), parked: make(chan struct{}), ended: make(chan struct{}),
		woken: make(chan struct{}, 1),
	}
	a.yield = func(struct{}) bool {
		a.parked <- struct{}{}
		<-a.turn
		return true
	}
	a.next = func() (struct{}, bool) { return struct{}{}, s.resume(a) }
	go func() {
		<-a.turn
		fn()
		close(a.ended)
	}()
}

// pick returns the actor to resume: i, or the next one with a connection while maxConnections are in use.
func (s *simDatabase) pick(actors []*simActor, i int) int {
	holders := 0
	for _, a := range actors {
		if a.hasConnection || a.blocked {
			holders++
		}
	}
	for n := 0; holders >= maxConnections && n < len(actors); n++ {
		if next := (i + n) % len(actors); actors[next].hasConnection || actors[next].blocked {
			return next
		}
	}
	return i
}

// resume runs an actor until it yields, and reports whether it has more to do.
func (s *simDatabase) resume(a *simActor) bool {
	if a.blocked {
		s.checkLock(a)
		if !a.unblocked {
			s.awaitRunnable(a.sim.actors)
			return true
		}
		a.blocked, a.unblocked = false, false
	}
	a.turn <- struct{}{}
	return s.await(a)
}

// awaitRunnable returns when an actor can be resumed. PostgreSQL resolves deadlocks.
func (s *simDatabase) awaitRunnable(actors []*simActor) {
	for range 5000 {
		for _, a := range actors {
			if a.blocked {
				s.checkLock(a)
			}
			if !a.blocked || a.unblocked {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// await returns when the actor yields, ends or waits for a lock, and reports whether it has more to do.
func (s *simDatabase) await(a *simActor) bool {
	for {
		select {
		case <-a.parked:
			return true
		case <-a.ended:
			return false
		case <-time.After(2 * time.Millisecond): // then check whether the statement is blocked
		}
		if a.state.Load() == simInStatement && s.isBlocked(a) && a.state.CompareAndSwap(simInStatement, simBlocked) {
			a.blocked = true
			return true
		}
	}
}

// checkLock checks whether a blocked actor has acquired its lock.
func (s *simDatabase) checkLock(a *simActor) {
	for !a.unblocked && !s.isBlocked(a) {
		select {
		case <-a.woken:
			a.unblocked = true
		case <-time.After(time.Millisecond):
		}
	}
}

func (s *simDatabase) isBlocked(a *simActor) (yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.monitor.QueryRow(context.Background(), `SELECT cardinality(pg_blocking_pids($1)) > 0`,
		int32(a.pid.Load())).Scan(&yes)
	if err != nil {
		panic(err)
	}
	return yes
}

// isBlocked reports whether a statement of the actor waits for a lock.
func (a *simActor) isBlocked() bool { return a.simTurn != nil && a.blocked }

// abandon ends every actor, so that all connections are released.
func (s *simulation) abandon() {
	for i := range s.stores {
		s.crash(i)
	}
	for len(s.actors) > 0 {
		s.resume(0)
	}
}

// TestSimulationOnPostgres runs seeds on PostgreSQL and stops at the first one that violates an invariant.
func TestSimulationOnPostgres(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		_, err = playOn(newSimDatabase(t), seed)
		require.NoError(t, err)
		return
	}
	seeds := uint64(defaultDatabaseSeeds)
	if text := os.Getenv(seedsVariable); text != "" && os.Getenv(databaseVariable) != "" {
		var err error
		seeds, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	began := time.Now()
	var next, orders atomic.Uint64
	var group sync.WaitGroup
	var mu sync.Mutex
	outcomes, broken := map[checkout.Status]int{}, map[uint64]error{}
	for range parallelRuns {
		d := newSimDatabase(t)
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds; seed = next.Add(1) {
				result, err := playOn(d, seed)
				mu.Lock()
				if err != nil {
					broken[seed] = err
					next.Store(seeds)
				}
				for status, n := range result.outcomes {
					outcomes[status] += n
					orders.Add(uint64(n))
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	fmt.Printf("simulation on PostgreSQL: %d seeds, %d orders %v, %.1f seeds a second: %d violations\n",
		seeds, orders.Load(), outcomes, float64(seeds)/time.Since(began).Seconds(), len(broken))
	for seed, err := range broken {
		require.NoError(t, err, "replay it with make simulate DB=1 SEED=%d", seed)
	}
}
