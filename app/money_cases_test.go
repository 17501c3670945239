package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// pdfText reads a PDF as a viewer does. Poppler's pdftotext comes with every desktop; CI installs it.
func pdfText(t *testing.T, raw []byte) string {
	t.Helper()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must have pdftotext (Debian: apt-get install poppler-utils)")
		t.Skip("SKIPPED: reading the PDF back needs pdftotext (Debian: apt-get install poppler-utils)")
	}
	path := filepath.Join(t.TempDir(), "paper.pdf")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	out, err := exec.Command(reader, "-layout", path, "-").Output()
	require.NoError(t, err)
	return string(out)
}

// bojanz/currency#37, ex-money#49: an amount has the digits of ISO 4217 wherever it is written. COP has two, though tables
// made for typesetting say none.
func digitsOfTheStandard(t *testing.T) {
	for _, c := range []struct {
		currency         money.Currency
		amount           int64
		grouped, decimal string
	}{
		{"COP", 1990000, "19,900.00", "19900.00"},
		{"JPY", 2980, "2,980", "2980"},
		{"KWD", 6125, "6.125", "6.125"},
	} {
		r := startStore(t, nil, fx.Decorate(func(money.Currency) money.Currency { return c.currency }))
		buyer, clerk := r.newBuyer(t), r.clerk(t)
		game := clerk.get("/v1/products/tidewright?currency=USD").is(http.StatusOK).text("id")
		clerk.post("/v1/admin/products/"+game+"/prices",
			object{"amount": c.amount, "currency": c.currency}).is(http.StatusCreated)
		pending := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
		url := pending.Body["next_action"].(object)["url"].(string)
		require.Contains(t, exchange(t, http.MethodGet, url, ""), "pay "+string(c.currency)+" "+c.grouped+" for")
		confirmAt(t, url, "success")
		orderID := pending.text("id")
		r.becomes(t, orderID, "completed")
		order := buyer.get("/v1/orders/" + orderID).is(http.StatusOK)
		require.Equal(t, object{"amount": float64(c.amount), "currency": string(c.currency)}, order.Body["total"])
		invoiceID := order.Body["invoice"].(object)["id"].(string)
		noteID := buyer.refund(orderID, nil).is(http.StatusCreated).Body["credit_note"].(object)["id"].(string)
		for _, path := range []string{"/v1/invoices/" + invoiceID, "/v1/credit-notes/" + noteID} {
			require.Contains(t, pdfText(t, buyer.paperOf(path+"/pdf").Raw), c.grouped+" "+string(c.currency))
			xml := string(buyer.paperOf(path + "/xml").Raw)
			require.Contains(t, xml, "<ram:GrandTotalAmount>"+c.decimal+"</ram:GrandTotalAmount>")
			require.Contains(t, xml, "<ram:InvoiceCurrencyCode>"+string(c.currency)+"</ram:InvoiceCurrencyCode>")
		}
		r.printsDecimals(t, buyer, clerk, c.decimal, c.currency)
	}
}

// printsDecimals looks at the exports and at the command line, which write amounts for machines.
func (r *running) printsDecimals(t *testing.T, buyer, clerk *client, decimal string, currency money.Currency) {
	t.Helper()
	for _, row := range buyer.table("/v1/transactions.csv")[1:] {
		require.Equal(t, []string{decimal, string(currency)}, row[4:6])
	}
	written := 0
	for _, row := range clerk.table("/v1/admin/ledger/entries.csv")[1:] {
		if strings.Contains(strings.Join(row, ","), decimal) {
			written++
		}
		require.Equal(t, string(currency), row[8])
	}
	require.Positive(t, written)
	r.holds(t)
	r.asOwner(t, `UPDATE billing.payments SET captured = captured + 1, returned = 0`)
	var out bytes.Buffer
	require.ErrorIs(t, reconcile(t.Context(), r.config(t), time.Now().UTC().Truncate(24*time.Hour), &out), errDiffers)
	require.Contains(t, out.String(), fmt.Sprintf("provider: %s %s", decimal, currency))
	found, err := verify(t.Context(), r.Database.OwnerURL, r.books())
	require.NoError(t, err)
	out.Reset()
	require.Positive(t, report(&out, found))
	require.Contains(t, out.String(), fmt.Sprintf("the provider took %s %s for order", decimal, currency))
	require.Regexp(t, fmt.Sprintf(`payment \S+ took \S+ %s, and the journal says %s %s`, currency,
		regexp.QuoteMeta(decimal), currency), out.String())
}

func TestSetPrice_WrongCurrencyOrAmount_IsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	clerk := r.clerk(t)
	prices := "/v1/admin/products/" + clerk.product("tidewright").text("id") + "/prices"
	price := func(amount int64, currency string) reply {
		return clerk.post(prices, object{"amount": amount, "currency": currency})
	}
	for currency, reason := range map[string]string{
		"HRK": "withdrawn", "ANG": "withdrawn", "XAU": "a metal", "CLF": "a fund", "XTS": "a code for tests",
		"XXX": "no currency", "ZZZ": "not an ISO 4217 code",
	} {
		require.Contains(t, price(1, currency).problem(http.StatusUnprocessableEntity,
			"unknown-currency").text("detail"), reason)
	}
	for _, currency := range []string{"MRU", "SLE", "VED", "XCG", "ZWG"} {
		price(1, currency).is(http.StatusCreated)
	}
	price(1_000_000_000_000, "IDR").is(http.StatusCreated)
	tooMuch := price(1_000_000_000_001, "IDR").problem(http.StatusUnprocessableEntity, "invalid-request")
	require.Contains(t, string(tooMuch.Raw), "from 0 to 1000000000000, which is 10000000000.00 IDR")
	require.Contains(t, string(price(1_000_000_01, "USD").Raw), "which is 1000000.00 USD")
}
