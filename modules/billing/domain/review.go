package domain

import (
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Review returns why a payment's money needs a manual review; empty: it does not. out is the result of Out.
func (p Payment) Review(out int64) billing.ReviewReason {
	switch {
	case mutant.On("skip-payment-review"):
	case p.s.Status == billing.Mismatched || p.s.Claimed != nil:
		return billing.ReviewAmount
	case out > max(p.s.Captured, p.s.AcceptedOut) && !mutant.On("skip-review-of-excess-outflow"):
		return billing.ReviewOverpaidOut
	case p.s.RefundFailed && !mutant.On("skip-review-of-failed-refund"):
		return billing.ReviewRefundFailed
	case p.s.Status == billing.CapturedLate && p.Left(out) > 0 && !mutant.On("ignore-a-won-dispute-of-owed-refund"):
		return billing.ReviewRefundFailed
	}
	return ""
}

// Left returns the captured amount less out, the result of Out.
func (p Payment) Left(out int64) int64 { return max(p.s.Captured-out, 0) }

// Out returns the sum of the refunds that have not failed and the disputes that were not won, in minor units.
func Out(refunds []Refund, disputes []Dispute) (out int64) {
	for _, r := range refunds {
		if r.out() {
			out += r.s.Amount.Amount()
		}
	}
	for _, d := range disputes {
		if d.Withheld() {
			out += d.s.Amount.Amount()
		}
	}
	return out
}

// Refundable returns the amount that staff may refund: the captured amount that is not refunded, less what a bank has
// returned to the buyer. billing.ErrDisputed while a bank decides.
func (p Payment) Refundable(disputes []Dispute) (int64, error) {
	left := p.Held()
	if mutant.On("refund-a-disputed-amount") {
		return left, nil
	}
	for _, d := range disputes {
		switch d.s.Status {
		case billing.DisputeOpened:
			return 0, billing.ErrDisputed
		case billing.DisputeLost:
			left -= d.s.Amount.Amount()
		case billing.DisputeWon:
		}
	}
	return max(left, 0), nil
}

// Acceptance is what staff accept of a payment.
type Acceptance struct {
	Captured int64 // by the provider's records
	Refunded int64 // by refunds that have not failed
	Out      int64 // the result of Out: refunds and disputes may add up to this although less was captured
}

// Accept takes what the provider captured as the payment of the whole amount, and returns the entry of the difference:
// a shortfall is an expense of the store, an excess is owed to the buyer. The entry is empty when nothing is to be
// booked.
func (p *Payment) Accept(entryID id.ID, a Acceptance, now time.Time) (JournalEntry, error) {
	if p.s.Status != billing.Captured && p.s.Status != billing.Mismatched {
		return JournalEntry{}, nil
	}
	of, held := func(n int64) money.Money { return money.Of(n, p.s.Amount.Currency()) }, a.Captured
	covered, total := p.s.Captured, p.s.Amount.Amount()
	postings := []Posting{{ProviderClearing, of(held - covered)}}
	if p.s.Status == billing.Mismatched {
		tax := p.s.Invoice.Tax
		postings = append(postings, Posting{CustomerBalances, of(covered)},
			Posting{Revenue, of(tax.Amount() - total)}, Posting{TaxPayable, of(-tax.Amount())})
		covered = total
	}
	switch difference := covered - held; {
	case difference > 0:
		postings = append(postings, Posting{PaymentDifferences, of(difference)})
	case difference < 0:
		postings = append(postings, Posting{CustomerBalances, of(difference)})
	}
	if err := p.s.move(billing.Captured); err != nil {
		return JournalEntry{}, err
	}
	p.s.Captured, p.s.Difference, p.s.Claimed, p.s.UpdatedAt = held, total-held, nil, now
	p.s.Refunded = min(a.Refunded, held)
	p.AcceptOut(a.Out)
	return p.resolve(entryID, postings, now)
}

// Correct sets the captured amount of a payment that is no sale to that of the provider's records, and returns the
// entry of the difference. Refunds beyond it count as accepted.
func (p *Payment) Correct(entryID id.ID, captured int64, now time.Time) (JournalEntry, error) {
	if p.s.Status != billing.Mismatched && p.s.Status != billing.CapturedLate {
		return JournalEntry{}, nil
	}
	change := money.Of(captured-p.s.Captured, p.s.Amount.Currency())
	p.AcceptOut(p.s.Refunded)
	p.s.Captured, p.s.Refunded, p.s.Claimed, p.s.UpdatedAt = captured, min(p.s.Refunded, captured), nil, now
	return p.resolve(entryID, []Posting{
		{ProviderClearing, change},
		{CustomerBalances, money.Of(-change.Amount(), change.Currency())},
	}, now)
}

func (p *Payment) resolve(entryID id.ID, postings []Posting, now time.Time) (JournalEntry, error) {
	p.s.Fee = min(p.s.Fee, p.s.Captured)
	p.MarkResolved(now)
	return NewJournalEntry(JournalEntry{
		ID: entryID, SourceType: SourceResolution, SourceID: fmt.Sprintf("%s#%d", p.s.ID, p.s.Resolutions),
		OrderID: p.s.OrderID, At: now,
		Postings: postings,
	})
}

// MarkResolved records that staff resolved the payment's review.
func (p *Payment) MarkResolved(now time.Time) {
	p.s.Resolutions++
	p.s.RefundFailed, p.s.UpdatedAt = false, now
}

// AcceptOut lets refunds and disputes add up to out although less was captured.
func (p *Payment) AcceptOut(out int64) { p.s.AcceptedOut = max(p.s.AcceptedOut, out) }

// CapturedLate moves a mismatched payment to captured_late, so that it is refunded in full. state.ErrTransition.
func (p *Payment) CapturedLate(now time.Time) error {
	if err := p.s.move(billing.CapturedLate); err != nil {
		return err
	}
	p.s.UpdatedAt = now
	return nil
}

// Excess returns the amount that was captured beyond the payment's amount and is not refunded.
func (p Payment) Excess(earlier []Refund) (int64, error) {
	excess := -p.s.Difference
	for _, r := range earlier {
		sold, err := r.Sold()
		if err != nil {
			return 0, err
		}
		if r.out() {
			excess -= r.s.Amount.Amount() - sold.Amount()
		}
	}
	return max(excess, 0), nil
}

// End cancels a payment of which nothing is captured. state.ErrTransition.
func (p *Payment) End(now time.Time) error {
	if err := p.s.move(billing.Canceled); err != nil {
		return err
	}
	p.s.Method, p.s.ReturnURL, p.s.ActionType, p.s.ActionURL, p.s.UpdatedAt = "", "", "", "", now
	return nil
}
