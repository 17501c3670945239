package service

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/mutant"
)

// refundMismatched refunds a payment of which another amount was captured. It becomes captured_late and has no invoice.
func (s *Service) refundMismatched(ctx context.Context, st ports.Stores, payment *domain.Payment,
	r resolution,
) (*domain.Refund, error) {
	if err := s.correct(ctx, st, payment, r.charge); err != nil {
		return nil, err
	}
	left, err := payment.Refundable(r.disputes)
	if err != nil {
		return nil, err
	}
	if err := payment.CapturedLate(s.Clock.Now()); err != nil {
		return nil, err
	}
	refund, err := s.refundLeft(ctx, st, payment, domain.Left{Amount: left})
	if err != nil {
		return nil, err
	}
	payment.DropInvoiceContent()
	return refund, st.Payments.Update(ctx, *payment, "resolution")
}

// release ends a payment of which nothing is captured at the provider.
func (s *Service) release(ctx context.Context, st ports.Stores, payment *domain.Payment,
	charge domain.ProviderCharge,
) error {
	now := s.Clock.Now()
	if charge.Captured > charge.Refunded && !mutant.On("release-a-captured-payment") {
		return billing.ErrHeld
	}
	switch known := payment.Snapshot(); {
	case known.Status == billing.RequiresAction:
		return billing.ErrUnresolved
	case known.Status == billing.Mismatched:
		if err := s.correct(ctx, st, payment, charge); err != nil {
			return err
		}
		if charge.Captured > 0 { // and refunded: a later poll must not book the capture again
			if err := payment.CapturedLate(now); err != nil {
				return err
			}
			payment.DropInvoiceContent()
			return st.Payments.Update(ctx, *payment, "resolution")
		}
	case known.Status.Final():
		payment.MarkResolved(now)
		return st.Payments.Update(ctx, *payment, "resolution")
	}
	if err := payment.End(now); err != nil {
		return err
	}
	payment.SchedulePoll(now.Add(s.PollAgainAfter))
	payment.DropInvoiceContent()
	return st.Payments.Update(ctx, *payment, "resolution")
}

// correct books the captured amount of the provider's records for a locked payment that is no sale.
func (s *Service) correct(ctx context.Context, st ports.Stores, payment *domain.Payment,
	charge domain.ProviderCharge,
) error {
	entry, err := payment.Correct(s.IDs.NewID(), charge.Captured, s.Clock.Now())
	if err != nil {
		return err
	}
	return post(ctx, st, entry)
}
