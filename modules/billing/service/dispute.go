package service

import (
	"context"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/money"
)

// dispute applies the report of a dispute of a locked payment, books it and its fee, and publishes the change. known is
// false while nothing is captured of the payment: the event is retried.
func (s *Service) dispute(ctx context.Context, st ports.Stores, payment domain.Payment,
	report domain.DisputeReport,
) (known bool, err error) {
	p := payment.Snapshot()
	if p.Captured == 0 {
		return false, nil
	}
	now := s.Clock.Now()
	fee := domain.FeeReport{
		Ref: report.ProviderRef, Amount: money.Of(report.Fee, p.Amount.Currency()), OrderID: p.OrderID,
		Account: domain.DisputeFees,
	}
	if err := s.applyFee(ctx, st, fee); err != nil {
		return false, err
	}
	d, found, err := st.Disputes.Find(ctx, p.Provider, report.ProviderRef)
	if err != nil {
		return false, err
	}
	if !found {
		d = domain.NewDispute(s.IDs.NewID(), payment, report, now)
	}
	entry, changed, err := d.Apply(report, s.IDs.NewID(), now)
	if err != nil || !changed {
		return true, err
	}
	s.Log.WarnContext(ctx, "a payment is disputed", "payment", p.ID, "order", p.OrderID, "status", report.Status)
	if err := post(ctx, st, entry); err != nil {
		return true, err
	}
	if err := st.Disputes.Put(ctx, d); err != nil {
		return true, err
	}
	if err := s.reviewOutflow(ctx, st, payment); err != nil {
		return true, err
	}
	if err := st.Payments.Update(ctx, payment, ""); err != nil {
		return true, err
	}
	return true, s.publish(ctx, st, payment)
}

// reviewOutflow logs when refunds and disputes together exceed what was captured.
func (s *Service) reviewOutflow(ctx context.Context, st ports.Stores, payment domain.Payment) error {
	refunds, err := st.Refunds.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return err
	}
	disputes, err := st.Disputes.Of(ctx, payment.Snapshot().ID)
	if err != nil {
		return err
	}
	if reason := payment.Review(domain.Out(refunds, disputes)); reason != "" {
		s.review(ctx, payment, reason)
	}
	return nil
}
