//go:build failpoints

package main

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

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

const (
	seedsVariable = "COINSLOT_TEST_SEEDS" // how many seeds
	seedVariable  = "COINSLOT_TEST_SEED"  // one seed alone
	manySeeds     = 20_000
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
	outcomes, broken := map[checkout.Status]int{}, map[uint64]error{}
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := next.Add(1); seed <= seeds; seed = next.Add(1) {
				ended, err := play(seed)
				mu.Lock()
				if err != nil {
					broken[seed] = err
					next.Store(seeds) // one is enough
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
	fmt.Printf("simulation: %d seeds, %d orders %v, %.0f seeds a second: %d violations\n",
		seeds, orders.Load(), outcomes, float64(seeds)/time.Since(began).Seconds(), len(broken))
	for seed, err := range broken {
		require.NoError(t, err, "replay it with make simulate SEED=%d", seed)
	}
	for _, status := range []checkout.Status{
		checkout.Completed, checkout.Declined, checkout.Canceled, checkout.PartiallyRefunded, checkout.Refunded, checkout.ManualReview,
	} {
		require.NotZero(t, outcomes[status], "no seed ended in %s", status)
	}
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
}

const (
	steps      = 250
	drainSteps = 4000
)

// play runs a seed: a stormy while, then a calm one until everything has ended, then the checks.
func play(seed uint64) (ended, error) {
	s := newSimulation(seed)
	for range 1 + s.rng.IntN(2) {
		b := s.newBuyer()
		b.open()
		b.open()
	}
	for range steps {
		s.step()
	}
	s.provider.calm = true
	if err := s.drain(); err != nil {
		return ended{}, fmt.Errorf("seed %d: %w", seed, err)
	}
	out, err := s.check()
	if err != nil {
		return ended{}, fmt.Errorf("seed %d: %w", seed, err)
	}
	return out, nil
}

// step lets something happen.
func (s *simulation) step() {
	s.provider.tick()
	s.news()
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
		price := usd(int64(400 + s.rng.IntN(2000)))
		_, _ = s.stores[0].catalog.SetPrice(context.Background(), s.goods[s.rng.IntN(3)], false, price, nil)
	case n < 99:
		s.spawn("number", func(ctx context.Context, store *simStore) {
			_, _ = store.billing.NumberInvoices(ctx)
			_ = store.billing.SealAll(ctx)
		}, nil)
	case n == 99 && s.rng.IntN(20) == 0:
		buyer.erase()
	}
}

var errRestless = errors.New("it does not come to an end")

// drain lets everything end: actors, timers and, with the clock running, sweeps.
func (s *simulation) drain() error {
	for range drainSteps {
		s.provider.tick()
		s.news()
		switch {
		case len(s.actors) > 0:
			s.resume(s.rng.IntN(len(s.actors)))
		case s.quiet():
			return errors.Join(s.stores[0].billing.NumberAll(context.Background()), s.stores[0].billing.SealAll(context.Background()))
		default:
			s.clock.Advance(20 * time.Second)
			s.sweep()
		}
	}
	return errRestless
}

// quiet reports whether nothing is left to happen.
func (s *simulation) quiet() bool {
	if len(s.provider.timers) > 0 || s.told < len(s.books.News()) {
		return false
	}
	for _, o := range s.allOrders() {
		if o.Unfinished() {
			return false
		}
	}
	late := s.clock.Now().Add(100 * time.Hour)
	refunds, _ := s.books.Backlog().Refunds(context.Background(), late, 1)
	watched, _ := s.books.Backlog().Payments(context.Background(), late, 1)
	return len(refunds)+len(watched) == 0
}

func (s *simulation) allOrders() (out []domain.Order) {
	for _, b := range s.buyers {
		orders, _ := s.orders.List(context.Background(), b.account, page.Request{Limit: 100})
		out = append(out, orders.Items...)
	}
	return out
}
