package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/verify"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestRefund_InvalidRequest_ReturnsProblem(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, other, clerk := r.NewBuyer(t), r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	orderID, line := order.Text("id"), order.Items("lines")[0]["id"].(string)
	processing := buyer.Checkout("pm_timeout_then_success", "brassica").Is(http.StatusAccepted)
	declined := buyer.Checkout("pm_declined", "mirrorfen").Is(http.StatusPaymentRequired).Text("order_id")
	item := func(amount any) harness.Object {
		return harness.Object{"items": []any{harness.Object{"line_id": line, "amount": amount}}}
	}
	for name, c := range map[string]struct {
		client *harness.Client
		order  string
		body   harness.Object
		status int
		code   string
	}{
		"amount 0": {
			clerk, orderID, item(harness.Object{"amount": 0, "currency": "EUR"}),
			422, "invalid-request",
		},
		"amount -1": {
			clerk, orderID, item(harness.Object{"amount": -1, "currency": "EUR"}),
			422, "invalid-request",
		},
		"amount above the line": {
			clerk, orderID, item(harness.Object{"amount": 1_000_000, "currency": "EUR"}), 409,
			"refund-exceeds-captured",
		},
		"other currency": {
			clerk, orderID, item(harness.Object{"amount": 1, "currency": "USD"}),
			422, "invalid-request",
		},
		"unknown currency": {
			clerk, orderID, item(harness.Object{"amount": 1, "currency": "XXQ"}),
			422, "unknown-currency",
		},
		"amount from a buyer": {
			buyer, orderID,
			item(harness.Object{"amount": 1, "currency": "EUR"}), 403, "forbidden",
		},
		"duplicate line": {buyer, orderID, harness.Object{"line_ids": []any{line, line}}, 422, "invalid-request"},
		"duplicate item": {
			buyer, orderID,
			harness.Object{"items": []any{harness.Object{"line_id": line}, harness.Object{"line_id": line}}},
			422, "invalid-request",
		},
		"lines and items": {
			buyer, orderID,
			harness.Object{"line_ids": []any{line}, "items": []any{harness.Object{"line_id": line}}},
			422, "invalid-request",
		},
		"line of another order": {
			buyer, orderID,
			harness.Object{"line_ids": []any{harness.NewKey()}},
			404,
			"order-line-not-found",
		},
		"malformed line ID": {
			buyer, orderID,
			harness.Object{"line_ids": []any{"one"}},
			404,
			"order-line-not-found",
		},
		"order of another buyer": {other, orderID, harness.Object{}, 404, "order-not-found"},
		"unknown order":          {clerk, harness.NewKey(), harness.Object{}, 404, "order-not-found"},
		"unknown payment":        {buyer, processing.Text("id"), harness.Object{}, 409, "payment-in-progress"},
		"declined payment":       {buyer, declined, harness.Object{}, 409, "order-not-refundable"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.client.Refund(c.order, c.body)
			require.Equal(t, c.status, answer.Status, string(answer.Raw))
			answer.Problem(c.status, c.code)
		})
	}
	buyer.Post("/v1/orders/"+orderID+"/refunds", harness.Object{"reason": "x"}).Problem(http.StatusBadRequest,
		"idempotency-key-required")
	buyer.Keyed("/v1/orders/"+orderID+"/refunds", harness.NewKey(),
		harness.Object{}).Problem(http.StatusUnprocessableEntity, "invalid-request")
	require.Zero(t, harness.Count(t, r, "billing.refunds"))

	r.AsOwner(t, `UPDATE checkout.orders SET paid_at = now() - interval '15 days'`)
	late := buyer.Refund(orderID, nil).Problem(http.StatusConflict, "refund-window-closed")
	require.NotEmpty(t, late.Text("until"))
	require.Contains(t, late.Text("detail"),
		"refunds were possible until "+time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	clerk.Refund(orderID, nil).Is(http.StatusCreated)
	r.VerifyInvariants(t)
}

