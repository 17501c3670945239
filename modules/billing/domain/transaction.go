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
