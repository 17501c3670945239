package ports

import (
	"context"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// ChargeRequest is a request to charge a payment.
type ChargeRequest struct {
	Key       string // idempotency key: the same for every request of one payment
	OrderID   id.ID
	PaymentID id.ID
	Amount    money.Money
	Method    string
	ReturnURL string // empty: none
}

// RefundRequest is a request to refund a payment.
type RefundRequest struct {
	Key         string // idempotency key: the same for every request of one refund
	ProviderRef string // of the payment
	PaymentID   id.ID
	RefundID    id.ID
	Amount      money.Money
}

// PaymentProvider charges and refunds. Its methods return no errors: an unclear response, a timeout or an unreachable
// provider is an outcome of its own, never a decline.
type PaymentProvider interface {
	// Name returns the provider's name in payments and in the path of its webhooks.
	Name() string
	// Charge charges a payment, at most once per key.
	Charge(ctx context.Context, request ChargeRequest) domain.Outcome
	// Find returns the state of a charge without making it; found is false when the provider does not know it.
	Find(ctx context.Context, request ChargeRequest) (outcome domain.Outcome, found bool)
	// Cancel cancels a payment that is not captured yet, and returns its state afterwards.
	Cancel(ctx context.Context, providerRef string) domain.Outcome
	// Refund refunds a payment, at most once per key, and returns the state of the refund.
	Refund(ctx context.Context, request RefundRequest) domain.RefundOutcome
}

// ProviderRecords reads the provider's records of charges, for reconciliation with the store's ledger.
type ProviderRecords interface {
	// Charges returns the charges that were created between from (inclusive) and to (exclusive).
	Charges(ctx context.Context, from, to time.Time) ([]domain.ProviderCharge, error)
	// ChargesOf returns all charges of an order.
	ChargesOf(ctx context.Context, orderID id.ID) ([]domain.ProviderCharge, error)
	// ReportedCharge returns a charge by its reference; found is false when there is none.
	ReportedCharge(ctx context.Context, ref string) (charge domain.ReportedCharge, found bool, err error)
	// ReportedRefund returns a refund by its reference; found is false when there is none.
	ReportedRefund(ctx context.Context, ref string) (refund domain.ReportedRefund, found bool, err error)
	// ReportedDispute returns a dispute by its reference; found is false when there is none.
	ReportedDispute(ctx context.Context, ref string) (dispute domain.ReportedDispute, found bool, err error)
}

// Webhooks parses the webhooks of a provider.
type Webhooks interface {
	// SignatureHeader returns the name and the format of the HTTP header with the signature.
	SignatureHeader() (name, format string)
	// Open verifies the signature of a webhook and parses its event; domain.ErrSignature, domain.ErrEvent.
	Open(signature string, body []byte, now time.Time) (Event, error)
	// Read parses an event whose signature was verified before; domain.ErrEvent.
	Read(body []byte) (Event, error)
}