func TestRefund_SameKey_ReturnsPresentStatus(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_refund_fails", "tidewright").Is(http.StatusCreated)
	path, body := "/v1/orders/"+order.Text("id")+"/refunds", harness.Object{"reason": "bored"}
	pending := buyer.Keyed(path, "one", body).Is(http.StatusAccepted)
	require.Equal(t, "pending", pending.Text("status"))
	harness.Eventually(t, "the refund fails", func() bool {
		again := buyer.Keyed(path, "one", body)
		require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
		return again.Status == http.StatusConflict
	})
	failed := buyer.Keyed(path, "one", body).Problem(http.StatusConflict, "refund-failed")
	require.Equal(t, pending.Text("id"), failed.Text("refund_id"))
	buyer.Keyed(path, "one", harness.Object{"reason": "another"}).Problem(http.StatusUnprocessableEntity,
		"idempotency-key-reused")
	require.Len(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"), 1, "access stays")
	require.Equal(t, "completed", buyer.Get("/v1/orders/"+order.Text("id")).Is(http.StatusOK).Text("status"))

	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "refund_pending", "ms": 3600000}]}`)
	order = buyer.Checkout("pm_ok", "star-orchard").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), nil).Is(http.StatusAccepted)
	require.Equal(t, "completed", buyer.Get("/v1/orders/"+order.Text("id")).Is(http.StatusOK).Text("status"))
	r.AdvanceProvider(t)
	r.AwaitStatus(t, order.Text("id"), "refunded") // by webhook
	buyer.AwaitOwned(1)
	r.VerifyInvariants(t)
}

func TestInvoice_PDFAndXML_InBuyersLanguage(t *testing.T) {
	t.Parallel()
	branch := store.Branch{Seller: store.Seller{
		Name: "Münzschlitz GmbH", Address: []string{"Hauptstraße 1"},
		Country: "DE", TaxID: "DE1",
	}, SellsTo: []string{"DE"}}
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Store.Branches = []store.Branch{branch} }))
	buyer := r.NewBuyer(t)
	me := buyer.Send(http.MethodPatch, "/v1/me",
		harness.Object{"country": "DE", "language": "de", "display_name": "Jürgen Ελλάδα"}, nil).Is(http.StatusOK)
	require.Equal(t, "DE", me.Text("country"))
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "Germany"},
		nil).Problem(http.StatusUnprocessableEntity, "invalid-request")
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "XX", "language": "tlh"},
		nil).Problem(http.StatusUnprocessableEntity, "invalid-request")
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	invoiceID := order.Body["invoice"].(harness.Object)["id"].(string)
	pdf := buyer.AwaitDocument("/v1/invoices/" + invoiceID + "/pdf")
	require.Equal(t, pdf.Raw, buyer.Get("/v1/invoices/"+invoiceID+"/pdf").Raw)
	invoice := buyer.Get("/v1/invoices/" + invoiceID).Is(http.StatusOK)
	require.Equal(t, "INV-DE-"+harness.SellersTime(t).Format("2006")+"-000001", invoice.Text("number"))
	require.Equal(t, "Münzschlitz GmbH", invoice.Text("seller_name"))
	require.Equal(t, "Jürgen Ελλάδα", invoice.Text("buyer_name"))
	require.Equal(t, "19.00", harness.List(invoice.Body, "taxes")[0]["percent"])
	xml := buyer.Get("/v1/invoices/" + invoiceID + "/xml").Is(http.StatusOK)
	require.Equal(t, "application/xml", xml.Header.Get("Content-Type"))
	require.Contains(t, string(xml.Raw), "<ram:RateApplicablePercent>19.00</ram:RateApplicablePercent>")

	// Rendering the stored content again gives the same bytes.
	r.AsOwner(t, `DELETE FROM billing.invoice_documents`)
	require.True(t, bytes.Equal(pdf.Raw, buyer.Get("/v1/invoices/"+invoiceID+"/pdf").Is(http.StatusOK).Raw))

	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{
		"display_name": "Somebody Else",
		"language":     "fr",
	}, nil).Is(http.StatusOK)
	note := buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated).Body["credit_note"].(harness.Object)["id"].(string)
	buyer.AwaitDocument("/v1/credit-notes/" + note + "/pdf")
	buyer.AwaitDocument("/v1/credit-notes/" + note + "/xml")
	paper := buyer.Get("/v1/credit-notes/" + note).Is(http.StatusOK)
	require.Equal(t, invoice.Text("number"), paper.Text("invoice_number"))
	require.Equal(t, "Jürgen Ελλάδα", paper.Text("buyer_name"), "the buyer's name as it was given at purchase")
	require.Equal(t, "CN-DE-"+harness.SellersTime(t).Format("2006")+"-000001", paper.Text("number"))
	buyer.Get("/v1/invoices/"+note).Problem(http.StatusNotFound, "invoice-not-found")
	buyer.Get("/v1/credit-notes/"+invoiceID).Problem(http.StatusNotFound, "credit-note-not-found")
	buyer.Get("/v1/credit-notes/none/pdf").Problem(http.StatusNotFound, "credit-note-not-found")
	r.VerifyInvariants(t)
}

func TestTransactions_FilterAndCSV(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	buyer.Checkout("pm_declined", "brassica").Is(http.StatusPaymentRequired)
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "decline", "code": "=HYPERLINK(\"http://evil.example\")"}]}`)
	unpaid := buyer.Checkout("pm_ok", "mirrorfen").Is(http.StatusPaymentRequired)
	require.Nil(t, buyer.Get("/v1/orders/" + unpaid.Text("order_id")).Is(http.StatusOK).Body["invoice"],
		"an unpaid order has no invoice")
	require.Equal(t, `'=HYPERLINK("http://evil.example")`, buyer.Table("/v1/transactions.csv?status=declined")[1][7],
		"formulas are escaped")
	for query, want := range map[string]int{
		"": 4, "?type=refund": 1, "?type=payment": 3, "?status=declined": 2, "?type=refund&status=captured": 0,
		"?from=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)): 0,
		"?to=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)):   4,
	} {
		require.Len(t, buyer.Get("/v1/transactions"+query).Is(http.StatusOK).Items("items"), want, query)
		require.Len(t, buyer.Table("/v1/transactions.csv"+query), want+1, query)
	}
	buyer.Get("/v1/transactions?type=gift").Problem(http.StatusUnprocessableEntity, "invalid-request")
	buyer.Get("/v1/transactions?from=yesterday").Problem(http.StatusUnprocessableEntity, "invalid-request")
	first := buyer.Get("/v1/transactions?type=payment&limit=1").Is(http.StatusOK)
	next := strings.TrimSuffix(strings.TrimPrefix(first.Header.Get("Link"), "<"), `>; rel="next"`)
	require.Contains(t, next, "type=payment", "the next page keeps the filter")
	require.Len(t, buyer.Get(next).Is(http.StatusOK).Items("items"), 1, "and the limit")
	rows := buyer.Table("/v1/transactions.csv?type=refund")
	require.Equal(t, []string{
		"id", "created_at", "type", "order_id", "amount", "currency", "status",
		"decline_code",
	}, rows[0])
	require.Equal(t, []string{"refund", order.Text("id"), "12.99", "EUR", "succeeded", ""}, rows[1][2:])
}

