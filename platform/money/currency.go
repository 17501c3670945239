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

// ParseCurrency returns the currency with a code when it is legal tender today. It returns ErrCurrency for other codes:
// withdrawn currencies, funds, metals, units of account and test codes. Restore accepts those.
func ParseCurrency(s string) (Currency, error) {
	e, listed := currencies()[Currency(s)]
	switch {
	case !listed:
		return "", ErrCurrency
	case e.kind == withdrawn:
		return "", ErrCurrency.Saying("%s was withdrawn from ISO 4217 in %s; "+
			"use a currency that is in force, such as USD", s, e.until)
	case e.kind != tender:
		return "", ErrCurrency.Saying("ISO 4217 lists %s as %s, which prices cannot use; use a currency such as USD",
			s, kinds[e.kind])
	}
	return Currency(s), nil
}

// Digits returns the number of decimal digits of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. Withdrawn
// currencies keep theirs. It returns 2 for an unknown code and for one without a minor unit.
func (c Currency) Digits() int {
	if e, listed := currencies()[c]; listed {
		return e.digits
	}
	return defaultDigits
}

// Magnitude returns the power of ten that is closest to the number of the currency's units in one US dollar: 0 for
// EUR, 2 for JPY, 4 for IDR. It scales limits and must not be used to convert amounts. It returns 0 for codes that
// ParseCurrency does not accept.
func (c Currency) Magnitude() int { return currencies()[c].magnitude }

const defaultDigits = 2

const (
	tender    = "tender"
	withdrawn = "withdrawn"
)

// kinds describes the kinds of codes that are neither tender nor withdrawn.
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

// currencies returns the table by code. The table is embedded, so a row that cannot be parsed is a defect of the
// program.
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
			digits: number(row[1], defaultDigits), kind: row[2],
			magnitude: number(row[3], 0), until: row[4],
		}
	}
	return out
})

func number(cell string, ifEmpty int) int {
	if cell == "" {
		return ifEmpty
	}
	n, err := strconv.Atoi(cell)
	if err != nil {
		panic(fmt.Errorf("read iso4217.csv: %w", err))
	}
	return n
}
