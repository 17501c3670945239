//go:build failpoints

package simulation_test

import (
	"context"
	"hash/fnv"
	"iter"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/checkout/adapters/billing"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/platform/clock"
	"coinslot/platform/id"

	billingservice "coinslot/modules/billing/service"
	cartservice "coinslot/modules/cart/service"
	catalogservice "coinslot/modules/catalog/service"
	checkoutservice "coinslot/modules/checkout/service"
	librarycatalog "coinslot/modules/library/adapters/catalog"
	libraryservice "coinslot/modules/library/service"
)

// simulation is a store of two processes over one memory, with buyers, a provider, a sweeper and crashes, all in one
// goroutine at a time: a seed decides who goes on at each port call. The same seed is the same run, bit by bit.
type simulation struct {
	seed     uint64
	rng      *rand.Rand
	clock    *clock.Manual
	ids      *simIDs
	provider *simProvider
	simPorts
	database *simDatabase // nil: in memory
	erased   map[id.ID]bool
	granted  map[id.ID]bool // lines that gave something
	barren   error          // a line was granted and gave nothing
	events   map[string]int
	goods    []*simGood
	stores   [2]*simStore
	actors   []*simActor
	told     int  // how much of billing's news has become jobs
	fresh    bool // billing has committed since it was asked for news
	trace    uint64
	buyers   []*simBuyer

	staff     id.ID
	decisions int // how often staff have decided about an order in review
}

// simStore is one process of the store.
type simStore struct {
	checkout *checkoutservice.Service
	billing  *billingservice.Service
	cart     *cartservice.Service
	library  *libraryservice.Service
	catalog  *catalogservice.Service
	dead     bool
}

// simActor is something that a process does, one port call after the other.
type simActor struct {
	*simTurn // on PostgreSQL
	sim      *simulation
	name     string
	store    *simStore
	next     func() (struct{}, bool)
	yield    func(struct{}) bool
	lost     func() // what happens when its process dies under it
	kill     func() // ends whatever it waits for
}

type actorKey struct{}

func newSimulation(seed uint64, stores simPorts) *simulation {
	s := &simulation{
		seed: seed, rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)),
		clock:    clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		simPorts: stores, erased: map[id.ID]bool{}, granted: map[id.ID]bool{}, events: map[string]int{},
		trace: 14695981039346656037,
	}
	s.ids = &simIDs{sim: s}
	s.staff = s.ids.NewID()
	s.provider = newSimProvider(s)
	for i := range s.stores {
		s.stores[i] = s.newStore()
	}
	s.stock()
	return s
}

// newStore starts a process.
func (s *simulation) newStore() *simStore {
	store := &simStore{}
	log := slog.New(slog.DiscardHandler)
	h := probe.Hook(s.hit)
	store.catalog = catalogservice.New(catalogservice.Deps{
		Work: s.shelf, Products: s.shelf, Search: s.shelf, Clock: s.clock, IDs: s.ids,
		Currency: s.currency(),
	})
	store.library = libraryservice.New(libraryservice.Deps{
		Work: probe.LibraryWork(simGrants{s}, h), Shelf: s.entitled, Titles: librarycatalog.NewTitles(store.catalog),
		Clock: s.clock, IDs: s.ids,
	})
	store.cart = cartservice.New(cartservice.Deps{
		Work: s.carts, Finder: s.carts, Lines: probe.CartLines(s.carts, h), Catalog: store.catalog, Library: store.library,
		Clock: s.clock, IDs: s.ids, Currency: s.currency(),
	})
	store.billing = billingservice.New(billingservice.Deps{
		Work: probe.BillingWork(s.books, h), Books: probe.Books(s.books, h), Backlog: probe.Backlog(s.books.Backlog(), h),
		Papers: s.books, Journal: s.books.Journal(),
		Provider: probe.Provider(s.provider, h), Charges: s.provider, Webhooks: s.provider,
		Clock: s.clock, IDs: s.ids, Log: log,
		Limits: billingservice.Limits{Batch: 10, Parallel: 1, WatchFor: 2 * time.Minute, KeepFor: 72 * time.Hour},
	})
	store.checkout = checkoutservice.New(checkoutservice.Deps{
		Orders: probe.Orders(s.orders, h), Finder: probe.OrderFinder(s.orders, h), Reviews: s.orders,
		Carts:   probe.Carts(cart.NewCarts(store.cart), h),
		Catalog: probe.Catalog(store.catalog, h), Library: probe.Library(library.NewLibrary(store.library), h),
		Buyers: probe.Buyers(s, h), Payments: probe.Payments(billing.NewPayments(store.billing), h), Taxes: s,
		Refunds: probe.Refunds(billing.NewRefunds(store.billing), h), Clock: s.clock, IDs: s.ids, Log: log,
		Limits: checkoutservice.Limits{
			Patience: 5 * time.Second, ActionWithin: 10 * time.Minute,
			GiveUpAfter: 10 * time.Minute, DeclinedFor: 24 * time.Hour, Parallel: 1,
		},
	})
	return store
}

