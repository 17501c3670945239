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
	seedsVariable = "COINSLOT_TEST_SEEDS" // number of seeds to run
	seedVariable  = "COINSLOT_TEST_SEED"  // the only seed to run
	defaultSeeds  = 10_000
)

// TestSimulation runs seeds in memory and stops at the first one that violates an invariant.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if text := os.Getenv(seedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
		_, err = play(seed)
		require.NoError(t, err)
		return
	}
	seeds := uint64(defaultSeeds)
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
				result, err := play(seed)
				mu.Lock()
				played++
				if err != nil {
					broken[seed] = err
					next.Store(seeds) // stop at the first violation
				}
				for status, n := range result.outcomes {
					outcomes[status] += n
					orders.Add(uint64(n))
				}
				for event, n := range result.events {
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
	if played < defaultSeeds {
		return // too few for every rare event
	}
	for _, status := range []checkout.Status{
		checkout.Completed, checkout.Declined, checkout.Canceled, checkout.PartiallyRefunded,
		checkout.Refunded, checkout.ManualReview,
	} {
		require.NotZero(t, outcomes[status], "no seed ended in %s", status)
	}
	for _, event := range rareEvents {
		require.NotZero(t, events[event], "no seed had the event: %s", event)
	}
}

// rareEvents must each occur at least once in a run of many seeds.
var rareEvents = []string{
	"order of several lines", "order of several units", "order in EUR", "line that added nothing", "free order",
	"order at a new total", "order that expired", "external refund", "corrected amount", "payout", "resolution: accept",
	"resolution: refund", "resolution: release",
}

func TestSimulation_SameSeed_SameTrace(t *testing.T) {
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
	require.Len(t, traces, 50, "different seeds have different traces")
}

// result summarizes a run.
type result struct {
	trace    uint64
	outcomes map[checkout.Status]int
	events   map[string]int
}

const (
	steps        = 800
	drainSteps   = 4000
	stepsPerCall = 4 // approximate statements per port call

	databaseSteps = 1200
)

// play runs a seed in memory.
func play(seed uint64) (result, error) { return newSimulation(seed, world.Memory()).playSeed() }

// playOn runs a seed on PostgreSQL.
func playOn(d *simDatabase, seed uint64) (result, error) {
	s := newSimulation(seed, d.reset())
	s.database = d
	defer s.abandon()
	return s.playSeed()
}

// playSeed is play with the seed in its error.
func (s *simulation) playSeed() (result, error) {
	out, err := s.play()
	if err != nil {
		return result{}, fmt.Errorf("seed %d: %w", s.seed, err)
	}
	return out, nil
}

// play runs steps with faults, then without faults until the store is idle, then the checks.
func (s *simulation) play() (result, error) {
	for range 1 + s.rng.IntN(2) {
		b := s.newBuyer()
		b.openTab()
		b.openTab()
		b.openTab()
	}
	turns := steps
	if s.database != nil {
		turns = databaseSteps
	}
	for range turns {
		s.step()
	}
	s.provider.faultless = true
	if err := s.drain(); err != nil {
		return result{}, err
	}
	return s.check()
}

// step performs one random action.
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
		buyer.poll()
	case n < 95:
		s.crash(s.rng.IntN(len(s.stores)))
	case n < 96:
		buyer.openTab()
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
		s.resolveOne()
	}
}

var errNotIdle = errors.New("the store does not become idle")

// drain advances actors, timers, the clock and the sweeper until the store is idle. In half of the runs staff resolve
// all manual reviews at the end.
func (s *simulation) drain() error {
	resolveReviews := s.rng.IntN(2) == 0
	for range drainSteps * stepsPerCall {
		s.provider.tick()
		s.publish()
		switch {
		case len(s.actors) > 0:
			s.resume(s.rng.IntN(len(s.actors)))
		case s.idle() && resolveReviews:
			resolveReviews = false
			s.resolveAll()
		case s.idle():
			return errors.Join(s.stores[0].Billing.NumberAll(context.Background()),
				s.stores[0].Billing.SealAll(context.Background()))
		case s.waiting():
			s.clock.Advance(s.provider.untilNextTimer())
			s.sweep()
		default:
			s.clock.Advance(20 * time.Second)
			s.sweep()
		}
	}
	return errNotIdle
}

// idle reports whether no work, no timer and no stored event is left.
func (s *simulation) idle() bool {
	if len(s.provider.timers) > 0 || !s.waiting() {
		return false
	}
	kept, _ := s.Billing.Backlog.Events(context.Background(), s.clock.Now().Add(100*time.Hour), 1)
	return len(kept) == 0
}

// waiting reports whether no work is left until the next timer fires.
func (s *simulation) waiting() bool {
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
