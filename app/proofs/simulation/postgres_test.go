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
	databaseVariable = "COINSLOT_TEST_SIMULATE_DB" // the simulation plays on PostgreSQL
	fewSeeds         = 200
	players          = 2
	mostOpen         = 16 // connections in use: an actor that has no turn keeps its own
)

// simDatabase is a database on which simulations play, one after the other. It is the tracer of the store's pool:
// before each statement, BEGIN and COMMIT included, it hands control back to the scheduler. So transactions of both
// processes are open at once, and a seed decides whose statement is next.
//
// A statement that waits for a lock returns only when another actor has released it. The scheduler learns from
// PostgreSQL that a statement waits, lets others go on, and gives the actor its turn again once it has the lock. Two
// runs of a seed may still differ in what comes next, unlike in memory: what breaks a promise is replayed a few times.
type simDatabase struct {
	db    *postgres.DB
	side  *pgx.Conn // not traced: asks who waits, and empties the tables
	clear string

	mu     sync.Mutex // of side
	events []billing.PaymentChanged
}

// simTurn is how an actor's goroutine and the scheduler take turns.
type simTurn struct {
	turn, parked, ended chan struct{}
	woken               chan struct{}
	state               atomic.Int32
	pid                 atomic.Uint32
	holds               bool // it has a connection
	blocked             bool // by the scheduler's knowledge; its statement waits for a lock
	awake               bool // … and has it by now
}

const (
	simRuns  int32 = iota
	simAsks        // a statement is with PostgreSQL
	simWaits       // and waits for a lock
)

func newSimDatabase(t testing.TB) *simDatabase {
	t.Helper()
	d := storetest.Open(t)
	s := &simDatabase{}
	limits := pgtest.Limits(d.StoreURL)
	limits.PoolSize = 2 * mostOpen
	limits.LockTimeout, limits.StatementTimeout, limits.TransactionTimeout = 10*time.Minute, 10*time.Minute, 10*time.Minute
	var err error
	s.db, err = postgres.Open(limits, s)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.db.Close()) })
	s.side, err = pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.side.Close(context.Background())) })
	_, err = s.side.Exec(t.Context(), `CREATE TABLE public.events (n bigserial PRIMARY KEY, event jsonb);
		GRANT ALL ON ALL TABLES IN SCHEMA public TO coinslot_app;
		GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO coinslot_app`)
	require.NoError(t, err)
	err = s.side.QueryRow(t.Context(), `SELECT 'SET session_replication_role = replica; DELETE FROM public.events; '
			|| string_agg(format('DELETE FROM %I.%I', schemaname, tablename), '; ')
		FROM pg_tables WHERE schemaname IN ('catalog', 'cart', 'checkout', 'billing', 'library')
			AND tablename <> 'schema_migrations'`).Scan(&s.clear)
	require.NoError(t, err)
	return s
}

// Publish keeps an event in its transaction.
func (s *simDatabase) Publish(ctx context.Context, tx *postgres.Tx, event any) error {
	changed, ok := event.(billing.PaymentChanged)
	if !ok {
		return fmt.Errorf("nobody handles a %T", event)
	}
	_, err := postgres.Exec(ctx, tx, `INSERT INTO public.events (event) VALUES ($1)`, postgres.JSON(changed))
	return err
}