// hit is every process's hook: it hands control back to the scheduler, and ends what a dead process does. Inside a
// transaction nobody else goes on, because the memory is locked.
func (s *simulation) hit(ctx context.Context, point string) error {
	s.fresh = s.fresh || strings.HasPrefix(point, "billing.UnitOfWork")
	actor, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok {
		return nil // the checks at the end
	}
	if actor.store.dead {
		return probe.ErrCut
	}
	s.note(actor.name, point)
	if strings.HasSuffix(point, probe.Commit) {
		return nil
	}
	actor.yield(struct{}{})
	if actor.store.dead {
		return probe.ErrCut
	}
	return nil
}

// note adds to the trace that two runs of one seed must share.
func (s *simulation) note(words ...string) {
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
	}
	s.trace = (s.trace ^ h.Sum64()) * 1099511628211
}

// spawn starts an actor in one of the processes. When its process dies under it, lost is called.
func (s *simulation) spawn(name string, fn func(ctx context.Context, store *simStore), lost func()) {
	a := &simActor{sim: s, name: name, store: s.stores[s.rng.IntN(len(s.stores))], lost: lost}
	ctx, kill := context.WithCancel(context.WithValue(context.Background(), actorKey{}, a))
	a.kill = kill
	if s.database != nil {
		s.database.pull(a, func() { fn(ctx, a.store) })
	} else {
		a.next, _ = iter.Pull(func(yield func(struct{}) bool) {
			a.yield = yield
			fn(ctx, a.store)
		})
	}
	s.actors = append(s.actors, a)
}

// resume lets an actor go on to its next port call.
func (s *simulation) resume(i int) {
	if s.database != nil {
		i = s.database.choose(s.actors, i)
	}
	if _, more := s.actors[i].next(); !more {
		s.actors = append(s.actors[:i], s.actors[i+1:]...)
	}
}

// crash kills a process, and with it everything that it does; another one takes its place.
func (s *simulation) crash(which int) {
	dead := s.stores[which]
	dead.dead = true
	s.stores[which] = s.newStore()
	living := s.actors
	s.actors = nil
	var lost []*simActor
	for _, a := range living {
		if a.store != dead {
			s.actors = append(s.actors, a)
			continue
		}
		a.kill()
		for more := true; more && !a.waits(); {
			_, more = a.next() // it can do nothing any more, and ends
		}
		if a.waits() { // what a statement that was sent does, it does
			s.actors = append(s.actors, a)
		}
		lost = append(lost, a)
	}
	for _, a := range lost {
		if a.lost != nil {
			a.lost()
		}
	}
}

// news turns billing's news into jobs, which run at least once.
func (s *simulation) news() {
	if !s.fresh {
		return
	}
	s.fresh = false
	all := s.books.News()
	for _, n := range all[s.told:] {
		s.advanceJob(n.OrderID)
	}
	s.told = len(all)
}

func (s *simulation) advanceJob(orderID id.ID) {
	again := func() {
		s.provider.timers = append(s.provider.timers, timed{s.clock.Now().Add(time.Second), func() { s.advanceJob(orderID) }})
	}
	s.spawn("job", func(ctx context.Context, store *simStore) {
		if err := store.checkout.Advance(ctx, orderID); err != nil && !store.dead {
			again()
		}
	}, again)
}

func (s *simulation) sweep() {
	s.spawn("sweep", func(ctx context.Context, store *simStore) {
		_ = store.billing.Sweep(ctx)
		_ = store.checkout.Sweep(ctx)
	}, nil)
}
