//go:build failpoints

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
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
	for _, status := range []checkout.Status{checkout.Completed, checkout.Declined, checkout.Canceled, checkout.Refunded, checkout.ManualReview} {
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
		s.spawn("number", func(ctx context.Context, store *simStore) { _, _ = store.billing.NumberInvoices(ctx) }, nil)
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
			return s.stores[0].billing.NumberAll(context.Background())
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

// check holds every promise against what is there.
func (s *simulation) check() (ended, error) {
	out := ended{trace: s.trace, outcomes: map[checkout.Status]int{}}
	var all []error
	orders := map[id.ID]domain.Order{}
	for _, o := range s.allOrders() {
		orders[o.ID()] = o
		out.outcomes[o.Status()]++
		all = append(all, s.checkMoney(o), s.checkGoods(o))
	}
	for _, b := range s.buyers {
		all = append(all, s.checkAnswers(b, orders))
	}
	all = append(all, s.checkHolds(orders), s.checkInvoices(), s.checkEntitlements(orders))
	return out, errors.Join(all...)
}

// checkMoney: the provider holds the money of completed orders, once, and of no others but of those that a person
// looks at because the provider never said.
func (s *simulation) checkMoney(o domain.Order) error {
	held, times, back, silent := int64(0), 0, int64(0), false
	for _, c := range s.provider.charges {
		if c.request.OrderID != o.ID() {
			continue
		}
		silent = silent || c.silent
		back += c.refunded
		if c.captured() && c.request.Amount.Amount() > c.refunded {
			held += c.request.Amount.Amount() - c.refunded
			times++
		}
	}
	bills, _ := s.books.Bills(context.Background(), []id.ID{o.ID()})
	for _, r := range bills[o.ID()].Refunds {
		if r.Status == billing.RefundSucceeded {
			back -= r.Amount.Amount()
		}
	}
	if back != 0 {
		return fmt.Errorf("order %s: our books and the provider's differ by %d in what went back", o.ID(), back)
	}
	want := int64(0)
	if o.Status() == checkout.Completed {
		want = o.Snapshot().Totals.Total.Amount()
	}
	if o.Status() == checkout.ManualReview {
		if !silent {
			return fmt.Errorf("order %s waits for a person although the provider has said everything", o.ID())
		}
		return nil
	}
	if held != want || times > 1 {
		return fmt.Errorf("order %s is %s, and the provider holds %d in %d charges instead of %d", o.ID(), o.Status(), held, times, want)
	}
	return nil
}

// checkGoods: what was paid for is owned and out of the cart.
func (s *simulation) checkGoods(o domain.Order) error {
	if o.Status() != checkout.Completed || s.erased[o.Snapshot().AccountID] {
		return nil
	}
	ctx := context.Background()
	owned, _ := s.entitled.Owned(ctx, o.Snapshot().AccountID, o.ProductIDs())
	for _, productID := range o.ProductIDs() {
		if !owned[productID] {
			return fmt.Errorf("order %s is completed, and %s is not owned", o.ID(), productID)
		}
	}
	left, _ := s.stores[0].cart.Lines(ctx, o.Snapshot().AccountID, o.CartLineIDs())
	if len(left) > 0 {
		return fmt.Errorf("order %s is completed, and its lines are still in the cart", o.ID())
	}
	return nil
}

// checkAnswers: what a buyer was told is true, and one key is one order at the price agreed to.
func (s *simulation) checkAnswers(b *simBuyer, orders map[id.ID]domain.Order) error {
	byKey := map[string]id.ID{}
	for _, a := range b.answers {
		now := orders[a.order].Status()
		if other, known := byKey[a.key]; known && other != a.order && a.key != "" {
			return fmt.Errorf("key %s made orders %s and %s", a.key, other, a.order)
		}
		byKey[a.key] = a.order
		if a.total != a.agreed {
			return fmt.Errorf("order %s costs %d, and its buyer agreed to %d", a.order, a.total, a.agreed)
		}
		lie := false
		switch a.status {
		case checkout.Completed, checkout.Refunded, checkout.Canceled:
			lie = now != a.status
		case checkout.Declined:
			lie = now != checkout.Declined && now != checkout.Canceled && !b.asked[a.order]
		case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.PartiallyRefunded, checkout.ManualReview:
		}
		if lie {
			return fmt.Errorf("a buyer was told that order %s is %s, and it is %s", a.order, a.status, now)
		}
	}
	return nil
}

// checkHolds: no two orders hold one cart line.
func (s *simulation) checkHolds(orders map[id.ID]domain.Order) error {
	holder := map[id.ID]id.ID{}
	for orderID := range maps.Keys(orders) {
		o := orders[orderID]
		if o.Snapshot().Released {
			continue
		}
		for _, line := range o.CartLineIDs() {
			if other, held := holder[line]; held {
				return fmt.Errorf("orders %s and %s hold cart line %s", other, orderID, line)
			}
			holder[line] = orderID
		}
	}
	return nil
}

// checkInvoices: one for each captured payment, numbered without a gap.
func (s *simulation) checkInvoices() error {
	ctx := context.Background()
	numbers, captured := map[int64]bool{}, 0
	for _, b := range s.buyers {
		invoices, _ := s.books.Invoices(ctx, b.account, page.Request{Limit: 100})
		perOrder := map[id.ID]int{}
		for _, i := range invoices.Items {
			numbers[i.Number] = true
			perOrder[i.OrderID]++
		}
		transactions, _ := s.books.Transactions(ctx, b.account, page.Request{Limit: 100})
		for _, tx := range transactions.Items {
			if tx.Status == string(billing.Captured) {
				captured++
				if perOrder[tx.OrderID] != 1 {
					return fmt.Errorf("order %s has %d invoices", tx.OrderID, perOrder[tx.OrderID])
				}
			}
		}
	}
	for n := range int64(captured) {
		if !numbers[n+1] || len(numbers) != captured {
			return fmt.Errorf("%d payments were captured, and the invoices' numbers are %v", captured, numbers)
		}
	}
	return nil
}

// checkEntitlements: a product is owned once, through a completed order.
func (s *simulation) checkEntitlements(orders map[id.ID]domain.Order) error {
	for _, b := range s.buyers {
		owned, _ := s.entitled.List(context.Background(), b.account, page.Request{Limit: 100})
		seen := map[id.ID]bool{}
		for _, e := range owned.Items {
			snapshot := e
			if seen[snapshot.ProductID] {
				return fmt.Errorf("account %s owns %s twice", b.account, snapshot.ProductID)
			}
			seen[snapshot.ProductID] = true
			if status := orders[snapshot.OrderID].Status(); status != checkout.Completed {
				return fmt.Errorf("account %s owns %s through order %s, which is %s", b.account, snapshot.ProductID, snapshot.OrderID, status)
			}
		}
	}
	return nil
}
