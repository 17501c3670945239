package service

import (
	"context"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// applyPayout applies the report of a payout, and books it.
func (s *Service) applyPayout(ctx context.Context, st ports.Stores, provider string, report domain.PayoutReport) error {
	now := s.Clock.Now()
	payout, found, err := st.Payouts.Lock(ctx, provider, report.ProviderRef)
	if err != nil {
		return err
	}
	if !found {
		payout = domain.NewPayout(s.IDs.NewID(), provider, report, now)
	}
	entry, changed, err := payout.Apply(report, s.IDs.NewID(), now)
	if err != nil || !changed {
		return err
	}
	if report.Status == domain.PayoutFailed {
		s.Log.WarnContext(ctx, "a payout failed", "payout", report.ProviderRef, "amount", report.Amount.String())
	}
	if err := post(ctx, st, entry); err != nil {
		return err
	}
	return st.Payouts.Put(ctx, payout)
}

// applyFee books a fee that no captured payment has, once.
func (s *Service) applyFee(ctx context.Context, st ports.Stores, report domain.FeeReport) error {
	if report.Amount.IsZero() {
		return nil
	}
	entry, err := report.Book(s.IDs.NewID(), s.Clock.Now())
	if err != nil {
		return err
	}
	_, err = st.Ledger.PostOnce(ctx, entry)
	return err
}
