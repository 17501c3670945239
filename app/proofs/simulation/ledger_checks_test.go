//go:build failpoints

package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
)

// payment returns a payment as billing stores it.
func (s *simulation) payment(paymentID id.ID) (p billingdomain.PaymentSnapshot) {
	_ = s.Billing.Do(context.Background(), func(ctx context.Context, st billingports.Stores) error {
		payment, _, err := st.Payments.Lock(ctx, paymentID)
		p = payment.Snapshot()
		return err
	})
	return p
}

// expectedHeld returns the amount of a charge that the ledger should show at the provider: the provider's balance, or
// billing's while a mismatched amount is in review.
func (s *simulation) expectedHeld(c *simCharge) int64 {
	p := s.payment(c.request.PaymentID)
	if p.Claimed != nil || p.Status == billing.Mismatched {
		return p.Captured - c.refunded
	}
	return c.held()
}

// checkDocuments checks that each captured payment has one invoice, each of its refunds one credit note, and that the
// numbers of each series have no gaps.
func (s *simulation) checkDocuments() error {
	ctx := context.Background()
	numbers, want := map[string]map[int64]bool{}, map[string]int{}
	count := func(i billingdomain.Invoice) {
		if numbers[i.Series] == nil {
			numbers[i.Series] = map[int64]bool{}
		}
		numbers[i.Series][i.Number] = true
		want[i.Series]++
	}
	for _, b := range s.buyers {
		invoices, _ := s.Billing.Invoices(ctx, b.account, page.Request{Limit: 100})
		perOrder := map[id.ID]int{}
		for _, i := range invoices.Items {
			count(i)
			perOrder[i.OrderID]++
		}
		transactions, _ := s.Billing.Transactions(ctx,
			billingports.Transactions{AccountID: b.account, Page: page.Request{Limit: 100}})
		for _, tx := range transactions.Items {
			if tx.Status == string(billing.Captured) && perOrder[tx.OrderID] != 1 {
				return fmt.Errorf("order %s has %d invoices", tx.OrderID, perOrder[tx.OrderID])
			}
			if tx.Status != string(billing.RefundSucceeded) {
				continue
			}
			credited, err := s.credited(tx)
			if err != nil {
				return err
			}
			note, err := s.Billing.Document(ctx, billingdomain.CreditNoteKind, b.account, tx.ID)
			if (err == nil) != (credited != nil) || (err == nil && note.Content.Total != *credited) {
				return errors.Join(err, fmt.Errorf("refund %s of %s has a credit note of %s", tx.ID, tx.Amount, note.Content.Total))
			}
			if err == nil {
				count(note)
			}
		}
	}
	for series, n := range want {
		for number := range int64(n) {
			if !numbers[series][number+1] || len(numbers[series]) != n {
				return fmt.Errorf("series %s has %d documents with the numbers %v", series, n, numbers[series])
			}
		}
	}
	return nil
}

// credited returns the total that the credit note of a refund must have, or nil if it needs none. It is the refunded
// amount, or less if an external refund exceeds what is left of the sale.
func (s *simulation) credited(tx billingdomain.Transaction) (*money.Money, error) {
	summaries, err := s.Billing.Summaries(context.Background(), []id.ID{tx.OrderID})
	if err != nil {
		return nil, err
	}
	refunds := summaries[tx.OrderID].Refunds
	i := slices.IndexFunc(refunds, func(r billing.Refund) bool { return r.ID == tx.ID })
	if i < 0 || len(refunds[i].Lines) == 0 {
		return nil, nil
	}
	sum := money.Zero(tx.Amount.Currency())
	for _, l := range refunds[i].Lines {
		if sum, err = sum.Add(l.Amount); err != nil {
			return nil, err
		}
	}
	reason := refunds[i].Reason // empty for an erased account, so its origin is unknown
	own := reason != "" && reason != "refunded at the payment provider"
	if sum.Amount() > tx.Amount.Amount() || (own && sum != tx.Amount) {
		return nil, fmt.Errorf("refund %s of %s has lines of %s", tx.ID, tx.Amount, sum)
	}
	return &sum, nil
}

// ofProvider are the accounts through which money moves between the provider and the bank.
var ofProvider = []billingdomain.Account{
	billingdomain.ProviderClearing, billingdomain.DisputeReserve, billingdomain.DisputeLosses, billingdomain.Bank,
	billingdomain.DisputeFees,
}

// checkLedger checks that the journal balances in each currency, that all entries are sealed, and that the accounts of
// the provider equal its balance.
func (s *simulation) checkLedger() error {
	ctx, journal := context.Background(), s.Billing.Journal
	balances, _ := journal.Balances(ctx, s.clock.Now())
	sums, clearing, held := map[money.Currency]int64{}, map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, b := range balances {
		sums[b.Amount.Currency()] += b.Amount.Amount()
		if slices.Contains(ofProvider, b.Account) {
			clearing[b.Amount.Currency()] += b.Amount.Amount()
		}
	}
	for _, c := range s.provider.charges {
		if c.captured() && !s.provider.silent(c) {
			held[c.request.Amount.Currency()] += s.expectedHeld(c)
		}
	}
	for _, currency := range simCurrencies {
		if sums[currency] != 0 || clearing[currency] != held[currency] {
			return fmt.Errorf("the postings sum to %d %s instead of 0, or the provider accounts to %d instead of %d",
				sums[currency], currency, clearing[currency], held[currency])
		}
	}
	chain, _ := journal.Verify(ctx, 0, 10_000)
	count, err := journal.Count(ctx)
	if err != nil {
		return err
	}
	if broken := append(chain.Broken, count.Broken()...); len(broken) > 0 || chain.Sealed != count.Entries {
		return fmt.Errorf("the seals of the journal are not complete and valid: %v, %+v, %+v", broken, chain, count)
	}
	return nil
}
