package domain

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/id"
)

// ReportedCharge is a charge in the provider's records, as it is now.
type ReportedCharge struct {
	Outcome
	Provider  string
	OrderID   id.ID // id.Nil: the charge names no order
	PaymentID id.ID // of the store; id.Nil: the store did not make the charge
	Refunded  int64 // by refunds that have not failed
}

// Left returns what the provider captured and has not refunded.
func (c ReportedCharge) Left() int64 {
	if c.Status != billing.Captured || c.Amount == nil {
		return 0
	}
	return max(c.Amount.Amount()-c.Refunded, 0)
}

// ReportedRefund is a refund in the provider's records, as it is now.
type ReportedRefund struct {
	RefundOutcome
	ChargeRef string
	RefundID  id.ID // of the store; id.Nil: the store did not make the refund
}

// ReportedDispute is a dispute in the provider's records, as it is now.
type ReportedDispute struct {
	DisputeReport
	ChargeRef string
}

// Lost makes the payment of a captured charge that the store made and has no record of, such as after a restore of the
// database. It is canceled, so that applying the charge makes it captured_late. newest is the newest payment of the
// order; nil: the order has none. ok is false for any other charge.
func (c ReportedCharge) Lost(newest *Payment, now time.Time) (payment Payment, ok bool) {
	if c.OrderID == id.Nil || c.PaymentID == id.Nil || c.Status != billing.Captured || c.Amount == nil {
		return Payment{}, false
	}
	s := PaymentSnapshot{
		ID: c.PaymentID, OrderID: c.OrderID, Attempt: 1, Amount: *c.Amount, Status: billing.Canceled,
		Provider: c.Provider, ProviderRef: c.ProviderRef, Sends: 1, CreatedAt: now, UpdatedAt: now,
	}
	if newest != nil {
		s.Attempt, s.AccountID = newest.s.Attempt+1, newest.s.AccountID
	}
	return Payment{s}, true
}

// LostNumbers are numbers of a series that were issued and whose documents the store has no record of. They are not
// issued again.
type LostNumbers struct {
	Series string
	First  int64
	Last   int64
}

// NumbersAfter returns the numbers of recorded heads, reserved ones included, that are above the last ones of their
// series, ordered by series.
func NumbersAfter(heads []Head, last map[string]int64) (out []LostNumbers) {
	recorded := map[string]int64{}
	for _, h := range heads {
		for _, n := range slices.Concat(h.Numbers, h.Reserved) {
			recorded[n.Series] = max(recorded[n.Series], n.Number)
		}
	}
	for _, n := range OrderedNumbers(recorded) {
		if n.Number > last[n.Series] {
			out = append(out, LostNumbers{n.Series, last[n.Series] + 1, n.Number})
		}
	}
	return out
}

// Undone reports for each of the heads of a file whether a restore of the database has undone its seal: a later head,
// which was recorded after the restore, has an earlier seal.
func Undone(heads []Head) []bool {
	out := make([]bool, len(heads))
	last := int64(math.MaxInt64)
	for i, h := range slices.Backward(heads) {
		out[i] = h.Sequence > last
		if !h.RestoredTo.IsZero() {
			last = min(last, h.Sequence)
		}
	}
	return out
}

// ErrNumbersLost is returned when the database lacks numbers that a head has recorded.
var ErrNumbersLost = errors.New("the head file has numbers of invoices that the database lacks: after a restore, " +
	"run coinslot reconcile --heal --since before the store issues numbers again")

// maxReserved bounds how many numbers of a series are reserved ahead.
const maxReserved = 100

// Reserve returns the reservations that a head must have before documents get the numbers up to next: those of the last
// recorded head if they suffice, otherwise new ones, which also cover a tenth of the series. enough is true if the last
// head suffices. present are the last numbers in the database. ErrNumbersLost.
func (h Head) Reserve(present, next map[string]int64) (reserved []SeriesNumber, enough bool, err error) {
	for _, n := range h.Numbers {
		if last := present[n.Series]; next[n.Series] > 0 && last < n.Number {
			return nil, false, fmt.Errorf("%w: series %s had the last number %d and has %d", ErrNumbersLost, n.Series,
				n.Number, last)
		}
	}
	all := map[string]int64{}
	for _, n := range h.Reserved {
		all[n.Series] = n.Number
	}
	enough = true
	for series, number := range next {
		if all[series] < number {
			all[series], enough = number+min(number/10, maxReserved), false
		}
	}
	return OrderedNumbers(all), enough, nil
}
