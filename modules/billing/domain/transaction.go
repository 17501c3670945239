package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Transaction is a payment or a refund of an account, in any status.
type Transaction struct {
	ID          id.ID
	Type        string // payment, refund
	OrderID     id.ID
	Amount      money.Money
	Status      string // a billing.Status or a billing.RefundStatus
	DeclineCode string
	CreatedAt   time.Time
}

// ProviderCharge is a charge in the provider's records. Amounts are in minor units.
type ProviderCharge struct {
	Ref       string
	OrderID   string // as the provider stores it
	Currency  money.Currency
	Captured  int64
	Refunded  int64
	CreatedAt time.Time
}
