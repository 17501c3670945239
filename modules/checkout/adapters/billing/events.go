package billing

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
)

// Orders is the use cases that billing's events lead to.
type Orders interface {
	// ApplyPayment applies how an order's money stands, unless the order knows it already.
	ApplyPayment(ctx context.Context, orderID id.ID, payment domain.Payment) error
	// Sync reads how an order's money stands, and applies it.
	Sync(ctx context.Context, orderID id.ID) error
}

// Events handles billing's events.
type Events struct{ orders Orders }

// NewEvents returns the handler.
func NewEvents(orders Orders) *Events { return &Events{orders} }

// PaymentChanged applies an event. One of version 1 does not say how the money stands.
func (e *Events) PaymentChanged(ctx context.Context, event billing.PaymentChanged) error {
	if event.Attempt == 0 {
		return e.orders.Sync(ctx, event.OrderID)
	}
	return e.orders.ApplyPayment(ctx, event.OrderID, toState(event.PaymentState))
}
