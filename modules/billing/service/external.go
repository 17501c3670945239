package service

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/mutant"
)

// recordExternal records a refund of a locked payment that the provider made by itself, once. known is false while it
// cannot be recorded: before the capture, and while pending refunds leave less than its amount.
func (s *Service) recordExternal(
	ctx context.Context, st ports.Stores, payment domain.Payment, o domain.RefundOutcome,
) (known bool, err error) {
	moved := o.ProviderRef != "" && o.Amount != nil && o.Status == billing.RefundSucceeded
	if !moved || mutant.On("ignore-an-external-refund") {
		return true, nil // no money was refunded
	}
	earlier, err := st.Refunds.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return false, err
	}
	underWay := false
	for _, r := range earlier {
		if r.Snapshot().ProviderRef == o.ProviderRef && !mutant.On("adopt-an-external-refund-twice") {
			return true, nil
		}
		underWay = underWay || !r.Snapshot().Status.Final()
	}
	if payment.Snapshot().Captured == 0 || (o.Amount.Amount() > payment.Held() && underWay) {
		return false, nil
	}
	var lines []billing.RefundLine
	if payment.Status() == billing.Captured {
		invoice, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
		if err != nil {
			return false, err
		}
		if lines, err = domain.PlanAmount(invoice.Content, earlier, *o.Amount); err != nil {
			return false, err
		}
	}
	return true, s.adopt(ctx, st, payment, adoption{o, lines})
}

// adoption is a refund that the provider made by itself, with the lines of the sale that it covers.
type adoption struct {
	domain.RefundOutcome
	lines []billing.RefundLine
}

func (s *Service) adopt(ctx context.Context, st ports.Stores, payment domain.Payment, a adoption) error {
	p := payment.Snapshot()
	s.Log.WarnContext(ctx, "a payment was refunded at the provider", "payment", p.ID, "order", p.OrderID,
		"amount", a.Amount.String(), "refund", a.ProviderRef)
	if s.External != nil {
		s.External(ctx)
	}
	refund := payment.Adopt(s.IDs.NewID(), a.RefundOutcome, a.lines, s.Clock.Now())
	if err := st.Refunds.Insert(ctx, refund); err != nil {
		return err
	}
	if err := s.recordRefund(ctx, st, payment, refund); err != nil {
		return err
	}
	if err := st.Payments.Update(ctx, payment, ""); err != nil {
		return err
	}
	return s.publish(ctx, st, payment)
}
