package domain

import (
	"bytes"
	"cmp"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/mutant"
)

// Attempt is a payment of an order, with the result of Out of its refunds and disputes.
type Attempt struct {
	Payment
	Out int64
}

// NewState returns the state of an order's money. attempts are its payments, the newest first; earlier ones of which
// nothing was captured may be left out.
func NewState(
	revision int64, attempts []Attempt, refunds []billing.Refund, dispute *billing.Dispute,
) billing.PaymentState {
	newest := attempts[0]
	s := billing.PaymentState{
		OrderID: newest.s.OrderID, Revision: revision, Attempt: newest.s.Attempt, Status: newest.s.Status,
		Captured: newest.s.Captured, Left: newest.Left(newest.Out), Refunded: refundTotals(refunds),
	}
	for _, a := range attempts {
		s.Review = cmp.Or(s.Review, a.Review(a.Out))
	}
	if dispute != nil {
		s.Dispute = dispute.Status
	}
	return s
}

// SettledSummary returns the payment summary of an order whose only payment was just captured, with the draft of its
// invoice.
func SettledSummary(p Payment, revision int64, draft Draft) billing.PaymentSummary {
	view := p.View()
	return billing.PaymentSummary{
		Payment: &view, Invoice: &billing.InvoiceRef{ID: draft.ID},
		State: NewState(revision, []Attempt{{Payment: p}}, nil, nil),
	}
}

// refundTotals sums the succeeded refunds by line and product. A refund of a late capture or an excess has no lines.
func refundTotals(refunds []billing.Refund) (out []billing.RefundTotal) {
	for _, r := range refunds {
		if r.Status != billing.RefundSucceeded && !mutant.On("count-a-refund-before-it-succeeds") {
			continue
		}
		for _, l := range r.Lines {
			i := slices.IndexFunc(out, func(t billing.RefundTotal) bool {
				return t.LineID == l.LineID && t.ProductID == l.ProductID
			})
			if i < 0 {
				i = len(out)
				out = append(out, billing.RefundTotal{LineID: l.LineID, ProductID: l.ProductID})
			}
			out[i].Quantity += l.Quantity
			out[i].Amount += l.Amount.Amount()
		}
	}
	slices.SortFunc(out, func(a, b billing.RefundTotal) int {
		return cmp.Or(bytes.Compare(a.LineID[:], b.LineID[:]), bytes.Compare(a.ProductID[:], b.ProductID[:]))
	})
	return out
}
