package money_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"testing"

	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// listed returns the rows of the table: code, digits, kind, magnitude, until.
func listed(t *testing.T) [][]string {
	t.Helper()
	file, err := os.Open("iso4217.csv")
	require.NoError(t, err)
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"code", "digits", "kind", "magnitude", "until"}, rows[0])
	return rows[1:]
}

func TestTable_EachRow_IsComplete(t *testing.T) {
	t.Parallel()
	rows, codes, tenders := listed(t), []string{}, 0
	for _, row := range rows {
		code, digits, kind, magnitude, until := row[0], row[1], row[2], row[3], row[4]
		require.Regexp(t, `^[A-Z]{3}$`, code)
		codes = append(codes, code)
		require.Contains(t, []string{"tender", "fund", "metal", "unit", "test", "none", "withdrawn"}, kind, code)
		require.Equal(t, kind == "withdrawn", until != "", code)
		require.Equal(t, kind == "tender", magnitude != "", code)
		if kind == "tender" {
			tenders++
			require.Regexp(t, `^[0-4]$`, digits, code)
			require.Regexp(t, `^[0-6]$`, magnitude, code)
		}
	}
	require.Equal(t, 155, tenders)
	require.True(t, slices.IsSorted(codes))
	require.Len(t, slices.Compact(codes), len(rows), "no code twice")
}

func TestParseCurrency_OnlyTenders_AreAccepted(t *testing.T) {
	t.Parallel()
	for _, row := range listed(t) {
		parsed, err := money.ParseCurrency(row[0])
		if row[2] != "tender" {
			require.ErrorIs(t, err, money.ErrCurrency, row[0])
			require.ErrorContains(t, err, row[0], "the message names the code")
			continue
		}
		require.NoError(t, err, row[0])
		require.Equal(t, row[1], strconv.Itoa(parsed.Digits()), row[0])
		require.Equal(t, row[3], strconv.Itoa(parsed.Magnitude()), row[0])
	}
}

// The currencies whose digits differ in CLDR, and recent ones.
func TestDigits_FollowISO4217(t *testing.T) {
	t.Parallel()
	for digits, codes := range map[int][]money.Currency{
		0: {
			"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
			"PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
		},
		2: {
			"AFN", "ALL", "COP", "CRC", "EUR", "HUF", "IDR", "IRR", "LAK", "LBP", "MGA", "MMK", "MRU", "PKR",
			"RSD", "SLE", "SOS", "SYP", "TWD", "TZS", "USD", "UZS", "VED", "VES", "XCG", "YER", "ZWG",
		},
		3: {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"},
	} {
		for _, code := range codes {
			parsed, err := money.ParseCurrency(string(code))
			require.NoError(t, err, code)
			require.Equal(t, digits, parsed.Digits(), code)
		}
	}
}

func TestParseCurrency_NotTender_ReturnsReason(t *testing.T) {
	t.Parallel()
	for code, reason := range map[string]string{
		"XXX": "no currency", "XTS": "a code for tests", "XAU": "a metal", "XDR": "a unit of account",
		"CLF": "a fund", "UYW": "a fund",
		"HRK": "2023-01", "ANG": "2025-03", "BGN": "2026-01", "ZWL": "2024-09", "SLL": "2023-12",
		"MRO": "2017-12", "CUC": "2021-06",
	} {
		_, err := money.ParseCurrency(code)
		require.ErrorIs(t, err, money.ErrCurrency, code)
		require.ErrorContains(t, err, reason, code)
	}
}

func TestRestore_AcceptsWithdrawnCurrencies(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"HRK": "19900.05 HRK", "ITL": "1990005 ITL", "ANG": "19900.05 ANG",
		"XTS": "19900.05 XTS", "USD": "19900.05 USD",
	} {
		m, err := money.Restore(1990005, code)
		require.NoError(t, err)
		require.Equal(t, want, m.String())
		require.Equal(t, want, money.Of(1990005, money.Currency(code)).String())
	}
	for _, code := range []string{"", "ZZZ", "usd", "USDT"} {
		_, err := money.Restore(1, code)
		require.ErrorIs(t, err, money.ErrCurrency, code)
	}
}
