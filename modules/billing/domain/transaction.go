package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Transaction is a movement of a buyer's money, or an attempt at one: a payment or a refund.
type Transaction struct {
	ID          id.ID
	Type        string // payment, refund
	OrderID     id.ID
	Amount      money.Money
	Status      string // a billing.Status or a billing.RefundStatus
	DeclineCode string
	CreatedAt   time.Time
}

// ProviderCharge is a charge as the provider's books show it. Amounts are minor units.
type ProviderCharge struct {
	Ref       string
	OrderID   string // as the provider knows it
	Currency  money.Currency
	Captured  int64
	Refunded  int64
	CreatedAt time.Time
}

// OurCharge is what our books say of a payment for which a provider took money.
type OurCharge struct {
	Ref      string
	OrderID  id.ID
	Currency money.Currency
	Captured int64
	Refunded int64
}

// Difference is something that the provider's books and ours do not agree on.
type Difference struct {
	Ref      string
	OrderID  string
	Problem  string
	Provider string // what its books say
	Ours     string // what ours say
}