// published returns the events of committed transactions, in the order in which they were found.
func (s *simDatabase) published() []billing.PaymentChanged {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, err := s.side.Query(context.Background(),
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

// ports empties the database and returns the stores on it.
func (s *simDatabase) ports() world.Stores {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = nil
	if _, err := s.side.Exec(context.Background(), s.clear); err != nil {
		panic(err)
	}
	var out world.Stores
	out.Catalog.UnitOfWork, out.Catalog.Shelf = catalogpostgres.NewUnitOfWork(s.db, func() {}), catalogpostgres.NewShelf(s.db)
	out.Cart.UnitOfWork, out.Cart.Finder = cartpostgres.NewUnitOfWork(s.db), cartpostgres.NewFinder(s.db)
	out.Cart.Lines = cartpostgres.NewLines(s.db)
	out.Library.UnitOfWork, out.Library.Finder = librarypostgres.NewUnitOfWork(s.db), librarypostgres.NewFinder(s.db)
	out.Billing.UnitOfWork = billingpostgres.NewUnitOfWork(s.db, s)
	out.Billing.PaymentReader, out.Billing.Documents = billingpostgres.NewPaymentReader(s.db), billingpostgres.NewDocuments(s.db)
	out.Billing.Backlog, out.Billing.Journal = billingpostgres.NewBacklog(s.db), billingpostgres.NewJournal(s.db)
	out.Billing.Movements = billingpostgres.NewMovements(s.db)
	out.Billing.Events = s.published
	out.Checkout.Orders, out.Checkout.Finder = checkoutpostgres.NewOrders(s.db), checkoutpostgres.NewFinder(s.db)
	out.Checkout.Reviews = checkoutpostgres.NewReviews(s.db)
	return out
}

// TraceQueryStart lets others go on before a statement. A statement of a dead process is not sent, and what it has not
// committed is rolled back.
func (s *simDatabase) TraceQueryStart(ctx context.Context, conn *pgx.Conn,
	data pgx.TraceQueryStartData,
) context.Context {
	a, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok || data.SQL == "begin" || data.SQL == "rollback" {
		return ctx
	}
	if !a.store.dead {
		verb, _, _ := strings.Cut(strings.TrimSpace(data.SQL), " ") // arguments of one statement may be in any order
		a.sim.note(a.name, verb)
		a.holds = true
		a.yield(struct{}{})
		a.holds = false
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
	a.state.Store(simAsks)
	return ctx
}

// TraceQueryEnd waits for the actor's turn when its statement had to wait for a lock.
func (s *simDatabase) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	a, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok || a.state.CompareAndSwap(simAsks, simRuns) || a.state.Load() != simWaits {
		return
	}
	a.woken <- struct{}{}
	<-a.turn
	a.state.Store(simRuns)
}

// pull starts an actor on a goroutine of its own, which runs in its turns alone.
func (s *simDatabase) pull(a *simActor, fn func()) {
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

// choose returns the actor that goes on instead of another one, which needs a connection while enough are in use.
func (s *simDatabase) choose(actors []*simActor, i int) int {
	holders := 0
	for _, a := range actors {
		if a.holds || a.blocked {
			holders++
		}
	}
	for n := 0; holders >= mostOpen && n < len(actors); n++ {
		if next := (i + n) % len(actors); actors[next].holds || actors[next].blocked {
			return next
		}
	}
	return i
}

// resume gives an actor its turn and reports whether it has more to do.
func (s *simDatabase) resume(a *simActor) bool {
	if a.blocked {
		s.look(a)
		if !a.awake {
			s.unlock(a.sim.actors)
			return true
		}
		a.blocked, a.awake = false, false
	}
	a.turn <- struct{}{}
	return s.await(a)
}

// unlock returns at once while some actor can go on. When all wait for each other PostgreSQL ends the wait of one.
func (s *simDatabase) unlock(actors []*simActor) {
	for range 5000 {
		for _, a := range actors {
			if a.blocked {
				s.look(a)
			}
			if !a.blocked || a.awake {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

// await returns when the actor has come to its next statement or port call, or to its end, or when its statement waits
// for a lock.
func (s *simDatabase) await(a *simActor) bool {
	for {
		select {
		case <-a.parked:
			return true
		case <-a.ended:
			return false
		case <-time.After(2 * time.Millisecond): // long for a statement that waits for nobody: PostgreSQL knows
		}
		if a.state.Load() == simAsks && s.waits(a) && a.state.CompareAndSwap(simAsks, simWaits) {
			a.blocked = true
			return true
		}
	}
}

// look finds out whether a waiting actor has its lock by now.
func (s *simDatabase) look(a *simActor) {
	for !a.awake && !s.waits(a) {
		select {
		case <-a.woken:
			a.awake = true
		case <-time.After(time.Millisecond):
		}
	}
}

func (s *simDatabase) waits(a *simActor) (yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.side.QueryRow(context.Background(), `SELECT cardinality(pg_blocking_pids($1)) > 0`,
		int32(a.pid.Load())).Scan(&yes)
	if err != nil {
		panic(err)
	}
	return yes
}

// waits reports whether a statement of the actor waits for a lock.
func (a *simActor) waits() bool { return a.simTurn != nil && a.blocked }

// abandon ends every actor, so that none keeps a connection.
func (s *simulation) abandon() {
	for i := range s.stores {
		s.crash(i)
	}
	for len(s.actors) > 0 {
		s.resume(0)
	}
}

// TestSimulationOnPostgres plays seeds on PostgreSQL until one breaks a promise, and names it.
func TestSimulationOnPostgres(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		_, err = playOn(newSimDatabase(t), seed)
		require.NoError(t, err)
		return
	}
	seeds := uint64(fewSeeds)
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
	for range players {
		d := newSimDatabase(t)
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds; seed = next.Add(1) {
				ended, err := playOn(d, seed)
				mu.Lock()
				if err != nil {
					broken[seed] = err
					next.Store(seeds)
				}
				for status, n := range ended.outcomes {
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
