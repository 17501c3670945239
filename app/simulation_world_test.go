//go:build failpoints

package main

import (
	"context"
	"hash/fnv"
	"iter"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout/adapters/billing"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"

	billingmemory "coinslot/modules/billing/adapters/memory"
	billingservice "coinslot/modules/billing/service"
	cartcatalog "coinslot/modules/cart/adapters/catalog"
	cartmemory "coinslot/modules/cart/adapters/memory"
	cartservice "coinslot/modules/cart/service"
	catalogmemory "coinslot/modules/catalog/adapters/memory"
	catalogdomain "coinslot/modules/catalog/domain"
	catalogservice "coinslot/modules/catalog/service"
	checkoutcatalog "coinslot/modules/checkout/adapters/catalog"
	checkoutmemory "coinslot/modules/checkout/adapters/memory"
	checkoutservice "coinslot/modules/checkout/service"
	librarycatalog "coinslot/modules/library/adapters/catalog"
	librarymemory "coinslot/modules/library/adapters/memory"
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
	shelf    *catalogmemory.Store
	carts    *cartmemory.Store
	entitled *librarymemory.Store
	books    *billingmemory.Store
	orders   *checkoutmemory.Store
	erased   map[id.ID]bool
	goods    []id.ID // three games, and a bundle of them
	stores   [2]*simStore
	actors   []*simActor
	told     int // how much of billing's news has become jobs
	trace    uint64
	buyers   []*simBuyer
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
	name  string
	store *simStore
	next  func() (struct{}, bool)
	yield func(struct{}) bool
	lost  func() // what happens when its process dies under it
}

type actorKey struct{}

func newSimulation(seed uint64) *simulation {
	s := &simulation{
		seed: seed, rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)), clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		shelf: catalogmemory.NewStore(), carts: cartmemory.NewStore(), entitled: librarymemory.NewStore(), books: billingmemory.NewStore(),
		orders: checkoutmemory.NewStore(), erased: map[id.ID]bool{}, trace: 14695981039346656037,
	}
	s.ids = &simIDs{sim: s}
	s.provider = newSimProvider(s)
	for i := range s.stores {
		s.stores[i] = s.newStore()
	}
	for i := range 3 {
		s.sell(catalogdomain.Draft{Title: string(rune('A' + i)), Kind: catalog.Game}, int64(500*(i+1)))
	}
	s.sell(catalogdomain.Draft{Title: "All", Kind: catalog.Bundle, Contents: slices.Clone(s.goods)}, 1800)
	return s
}

// sell puts something on the shelf; the last is the bundle.
func (s *simulation) sell(d catalogdomain.Draft, cents int64) {
	price := usd(cents)
	d.Category = "test"
	item, err := s.stores[0].catalog.Add(context.Background(), d, &price)
	if err != nil {
		panic(err)
	}
	s.goods = append(s.goods, item.Sellable.Snapshot().ID)
}

// newStore starts a process.
func (s *simulation) newStore() *simStore {
	store := &simStore{}
	log := slog.New(slog.DiscardHandler)
	h := hook(s.hit)
	store.catalog = catalogservice.New(catalogservice.Deps{Work: s.shelf, Shelf: s.shelf, Clock: s.clock, IDs: s.ids, Currency: "USD"})
	store.library = libraryservice.New(libraryservice.Deps{
		Work: probeLibraryWork(s.entitled, h), Shelf: s.entitled, Titles: librarycatalog.NewTitles(store.catalog), Clock: s.clock, IDs: s.ids,
	})
	store.cart = cartservice.New(cartservice.Deps{
		Work: s.carts, Finder: s.carts, Lines: probeCartLines(s.carts, h), Catalog: cartcatalog.NewOffers(store.catalog), Library: store.library,
		Clock: s.clock, IDs: s.ids, Currency: "USD",
	})
	store.billing = billingservice.New(billingservice.Deps{
		Work: probeBillingWork(s.books, h), Books: probeBooks(s.books, h), Backlog: probeBacklog(s.books.Backlog(), h), Papers: s.books, Journal: s.books.Journal(),
		Provider: probeProvider(s.provider, h), Webhooks: s.provider, Clock: s.clock, IDs: s.ids, Log: log,
		Limits: billingservice.Limits{Batch: 10, Parallel: 1, WatchFor: 2 * time.Minute, KeepFor: time.Hour},
	})
	store.checkout = checkoutservice.New(checkoutservice.Deps{
		Orders: probeOrders(s.orders, h), Finder: probeOrderFinder(s.orders, h), Carts: probeCarts(cart.NewCarts(store.cart), h),
		Catalog: probeCatalog(checkoutcatalog.NewOffers(store.catalog), h), Library: probeLibrary(library.NewLibrary(store.library), h),
		Buyers: probeBuyers(s, h), Payments: probePayments(billing.NewPayments(store.billing), h), Taxes: s,
		Refunds: probeRefunds(billing.NewRefunds(store.billing), h), Clock: s.clock, IDs: s.ids, Log: log,
		Limits: checkoutservice.Limits{Patience: 5 * time.Second, ActionWithin: 10 * time.Minute, GiveUpAfter: 10 * time.Minute, Parallel: 1},
	})
	return store
}

// Buyer tells who an account is.
func (s *simulation) Buyer(_ context.Context, accountID id.ID) (ports.Buyer, bool, error) {
	return ports.Buyer{Name: "Ada", Email: "ada@example.com", Country: "AT"}, !s.erased[accountID], nil
}

// Tax taxes games; whether prices contain the tax depends on the seed.
func (s *simulation) Tax(country string, _ time.Time) domain.Tax {
	return domain.Tax{Country: country, Included: s.seed%2 == 0, Rates: map[string]domain.Rate{"game": 2550}}
}

// hit is every process's hook: it hands control back to the scheduler, and ends what a dead process does. Inside a
// transaction nobody else goes on, because the memory is locked.
func (s *simulation) hit(ctx context.Context, point string) error {
	actor, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok {
		return nil // the checks at the end
	}
	if actor.store.dead {
		return errCut
	}
	s.note(actor.name, point)
	if strings.HasSuffix(point, commit) {
		return nil
	}
	actor.yield(struct{}{})
	if actor.store.dead {
		return errCut
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
	a := &simActor{name: name, store: s.stores[s.rng.IntN(len(s.stores))], lost: lost}
	ctx := context.WithValue(context.Background(), actorKey{}, a)
	next, _ := iter.Pull(func(yield func(struct{}) bool) {
		a.yield = yield
		fn(ctx, a.store)
	})
	a.next = next
	s.actors = append(s.actors, a)
}

// resume lets an actor go on to its next port call.
func (s *simulation) resume(i int) {
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
		for more := true; more; {
			_, more = a.next() // it can do nothing any more, and ends
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
