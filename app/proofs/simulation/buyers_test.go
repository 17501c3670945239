//go:build failpoints

package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"

	cartservice "coinslot/modules/cart/service"
)

// simBuyer is a buyer who shops in several tabs and records every response.
type simBuyer struct {
	sim       *simulation
	account   id.ID
	country   string
	responses []simResponse
	keys      int
	retried   map[id.ID]bool                 // orders whose payment the buyer retried
	accepted  map[id.ID]map[money.Money]bool // totals that the buyer accepted, by order
	refunds   []simRefund
}

// simRefund is a refund that a response reported as succeeded.
type simRefund struct{ order, refund id.ID }

// simResponse is an order as a response reported it.
type simResponse struct {
	key    string
	order  id.ID
	status checkout.Status
	total  money.Money
}

var simMethods = []string{"pm_ok", "pm_ok", "pm_ok", "pm_declined", "pm_requires_action", "pm_timeout"}

func (s *simulation) newBuyer() *simBuyer {
	b := &simBuyer{
		sim: s, account: s.ids.NewID(), country: simCountries[s.rng.IntN(len(simCountries))],
		retried: map[id.ID]bool{}, accepted: map[id.ID]map[money.Money]bool{},
	}
	s.buyers = append(s.buyers, b)
	return b
}

func (b *simBuyer) method() string { return simMethods[b.sim.rng.IntN(len(simMethods))] }

func (b *simBuyer) key() string {
	b.keys++
	return fmt.Sprintf("key-%d", b.keys)
}

// openTab fills the cart and buys some of its lines. It retries with the same key until the outcome is final.
func (b *simBuyer) openTab() {
	key, method := b.key(), b.method()
	b.sim.spawn("shop", func(ctx context.Context, store *simStore) {
		b.fillCart(ctx, store)
		lines, total, ok := b.selectLines(ctx, store)
		if !ok || store.dead {
			return
		}
		order := service.PlaceOrder{AccountID: b.account, CartLineIDs: lines, Expected: total, Method: method, Key: key}
		b.buy(order, 6)
		if b.sim.rng.IntN(4) == 0 { // a second tab, with its own key
			order.Key = b.key()
			b.buy(order, 3)
		}
	}, nil)
}

// fillCart adds one to three sellables to the cart, consumables in quantities of up to five.
func (b *simBuyer) fillCart(ctx context.Context, store *simStore) {
	for range 1 + b.sim.rng.IntN(3) {
		sellable, quantity := b.sim.sellables[b.sim.rng.IntN(len(b.sim.sellables))], 1
		if sellable.consumable {
			quantity = 1 + b.sim.rng.IntN(5)
		}
		_, _, _ = store.Cart.Add(ctx, b.account,
			cartservice.AddItem{SellableID: sellable.id, Bundle: sellable.bundle, Quantity: quantity})
	}
}

// selectLines selects one line of the cart or all lines, and drops those that the quote rejects.
func (b *simBuyer) selectLines(ctx context.Context, store *simStore) (lines []id.ID, total money.Money, ok bool) {
	view, err := store.Cart.Show(ctx, b.account)
	if err != nil || len(view.Items) == 0 {
		return nil, total, false
	}
	for _, item := range view.Items {
		lines = append(lines, item.ID)
	}
	if b.sim.rng.IntN(3) == 0 {
		at := b.sim.rng.IntN(len(lines))
		lines = lines[at : at+1]
	}
	for len(lines) > 0 {
		quote, err := store.Checkout.Quote(ctx, b.account, lines)
		if err != nil {
			return nil, total, false
		}
		if len(quote.Problems) == 0 || b.sim.rng.IntN(6) == 0 {
			return lines, quote.Totals.Total, true
		}
		problem := quote.Problems[b.sim.rng.IntN(len(quote.Problems))].CartLineID
		lines = slices.DeleteFunc(lines, func(line id.ID) bool { return line == problem })
		if b.sim.rng.IntN(2) == 0 {
			_, _ = store.Cart.Remove(ctx, b.account, problem, 0)
		}
	}
	return nil, total, false
}

// buy places an order and retries with the same key until the outcome is final.
func (b *simBuyer) buy(order service.PlaceOrder, tries int) {
	if tries == 0 {
		return
	}
	retry := func() { b.later(func() { b.buy(order, tries-1) }) }
	b.sim.spawn("buy", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Place(ctx, order)
		if store.dead || retryable(err) {
			retry()
			return
		}
		if err != nil {
			return
		}
		b.accept(view.Order.ID, order.Expected)
		b.record(order.Key, view)
		if b.react(view) {
			retry()
		}
	}, retry)
}

