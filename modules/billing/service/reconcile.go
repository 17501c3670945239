package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
)

// Reconciliation is the result of a comparison of the provider's records with the store's.
type Reconciliation struct {
	Provider    int // captured charges in the provider's records
	Ours        int // captured payments in the store's records
	Differences []domain.Difference
}

// Reconcile compares the provider's charges of a period with the store's payments, in both directions. Charges are
// matched by the provider's reference, so that differing clocks cause no difference.
func (s *Service) Reconcile(ctx context.Context, from, to time.Time) (Reconciliation, error) {
	charges, err := s.Records.Charges(ctx, from, to)
	if err != nil {
		return Reconciliation{}, fmt.Errorf("read the provider's records: %w", err)
	}
	theirs := map[string]domain.ProviderCharge{}
	var refs []string
	for _, c := range charges {
		if c.Captured > 0 {
			theirs[c.Ref], refs = c, append(refs, c.Ref)
		}
	}
	payments, err := s.Reader.Charged(ctx, refs, from, to)
	if err != nil {
		return Reconciliation{}, err
	}
	out := Reconciliation{Provider: len(theirs), Ours: len(payments)}
	for _, ours := range payments {
		charge, found := theirs[ours.Ref]
		if !found {
			if charge, found, err = s.findCharge(ctx, ours); err != nil {
				return out, err
			}
		}
		delete(theirs, ours.Ref)
		out.Differences = append(out.Differences, compare(charge, found, ours)...)
	}
	for _, ref := range refs {
		if c, left := theirs[ref]; left {
			out.Differences = append(out.Differences, domain.Difference{
				Ref: ref, OrderID: c.OrderID, Problem: "the provider captured a charge that the ledger does not have",
				Provider: money.Of(c.Captured, c.Currency).String(), Ours: "nothing",
			})
		}
	}
	return out, nil
}

// findCharge finds the charge of a payment that the provider's records have outside of the period.
func (s *Service) findCharge(ctx context.Context, ours domain.OurCharge) (domain.ProviderCharge, bool, error) {
	charges, err := s.Records.ChargesOf(ctx, ours.OrderID)
	if err != nil {
		return domain.ProviderCharge{}, false, fmt.Errorf("read the provider's records: %w", err)
	}
	for _, c := range charges {
		if c.Ref == ours.Ref && c.Captured > 0 {
			return c, true, nil
		}
	}
	return domain.ProviderCharge{}, false, nil
}

func compare(c domain.ProviderCharge, found bool, ours domain.OurCharge) (out []domain.Difference) {
	differs := func(problem, theirs, own string) {
		out = append(out, domain.Difference{
			Ref: ours.Ref, OrderID: ours.OrderID.String(), Problem: problem,
			Provider: theirs, Ours: own,
		})
	}
	captured := money.Of(ours.Captured, ours.Currency).String()
	if !found {
		differs("the ledger has a capture that the provider does not have", "nothing", captured)
		return out
	}
	if theirs := money.Of(c.Captured, c.Currency).String(); theirs != captured {
		differs("the captured amounts differ", theirs, captured)
	}
	theirs, own := money.Of(c.Refunded, c.Currency).String(), money.Of(ours.Refunded, ours.Currency).String()
	if theirs != own {
		differs("the refunded amounts differ", theirs, own)
	}
	return out
}
