// Package money counts money in whole minor units (cents) of an ISO 4217 currency.
//
// Every operation is checked: mixing currencies or leaving the range of int64 is an error, never a wrong
// number. No floating point touches an amount.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"

	"coinslot/platform/fault"

	"golang.org/x/text/currency"
)

// The faults of this package.
var (
	ErrCurrency = fault.New(fault.Invalid, "unknown-currency", "the currency is not an ISO 4217 code such as USD")
	ErrMixed    = fault.New(fault.Conflict, "mixed-currency", "amounts of different currencies cannot be added")
	ErrOverflow = fault.New(fault.Invalid, "amount-out-of-range", "the amount is too large to be counted")
	ErrShare    = fault.New(fault.Invalid, "bad-allocation", "an amount can only be allocated to weights of which none is negative and one is positive")
)

// Currency is an ISO 4217 code in upper case.
type Currency string

// ParseCurrency accepts a known ISO 4217 code in upper case.
func ParseCurrency(s string) (Currency, error) {
	u, err := currency.ParseISO(s)
	if err != nil || u.String() != s {
		return "", ErrCurrency
	}
	return Currency(s), nil
}

// Digits returns how many decimal digits the minor unit has: 2 for USD, 0 for JPY.
func (c Currency) Digits() int {
	u, err := currency.ParseISO(string(c))
	if err != nil {
		return 2
	}
	digits, _ := currency.Standard.Rounding(u)
	return digits
}

// Money is an amount in a currency. The zero Money has no currency and adds to nothing but itself.
type Money struct {
	amount   int64
	currency Currency
}

// New returns amount minor units of a currency that ParseCurrency accepts.
func New(amount int64, code string) (Money, error) {
	c, err := ParseCurrency(code)
	if err != nil {
		return Money{}, err
	}
	return Money{amount, c}, nil
}

// Of returns amount minor units of a currency that is already known to be one.
func Of(amount int64, c Currency) Money { return Money{amount, c} }

// Zero returns nothing, in a currency.
func Zero(c Currency) Money { return Money{0, c} }

// Amount returns the minor units.
func (m Money) Amount() int64 { return m.amount }

// Currency returns the currency.
func (m Money) Currency() Currency { return m.currency }

// IsZero reports whether the amount is nothing.
func (m Money) IsZero() bool { return m.amount == 0 }

// IsNegative reports whether the amount is below nothing.
func (m Money) IsNegative() bool { return m.amount < 0 }

// Add returns m + o.
func (m Money) Add(o Money) (Money, error) {
	if m.currency != o.currency {
		return Money{}, ErrMixed
	}
	sum := m.amount + o.amount
	if (sum > m.amount) != (o.amount > 0) && o.amount != 0 {
		return Money{}, ErrOverflow
	}
	return Money{sum, m.currency}, nil
}

// Sub returns m − o.
func (m Money) Sub(o Money) (Money, error) {
	if o.amount == math.MinInt64 {
		return Money{}, ErrOverflow
	}
	return m.Add(Money{-o.amount, o.currency})
}

// Times returns m × n.
func (m Money) Times(n int64) (Money, error) {
	if m.amount == 0 || n == 0 {
		return Money{0, m.currency}, nil
	}
	p := m.amount * n
	if p/n != m.amount || (n == -1 && m.amount == math.MinInt64) || (m.amount == -1 && n == math.MinInt64) {
		return Money{}, ErrOverflow
	}
	return Money{p, m.currency}, nil
}

// Scale returns m × numerator / denominator, rounded half away from zero: the one rounding rule of the store. Both must
// be positive or, the numerator, zero.
func (m Money) Scale(numerator, denominator int64) (Money, error) {
	if numerator < 0 || denominator <= 0 {
		return Money{}, ErrShare
	}
	sign, size := int64(1), uint64(m.amount)
	if m.amount < 0 {
		sign, size = -1, -size
	}
	hi, lo := bits.Mul64(size, uint64(numerator))
	if hi >= uint64(denominator) {
		return Money{}, ErrOverflow
	}
	quotient, rest := bits.Div64(hi, lo, uint64(denominator))
	if rest >= uint64(denominator)-rest {
		quotient++
	}
	if quotient > math.MaxInt64 {
		return Money{}, ErrOverflow
	}
	return Money{sign * int64(quotient), m.currency}, nil
}

// Sum adds amounts of one currency; without any it is zero of c.
func Sum(c Currency, amounts ...Money) (Money, error) {
	total := Zero(c)
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// Allocate splits m by weights so that the parts add up to m exactly. What rounding leaves over goes, one
// unit each, to the parts with the largest remainders, the earlier of equals first.
func (m Money) Allocate(weights []int64) ([]Money, error) {
	total, err := sumWeights(weights)
	if err != nil {
		return nil, err
	}
	sign, size := int64(1), uint64(m.amount)
	if m.amount < 0 {
		sign, size = -1, uint64(-m.amount)
	}
	parts := make([]Money, len(weights))
	remainders := make([]uint64, len(weights))
	left := size
	for i, w := range weights {
		hi, lo := bits.Mul64(size, uint64(w))
		q, r := bits.Div64(hi, lo, total)
		parts[i], remainders[i] = Money{sign * int64(q), m.currency}, r
		left -= q
	}
	for ; left > 0; left-- {
		i := largest(remainders)
		parts[i].amount += sign
		remainders[i] = 0
	}
	return parts, nil
}

func sumWeights(weights []int64) (uint64, error) {
	var total uint64
	for _, w := range weights {
		if w < 0 {
			return 0, ErrShare
		}
		total += uint64(w)
		if total > math.MaxInt64 {
			return 0, ErrOverflow
		}
	}
	if total == 0 {
		return 0, ErrShare
	}
	return total, nil
}

func largest(values []uint64) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// String returns the amount as people write it, with the code behind it: "19.99 USD", "-5 JPY".
func (m Money) String() string { return m.Decimal() + " " + string(m.currency) }

// Decimal returns the amount with its decimal point and without the currency: "19.99".
func (m Money) Decimal() string {
	digits := m.currency.Digits()
	if digits == 0 {
		return strconv.FormatInt(m.amount, 10)
	}
	sign, size := "", uint64(m.amount)
	if m.amount < 0 {
		sign, size = "-", -uint64(m.amount)
	}
	unit := uint64(math.Pow10(digits))
	return fmt.Sprintf("%s%d.%0*d", sign, size/unit, digits, size%unit)
}
