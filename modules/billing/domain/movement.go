package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// MovementKind is what changes the provider's balance.
type MovementKind string

// The kinds of movements.
const (
	ChargeMovement     MovementKind = "charge"
	RefundMovement     MovementKind = "refund"
	DisputeMovement    MovementKind = "dispute"
	DisputeFeeMovement MovementKind = "dispute_fee"
	FeeMovement        MovementKind = "fee" // of no charge
	PayoutMovement     MovementKind = "payout"
)

// MovementKey names a movement on both sides.
type MovementKey struct {
	Kind MovementKind
	Ref  string // the provider's reference of the charge, refund, dispute, fee or payout
}

// Movement is a change of the provider's balance in the store's records, as it stands now: a won dispute and a failed
// payout are of 0. Amounts are in minor units.
type Movement struct {
	MovementKey
	ID       id.ID // in the store
	OrderID  id.ID // id.Nil: of no order
	Currency money.Currency
	Amount   int64 // above zero: it raises the balance
	Fee      int64 // of a charge
	At       time.Time
}

// BalanceTransaction is a change of the balance in the provider's records. Several may be of one movement, such as a
// dispute and its reversal. Amounts are in minor units.
type BalanceTransaction struct {
	MovementKey
	OrderID   string // as the provider stores it; empty: of no order
	Currency  money.Currency
	Gross     int64 // above zero: it raises the balance
	Fee       int64
	CreatedAt time.Time
}

// MovementMark is the position of a movement in the order of time.
type MovementMark struct {
	At time.Time
	ID id.ID
}

// Difference is a difference between the provider's records and the store's.
type Difference struct {
	MovementKey
	OrderID  string
	Problem  string
	Provider string // the value in the provider's records
	Ours     string // the value in the store's records
}
