//go:build failpoints

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"

	cartservice "coinslot/modules/cart/service"
)

// simBuyer is somebody with two open tabs, who remembers every answer.
type simBuyer struct {
	sim     *simulation
	account id.ID
	answers []simAnswer
	keys    int
	asked   map[id.ID]bool // orders that the buyer paid again or confirmed
	back    []simBack
}

// simBack is a refund that a buyer heard of as done.
type simBack struct{ order, refund id.ID }

// simAnswer is what a buyer was told.
type simAnswer struct {
	key    string
	order  id.ID
	status checkout.Status
	total  int64
	agreed int64
}

var simMethods = []string{"pm_ok", "pm_ok", "pm_ok", "pm_declined", "pm_requires_action", "pm_timeout"}

func (s *simulation) newBuyer() *simBuyer {
	b := &simBuyer{sim: s, account: s.ids.NewID(), asked: map[id.ID]bool{}}
	s.buyers = append(s.buyers, b)
	return b
}

func (b *simBuyer) method() string { return simMethods[b.sim.rng.IntN(len(simMethods))] }

func (b *simBuyer) key() string {
	b.keys++
	return fmt.Sprintf("key-%d", b.keys)
}

// open opens a tab: it fills the cart and buys some of it, again and again with one key until it hears something
// clear.
func (b *simBuyer) open() {
	key, method := b.key(), b.method()
	which := b.sim.rng.IntN(len(b.sim.goods))
	b.sim.spawn("fill", func(ctx context.Context, store *simStore) {
		_, _, _ = store.cart.Add(ctx, b.account, cartservice.AddItem{SellableID: b.sim.goods[which], Bundle: which == len(b.sim.goods)-1, Quantity: 1})
		view, err := store.cart.Show(ctx, b.account)
		if err != nil || len(view.Items) == 0 {
			return
		}
		lines := []id.ID{view.Items[b.sim.rng.IntN(len(view.Items))].ID}
		if b.sim.rng.IntN(3) == 0 {
			lines = lines[:0]
			for _, item := range view.Items {
				lines = append(lines, item.ID)
			}
		}
		quote, err := store.checkout.Quote(ctx, b.account, lines)
		if err != nil || store.dead {
			return
		}
		order := service.PlaceOrder{AccountID: b.account, CartLineIDs: lines, Expected: quote.Totals.Total, Method: method, Key: key}
		b.buy(order, 6)
		if b.sim.rng.IntN(4) == 0 { // the other tab
			order.Key = b.key()
			b.buy(order, 3)
		}
	}, nil)
}

// buy sends one order with one key, until the answer is clear.
func (b *simBuyer) buy(order service.PlaceOrder, tries int) {
	if tries == 0 {
		return
	}
	again := func() { b.later(func() { b.buy(order, tries-1) }) }
	b.sim.spawn("buy", func(ctx context.Context, store *simStore) {
		view, err := store.checkout.Place(ctx, order)
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if err != nil {
			return
		}
		b.hear(order.Key, view, order.Expected.Amount())
		if b.react(view) {
			again()
		}
	}, again)
}

// unfinishedBusiness reports whether an error tells a buyer to ask again.
func unfinishedBusiness(err error) bool {
	return errors.Is(err, domain.ErrAdvancing) || errors.Is(err, domain.ErrStale) || errors.Is(err, errCut)
}

func (b *simBuyer) hear(key string, view service.View, agreed int64) {
	b.sim.note("heard", key, string(view.Order.Status))
	b.answers = append(b.answers, simAnswer{key, view.Order.ID, view.Order.Status, view.Order.Totals.Total.Amount(), agreed})
}

