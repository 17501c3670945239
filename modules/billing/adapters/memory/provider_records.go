package memory

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// record stores a refund of a charge. The caller holds the lock.
func (p *Provider) record(chargeRef string, refundID id.ID, outcome domain.RefundOutcome) {
	p.refundRecords[outcome.ProviderRef] = domain.ReportedRefund{
		RefundOutcome: outcome, ChargeRef: chargeRef, RefundID: refundID,
	}
}

// ReportedCharge returns a charge by its reference.
func (p *Provider) ReportedCharge(_ context.Context, ref string) (domain.ReportedCharge, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if outcome.ProviderRef != ref {
			continue
		}
		out := domain.ReportedCharge{
			Outcome: outcome, Provider: p.Name(), OrderID: p.orders[ref], Refunded: p.refundedOf[ref],
		}
		out.Fee = p.chargeFee
		if paymentID, err := id.Parse(key); err == nil {
			out.PaymentID = paymentID
		}
		return out, true, nil
	}
	return domain.ReportedCharge{}, false, nil
}

// ReportedRefund returns a refund by its reference.
func (p *Provider) ReportedRefund(_ context.Context, ref string) (out domain.ReportedRefund, found bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out, found = p.refundRecords[ref]
	return out, found, nil
}

// ReportedDispute returns a dispute by its reference.
func (p *Provider) ReportedDispute(_ context.Context, ref string) (out domain.ReportedDispute, found bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out, found = p.disputes[ref]
	return out, found, nil
}

// Dispute stores the state of a dispute of an order's charge, without an event.
func (p *Provider) Dispute(orderID id.ID, report domain.DisputeReport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ref, of := range p.orders {
		if of != orderID {
			continue
		}
		before, known := p.disputes[report.ProviderRef]
		p.disputes[report.ProviderRef] = domain.ReportedDispute{DisputeReport: report, ChargeRef: ref}
		was, is := known && withheld(before.Status), withheld(report.Status)
		if was == is {
			return
		}
		amount := money.Of(report.Amount, "USD")
		if is {
			amount = money.Of(-report.Amount, "USD")
		}
		p.move(domain.DisputeMovement, report.ProviderRef, orderID, amount)
	}
}

func withheld(status billing.DisputeStatus) bool { return status != billing.DisputeWon }
