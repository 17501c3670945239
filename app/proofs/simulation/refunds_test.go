//go:build failpoints

package simulation_test

import (
	"context"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/money"
)

// requestRefunds requests refunds of an order, each of the whole order, a line, a product, some units or, as staff, an
// amount.
func (b *simBuyer) requestRefunds(order domain.Snapshot, times int) {
	rng := b.sim.rng
	c := service.RefundOrder{
		AccountID: b.account, OrderID: order.ID, Reason: "bored", Key: b.key(),
		Staff: rng.IntN(3) == 0,
	}
	line := order.Lines[rng.IntN(len(order.Lines))]
	product := line.Gives[rng.IntN(len(line.Gives))].ID
	item := ports.RefundItem{LineID: line.ID, ProductID: product}
	switch n := rng.IntN(6); {
	case n == 0:
		c.Items = []ports.RefundItem{{LineID: line.ID}}
	case n <= 2:
		c.Items = []ports.RefundItem{item}
	case n == 3:
		item.Quantity = 1 + rng.IntN(line.Quantity)
		c.Items = []ports.RefundItem{item}
	case n == 4 && c.Staff:
		amount := money.Of(int64(1+rng.IntN(300)), line.Unit.Currency())
		item.Amount = &amount
		c.Items = []ports.RefundItem{item}
	}
	b.later(func() { b.refund(c, 5) })
	if rng.IntN(4) == 0 { // a second tab, with its own key
		c.Key = b.key()
		b.later(func() { b.refund(c, 5) })
	}
	if times > 1 {
		b.later(func() { b.requestRefunds(order, times-1) })
	}
}

// refund requests a refund and retries with the same key until the outcome is final.
func (b *simBuyer) refund(c service.RefundOrder, tries int) {
	if tries == 0 {
		return
	}
	retry := func() { b.later(func() { b.refund(c, tries-1) }) }
	b.sim.spawn("refund", func(ctx context.Context, store *simStore) {
		view, err := store.Checkout.Refund(ctx, c)
		if store.dead || retryable(err) {
			retry()
			return
		}
		if err != nil {
			return
		}
		if view.Refund.Status == "succeeded" {
			b.refunds = append(b.refunds, simRefund{c.OrderID, view.Refund.ID})
		}
		if !view.Refund.Status.Final() {
			retry()
		}
	}, retry)
}

// erase runs the erasure of the account as one job per module.
func (b *simBuyer) erase() {
	b.sim.erased[b.account] = true
	for _, job := range []func(ctx context.Context, store *simStore) error{
		func(ctx context.Context, store *simStore) error { return store.Checkout.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.Cart.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.Library.EraseAccount(ctx, b.account) },
		func(ctx context.Context, store *simStore) error { return store.Billing.EraseAccount(ctx, b.account) },
	} {
		b.eraseJob(job)
	}
}

func (b *simBuyer) eraseJob(job func(ctx context.Context, store *simStore) error) {
	retry := func() { b.later(func() { b.eraseJob(job) }) }
	b.sim.spawn("erase", func(ctx context.Context, store *simStore) {
		if err := job(ctx, store); err != nil && !store.dead {
			retry()
		}
	}, retry)
}