// retryable reports whether a request that failed with err may be repeated with the same key.
func retryable(err error) bool {
	return errors.Is(err, domain.ErrAdvancing) || errors.Is(err, domain.ErrStale) || errors.Is(err, probe.ErrCut)
}

func (b *simBuyer) accept(orderID id.ID, total money.Money) {
	if b.accepted[orderID] == nil {
		b.accepted[orderID] = map[money.Money]bool{}
	}
	b.accepted[orderID][total] = true
}

func (b *simBuyer) record(key string, view service.View) {
	b.sim.note("heard", key, string(view.Order.Status))
	b.responses = append(b.responses, simResponse{key, view.Order.ID, view.Order.Status, view.Order.Totals.Total})
}

// react schedules the buyer's next action for the order's status, and reports whether to repeat the request.
func (b *simBuyer) react(view service.View) bool {
	orderID := view.Order.ID
	switch view.Order.Status {
	case checkout.Declined:
		switch b.sim.rng.IntN(4) {
		case 0:
			b.later(func() { b.payAgain(orderID, nil, 4) })
		case 1: // after this delay the order may have expired
			b.within(36*time.Hour, func() { b.payAgain(orderID, nil, 4) })
		case 2:
			b.later(func() { b.cancel(orderID) })
		}
	case checkout.RequiresAction:
		ref, success := view.Payment.Payment.ActionURL, b.sim.rng.IntN(4) > 0
		switch b.sim.rng.IntN(4) {
		case 0:
			b.later(func() { b.cancel(orderID) })
		case 1: // the buyer never confirms
		default:
			b.within(30*time.Second, func() { b.sim.provider.confirm(ref, success) })
		}
		if b.sim.rng.IntN(2) == 0 { // another tab, meanwhile
			b.openTab()
		}
		return true
	case checkout.Processing:
		if b.sim.rng.IntN(3) == 0 {
			b.later(func() { b.cancel(orderID) })
		}
		return true
	case checkout.Pending, checkout.Paid:
		return true
	case checkout.Completed:
		if b.sim.rng.IntN(3) == 0 {
			b.requestRefunds(view.Order, 1+b.sim.rng.IntN(3))
		}
	case checkout.ManualReview:
		if b.sim.rng.IntN(2) == 0 {
			b.later(func() { b.cancel(orderID) })
		}
	case checkout.Canceled, checkout.PartiallyRefunded, checkout.Refunded:
	}
	return false
}

func (b *simBuyer) later(do func()) { b.within(5*time.Second, do) }

func (b *simBuyer) within(time time.Duration, do func()) { b.sim.provider.later(time, do) }

// payAgain retries the payment of a declined order with a new key. expected is the total of an earlier price-changed
// error, or nil.
func (b *simBuyer) payAgain(orderID id.ID, expected *money.Money, tries int) {
	b.retried[orderID] = true
	if expected != nil {
		b.accept(orderID, *expected)
		b.sim.events["order at a new total"]++
	}
	b.pay(service.PayOrder{
		AccountID: b.account, OrderID: orderID, Method: b.method(),
		Expected: expected, Key: b.key(),
	}, tries)
}

func (b *simBuyer) pay(c service.PayOrder, tries int) {
	if tries == 0 {
		return
	}
	retry := func() { b.later(func() { b.pay(c, tries-1) }) }
	b.sim.spawn("pay", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Pay(ctx, c)
		if store.dead || retryable(err) {
			retry()
			return
		}
		if changed := fault.Of(err); errors.Is(err, domain.ErrPriceChanged) && b.sim.rng.IntN(2) == 0 {
			b.later(func() { b.payAgain(c.OrderID, newTotal(changed), tries-1) })
		}
		if err == nil {
			b.record(c.Key, view)
			if b.react(view) {
				retry()
			}
		}
	}, retry)
}

// newTotal returns the new total that a price-changed error reports.
func newTotal(priceChanged *fault.Error) *money.Money {
	total, _ := priceChanged.Details["new"].(map[string]any)
	out := money.Of(total["amount"].(int64), total["currency"].(money.Currency))
	return &out
}

func (b *simBuyer) cancel(orderID id.ID) {
	b.sim.spawn("cancel", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Cancel(ctx, b.account, orderID)
		if err == nil && !store.dead {
			b.record("", view)
		}
	}, nil)
}

// poll reads one of the buyer's orders.
func (b *simBuyer) poll() {
	if len(b.responses) == 0 {
		return
	}
	orderID := b.responses[b.sim.rng.IntN(len(b.responses))].order
	b.sim.spawn("poll", func(ctx context.Context, store *simStore) {
		_, _ = store.Checkout.Order(ctx, b.account, orderID)
	}, nil)
}
