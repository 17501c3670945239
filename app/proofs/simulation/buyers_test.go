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

// simBuyer is somebody with two open tabs, who remembers every answer.
type simBuyer struct {
	sim     *simulation
	account id.ID
	country string
	answers []simAnswer
	keys    int
	asked   map[id.ID]bool                 // orders that the buyer paid again or confirmed
	agreed  map[id.ID]map[money.Money]bool // the totals that the buyer agreed to, by order
	back    []simBack
}

// simBack is a refund that a buyer was told of as done.
type simBack struct{ order, refund id.ID }

// simAnswer is what a buyer was told.
type simAnswer struct {
	key    string
	order  id.ID
	status checkout.Status
	total  money.Money
}

var simMethods = []string{"pm_ok", "pm_ok", "pm_ok", "pm_declined", "pm_requires_action", "pm_timeout"}

func (s *simulation) newBuyer() *simBuyer {
	b := &simBuyer{
		sim: s, account: s.ids.NewID(), country: simCountries[s.rng.IntN(len(simCountries))],
		asked: map[id.ID]bool{}, agreed: map[id.ID]map[money.Money]bool{},
	}
	s.buyers = append(s.buyers, b)
	return b
}

func (b *simBuyer) method() string { return simMethods[b.sim.rng.IntN(len(simMethods))] }

func (b *simBuyer) key() string {
	b.keys++
	return fmt.Sprintf("key-%d", b.keys)
}

// open opens a tab: it fills the cart and buys some of it, again and again with one key until it gets a clear answer.
func (b *simBuyer) open() {
	key, method := b.key(), b.method()
	b.sim.spawn("fill", func(ctx context.Context, store *simStore) {
		b.fill(ctx, store)
		lines, total, ok := b.choose(ctx, store)
		if !ok || store.dead {
			return
		}
		order := service.PlaceOrder{AccountID: b.account, CartLineIDs: lines, Expected: total, Method: method, Key: key}
		b.buy(order, 6)
		if b.sim.rng.IntN(4) == 0 { // the other tab
			order.Key = b.key()
			b.buy(order, 3)
		}
	}, nil)
}

// fill puts one to three goods into the cart, of consumables up to five units.
func (b *simBuyer) fill(ctx context.Context, store *simStore) {
	for range 1 + b.sim.rng.IntN(3) {
		good, quantity := b.sim.goods[b.sim.rng.IntN(len(b.sim.goods))], 1
		if good.consumable {
			quantity = 1 + b.sim.rng.IntN(5)
		}
		_, _, _ = store.Cart.Add(ctx, b.account,
			cartservice.AddItem{SellableID: good.id, Bundle: good.bundle, Quantity: quantity})
	}
}

// choose selects one line of the cart or all of them, and leaves out what a quote says cannot be bought.
func (b *simBuyer) choose(ctx context.Context, store *simStore) (lines []id.ID, total money.Money, ok bool) {
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

// buy sends one order with one key, until the answer is clear.
func (b *simBuyer) buy(order service.PlaceOrder, tries int) {
	if tries == 0 {
		return
	}
	again := func() { b.later(func() { b.buy(order, tries-1) }) }
	b.sim.spawn("buy", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Place(ctx, order)
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if err != nil {
			return
		}
		b.agree(view.Order.ID, order.Expected)
		b.hear(order.Key, view)
		if b.react(view) {
			again()
		}
	}, again)
}

// unfinishedBusiness reports whether an error tells a buyer to ask again.
func unfinishedBusiness(err error) bool {
	return errors.Is(err, domain.ErrAdvancing) || errors.Is(err, domain.ErrStale) || errors.Is(err, probe.ErrCut)
}

func (b *simBuyer) agree(orderID id.ID, total money.Money) {
	if b.agreed[orderID] == nil {
		b.agreed[orderID] = map[money.Money]bool{}
	}
	b.agreed[orderID][total] = true
}

func (b *simBuyer) hear(key string, view service.View) {
	b.sim.note("heard", key, string(view.Order.Status))
	b.answers = append(b.answers, simAnswer{key, view.Order.ID, view.Order.Status, view.Order.Totals.Total})
}

// react does what a buyer does about an answer, and reports whether to ask again.
func (b *simBuyer) react(view service.View) bool {
	orderID := view.Order.ID
	switch view.Order.Status {
	case checkout.Declined:
		switch b.sim.rng.IntN(4) {
		case 0:
			b.later(func() { b.payAgain(orderID, nil, 4) })
		case 1: // days later the order has expired
			b.within(36*time.Hour, func() { b.payAgain(orderID, nil, 4) })
		case 2:
			b.later(func() { b.cancel(orderID) })
		}
	case checkout.RequiresAction:
		ref, success := view.Payment.Payment.ActionURL, b.sim.rng.IntN(4) > 0
		switch b.sim.rng.IntN(4) {
		case 0:
			b.later(func() { b.cancel(orderID) })
		case 1: // the buyer closes the page
		default:
			b.within(30*time.Second, func() { b.sim.provider.confirm(ref, success) })
		}
		if b.sim.rng.IntN(2) == 0 { // and shops on in another tab
			b.open()
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
			b.wantBack(view.Order, 1+b.sim.rng.IntN(3))
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

// payAgain pays a declined order again with one key: for the total that the buyer was told, or for the one that a
// refusal has told.
func (b *simBuyer) payAgain(orderID id.ID, expected *money.Money, tries int) {
	b.asked[orderID] = true
	if expected != nil {
		b.agree(orderID, *expected)
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
	again := func() { b.later(func() { b.pay(c, tries-1) }) }
	b.sim.spawn("pay", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Pay(ctx, c)
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if changed := fault.Of(err); errors.Is(err, domain.ErrPriceChanged) && b.sim.rng.IntN(2) == 0 {
			b.later(func() { b.payAgain(c.OrderID, told(changed), tries-1) })
		}
		if err == nil {
			b.hear(c.Key, view)
			if b.react(view) {
				again()
			}
		}
	}, again)
}

// told returns the new total that a refusal names.
func told(priceChanged *fault.Error) *money.Money {
	total, _ := priceChanged.Details["new"].(map[string]any)
	out := money.Of(total["amount"].(int64), total["currency"].(money.Currency))
	return &out
}

func (b *simBuyer) cancel(orderID id.ID) {
	b.sim.spawn("cancel", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Cancel(ctx, b.account, orderID)
		if err == nil && !store.dead {
			b.hear("", view)
		}
	}, nil)
}

// look polls an order that the buyer has heard of.
func (b *simBuyer) look() {
	if len(b.answers) == 0 {
		return
	}
	orderID := b.answers[b.sim.rng.IntN(len(b.answers))].order
	b.sim.spawn("look", func(ctx context.Context, store *simStore) {
		_, _ = store.Checkout.Order(ctx, b.account, orderID)
	}, nil)
}
