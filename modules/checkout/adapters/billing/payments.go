// Package billing turns billing's published interface into checkout's port.
package billing

import (
	"context"
	"errors"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Payments is the bridge.
type Payments struct{ billing billing.Billing }

// NewPayments returns the bridge.
func NewPayments(b billing.Billing) *Payments { return &Payments{b} }

var outcomes = map[billing.Status]domain.Outcome{
	billing.Requested:      domain.Unclear,
	billing.Unknown:        domain.Unclear,
	billing.RequiresAction: domain.NeedsAction,
	billing.Captured:       domain.Captured,
	billing.Declined:       domain.Refused,
	billing.Canceled:       domain.Abandoned,
	billing.Mismatched:     domain.Contradictory,
	billing.CapturedLate:   domain.Refused, // its money goes back by itself
}

// Charge makes the order's present attempt.
func (p *Payments) Charge(ctx context.Context, order domain.Order, buyer ports.Buyer) (domain.Outcome, error) {
	s := order.Snapshot()
	payment, err := p.billing.Charge(ctx, billing.Charge{
		OrderID: s.ID, Attempt: s.Attempt, AccountID: s.AccountID, Method: s.Method, ReturnURL: s.ReturnURL,
		Paper: paper(s, buyer),
	})
	if payment.Status == billing.Unknown && mutant.On("take-an-unknown-outcome-for-a-decline") {
		return domain.Refused, err
	}
	return outcomes[payment.Status], err
}

func paper(s domain.Snapshot, buyer ports.Buyer) billing.Paper {
	out := billing.Paper{
		OrderNumber: s.Number, Buyer: billing.Buyer{
			Name: buyer.Name, Email: buyer.Email, Country: s.Country,
			Language: buyer.Language,
		},
		TaxIncluded: s.TaxIncluded, Subtotal: s.Totals.Subtotal, Discount: s.Totals.Discount,
		Tax: s.Totals.Tax, Total: s.Totals.Total,
	}
	for _, l := range s.Lines {
		line := billing.PaperLine{
			LineID: l.ID, Title: l.Title, Bundle: l.Bundle, Quantity: l.Quantity, Unit: l.Unit, Discount: l.Discount,
			Tax: l.Tax, Total: l.Total,
		}
		for _, p := range l.Gives {
			line.Parts = append(line.Parts, billing.PaperPart{
				ProductID: p.ID, Title: p.Title, Discount: p.Discount, Tax: p.Tax, Total: p.Total, Rate: int64(p.Rate),
			})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// Resume asks what became of the newest attempt.
func (p *Payments) Resume(ctx context.Context, orderID id.ID) (domain.Outcome, bool, error) {
	payment, found, err := p.billing.Resume(ctx, orderID)
	return outcomes[payment.Status], found, err
}

// Cancel ends the order's present attempt if that can be.
func (p *Payments) Cancel(ctx context.Context, order domain.Order) (domain.Outcome, error) {
	s := order.Snapshot()
	payment, err := p.billing.Cancel(ctx, billing.Charge{
		OrderID: s.ID, Attempt: s.Attempt, AccountID: s.AccountID, Paper: billing.Paper{Total: s.Totals.Total},
	})
	return outcomes[payment.Status], err
}

// Poll asks the provider what became of the newest attempt and never charges.
func (p *Payments) Poll(ctx context.Context, orderID id.ID) (domain.Outcome, bool, error) {
	payment, found, err := p.billing.Poll(ctx, orderID)
	return outcomes[payment.Status], found, err
}

// Settlement returns what both sides' books say about an order's money.
func (p *Payments) Settlement(ctx context.Context, orderID id.ID) (billing.Settlement, error) {
	return p.billing.Settlement(ctx, orderID)
}

// Resolve settles an order's money as staff decided.
func (p *Payments) Resolve(ctx context.Context, orderID id.ID, resolution checkout.Resolution) error {
	_, err := p.billing.Resolve(ctx, orderID, billing.Resolution(resolution))
	if fault.Is(err, fault.Conflict) { // billing's fault comes first: it says why
		err = errors.Join(err, domain.ErrNotResolvable)
	}
	return err
}

// History returns what happened to an order's money.
func (p *Payments) History(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	entries, err := p.billing.History(ctx, orderID)
	out := make([]ports.Entry, len(entries))
	for i, e := range entries {
		out[i] = ports.Entry{At: e.At, What: e.What, Result: e.Result, RequestID: e.RequestID, StaffID: e.StaffID}
	}
	return out, err
}

// Bills returns what there is about orders.
func (p *Payments) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Bill, error) {
	bills, err := p.billing.Bills(ctx, orderIDs)
	out := make(map[id.ID]ports.Bill, len(bills))
	for orderID, b := range bills {
		out[orderID] = toBill(b)
	}
	return out, err
}

func toBill(b billing.Bill) ports.Bill {
	var out ports.Bill
	if p := b.Payment; p != nil {
		out = ports.Bill{
			PaymentID: p.ID, PaymentStatus: string(p.Status), DeclineCode: p.DeclineCode, Brand: p.Brand, Last4: p.Last4,
			ActionType: p.ActionType, ActionURL: p.ActionURL, Outcome: outcomes[p.Status],
		}
	}
	out.Captured, out.Left = b.Captured, b.Left
	out.Review = checkout.ReviewReason(b.Review)
	for _, r := range b.Refunds {
		out.Refunds = append(out.Refunds, toRefund(r))
	}
	if d := b.Dispute; d != nil {
		out.DisputeID, out.Dispute, out.Disputed = d.ID, domain.Dispute(d.Status), d.Amount
	}
	if b.Invoice != nil {
		out.InvoiceID, out.InvoiceNumber = b.Invoice.ID, b.Invoice.Number
	}
	return out
}
