// Package money counts money in whole minor units (cents) of an ISO 4217 currency.
//
// Every operation is checked: mixing currencies or leaving the range of int64 is an error, never a wrong
// number. No floating point touches an amount.
package money

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"coinslot/platform/fault"
)

// The faults of this package.
var (
	ErrCurrency = fault.New(fault.Invalid, "unknown-currency",
		"the currency is not an ISO 4217 code of money in force, such as USD")
	ErrMixed    = fault.New(fault.Conflict, "mixed-currency", "amounts of different currencies cannot be added")
	ErrOverflow = fault.New(fault.Invalid, "amount-out-of-range", "the amount is too large to be counted")
	ErrShare    = fault.New(fault.Invalid, "bad-allocation",
		"an amount can only be allocated to weights of which none is negative and one is positive")
)

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

// Restore returns amount minor units of a currency that ISO 4217 lists or has listed: for amounts that were agreed on
// before, such as those of an old order in a currency that has been withdrawn since.
func Restore(amount int64, code string) (Money, error) {
	if _, listed := currencies()[Currency(code)]; !listed {
		return Money{}, ErrCurrency
	}
	return Money{amount, Currency(code)}, nil
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

// String returns the amount with the code behind it, for logs and command lines: "19900.00 USD", "-5 JPY".
func (m Money) String() string { return m.Decimal() + " " + string(m.currency) }

// Decimal returns the amount without the currency, for machines: "19900.00".
func (m Money) Decimal() string { return m.Format("", ".") }

// Format returns the amount without the currency, for readers: with a sign between every three digits of the whole units
// and one before the digits of the minor unit. Format(",", ".") writes 19,900.00 and Format(".", ",") writes 19.900,00.
func (m Money) Format(group, point string) string {
	digits := m.currency.Digits()
	sign, size := "", uint64(m.amount)
	if m.amount < 0 {
		sign, size = "-", -uint64(m.amount)
	}
	text := fmt.Sprintf("%0*d", digits+1, size)
	whole, rest := text[:len(text)-digits], text[len(text)-digits:]
	var out strings.Builder
	out.WriteString(sign)
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteString(group)
		}
		out.WriteRune(digit)
	}
	if digits > 0 {
		out.WriteString(point + rest)
	}
	return out.String()
}
