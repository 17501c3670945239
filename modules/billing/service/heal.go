package service

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Heal books the payouts and fees of the differences that the provider has and the store does not have, and corrects
// the fees of charges. Each is booked once, whatever event of it comes later. Charges, refunds and disputes are left to
// their events, because an order depends on them.
func (s *Service) Heal(ctx context.Context, found []domain.Difference) error {
	done := map[domain.MovementKey]bool{}
	for _, d := range found {
		if done[d.MovementKey] || d.Kind == domain.RefundMovement || d.Kind == domain.DisputeMovement {
			continue
		}
		done[d.MovementKey] = true
		all, err := s.Balance.TransactionsOf(ctx, d.Ref)
		if err != nil {
			return fmt.Errorf("read the provider's records: %w", err)
		}
		switch d.Kind {
		case domain.PayoutMovement:
			err = s.healPayout(ctx, all)
		case domain.FeeMovement:
			err = s.healFee(ctx, d.MovementKey, domain.ProviderFees, all)
		case domain.DisputeFeeMovement:
			err = s.healFee(ctx, d.MovementKey, domain.DisputeFees, all)
		default:
			err = s.healChargeFee(ctx, d.MovementKey, all)
		}
		if err != nil {
			return fmt.Errorf("book %s %s: %w", d.Kind, d.Ref, err)
		}
	}
	return nil
}

// healPayout applies a payout, and its failure.
func (s *Service) healPayout(ctx context.Context, all []domain.BalanceTransaction) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		for _, t := range all {
			report := domain.PayoutReport{ProviderRef: t.Ref, Status: domain.PayoutPaid, Amount: money.Of(-t.Gross, t.Currency)}
			if t.Gross > 0 {
				report.Status, report.Amount = domain.PayoutFailed, money.Of(t.Gross, t.Currency)
			}
			if err := s.applyPayout(ctx, st, s.Provider.Name(), report); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) healFee(ctx context.Context, key domain.MovementKey, account domain.Account,
	all []domain.BalanceTransaction,
) error {
	their, found := theirPositions(all).of[key]
	if !found {
		return nil
	}
	return s.bookFee(ctx, domain.FeeReport{
		Ref: key.Ref, Amount: money.Of(-their.amount, their.currency), OrderID: orderOf(their), Account: account,
	})
}

// healChargeFee books what the provider's fee of a charge differs by from the one that was booked with the capture.
func (s *Service) healChargeFee(ctx context.Context, key domain.MovementKey, all []domain.BalanceTransaction) error {
	ours, err := s.Movements.OfRefs(ctx, s.Provider.Name(), []string{key.Ref})
	if err != nil {
		return err
	}
	their, found := theirPositions(all).of[key]
	for _, m := range ours {
		if !found || m.MovementKey != key || m.Currency != their.currency {
			continue
		}
		fee := money.Of(their.fee-m.Fee, m.Currency)
		err = errors.Join(err, s.bookFee(ctx, domain.FeeReport{
			Ref: domain.ChargeFeeRef(key.Ref), Amount: fee, OrderID: m.OrderID, Account: domain.ProviderFees,
		}))
	}
	return err
}

func (s *Service) bookFee(ctx context.Context, report domain.FeeReport) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error { return s.applyFee(ctx, st, report) })
}

func orderOf(p position) id.ID {
	orderID, err := id.Parse(p.orderID)
	if err != nil {
		return id.Nil
	}
	return orderID
}
