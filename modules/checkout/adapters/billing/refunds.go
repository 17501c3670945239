package billing

import (
	"context"
	"errors"

	"coinslot/modules/billing"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
)

// Refunds is the bridge for money that goes back.
type Refunds struct{ billing billing.Billing }

// NewRefunds returns the bridge.
func NewRefunds(b billing.Billing) *Refunds { return &Refunds{b} }

// Return refunds what an order's refused lines cost, or the whole order when it is refused whole.
func (r *Refunds) Return(ctx context.Context, order domain.Order) (domain.Returning, error) {
	request := billing.Return{OrderID: order.ID(), Reason: order.RefusedBy()}
	if !order.GrantRefused() {
		request.LineIDs = order.RefusedLines()
	}
	refund, err := r.billing.Return(ctx, request)
	if errors.Is(err, billing.ErrDisputed) {
		return domain.ReturnWithheld, nil
	}
	switch refund.Status {
	case billing.RefundSucceeded:
		return domain.Returned, err
	case billing.RefundFailed:
		return domain.ReturnFailed, err
	case billing.RefundRequested, billing.RefundPending:
	}
	return domain.ReturnPending, err
}

// Refund gives back what a request names.
func (r *Refunds) Refund(ctx context.Context, request ports.RefundRequest) (ports.Refund, error) {
	o := billing.RefundOrder{
		OrderID: request.OrderID, RequestedBy: request.RequestedBy, Key: request.Key, BodyHash: request.BodyHash,
		Reason: request.Reason,
	}
	for _, item := range request.Items {
		o.Items = append(o.Items, billing.RefundItem{
			LineID: item.LineID, ProductID: item.ProductID,
			Quantity: item.Quantity, Amount: item.Amount,
		})
	}
	refund, err := r.billing.Refund(ctx, o)
	return toRefund(refund), err
}

// ByKey returns the refund that an account asked for with a key.
func (r *Refunds) ByKey(ctx context.Context, request ports.RefundRequest) (ports.Refund, bool, error) {
	refund, found, err := r.billing.RefundByKey(ctx, request.RequestedBy, request.Key, request.BodyHash)
	return toRefund(refund), found, err
}

func toRefund(r billing.Refund) ports.Refund {
	out := ports.Refund{
		ID: r.ID, Amount: r.Amount, Status: string(r.Status), Succeeded: r.Status == billing.RefundSucceeded,
		Final: r.Status.Final(), Reason: r.Reason,
		CreatedAt: r.CreatedAt,
	}
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, ports.RefundLine{
			Reference: domain.Reference{LineID: l.LineID, ProductID: l.ProductID}, Quantity: l.Quantity,
			Amount: l.Amount, Tax: l.Tax,
		})
	}
	if r.CreditNote != nil {
		out.CreditNoteID, out.CreditNoteNumber = r.CreditNote.ID, r.CreditNote.Number
	}
	return out
}
