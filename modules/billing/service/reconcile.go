package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
)

// Reconciliation is what came of a comparison of the provider's books and ours.
type Reconciliation struct {
	Provider    int // how many charges with money its books show for the time
	Ours        int // how many ours show
	Differences []domain.Difference
}

// Reconcile compares the provider's charges of a time with ours, both ways. A charge is the same on both sides by the
// provider's own name for it, whatever side of midnight either clock put it on.
func (s *Service) Reconcile(ctx context.Context, from, to time.Time) (Reconciliation, error) {
	charges, err := s.Records.Charges(ctx, from, to)
	if err != nil {
		return Reconciliation{}, fmt.Errorf("read the provider's books: %w", err)
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
				Ref: ref, OrderID: c.OrderID, Problem: "the provider took money of which our books know nothing",
				Provider: money.Of(c.Captured, c.Currency).String(), Ours: "nothing",
			})
		}
	}
	return out, nil
}

// elsewhen looks for a charge of ours that the provider made at another time than we think.
func (s *Service) findCharge(ctx context.Context, ours domain.OurCharge) (domain.ProviderCharge, bool, error) {
	charges, err := s.Records.ChargesOf(ctx, ours.OrderID)
	if err != nil {
		return domain.ProviderCharge{}, false, fmt.Errorf("read the provider's books: %w", err)
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
		differs("our books know of money that the provider did not take", "nothing", captured)
		return out
	}
	if theirs := money.Of(c.Captured, c.Currency).String(); theirs != captured {
		differs("not the same was captured", theirs, captured)
	}
	theirs, own := money.Of(c.Refunded, c.Currency).String(), money.Of(ours.Refunded, ours.Currency).String()
	if theirs != own {
		differs("not the same went back", theirs, own)
	}
	return out
}
