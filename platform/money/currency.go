package money

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"sync"
)

// Currency is an ISO 4217 code in upper case.
type Currency string

// ParseCurrency accepts the code of a currency that something can be priced in today. It refuses withdrawn currencies,
// funds, metals, units of account and test codes. Restore accepts those, because old amounts stay readable.
func ParseCurrency(s string) (Currency, error) {
	e, listed := currencies()[Currency(s)]
	switch {
	case !listed:
		return "", ErrCurrency
	case e.kind == withdrawn:
		return "", ErrCurrency.Saying("%s was withdrawn from ISO 4217 in %s; name a currency that is in force, such as USD", s, e.until)
	case e.kind != tender:
		return "", ErrCurrency.Saying("nothing can be priced in %s, which ISO 4217 lists as %s; name a currency such as USD", s, kinds[e.kind])
	}
	return Currency(s), nil
}

// Digits returns how many decimal digits the minor unit has: 2 for USD, 0 for JPY, 3 for KWD. Withdrawn currencies keep
// theirs; a code without a minor unit, or an unknown one, has 2.
func (c Currency) Digits() int {
	if e, listed := currencies()[c]; listed {
		return e.digits
	}
	return usualDigits
}

// Magnitude returns the power of ten that says how many of the currency's units are worth about one US dollar: 0 for EUR,
// 2 for JPY, 4 for IDR. It is for limits and converts nothing. What can price nothing has 0.
func (c Currency) Magnitude() int { return currencies()[c].magnitude }

const usualDigits = 2

// The kinds of codes that this package tells apart.
const (
	tender    = "tender"
	withdrawn = "withdrawn"
)

// kinds says what the codes are that are neither in force as money nor withdrawn.
var kinds = map[string]string{
	"fund": "a fund", "metal": "a metal", "unit": "a unit of account", "test": "a code for tests", "none": "no currency",
}

type entry struct {
	digits    int
	kind      string
	magnitude int
	until     string // the month of the withdrawal
}

//go:embed iso4217.csv
var table []byte

// currencies is the table by code. It is part of the program, so a row that cannot be read is a programming error.
var currencies = sync.OnceValue(func() map[Currency]entry {
	reader := csv.NewReader(bytes.NewReader(table))
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		panic(fmt.Errorf("read iso4217.csv: %w", err))
	}
	out := make(map[Currency]entry, len(rows))
	for _, row := range rows[1:] {
		out[Currency(row[0])] = entry{
			digits: number(row[1], usualDigits), kind: row[2],
			magnitude: number(row[3], 0), until: row[4],
		}
	}
	return out
})

// number reads a cell; an empty one stands for what is usual.
func number(cell string, usual int) int {
	if cell == "" {
		return usual
	}
	n, err := strconv.Atoi(cell)
	if err != nil {
		panic(fmt.Errorf("read iso4217.csv: %w", err))
	}
	return n
}