func TestLedger_StaffReadsBalancesAndEntries(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	between := time.Now().UTC()
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	balances := func(query string) map[string]int64 {
		out := map[string]int64{}
		for _, a := range clerk.Get("/v1/admin/ledger/accounts" + query).Is(http.StatusOK).Items("items") {
			for _, b := range harness.List(a, "balances") {
				out[a["account"].(string)] = int64(b["amount"].(float64))
			}
		}
		return out
	}
	// 12.99 includes 20 % tax. The provider's fee of 1.5 % is not returned with a refund.
	require.Equal(t, map[string]int64{
		"provider_clearing": 1280, "provider_fees": 19, "revenue": -1082,
		"tax_payable": -217,
	}, balances("?at="+between.Format(time.RFC3339Nano)))
	require.Equal(t, map[string]int64{
		"provider_clearing": -19, "provider_fees": 19, "revenue": -1082, "refunds": 1082,
		"tax_payable": 0,
	}, balances(""))
	require.Empty(t, balances("?at=2020-01-01T00:00:00Z"))
	require.Len(t, clerk.Get("/v1/admin/ledger/accounts").Is(http.StatusOK).Items("items"), 11)

	entries := clerk.Get("/v1/admin/ledger/entries?order_id=" + order.Text("id")).Is(http.StatusOK).Items("items")
	require.Len(t, entries, 2)
	require.Equal(t, "refund", entries[0]["source_type"])
	require.Len(t, clerk.Get("/v1/admin/ledger/entries?account=refunds").Is(http.StatusOK).Items("items"), 1)
	before := clerk.Get("/v1/admin/ledger/entries?to=" + between.Format(time.RFC3339Nano)).Is(http.StatusOK)
	require.Len(t, before.Items("items"), 1)
	clerk.Get("/v1/admin/ledger/entries?order_id=x").Problem(http.StatusUnprocessableEntity, "invalid-request")
	rows := clerk.Table("/v1/admin/ledger/entries.csv?to=" + between.Format(time.RFC3339Nano))
	require.Len(t, rows, 5)
	require.Equal(t, []string{"provider_clearing", "12.80", "", "EUR"}, rows[1][5:9])
	require.Equal(t, []string{"revenue", "", "10.82", "EUR"}, rows[3][5:9])

	harness.Eventually(t, "the journal is sealed", func() bool {
		return clerk.Get("/v1/admin/ledger/verify").Is(http.StatusOK).Body["sealed"].(float64) == 2
	})
	r.AwaitNumbers(t)
	harness.Eventually(t, "both documents are sealed", func() bool {
		return harness.Count(t, r, "billing.sealed_records WHERE kind = 'document'") == 2
	})
	valid := clerk.Get("/v1/admin/ledger/verify").Is(http.StatusOK)
	require.Equal(t, true, valid.Body["valid"])
	head := valid.Body["head"].(harness.Object)
	require.Equal(t, valid.Body["seals"], head["sequence"])
	require.Equal(t, valid.Body["seals"], valid.Body["seals_checked"])
	require.Len(t, head["hash"], 64)
	require.Len(t, harness.List(head, "invoices"), 2, "invoices and credit notes")
	require.InDelta(t, 1, harness.List(head, "invoices")[0]["number"], 0)
	r.AsOwner(t, `UPDATE billing.journal_entries SET at = at + interval '1 day' WHERE source_type = 'payment'`)
	broken := clerk.Get("/v1/admin/ledger/verify").Is(http.StatusOK)
	require.Equal(t, false, broken.Body["valid"])
	require.Len(t, broken.Body["broken"], 1)
}

