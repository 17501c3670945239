//go:build failpoints

package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/proofs/world"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

const (
	seedsVariable = "COINSLOT_TEST_SEEDS" // how many seeds
	seedVariable  = "COINSLOT_TEST_SEED"  // one seed alone
	manySeeds     = 10_000
)

// TestSimulation plays seeds until one breaks a promise, and names it.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		_, err = play(seed)
		require.NoError(t, err)
		return
	}
	seeds := uint64(manySeeds)
	if text := os.Getenv(seedsVariable); text != "" {
		var err error
		seeds, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	began := time.Now()
	var next, orders atomic.Uint64
	var group sync.WaitGroup
	var mu sync.Mutex
	played := 0
	outcomes, events, broken := map[checkout.Status]int{}, map[string]int{}, map[uint64]error{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds; seed = next.Add(1) {
				ended, err := play(seed)
				mu.Lock()
				played++
				if err != nil {
					broken[seed] = err
					next.Store(seeds) // one is enough
				}
				for status, n := range ended.outcomes {
					outcomes[status] += n
					orders.Add(uint64(n))
				}
				for event, n := range ended.events {
					events[event] += n
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	fmt.Printf("simulation: %d seeds, %d orders %v, %v, %.0f seeds a second: %d violations\n",
		played, orders.Load(), outcomes, events, float64(played)/time.Since(began).Seconds(), len(broken))
	for seed, err := range broken {
		require.NoError(t, err, "replay it with make simulate SEED=%d", seed)
	}
	if played < manySeeds {
		return // too few to see everything
	}
	for _, status := range []checkout.Status{
		checkout.Completed, checkout.Declined, checkout.Canceled, checkout.PartiallyRefunded,
		checkout.Refunded, checkout.ManualReview,
	} {
		require.NotZero(t, outcomes[status], "no seed ended in %s", status)
	}
	for _, event := range simEvents {
		require.NotZero(t, events[event], "no seed saw: %s", event)
	}
}

// simEvents are what happens so rarely that it is counted: of many seeds some must see each.
var simEvents = []string{
	"order of several lines", "order of several units", "order in EUR", "line that added nothing", "free order",
	"order at a new total", "order that expired", "external refund", "corrected amount", "payout", "resolution: accept",
	"resolution: refund", "resolution: release",
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	t.Parallel()
	traces := map[uint64]bool{}
	for seed := range uint64(50) {
		first, err := play(seed)
		require.NoError(t, err)
		second, err := play(seed)
		require.NoError(t, err)
		require.Equal(t, first, second)
		traces[first.trace] = true
	}
	require.Len(t, traces, 50, "and another seed is another one")
}

// ended is what became of a run.
type ended struct {
	trace    uint64
	outcomes map[checkout.Status]int
	events   map[string]int
}

const (
	steps      = 800
	drainSteps = 4000
	statements = 4 // a port call's, more or less

	databaseSteps = 1200
)

// play runs a seed in memory.
func play(seed uint64) (ended, error) { return newSimulation(seed, world.Memory()).named() }

// playOn is play on PostgreSQL.
func playOn(d *simDatabase, seed uint64) (ended, error) {
	s := newSimulation(seed, d.ports())
	s.database = d
	defer s.abandon()
	return s.named()
}

// named is play with the seed in its error.
func (s *simulation) named() (ended, error) {
	out, err := s.play()
	if err != nil {
		return ended{}, fmt.Errorf("seed %d: %w", s.seed, err)
	}
	return out, nil
}

// play runs a while with faults, then one without until everything has ended, then the checks.
func (s *simulation) play() (ended, error) {
	for range 1 + s.rng.IntN(2) {
		b := s.newBuyer()
		b.open()
		b.open()
		b.open()
	}
	turns := steps
	if s.database != nil {
		turns = databaseSteps
	}
	for range turns {
		s.step()
	}
	s.provider.calm = true
	if err := s.drain(); err != nil {
		return ended{}, err
	}
	return s.check()
}

// step lets something happen.
func (s *simulation) step() {
	s.provider.tick()
	s.publish()
	buyer := s.buyers[s.rng.IntN(len(s.buyers))]
	switch n := s.rng.IntN(100); {
	case n < 70 && len(s.actors) > 0:
		s.resume(s.rng.IntN(len(s.actors)))
	case n < 86:
		s.clock.Advance(time.Duration(s.rng.IntN(3000)) * time.Millisecond)
	case n < 90:
		s.sweep()
	case n < 93:
		buyer.look()
	case n < 95:
		s.crash(s.rng.IntN(len(s.stores)))
	case n < 96:
		buyer.open()
	case n < 98:
		s.changeCatalog()
		if s.rng.IntN(4) == 0 {
			buyer.country = simCountries[s.rng.IntN(len(simCountries))]
		}
	case n < 99:
		s.spawn("number", func(ctx context.Context, store *simStore) {
			_, _ = store.Billing.NumberInvoices(ctx)
			_ = store.Billing.SealAll(ctx)
		}, nil)
	case s.rng.IntN(20) == 0:
		buyer.erase()
	case s.rng.IntN(2) == 0:
		s.operate()
	}
}

var errRestless = errors.New("it does not come to an end")

// drain lets everything end: actors, timers and, with the clock running, sweeps. In half of the runs staff clear the
// review queue at the end.
func (s *simulation) drain() error {
	clears := s.rng.IntN(2) == 0
	for range drainSteps * statements {
		s.provider.tick()
		s.publish()
		switch {
		case len(s.actors) > 0:
			s.resume(s.rng.IntN(len(s.actors)))
		case s.quiet() && clears:
			clears = false
			s.operateAll()
		case s.quiet():
			return errors.Join(s.stores[0].Billing.NumberAll(context.Background()),
				s.stores[0].Billing.SealAll(context.Background()))
		case s.resting():
			s.clock.Advance(s.provider.rest())
			s.sweep()
		default:
			s.clock.Advance(20 * time.Second)
			s.sweep()
		}
	}
	return errRestless
}

// quiet reports whether nothing is left to happen.
func (s *simulation) quiet() bool {
	if len(s.provider.timers) > 0 || !s.resting() {
		return false
	}
	kept, _ := s.Billing.Backlog.Events(context.Background(), s.clock.Now().Add(100*time.Hour), 1)
	return len(kept) == 0
}

// resting reports whether nothing happens before the next timer.
func (s *simulation) resting() bool {
	if s.handled < len(s.Billing.Events()) {
		return false
	}
	for _, o := range s.allOrders() {
		silent := s.provider.silentAbout(o.ID())
		if o.Unfinished() || (o.PaymentUnknown() && !silent) || (o.Resolving() != "" && !silent) {
			return false
		}
	}
	late := s.clock.Now().Add(100 * time.Hour)
	refunds, _ := s.Billing.Backlog.Refunds(context.Background(), late, 1)
	watched, _ := s.Billing.Backlog.Payments(context.Background(), late, 1)
	return len(refunds)+len(watched) == 0
}

func (s *simulation) allOrders() (out []domain.Order) {
	for _, b := range s.buyers {
		out = append(out, s.ordersOf(b)...)
	}
	return out
}

func (s *simulation) ordersOf(b *simBuyer) []domain.Order {
	orders, _ := s.Checkout.List(context.Background(), b.account, page.Request{Limit: 100})
	return orders.Items
}
