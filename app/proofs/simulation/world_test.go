//go:build failpoints

package simulation_test

import (
	"context"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"coinslot/app/proofs/world"
	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/platform/clock"
	"coinslot/platform/id"
)

// simulation is a store of two processes over one memory, with buyers, a provider, a sweeper and crashes, all in one
// goroutine at a time: a seed decides who goes on at each port call. The same seed is the same run, bit by bit.
type simulation struct {
	seed     uint64
	rng      *rand.Rand
	clock    *clock.Manual
	ids      *simIDs
	provider *simProvider
	world.Stores
	database *simDatabase // nil: in memory
	erased   map[id.ID]bool
	granted  map[id.ID]bool // lines that gave something
	barren   error          // a line was granted and gave nothing
	events   map[string]int
	goods    []*simGood
	stores   [2]*simStore
	actors   []*simActor
	handled  int  // how many of billing's events have become jobs
	fresh    bool // billing has committed since it was asked for events
	trace    uint64
	buyers   []*simBuyer

	staff     id.ID
	decisions int // how often staff have decided about an order in review
}

// simStore is one process of the store.
type simStore struct {
	*world.World
	dead bool
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

func newSimulation(seed uint64, stores world.Stores) *simulation {
	s := &simulation{
		seed: seed, rng: rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)),
		clock:  clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)),
		Stores: stores, erased: map[id.ID]bool{}, granted: map[id.ID]bool{}, events: map[string]int{},
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
	stores := s.Stores
	stores.Library.UnitOfWork = simGrants{s}
	return &simStore{World: world.New(world.Parts{
		Stores: stores, Clock: s.clock, IDs: s.ids, Currency: s.currency(), Provider: s.provider, Webhooks: s.provider,
		Buyers: s, Taxes: s, PollAgainAfter: 2 * time.Minute, Rig: probe.Rig{Hook: s.hit},
	})}
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

// publish turns billing's events into jobs, which run at least once and in any order.
func (s *simulation) publish() {
	if !s.fresh {
		return
	}
	s.fresh = false
	all := s.Billing.Events()
	for _, e := range all[s.handled:] {
		s.paymentJob(e)
	}
	s.handled = len(all)
}

func (s *simulation) paymentJob(e billing.PaymentChanged) {
	again := func() {
		s.provider.timers = append(s.provider.timers, timed{s.clock.Now().Add(time.Second), func() { s.paymentJob(e) }})
	}
	s.spawn("job", func(ctx context.Context, store *simStore) {
		if err := store.PaymentChanged(ctx, e); err != nil && !store.dead {
			again()
		}
	}, again)
}

func (s *simulation) sweep() {
	s.spawn("sweep", func(ctx context.Context, store *simStore) {
		_ = store.Billing.Sweep(ctx)
		_ = store.Checkout.Sweep(ctx)
	}, nil)
}
