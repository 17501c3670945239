//go:build failpoints

package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// simDispute is a dispute in the books of the simulated provider.
type simDispute struct {
	ref    string
	status billing.DisputeStatus
	amount int64
}

// silence returns until when the provider says nothing of a charge: of most at no time, of some for a while, of a few
// it never speaks again.
func (p *simProvider) silence() time.Time {
	switch now := p.sim.clock.Now(); {
	case p.chance(1) && p.chance(50):
		return now.AddDate(10, 0, 0)
	case p.chance(1):
		return now.Add(time.Duration(p.rng().IntN(90)) * time.Minute)
	default:
		return now
	}
}

func (p *simProvider) silent(c *simCharge) bool { return p.sim.clock.Now().Before(c.quiet) }

// silentAbout reports whether the provider says nothing of one of an order's charges.
func (p *simProvider) silentAbout(orderID id.ID) bool {
	for _, c := range p.chargesOf(orderID) {
		if p.silent(c) {
			return true
		}
	}
	return false
}

// amount is what a charge captures: seldom another amount than the one that was asked for.
func (p *simProvider) amount(c *simCharge) int64 {
	asked := c.request.Amount.Amount()
	if p.chance(1) {
		return p.other(asked)
	}
	return asked
}

// other returns another amount, of 1 at least.
func (p *simProvider) other(amount int64) int64 {
	other := 1 + p.rng().Int64N(2*amount)
	if other == amount {
		return amount + 1
	}
	return other
}

// trouble is what may become of a charge that is captured: disputes, refunds and corrections that nobody asked for.
func (p *simProvider) trouble(c *simCharge) {
	if p.chance(6) {
		p.later(time.Minute, func() { p.dispute(c) })
	}
	if p.chance(4) {
		p.later(70*time.Hour, func() { p.dispute(c) })
	}
	if p.chance(10) {
		p.later(time.Minute, func() { p.refundByItself(c) })
	}
	if p.chance(5) {
		p.later(time.Minute, func() { p.correct(c) })
	}
	if p.chance(20) {
		p.later(2*time.Minute, p.payOut)
	}
}

// dispute opens a dispute of all or a part of a charge, refunded or not.
func (p *simProvider) dispute(c *simCharge) {
	if p.silent(c) {
		return
	}
	d := &simDispute{ref: fmt.Sprintf("dp_%s_%d", c.ref, len(c.disputes)), amount: c.taken}
	if p.chance(30) {
		d.amount = 1 + p.rng().Int64N(c.taken)
	}
	c.disputes = append(c.disputes, d)
	p.rule(c, d, billing.DisputeOpened)
}

// rule gives a dispute a new status. A bank decides, and may decide again.
func (p *simProvider) rule(c *simCharge, d *simDispute, status billing.DisputeStatus) {
	d.status = status
	p.sendAlways(ports.Event{PaymentID: c.request.PaymentID, Dispute: &domain.DisputeReport{
		ProviderRef: d.ref, Status: status, Amount: d.amount, Fee: simDisputeFee,
		At: p.sim.clock.Now(),
	}})
	next := []billing.DisputeStatus{billing.DisputeWon, billing.DisputeLost}[p.rng().IntN(2)]
	if status == billing.DisputeOpened || p.chance(20) {
		p.later(30*time.Second, func() { p.rule(c, d, next) })
	}
}

// refundByItself refunds all or a part of a charge without the store. The event may name a refund that nobody knows,
// and the payment by either name.
func (p *simProvider) refundByItself(c *simCharge) {
	if p.silent(c) || c.held() == 0 {
		return
	}
	amount := c.held()
	if p.chance(50) {
		amount = 1 + p.rng().Int64N(amount)
	}
	c.refunded += amount
	back := money.Of(amount, c.request.Amount.Currency())
	e := ports.Event{PaymentID: c.request.PaymentID, PaymentRef: c.ref, Refund: &domain.RefundOutcome{
		Status: billing.RefundSucceeded, ProviderRef: fmt.Sprintf("re_%s_%d", c.ref, len(p.events)), Amount: &back,
	}}
	if p.chance(50) {
		e.PaymentID = id.Nil
	}
	if p.chance(30) {
		e.RefundID = p.sim.ids.NewID()
	}
	p.sim.events["external refund"]++
	p.sendAlways(e)
	if p.chance(20) { // and of a payment that nobody knows
		e.PaymentID, e.PaymentRef = p.sim.ids.NewID(), "pi_unknown"
		p.sendAlways(e)
	}
}

// correct makes a charge one of another amount, after its capture.
func (p *simProvider) correct(c *simCharge) {
	amount := p.other(c.taken)
	if p.silent(c) || amount < c.refunded {
		return
	}
	c.taken = amount
	p.sim.events["corrected amount"]++
	p.sendAlways(ports.Event{PaymentID: c.request.PaymentID, Outcome: p.outcome(c)})
}

func (p *simProvider) chargesOf(orderID id.ID) (out []*simCharge) {
	for _, c := range p.charges {
		if c.request.OrderID == orderID {
			out = append(out, c)
		}
	}
	return out
}

var errBooks = errors.New("the provider's books cannot be read")

// ChargesOf returns an order's charges.
func (p *simProvider) ChargesOf(_ context.Context, orderID id.ID) (out []domain.ProviderCharge, err error) {
	if p.silentAbout(orderID) || p.chance(10) {
		return nil, errBooks
	}
	for _, c := range p.chargesOf(orderID) {
		charge := domain.ProviderCharge{
			Ref: c.ref, OrderID: orderID.String(),
			Currency: c.request.Amount.Currency(), Refunded: c.refunded,
		}
		if c.captured() {
			charge.Captured = c.taken
		}
		out = append(out, charge)
	}
	return out, nil
}

// Charges is not asked for in the simulation.
func (p *simProvider) Charges(context.Context, time.Time, time.Time) ([]domain.ProviderCharge, error) {
	return nil, errBooks
}
