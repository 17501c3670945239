package billing

import (
	"context"
	"errors"

	"coinslot/modules/billing"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
)

// Refunds implements the port of that name.
type Refunds struct{ billing billing.Billing }

// NewRefunds returns the adapter.
func NewRefunds(b billing.Billing) *Refunds { return &Refunds{b} }

// Return refunds what an order's refused lines cost, or the whole order when it is refused whole.
func (r *Refunds) Return(ctx context.Context, order domain.Order) (domain.Return, ports.Payment, error) {
	request := billing.Return{OrderID: order.ID(), Reason: order.RefusedBy()}
	if !order.GrantRefused() {
		request.LineIDs = order.RefusedLines()
	}
	result, err := r.billing.Return(ctx, request)
	if errors.Is(err, billing.ErrDisputed) {
		return domain.ReturnWithheld, ports.Payment{}, nil
	}
	payment := toPayment(result.Summary)
	switch result.Refund.Status {
	case billing.RefundSucceeded:
		return domain.Returned, payment, err
	case billing.RefundFailed:
		return domain.ReturnFailed, payment, err
	case billing.RefundRequested, billing.RefundPending:
	}
	return domain.ReturnPending, payment, err
}

// Refund refunds what a request names.
func (r *Refunds) Refund(ctx context.Context, request ports.RefundOrder) (ports.RefundResult, error) {
	result, err := r.billing.Refund(ctx, request)
	return ports.RefundResult{
		Refund: result.Refund, Replayed: result.Replayed, Payment: toPayment(result.Summary),
	}, err
}
