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

// simDispute is a dispute at the simulated provider.
type simDispute struct {
	ref    string
	status billing.DisputeStatus
	amount int64
}

// silence returns the time until which the provider is silent about a charge: now for most charges, some minutes later
// for some, ten years later for a few.
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

func (p *simProvider) silent(c *simCharge) bool { return p.sim.clock.Now().Before(c.silentUntil) }

// silentAbout reports whether the provider is silent about one of an order's charges.
func (p *simProvider) silentAbout(orderID id.ID) bool {
	for _, c := range p.chargesOf(orderID) {
		if p.silent(c) {
			return true
		}
	}
	return false
}

// amount returns the amount that a charge captures, which rarely differs from the requested one.
func (p *simProvider) amount(c *simCharge) int64 {
	requested := c.request.Amount.Amount()
	if p.chance(1) {
		return p.other(requested)
	}
	return requested
}

// other returns a different amount of at least 1.
func (p *simProvider) other(amount int64) int64 {
	other := 1 + p.rng().Int64N(2*amount)
	if other == amount {
		return amount + 1
	}
	return other
}

// scheduleFaults schedules disputes, external refunds and corrections of a captured charge.
func (p *simProvider) scheduleFaults(c *simCharge) {
	if p.chance(6) {
		p.later(time.Minute, func() { p.dispute(c) })
	}
	if p.chance(4) {
		p.later(70*time.Hour, func() { p.dispute(c) })
	}
	if p.chance(10) {
		p.later(time.Minute, func() { p.refundExternally(c) })
	}
	if p.chance(5) {
		p.later(time.Minute, func() { p.correctAmount(c) })
	}
	if p.chance(20) {
		p.later(2*time.Minute, p.payOut)
	}
}

// dispute opens a dispute of all or part of a charge, whether or not it was refunded.
func (p *simProvider) dispute(c *simCharge) {
	if p.silent(c) {
		return
	}
	d := &simDispute{ref: fmt.Sprintf("dp_%s_%d", c.ref, len(c.disputes)), amount: c.capturedAmount}
	if p.chance(30) {
		d.amount = 1 + p.rng().Int64N(c.capturedAmount)
	}
	c.disputes = append(c.disputes, d)
	p.updateDispute(c, d, billing.DisputeOpened)
}

// updateDispute sets the status of a dispute. A decided dispute may be decided again.
func (p *simProvider) updateDispute(c *simCharge, d *simDispute, status billing.DisputeStatus) {
	d.status = status
	p.sendAlways(ports.Event{PaymentID: c.request.PaymentID, Dispute: &domain.DisputeReport{
		ProviderRef: d.ref, Status: status, Amount: d.amount, Fee: simDisputeFee,
		At: p.sim.clock.Now(),
	}})
	next := []billing.DisputeStatus{billing.DisputeWon, billing.DisputeLost}[p.rng().IntN(2)]
	if status == billing.DisputeOpened || p.chance(20) {
		p.later(30*time.Second, func() { p.updateDispute(c, d, next) })
	}
}

// refundExternally refunds all or part of a charge without a request of the store. The event may have an unknown refund
// ID, and may identify the payment by its reference only.
func (p *simProvider) refundExternally(c *simCharge) {
	if p.silent(c) || c.held() == 0 {
		return
	}
	amount := c.held()
	if p.chance(50) {
		amount = 1 + p.rng().Int64N(amount)
	}
	c.refunded += amount
	refunded := money.Of(amount, c.request.Amount.Currency())
	e := ports.Event{PaymentID: c.request.PaymentID, PaymentRef: c.ref, Refund: &domain.RefundOutcome{
		Status: billing.RefundSucceeded, ProviderRef: fmt.Sprintf("re_%s_%d", c.ref, len(p.events)), Amount: &refunded,
	}}
	if p.chance(50) {
		e.PaymentID = id.Nil
	}
	if p.chance(30) {
		e.RefundID = p.sim.ids.NewID()
	}
	p.sim.events["external refund"]++
	p.sendAlways(e)
	if p.chance(20) { // and one for an unknown payment
		e.PaymentID, e.PaymentRef = p.sim.ids.NewID(), "pi_unknown"
		p.sendAlways(e)
	}
}

// correctAmount changes the amount of a captured charge.
func (p *simProvider) correctAmount(c *simCharge) {
	amount := p.other(c.capturedAmount)
	if p.silent(c) || amount < c.refunded {
		return
	}
	c.capturedAmount = amount
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

var errBooks = errors.New("the provider's records cannot be read")

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
			charge.Captured = c.capturedAmount
		}
		out = append(out, charge)
	}
	return out, nil
}

// Charges is not called in the simulation.
func (p *simProvider) Charges(context.Context, time.Time, time.Time) ([]domain.ProviderCharge, error) {
	return nil, errBooks
}

// ReportedCharge is not called in the simulation.
func (p *simProvider) ReportedCharge(context.Context, string) (domain.ReportedCharge, bool, error) {
	return domain.ReportedCharge{}, false, errBooks
}

// ReportedRefund is not called in the simulation.
func (p *simProvider) ReportedRefund(context.Context, string) (domain.ReportedRefund, bool, error) {
	return domain.ReportedRefund{}, false, errBooks
}

// ReportedDispute is not called in the simulation.
func (p *simProvider) ReportedDispute(context.Context, string) (domain.ReportedDispute, bool, error) {
	return domain.ReportedDispute{}, false, errBooks
}
