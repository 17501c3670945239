package e2e_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

func moveTo(buyer *harness.Client, country string) {
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": country}, nil).Is(http.StatusOK)
}

func business(vatID string) harness.Object {
	return harness.Object{
		"company": "Arcade GmbH", "vat_id": vatID, "reference": "04011000-12345-34",
		"address": harness.Object{"line1": "Weg 1", "postal_code": "10115", "city": "Berlin"},
	}
}

func TestReverseCharge_QuoteToDocuments(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	moveTo(buyer, "DE")
	item := buyer.Add("tidewright")
	quote := buyer.Post("/v1/checkouts/quote",
		harness.Object{"item_ids": []string{item}, "business": business("de 136695976")}).Is(http.StatusOK)
	tax := quote.Body["tax"].(harness.Object)
	require.Equal(t, "reverse_charge", tax["treatment"])
	require.Contains(t, tax["reason"], "reverse charge")
	require.Zero(t, harness.AmountOf(quote.Body["tax_total"]))
	body := buyer.Purchase("pm_ok", item)
	require.Equal(t, body["expected_total"], quote.Body["total"], "the price stays")
	body["business"], body["expected_country"] = business("DE136695976"), "DE"
	key := harness.NewKey()
	order := buyer.Keyed("/v1/checkouts", key, body).Is(http.StatusCreated)
	require.Equal(t, tax["treatment"], order.Body["tax"].(harness.Object)["treatment"])
	other := maps.Clone(body)
	delete(other, "business")
	buyer.Keyed("/v1/checkouts", key, other).Problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	require.Zero(t, harness.Count(t, r, "checkout.orders WHERE business IS NOT NULL"), "a paid order keeps no business")

	clerk.Refund(order.Text("id"), harness.Object{"reason": "r"}).Is(http.StatusCreated)
	r.AwaitNumbers(t)
	invoiceID := order.Body["invoice"].(harness.Object)["id"].(string)
	invoice := buyer.Get("/v1/invoices/" + invoiceID).Is(http.StatusOK)
	require.Equal(t, "DE136695976", invoice.Text("buyer_vat_id"))
	require.Equal(t, "reverse_charge", invoice.Text("tax_treatment"))
	xml := string(buyer.AwaitDocument("/v1/invoices/" + invoiceID + "/xml").Raw)
	for _, part := range []string{"VATEX-EU-AE", "DE136695976", "xrechnung_3.0", "04011000-12345-34", "Arcade GmbH"} {
		require.Contains(t, xml, part)
	}
	report := clerk.Get("/v1/admin/tax-report?preliminary=true&period=" + harness.SellersTime(t).Format("2006-01")).
		Is(http.StatusOK)
	require.Equal(t, "preliminary", report.Text("status"))
	row := harness.ItemOf(report.Items("items"), "treatment", "reverse_charge")
	require.Zero(t, harness.AmountOf(row["net"]), "the credit note is deducted")
	require.InDelta(t, 1, row["credit_notes"], 0)
	r.VerifyInvariants(t)
}

func TestBusiness_Invalid_IsLocated(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	moveTo(buyer, "DE")
	changed := func(member string, value any) harness.Object {
		b := business("DE136695976")
		b[member] = value
		return b
	}
	for location, b := range map[string]harness.Object{
		"body.business.vat_id":  business("ATU13585627"),
		"body.business.company": changed("company", strings.Repeat("🎮", 200)),
		"body.business.address": changed("address", harness.Object{"line1": "x"}),
	} {
		rejected := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item}, "business": b}).
			Problem(http.StatusUnprocessableEntity, "invalid-request")
		require.Equal(t, location, rejected.Items("errors")[0]["location"])
		body := buyer.Purchase("pm_ok", item)
		body["business"] = b
		buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	require.Zero(t, harness.Count(t, r, "checkout.orders"))
}

func TestCheckout_TaxChangedSinceQuote_Returns409(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	body := buyer.Purchase("pm_ok", item)
	body["expected_country"] = "AT"
	moveTo(buyer, "DE")
	changed := buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Problem(http.StatusConflict, "country-changed")
	require.Equal(t, "AT", changed.Text("old_country"))
	require.Equal(t, "DE", changed.Text("new_country"))
	body["expected_country"] = "DE"
	body["expected_treatment"] = "reverse_charge" // by a quote for a business, which this checkout does not name
	changed = buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Problem(http.StatusConflict, "tax-treatment-changed")
	require.Equal(t, "reverse_charge", changed.Text("old_treatment"))
	require.Equal(t, "taxed", changed.Text("new_treatment"))
	body["expected_treatment"] = "taxed"
	buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Is(http.StatusCreated)
}

func TestUntaxedAndMonaco_SaySo(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("tidewright")
	quoted := func(country string) harness.Object {
		moveTo(buyer, country)
		return buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{item}}).Is(http.StatusOK).Body
	}
	us := quoted("US")["tax"].(harness.Object)
	require.Equal(t, "untaxed", us["treatment"])
	require.Equal(t, "no tax rate applies to sales to US", us["reason"])
	france, monaco := quoted("FR"), quoted("MC")
	require.Equal(t, france["tax_total"], monaco["tax_total"])
	require.Equal(t, "FR", monaco["tax"].(harness.Object)["taxed_as"])
}

func TestEvidence_OfIPAndCard_IsShownToStaff(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) {
		cfg.HTTP.TrustedProxies, cfg.HTTP.CountryHeader = []string{"127.0.0.0/8", "::1/128"}, "X-Country"
	}))
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	evidence := func(method, slug, header string) harness.Object {
		order := buyer.Send(http.MethodPost, "/v1/checkouts", buyer.Purchase(method, buyer.Add(slug)),
			http.Header{"Idempotency-Key": {harness.NewKey()}, "X-Country": {header}}).Is(http.StatusCreated)
		require.NotContains(t, order.Body, "evidence", "it is for staff")
		return clerk.Get("/v1/admin/orders/" + order.Text("id")).Is(http.StatusOK).Body["evidence"].(harness.Object)
	}
	require.Equal(t, harness.Object{
		"billing_country": "AT", "ip_country": "AT", "card_country": "AT", "status": "consistent",
	}, evidence("pm_ok", "tidewright", "at"))
	require.Equal(t, harness.Object{
		"billing_country": "AT", "card_country": "US", "status": "conflicting",
	}, evidence("pm_foreign_card", "star-orchard", "XX"))
	r.VerifyInvariants(t)
}

func TestTaxReport_BadPeriod_IsLocated(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	for _, path := range []string{"/v1/admin/tax-report", "/v1/admin/tax-report.csv"} {
		for _, period := range []string{"2026-Q9", "yesterday", "2999-Q1", harness.SellersTime(t).Format("2006-01")} {
			rejected := clerk.Get(path+"?period="+period).Problem(http.StatusUnprocessableEntity, "invalid-period")
			require.Equal(t, "query.period", rejected.Items("errors")[0]["location"])
		}
		clerk.Get(path).Problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	header := clerk.Table("/v1/admin/tax-report.csv?period=2026-Q1")
	require.Equal(t, "period", header[0][0])
}
