package store

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"

	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
	checkoutdomain "coinslot/modules/checkout/domain"
	checkoutports "coinslot/modules/checkout/ports"
)

// meteredOrders counts the changes of orders that were stored.
type meteredOrders struct {
	checkoutports.Orders
	m *meters
}

func (m *meters) orders(inner checkoutports.Orders) checkoutports.Orders {
	return meteredOrders{inner, m}
}

// Place implements checkout's port.
func (o meteredOrders) Place(ctx context.Context, order checkoutdomain.Order, attempt checkoutports.Attempt) error {
	err := o.Orders.Place(ctx, order, attempt)
	if err == nil {
		o.m.transitions.Add(ctx, transition{"", order.Status()})
	}
	return err
}

// Save implements checkout's port.
func (o meteredOrders) Save(ctx context.Context, order checkoutdomain.Order) error {
	err := o.Orders.Save(ctx, order)
	o.stored(ctx, order, err)
	return err
}

// Retry implements checkout's port.
func (o meteredOrders) Retry(ctx context.Context, order checkoutdomain.Order, attempt checkoutports.Attempt) error {
	err := o.Orders.Retry(ctx, order, attempt)
	o.stored(ctx, order, err)
	return err
}

// Resolve implements checkout's port.
func (o meteredOrders) Resolve(
	ctx context.Context, order checkoutdomain.Order, resolution checkoutports.Resolution,
) error {
	err := o.Orders.Resolve(ctx, order, resolution)
	o.stored(ctx, order, err)
	return err
}

func (o meteredOrders) stored(ctx context.Context, order checkoutdomain.Order, err error) {
	from, to := order.StoredStatus(), order.Status()
	if err != nil || from == to {
		return
	}
	if order.Snapshot().UnsavedPaid != nil && from != checkout.Paid && to != checkout.Paid { // saved with the next status
		o.m.transitions.Add(ctx, transition{from, checkout.Paid})
		from = checkout.Paid
	}
	o.m.transitions.Add(ctx, transition{from, to})
	if from == checkout.Paid && to == checkout.Completed {
		s := order.Snapshot()
		o.m.completion.Record(ctx, struct{}{}, s.UpdatedAt.Sub(s.CreatedAt))
	}
}

// meteredProvider measures the commands to the payment provider.
type meteredProvider struct {
	billingports.PaymentProvider
	m *meters
}

func (m *meters) provider(inner billingports.PaymentProvider) billingports.PaymentProvider {
	return meteredProvider{inner, m}
}

// Charge implements billing's port.
func (p meteredProvider) Charge(ctx context.Context, r billingports.ChargeRequest) billingdomain.Outcome {
	began := time.Now()
	out := p.PaymentProvider.Charge(ctx, r)
	p.record(ctx, "charge", out, began)
	return out
}

// Find implements billing's port.
func (p meteredProvider) Find(
	ctx context.Context, r billingports.ChargeRequest,
) (out billingdomain.Outcome, found bool) {
	began := time.Now()
	if out, found = p.PaymentProvider.Find(ctx, r); !found {
		p.m.calls.Record(ctx, call{"find", "not_found"}, time.Since(began))
		return out, found
	}
	p.record(ctx, "find", out, began)
	return out, found
}

// Cancel implements billing's port.
func (p meteredProvider) Cancel(ctx context.Context, providerRef string) billingdomain.Outcome {
	began := time.Now()
	out := p.PaymentProvider.Cancel(ctx, providerRef)
	p.record(ctx, "cancel", out, began)
	return out
}

// Refund implements billing's port.
func (p meteredProvider) Refund(ctx context.Context, r billingports.RefundRequest) billingdomain.RefundOutcome {
	began := time.Now()
	out := p.PaymentProvider.Refund(ctx, r)
	outcome := string(out.Status)
	if out.Status == billing.RefundRequested {
		outcome = unknownOutcome
	}
	p.m.calls.Record(ctx, call{"refund", outcome}, time.Since(began))
	return out
}

// unknownOutcome is the outcome of a command without a clear response.
const unknownOutcome = "unknown"

func (p meteredProvider) record(ctx context.Context, operation string, out billingdomain.Outcome, began time.Time) {
	outcome := string(out.Status)
	if out.Unsent {
		outcome = "not_sent"
	}
	p.m.calls.Record(ctx, call{operation, outcome}, time.Since(began))
}
