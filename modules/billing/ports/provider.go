package ports

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// ChargeRequest asks a provider for money.
type ChargeRequest struct {
	Key       string // idempotency key: the same for every try of one attempt
	OrderID   id.ID
	PaymentID id.ID
	Amount    money.Money
	Method    string
	ReturnURL string // empty: none
}

// RefundRequest asks a provider to give money back.
type RefundRequest struct {
	Key         string // idempotency key: the same for every try of one refund
	ProviderRef string // of the payment
	PaymentID   id.ID
	RefundID    id.ID
	Amount      money.Money
}

// PaymentProvider takes money and gives it back. Whatever is unclear is an outcome that says so, never a guess; it
// does not fail otherwise.
type PaymentProvider interface {
	// Name returns what the provider is called in the books and in the webhook's path.
	Name() string
	// Charge takes money, at most once per key.
	Charge(ctx context.Context, request ChargeRequest) domain.Outcome
	// Find asks how a charge stands without making it; found is false when the provider does not know of it.
	Find(ctx context.Context, request ChargeRequest) (outcome domain.Outcome, found bool)
	// Cancel asks the provider to take no money for an intent any more, and returns how it stands then.
	Cancel(ctx context.Context, providerRef string) domain.Outcome
	// Refund gives money back, at most once per key, and returns how that stands.
	Refund(ctx context.Context, request RefundRequest) domain.RefundOutcome
}

// ProviderBooks is what a provider says of a time, for comparison with our own books.
type ProviderRecords interface {
	// Charges returns the charges that were made from a moment until before another.
	Charges(ctx context.Context, from, to time.Time) ([]domain.ProviderCharge, error)
	// ChargesOf returns an order's charges, whenever they were made.
	ChargesOf(ctx context.Context, orderID id.ID) ([]domain.ProviderCharge, error)
}

// Webhooks reads a provider's webhooks.
type Webhooks interface {
	// SignatureHeader returns the HTTP header that carries the signature, and how it is written.
	SignatureHeader() (name, format string)
	// Open checks the signature and reads the event; domain.ErrSignature, domain.ErrEvent.
	Open(signature string, body []byte, now time.Time) (Event, error)
	// Read reads an event whose signature has been checked before; domain.ErrEvent.
	Read(body []byte) (Event, error)
}