func TestReconcile_Differences_AreListed(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	buyer.Checkout("pm_ok", "brassica").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	day := time.Now().UTC().Truncate(24 * time.Hour)
	cfg := r.Config(t)
	var out bytes.Buffer
	require.NoError(t, verify.Reconcile(t.Context(), cfg, verify.Day{Start: day}, &out))
	require.Equal(t, day.Format(time.DateOnly)+": 3 movements at the provider, 3 in the store: 0 differences\n",
		out.String())
	before := verify.Day{Start: day.AddDate(0, 0, -1)}
	require.NoError(t, verify.Reconcile(t.Context(), cfg, before, &out), "a day without charges")
	r.ChargeAgain(t, order.Text("id"))
	r.AsOwner(t, `UPDATE billing.payments SET captured = captured + 1, returned = 0
		WHERE order_id <> '`+order.Text("id")+`'`)
	out.Reset()
	require.ErrorIs(t, verify.Reconcile(t.Context(), cfg, verify.Day{Start: day}, &out), verify.ErrDiffers)
	require.Contains(t, out.String(), "the provider has a charge that the store does not have")
	require.Contains(t, out.String(), "the amounts of the charge differ")
	require.Contains(t, out.String(), "2 differences")
	cfg.Payments.URL = "http://127.0.0.1:1"
	require.ErrorContains(t, verify.Reconcile(t.Context(), cfg, verify.Day{Start: day}, &out),
		"read the provider's records")
}

// The store's role may INSERT into the ledger and the invoices, but not UPDATE or DELETE.
func TestStoreRole_CannotChangeLedgerOrInvoices(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	harness.Eventually(t, "the invoice is issued", func() bool { return harness.Count(t, r, "billing.invoices") == 1 })
	for _, table := range []string{
		"billing.journal_entries", "billing.journal_postings", "billing.journal_seals",
		"billing.invoices", "billing.invoice_documents",
	} {
		for _, statement := range []string{"DELETE FROM " + table, "TRUNCATE " + table} {
			err := execAsStore(r, statement)
			require.ErrorContains(t, err, "42501", statement)
		}
	}
	for _, statement := range []string{
		`UPDATE billing.journal_postings SET amount = -amount`, `UPDATE billing.invoices SET number = 7`,
		`ALTER TABLE billing.journal_postings DISABLE TRIGGER ALL`,
	} {
		err := execAsStore(r, statement)
		require.ErrorContains(t, err, "42501", statement)
	}
	err := execAsStore(r, `INSERT INTO billing.journal_postings
		SELECT id, 9, 'revenue', 'EUR', 1 FROM billing.journal_entries`)
	require.ErrorContains(t, err, "does not balance")
	err = execAsStore(r, `INSERT INTO billing.journal_entries
		VALUES (gen_random_uuid(), 'payment', 'x', gen_random_uuid(), now())`)
	require.ErrorContains(t, err, "does not balance")
	r.VerifyInvariants(t)
}

// execAsStore runs a statement as the store's role and returns PostgreSQL's error.
func execAsStore(r *harness.Store, statement string) error {
	conn, err := pgx.Connect(context.Background(), r.Database.StoreURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), statement)
	return err
}
