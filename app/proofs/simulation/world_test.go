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

// simulation is a store of two processes with shared state, buyers, a provider, a sweeper and crashes. One goroutine
// runs at a time: at each port call the seed decides which actor continues. In memory, runs of the same seed are
// identical.
type simulation struct {
	seed     uint64
	rng      *rand.Rand
	clock    *clock.Manual
	ids      *simIDs
	provider *simProvider
	world.Stores
	database   *simDatabase // nil: in memory
	erased     map[id.ID]bool
	granted    map[id.ID]bool // order lines with an active entitlement
	emptyGrant error          // a line was granted without an active entitlement
	events     map[string]int
	sellables  []*simSellable
	stores     [2]*simStore
	actors     []*simActor
	handled    int  // number of billing's events that have become jobs
	committed  bool // billing has committed since its events were read
	trace      uint64
	buyers     []*simBuyer

	staff       id.ID
	resolutions int // number of resolutions by staff
}

// simStore is one process of the store.
type simStore struct {
	*world.World
	dead bool
}

// simActor is a task of a process that yields at every port call.
type simActor struct {
	*simTurn // on PostgreSQL
	sim      *simulation
	name     string
	store    *simStore
	next     func() (struct{}, bool)
	yield    func(struct{}) bool
	onCrash  func() // called if its process crashes
	kill     func() // cancels its context
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
	s.fillCatalog()
	return s
}

// newStore starts a process.
func (s *simulation) newStore() *simStore {
	stores := s.Stores
	stores.Library.UnitOfWork, stores.Library.Grants = simGrants{s}, simGrants{s}
	return &simStore{World: world.New(world.Parts{
		Stores: stores, Clock: s.clock, IDs: s.ids, Currency: s.currency(), Provider: s.provider, Webhooks: s.provider,
		Buyers: s, Taxes: s, PollAgainAfter: 2 * time.Minute, Rig: probe.Rig{Hook: s.hit},
	})}
}

// hit is the failpoint hook of every process. It yields to the scheduler, except at a commit, and fails if the process
// has crashed.
func (s *simulation) hit(ctx context.Context, point string) error {
	s.committed = s.committed || strings.HasPrefix(point, "billing.UnitOfWork") ||
		strings.HasPrefix(point, "billing.Charges")
	actor, ok := ctx.Value(actorKey{}).(*simActor)
	if !ok {
		return nil // a check at the end of the run
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

// note adds to the trace, which must be equal in two runs of a seed.
func (s *simulation) note(words ...string) {
	h := fnv.New64a()
	for _, w := range words {
		h.Write([]byte(w))
	}
	s.trace = (s.trace ^ h.Sum64()) * 1099511628211
}

// spawn starts an actor in a random process. onCrash is called if the process crashes first.
func (s *simulation) spawn(name string, fn func(ctx context.Context, store *simStore), onCrash func()) {
	a := &simActor{sim: s, name: name, store: s.stores[s.rng.IntN(len(s.stores))], onCrash: onCrash}
	ctx, kill := context.WithCancel(context.WithValue(context.Background(), actorKey{}, a))
	a.kill = kill
	if s.database != nil {
		s.database.start(a, func() { fn(ctx, a.store) })
	} else {
		a.next, _ = iter.Pull(func(yield func(struct{}) bool) {
			a.yield = yield
			fn(ctx, a.store)
		})
	}
	s.actors = append(s.actors, a)
}

// resume runs an actor until its next port call.
func (s *simulation) resume(i int) {
	if s.database != nil {
		i = s.database.pick(s.actors, i)
	}
	if _, more := s.actors[i].next(); !more {
		s.actors = append(s.actors[:i], s.actors[i+1:]...)
	}
}

// crash ends a process with its actors and starts a new one in its place.
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
		for more := true; more && !a.isBlocked(); {
			_, more = a.next() // every port call fails now
		}
		if a.isBlocked() { // a statement that was sent still completes
			s.actors = append(s.actors, a)
		}
		lost = append(lost, a)
	}
	for _, a := range lost {
		if a.onCrash != nil {
			a.onCrash()
		}
	}
}

// publish starts a job for each new event of billing. Jobs run at least once and in any order.
func (s *simulation) publish() {
	if !s.committed {
		return
	}
	s.committed = false
	all := s.Billing.Events()
	for _, e := range all[s.handled:] {
		s.paymentJob(e)
	}
	s.handled = len(all)
}

func (s *simulation) paymentJob(e billing.PaymentChanged) {
	retry := func() {
		s.provider.timers = append(s.provider.timers, timer{s.clock.Now().Add(time.Second), func() { s.paymentJob(e) }})
	}
	s.spawn("job", func(ctx context.Context, store *simStore) {
		if err := store.PaymentChanged(ctx, e); err != nil && !store.dead {
			retry()
		}
	}, retry)
}

func (s *simulation) sweep() {
	s.spawn("sweep", func(ctx context.Context, store *simStore) {
		_ = store.Billing.Sweep(ctx)
		_ = store.Checkout.Sweep(ctx)
	}, nil)
}
