package e2e_test

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

	"coinslot/app/e2e/harness"
	"coinslot/app/verify"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// pdfText returns the text of a PDF. It needs Poppler's pdftotext, which CI installs.
func pdfText(t *testing.T, raw []byte) string {
	t.Helper()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must have pdftotext (Debian: apt-get install poppler-utils)")
		t.Skip("SKIPPED: reading the PDF back needs pdftotext (Debian: apt-get install poppler-utils)")
	}
	path := filepath.Join(t.TempDir(), "invoice.pdf")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	out, err := exec.Command(reader, "-layout", path, "-").Output()
	require.NoError(t, err)
	return string(out)
}

// startIn starts a store that sells Tidewright in a currency.
func startIn(t *testing.T, currency money.Currency, amount int64) *harness.Store {
	t.Helper()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	clerk.Post("/v1/admin/products/"+clerk.Product("tidewright").Text("id")+"/prices",
		harness.Object{"amount": amount, "currency": currency}).Is(http.StatusCreated)
	r.Stop()
	cfg := r.Config(t)
	cfg.Store.Currency = string(currency)
	server, stop := r.Start(t, cfg, false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// bojanz/currency#37, ex-money#49: amounts have the digits of ISO 4217 in every output. COP has two, though other
// tables say none.
func amountDigits(t *testing.T) {
	for _, c := range []struct {
		currency         money.Currency
		amount           int64
		grouped, decimal string
	}{
		{"COP", 1990000, "19,900.00", "19900.00"},
		{"JPY", 2980, "2,980", "2980"},
		{"KWD", 6125, "6.125", "6.125"},
	} {
		r := startIn(t, c.currency, c.amount)
		buyer, clerk := r.NewBuyer(t), r.Clerk(t)
		pending := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
		url := pending.Body["next_action"].(harness.Object)["url"].(string)
		require.Contains(t, harness.MustCall(t, http.MethodGet, url, ""), "pay "+string(c.currency)+" "+c.grouped+" for")
		confirmAt(t, url, "success")
		orderID := pending.Text("id")
		r.AwaitStatus(t, orderID, "completed")
		order := buyer.Get("/v1/orders/" + orderID).Is(http.StatusOK)
		require.Equal(t, harness.Object{"amount": float64(c.amount), "currency": string(c.currency)}, order.Body["total"])
		invoiceID := order.Body["invoice"].(harness.Object)["id"].(string)
		noteID := buyer.Refund(orderID, nil).Is(http.StatusCreated).Body["credit_note"].(harness.Object)["id"].(string)
		for _, path := range []string{"/v1/invoices/" + invoiceID, "/v1/credit-notes/" + noteID} {
			require.Contains(t, pdfText(t, buyer.AwaitDocument(path+"/pdf").Raw), c.grouped+" "+string(c.currency))
			if c.currency.Digits() > 2 {
				buyer.Get(path+"/xml").Problem(http.StatusConflict, "currency-without-xml")
				continue
			}
			xml := string(buyer.AwaitDocument(path + "/xml").Raw)
			require.Contains(t, xml, "<ram:GrandTotalAmount>"+c.decimal+"</ram:GrandTotalAmount>")
			require.Contains(t, xml, "<ram:InvoiceCurrencyCode>"+string(c.currency)+"</ram:InvoiceCurrencyCode>")
		}
		printsDecimals(r, buyer, clerk, c.decimal, c.currency)
	}
}

// printsDecimals checks the amounts of the CSV exports and of the command line.
func printsDecimals(r *harness.Store, buyer, clerk *harness.Client, decimal string, currency money.Currency) {
	t := buyer.T
	t.Helper()
	for _, row := range buyer.Table("/v1/transactions.csv")[1:] {
		require.Equal(t, []string{decimal, string(currency)}, row[4:6])
	}
	written := 0
	for _, row := range clerk.Table("/v1/admin/ledger/entries.csv")[1:] {
		if strings.Contains(strings.Join(row, ","), decimal) {
			written++
		}
		require.Equal(t, string(currency), row[8])
	}
	require.Positive(t, written)
	r.VerifyInvariants(t)
	r.AsOwner(t, `UPDATE billing.payments SET captured = captured + 1, returned = 0`)
	var out bytes.Buffer
	today := verify.Day{Start: time.Now().UTC().Truncate(24 * time.Hour)}
	require.ErrorIs(t, verify.Reconcile(t.Context(), r.Config(t), today, &out), verify.ErrDiffers)
	require.Contains(t, out.String(), fmt.Sprintf("provider: %s %s", decimal, currency))
	found, err := verify.Run(t.Context(), r.Database.OwnerURL, r.Provider())
	require.NoError(t, err)
	out.Reset()
	require.Positive(t, verify.Report(&out, found))
	require.Contains(t, out.String(), fmt.Sprintf("the provider captured %s %s for order", decimal, currency))
	require.Regexp(t, fmt.Sprintf(`payment \S+ captured \S+ %s, and the journal says %s %s`, currency,
		regexp.QuoteMeta(decimal), currency), out.String())
}

func TestSetPrice_InvalidCurrencyOrAmount_Returns422(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	prices := "/v1/admin/products/" + clerk.Product("tidewright").Text("id") + "/prices"
	price := func(amount int64, currency string) harness.Reply {
		return clerk.Post(prices, harness.Object{"amount": amount, "currency": currency})
	}
	for currency, reason := range map[string]string{
		"HRK": "withdrawn", "ANG": "withdrawn", "XAU": "a metal", "CLF": "a fund", "XTS": "a code for tests",
		"XXX": "no currency", "ZZZ": "not an ISO 4217 code",
	} {
		require.Contains(t, price(1, currency).Problem(http.StatusUnprocessableEntity,
			"unknown-currency").Text("detail"), reason)
	}
	for _, currency := range []string{"MRU", "SLE", "VED", "XCG", "ZWG"} {
		price(1, currency).Is(http.StatusCreated)
	}
	price(1_000_000_000_000, "IDR").Is(http.StatusCreated)
	tooMuch := price(1_000_000_000_001, "IDR").Problem(http.StatusUnprocessableEntity, "invalid-request")
	require.Contains(t, string(tooMuch.Raw), "from 0 to 1000000000000, which is 10000000000.00 IDR")
	require.Contains(t, string(price(1_000_000_01, "EUR").Raw), "which is 1000000.00 EUR")
}
