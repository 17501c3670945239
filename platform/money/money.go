// Package money represents amounts as whole minor units (cents) of an ISO 4217 currency.
//
// All arithmetic is checked: it returns an error for amounts of different currencies and for a result outside the
// range of int64. It does not use floating-point numbers.
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
		"the currency is not an ISO 4217 code that is in force, such as USD")
	ErrMixed    = fault.New(fault.Conflict, "mixed-currency", "amounts of different currencies cannot be added")
	ErrOverflow = fault.New(fault.Invalid, "amount-out-of-range", "the amount does not fit into 64 bits")
	ErrShare    = fault.New(fault.Invalid, "bad-allocation",
		"an amount can only be allocated by weights that are not negative and not all zero")
)

// Money is an amount in a currency. The zero Money has no currency; adding it to any other Money returns ErrMixed.
type Money struct {
	amount   int64
	currency Currency
}

// New returns amount minor units of the currency with a code. It returns ErrCurrency for a code that ParseCurrency does
// not accept.
func New(amount int64, code string) (Money, error) {
	c, err := ParseCurrency(code)
	if err != nil {
		return Money{}, err
	}
	return Money{amount, c}, nil
}

// Restore returns amount minor units of a currency that ISO 4217 lists or has listed. It is for stored amounts, such as
// that of an order in a currency that has been withdrawn since. It returns ErrCurrency for any other code.
func Restore(amount int64, code string) (Money, error) {
	if _, listed := currencies()[Currency(code)]; !listed {
		return Money{}, ErrCurrency
	}
	return Money{amount, Currency(code)}, nil
}

// Of returns amount minor units of c. It does not check c.
func Of(amount int64, c Currency) Money { return Money{amount, c} }

// Zero returns the amount 0 in c.
func Zero(c Currency) Money { return Money{0, c} }

// Amount returns the minor units.
func (m Money) Amount() int64 { return m.amount }

// Currency returns the currency.
func (m Money) Currency() Currency { return m.currency }

// IsZero reports whether the amount is 0.
func (m Money) IsZero() bool { return m.amount == 0 }

// IsNegative reports whether the amount is less than 0.
func (m Money) IsNegative() bool { return m.amount < 0 }

// Add returns m + o. It returns ErrMixed or ErrOverflow.
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

// Sub returns m − o. It returns ErrMixed or ErrOverflow.
func (m Money) Sub(o Money) (Money, error) {
	if o.amount == math.MinInt64 {
		return Money{}, ErrOverflow
	}
	return m.Add(Money{-o.amount, o.currency})
}

// Times returns m × n. It returns ErrOverflow.
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

// Scale returns m × numerator / denominator, rounded half away from zero, which is the store's only rounding rule. It
// returns ErrShare for a negative numerator or a denominator that is not positive, and ErrOverflow.
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

// Sum returns the sum of amounts, which must be in c, or the amount 0 in c when there are none. It returns ErrMixed or
// ErrOverflow.
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

// Allocate splits m in proportion to weights, by the largest remainder method. The parts add up to m, and each is
// less than one minor unit away from its exact share. Of equal remainders the first one gets the unit. It returns
// ErrShare for a negative weight or when all weights are 0, and ErrOverflow when their sum overflows.
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

// String returns the amount and the currency, for logs and command lines: "19900.00 USD", "-5 JPY".
func (m Money) String() string { return m.Decimal() + " " + string(m.currency) }

// Decimal returns the amount without the currency, for machines: "19900.00".
func (m Money) Decimal() string { return m.Format("", ".") }

// Format returns the amount without the currency, with a thousands separator and a decimal separator. Format(",", ".")
// returns "19,900.00" and Format(".", ",") returns "19.900,00".
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
