package domain

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"coinslot/platform/money"
)

// The limits of a search text: characters, and words between blanks.
const (
	MaxSearchText  = 200
	MaxSearchWords = 20
)

// CheckSearchText rejects a search text that is too long, has too many words or holds control characters; at names the
// field.
func CheckSearchText(at, text string) error {
	characters, words := utf8.RuneCountInString(text), len(strings.Fields(text))
	switch {
	case characters > MaxSearchText:
		return ErrInvalid.At(at, fmt.Sprintf("write at most %d characters", MaxSearchText), characters)
	case words > MaxSearchWords:
		return ErrInvalid.At(at, fmt.Sprintf("write at most %d words", MaxSearchWords), words)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return ErrInvalid.At(at, "write text without control characters", nil)
	}
	return nil
}

// PriceRange is a range of prices in minor units of a currency; both ends belong to it.
type PriceRange struct {
	Min int64
	Max *int64 // nil: no upper end
}

// Holds reports whether an amount lies in the range.
func (r PriceRange) Holds(amount int64) bool {
	return amount >= r.Min && (r.Max == nil || amount <= *r.Max)
}

// Check rejects a range without any price; at names the field of the upper end.
func (r PriceRange) Check(at string) error {
	if r.Max != nil && *r.Max < r.Min {
		return ErrInvalid.At(at, fmt.Sprintf("write at least the lower end, %d", r.Min), *r.Max)
	}
	return nil
}

// PriceRanges returns the ranges in which prices in a currency are counted, the lowest first: free, then up to 5, 10,
// 20, 40 and 60 US dollars or about as much, then the rest. Each price is in one of them.
func PriceRanges(c money.Currency) []PriceRange {
	unit := int64(1)
	for range c.Magnitude() + c.Digits() {
		unit *= 10
	}
	starts := []int64{0, 1, 5 * unit, 10 * unit, 20 * unit, 40 * unit, 60 * unit}
	out := make([]PriceRange, len(starts))
	for i, start := range starts {
		out[i].Min = start
		if i+1 < len(starts) {
			last := starts[i+1] - 1
			out[i].Max = &last
		}
	}
	return out
}
