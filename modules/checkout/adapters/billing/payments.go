// Package billing translates between checkout's orders and billing's charges, payments and refunds.
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

// Payments implements the port of that name.
type Payments struct{ billing billing.Billing }

// NewPayments returns the adapter.
func NewPayments(b billing.Billing) *Payments { return &Payments{b} }

var outcomes = map[billing.Status]domain.Outcome{
	billing.Requested:      domain.Unknown,
	billing.Unknown:        domain.Unknown,
	billing.RequiresAction: domain.RequiresAction,
	billing.Captured:       domain.Captured,
	billing.Declined:       domain.Declined,
	billing.Canceled:       domain.Canceled,
	billing.Mismatched:     domain.Mismatched,
	billing.CapturedLate:   domain.Declined, // billing refunds it
}

func toState(s billing.PaymentState) domain.Payment {
	out := domain.Payment{
		Revision: s.Revision, Attempt: s.Attempt, Outcome: outcomes[s.Status], Captured: s.Captured, Left: s.Left,
		Dispute: domain.Dispute(s.Dispute), Review: checkout.ReviewReason(s.Review),
	}
	for _, r := range s.Refunded {
		if out.Refunded == nil {
			out.Refunded = map[domain.Reference]domain.Refunded{}
		}
		out.Refunded[domain.Reference{LineID: r.LineID, ProductID: r.ProductID}] = domain.Refunded{
			Amount: r.Amount, Quantity: r.Quantity,
		}
	}
	if s.Status == billing.Unknown && mutant.On("treat-unknown-outcome-as-declined") {
		out.Outcome = domain.Declined
	}
	return out
}

func toPayment(s billing.PaymentSummary) ports.Payment {
	return ports.Payment{Payment: toState(s.State), Summary: s}
}

// Charge makes the order's present attempt.
func (p *Payments) Charge(ctx context.Context, order domain.Order, buyer ports.Buyer) (ports.Payment, error) {
	s := order.Snapshot()
	summary, err := p.billing.Charge(ctx, billing.Charge{
		OrderID: s.ID, Attempt: s.Attempt, AccountID: s.AccountID, Method: s.Method, ReturnURL: s.ReturnURL,
		Invoice: invoiceContent(s, buyer),
	})
	return toPayment(summary), err
}

func invoiceContent(s domain.Snapshot, buyer ports.Buyer) billing.InvoiceContent {
	out := billing.InvoiceContent{
		OrderNumber: s.Number,
		Buyer: billing.Buyer{
			Name: buyer.Name, Email: buyer.Email, Country: s.Country, Language: buyer.Language,
			Business: toBusiness(s.Business),
		},
		Treatment:   billing.TaxTreatment(s.Treatment),
		TaxIncluded: s.TaxIncluded, Subtotal: s.Totals.Subtotal, Discount: s.Totals.Discount,
		Tax: s.Totals.Tax, Total: s.Totals.Total,
	}
	if as := domain.TaxedAs(s.Country); as != s.Country {
		out.TaxCountry = as
	}
	for _, l := range s.Lines {
		line := billing.LineItem{
			LineID: l.ID, Title: l.Title, Bundle: l.Bundle, Quantity: l.Quantity, Unit: l.Unit, Discount: l.Discount,
			Tax: l.Tax, Total: l.Total,
		}
		for _, p := range l.Gives {
			line.Parts = append(line.Parts, billing.LineItemPart{
				ProductID: p.ID, Title: p.Title, Discount: p.Discount, Tax: p.Tax, Total: p.Total, Rate: int64(p.Rate),
			})
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

func toBusiness(b domain.Business) *billing.Business {
	if b.IsZero() {
		return nil
	}
	return &billing.Business{
		Company: b.Company, Address: billing.Address(b.Address), VATID: b.VATID, Reference: b.Reference,
	}
}

// Resume continues the newest attempt.
func (p *Payments) Resume(ctx context.Context, orderID id.ID) (ports.Payment, error) {
	summary, err := p.billing.Resume(ctx, orderID)
	return toPayment(summary), err
}

// Cancel ends the order's present attempt if that is possible.
func (p *Payments) Cancel(ctx context.Context, order domain.Order) (ports.Payment, error) {
	s := order.Snapshot()
	summary, err := p.billing.Cancel(ctx, billing.Charge{
		OrderID: s.ID, Attempt: s.Attempt, AccountID: s.AccountID, Invoice: billing.InvoiceContent{Total: s.Totals.Total},
	})
	return toPayment(summary), err
}

// Poll asks the provider for the outcome of the newest attempt and never charges.
func (p *Payments) Poll(ctx context.Context, orderID id.ID) (ports.Payment, error) {
	summary, err := p.billing.Poll(ctx, orderID)
	return toPayment(summary), err
}

// Settlement returns what both ledgers say about an order's money.
func (p *Payments) Settlement(ctx context.Context, orderID id.ID) (ports.Settlement, error) {
	return p.billing.Settlement(ctx, orderID)
}

// Resolve settles an order's money as staff decided.
func (p *Payments) Resolve(ctx context.Context, orderID id.ID, r checkout.Resolution) (ports.Payment, error) {
	summary, err := p.billing.Resolve(ctx, orderID, billing.Resolution(r))
	if fault.Is(err, fault.Conflict) { // billing's fault comes first: it says why
		err = errors.Join(err, domain.ErrNotResolvable)
	}
	return toPayment(summary), err
}

// Of returns how the money of orders stands.
func (p *Payments) Of(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Payment, error) {
	summaries, err := p.billing.Summaries(ctx, orderIDs)
	out := make(map[id.ID]ports.Payment, len(summaries))
	for orderID, s := range summaries {
		out[orderID] = toPayment(s)
	}
	return out, err
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