// react does what a buyer does about an answer, and reports whether to ask again.
func (b *simBuyer) react(view service.View) bool {
	orderID := view.Order.ID
	switch view.Order.Status {
	case checkout.Declined:
		switch b.sim.rng.IntN(3) {
		case 0:
			b.later(func() { b.payAgain(orderID, b.key(), b.method(), 4) })
		case 1:
			b.later(func() { b.cancel(orderID) })
		}
	case checkout.RequiresAction:
		ref, success := view.Bill.ActionURL, b.sim.rng.IntN(4) > 0
		switch b.sim.rng.IntN(4) {
		case 0:
			b.later(func() { b.cancel(orderID) })
		case 1: // the buyer closes the page
		default:
			b.later(func() { b.sim.provider.confirm(ref, success) })
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
	case checkout.Canceled, checkout.PartiallyRefunded, checkout.Refunded, checkout.ManualReview:
	}
	return false
}

func (b *simBuyer) later(do func()) {
	at := b.sim.clock.Now().Add(time.Duration(b.sim.rng.IntN(5000)) * time.Millisecond)
	b.sim.provider.timers = append(b.sim.provider.timers, timed{at, do})
}

func (b *simBuyer) payAgain(orderID id.ID, key, method string, tries int) {
	if tries == 0 {
		return
	}
	b.asked[orderID] = true
	again := func() { b.later(func() { b.payAgain(orderID, key, method, tries-1) }) }
	b.sim.spawn("pay", func(ctx context.Context, store *simStore) {
		view, err := store.checkout.Pay(ctx, service.PayOrder{AccountID: b.account, OrderID: orderID, Method: method, Key: key})
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if err == nil {
			b.hear(key, view, view.Order.Totals.Total.Amount())
			if b.react(view) {
				again()
			}
		}
	}, again)
}

// wantBack asks for some of an order's money back, so many times: all of it, a line, a product, or as the staff may, a
// part of what one cost.
func (b *simBuyer) wantBack(order domain.Snapshot, times int) {
	rng := b.sim.rng
	c := service.RefundOrder{AccountID: b.account, OrderID: order.ID, Reason: "bored", Key: b.key(), Staff: rng.IntN(3) == 0}
	line := order.Lines[rng.IntN(len(order.Lines))]
	product := line.Gives[rng.IntN(len(line.Gives))].ID
	switch n := rng.IntN(5); {
	case n == 0:
		c.Items = []ports.RefundItem{{Reference: domain.Reference{LineID: line.ID}}}
	case n <= 2:
		c.Items = []ports.RefundItem{{Reference: domain.Reference{LineID: line.ID, ProductID: product}}}
	case n == 3 && c.Staff:
		amount := usd(int64(1 + rng.IntN(300)))
		c.Items = []ports.RefundItem{{Reference: domain.Reference{LineID: line.ID, ProductID: product}, Amount: &amount}}
	}
	b.later(func() { b.refund(c, 5) })
	if rng.IntN(4) == 0 { // the other tab
		c.Key = b.key()
		b.later(func() { b.refund(c, 5) })
	}
	if times > 1 {
		b.later(func() { b.wantBack(order, times-1) })
	}
}

// refund sends one wish with one key, until the answer is clear.
func (b *simBuyer) refund(c service.RefundOrder, tries int) {
	if tries == 0 {
		return
	}
	again := func() { b.later(func() { b.refund(c, tries-1) }) }
	b.sim.spawn("refund", func(ctx context.Context, store *simStore) {
		view, err := store.checkout.Refund(ctx, c)
		if store.dead || unfinishedBusiness(err) {
			again()
			return
		}
		if err != nil {
			return
		}
		if view.Refund.Succeeded {
			b.back = append(b.back, simBack{c.OrderID, view.Refund.ID})
		}
		if !view.Refund.Final {
			again()
		}
	}, again)
}

func (b *simBuyer) cancel(orderID id.ID) {
	b.sim.spawn("cancel", func(ctx context.Context, store *simStore) {
		view, err := store.checkout.Cancel(ctx, b.account, orderID)
		if err == nil && !store.dead {
			b.hear("", view, view.Order.Totals.Total.Amount())
		}
	}, nil)
}

// look polls an order that the buyer has heard of.
func (b *simBuyer) look() {
	if len(b.answers) == 0 {
		return
	}
	orderID := b.answers[b.sim.rng.IntN(len(b.answers))].order
	b.sim.spawn("look", func(ctx context.Context, store *simStore) { _, _ = store.checkout.Order(ctx, b.account, orderID) }, nil)
}

// erase deletes the account, with everything that follows as jobs.
func (b *simBuyer) erase() {
	b.sim.erased[b.account] = true
	for _, job := range []func(ctx context.Context, store *simStore) error{
		func(ctx context.Context, store *simStore) error { return store.checkout.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.cart.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.library.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.billing.EraseAccount(ctx, b.account) },
	} {
		b.eraseJob(job)
	}
}

func (b *simBuyer) eraseJob(job func(ctx context.Context, store *simStore) error) {
	again := func() { b.later(func() { b.eraseJob(job) }) }
	b.sim.spawn("erase", func(ctx context.Context, store *simStore) {
		if err := job(ctx, store); err != nil && !store.dead {
			again()
		}
	}, again)
}
