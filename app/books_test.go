package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"coinslot/platform/config"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/dig"
	"go.uber.org/fx"
)

func TestARefundThatMakesNoSenseIsAClearProblem(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, other, clerk := r.newBuyer(t), r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	orderID, line := order.text("id"), order.items("lines")[0]["id"].(string)
	processing := buyer.checkout("pm_timeout_then_success", "brassica").is(http.StatusAccepted)
	declined := buyer.checkout("pm_declined", "mirrorfen").is(http.StatusPaymentRequired).text("order_id")
	item := func(amount any) object { return object{"items": []any{object{"line_id": line, "amount": amount}}} }
	for name, c := range map[string]struct {
		client *client
		order  string
		body   object
		status int
		code   string
	}{
		"of 0": {
			clerk, orderID, item(object{"amount": 0, "currency": "USD"}),
			422, "invalid-request",
		},
		"of -1": {
			clerk, orderID, item(object{"amount": -1, "currency": "USD"}),
			422, "invalid-request",
		},
		"of more than the line": {
			clerk, orderID, item(object{"amount": 1_000_000, "currency": "USD"}), 409,
			"refund-exceeds-captured",
		},
		"in another currency": {
			clerk, orderID, item(object{"amount": 1, "currency": "EUR"}),
			422, "invalid-request",
		},
		"in no currency": {
			clerk, orderID, item(object{"amount": 1, "currency": "XXQ"}),
			422, "unknown-currency",
		},
		"of an amount, by the buyer": {buyer, orderID, item(object{"amount": 1, "currency": "USD"}), 403, "forbidden"},
		"of a line twice":            {buyer, orderID, object{"line_ids": []any{line, line}}, 422, "invalid-request"},
		"of an item twice": {
			buyer, orderID,
			object{"items": []any{object{"line_id": line}, object{"line_id": line}}},
			422, "invalid-request",
		},
		"of lines and of items": {
			buyer, orderID,
			object{"line_ids": []any{line}, "items": []any{object{"line_id": line}}},
			422, "invalid-request",
		},
		"of no line of the order":      {buyer, orderID, object{"line_ids": []any{newKey()}}, 404, "order-line-not-found"},
		"of what is no ID":             {buyer, orderID, object{"line_ids": []any{"one"}}, 404, "order-line-not-found"},
		"of somebody else's order":     {other, orderID, object{}, 404, "order-not-found"},
		"of no order":                  {clerk, newKey(), object{}, 404, "order-not-found"},
		"while the payment is unknown": {buyer, processing.text("id"), object{}, 409, "payment-in-progress"},
		"of what was never paid":       {buyer, declined, object{}, 409, "order-not-refundable"},
	} {
		t.Run(name, func(t *testing.T) {
			answer := c.client.refund(c.order, c.body)
			require.Equal(t, c.status, answer.Status, string(answer.Raw))
			answer.problem(c.status, c.code)
		})
	}
	buyer.post("/v1/orders/"+orderID+"/refunds", object{"reason": "x"}).problem(http.StatusBadRequest,
		"idempotency-key-required")
	buyer.keyed("/v1/orders/"+orderID+"/refunds", newKey(),
		object{}).problem(http.StatusUnprocessableEntity, "invalid-request")
	require.Zero(t, count(t, r, "billing.refunds"))

	r.asOwner(t, `UPDATE checkout.orders SET paid_at = now() - interval '15 days'`)
	late := buyer.refund(orderID, nil).problem(http.StatusConflict, "refund-window-closed")
	require.NotEmpty(t, late.text("until"))
	require.Contains(t, late.text("detail"),
		"refunds were possible until "+time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	clerk.refund(orderID, nil).is(http.StatusCreated)
	r.holds(t)
}

func TestARefundIsAnsweredAsItStands(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_refund_fails", "tidewright").is(http.StatusCreated)
	path, body := "/v1/orders/"+order.text("id")+"/refunds", object{"reason": "bored"}
	pending := buyer.keyed(path, "one", body).is(http.StatusAccepted)
	require.Equal(t, "pending", pending.text("status"))
	eventually(t, "the refund fails", func() bool {
		again := buyer.keyed(path, "one", body)
		require.Equal(t, "true", again.Header.Get("Idempotent-Replayed"))
		return again.Status == http.StatusConflict
	})
	failed := buyer.keyed(path, "one", body).problem(http.StatusConflict, "refund-failed")
	require.Equal(t, pending.text("id"), failed.text("refund_id"))
	buyer.keyed(path, "one", object{"reason": "another"}).problem(http.StatusUnprocessableEntity, "idempotency-key-reused")
	require.Len(t, buyer.get("/v1/library").is(http.StatusOK).items("items"), 1, "what was not refunded stays")
	require.Equal(t, "completed", buyer.get("/v1/orders/"+order.text("id")).is(http.StatusOK).text("status"))

	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "refund_pending", "ms": 300}]}`)
	order = buyer.checkout("pm_ok", "star-orchard").is(http.StatusCreated)
	buyer.refund(order.text("id"), nil).is(http.StatusAccepted)
	require.Equal(t, "completed", buyer.get("/v1/orders/"+order.text("id")).is(http.StatusOK).text("status"))
	r.becomes(t, order.text("id"), "refunded") // the webhook alone says so
	require.Len(t, buyer.get("/v1/library").is(http.StatusOK).items("items"), 1)
	r.holds(t)
}

// paperOf waits until a paper has its number and returns one of its forms.
func (c *client) paperOf(path string) reply {
	c.t.Helper()
	eventually(c.t, path+" is numbered", func() bool { return c.get(path).Status == http.StatusOK })
	return c.get(path)
}

func TestPapersComeAsPDFAndForMachinesInTheirBuyersLanguage(t *testing.T) {
	t.Parallel()
	branch := config.Branch{Seller: config.Seller{
		Name: "Münzschlitz GmbH", Address: []string{"Hauptstraße 1"},
		Country: "DE", TaxID: "DE1",
	}, SellsTo: []string{"DE"}}
	r := startStore(t, nil, fx.Decorate(func(s config.Store) config.Store {
		s.Branches = []config.Branch{branch}
		return s
	}))
	buyer := r.newBuyer(t)
	me := buyer.send(http.MethodPatch, "/v1/me",
		object{"country": "DE", "language": "de", "display_name": "Jürgen Ελλάδα"}, nil).is(http.StatusOK)
	require.Equal(t, "DE", me.text("country"))
	buyer.send(http.MethodPatch, "/v1/me", object{"country": "Germany"},
		nil).problem(http.StatusUnprocessableEntity, "invalid-request")
	buyer.send(http.MethodPatch, "/v1/me", object{"country": "XX", "language": "tlh"},
		nil).problem(http.StatusUnprocessableEntity, "invalid-request")
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	invoiceID := order.Body["invoice"].(object)["id"].(string)
	pdf := buyer.paperOf("/v1/invoices/" + invoiceID + "/pdf")
	require.Equal(t, pdf.Raw, buyer.get("/v1/invoices/"+invoiceID+"/pdf").Raw)
	invoice := buyer.get("/v1/invoices/" + invoiceID).is(http.StatusOK)
	require.Equal(t, "INV-DE-"+time.Now().UTC().Format("2006")+"-000001", invoice.text("number"))
	require.Equal(t, "Münzschlitz GmbH", invoice.text("seller_name"))
	require.Equal(t, "Jürgen Ελλάδα", invoice.text("buyer_name"))
	require.Equal(t, "19.00", list(invoice.Body, "taxes")[0]["percent"])
	xml := buyer.get("/v1/invoices/" + invoiceID + "/xml").is(http.StatusOK)
	require.Equal(t, "application/xml", xml.Header.Get("Content-Type"))
	require.Contains(t, string(xml.Raw), "<ram:RateApplicablePercent>19.00</ram:RateApplicablePercent>")

	// A rendering from what is stored gives the same bytes again, whatever the configuration says by now.
	r.asOwner(t, `DELETE FROM billing.invoice_documents`)
	require.True(t, bytes.Equal(pdf.Raw, buyer.get("/v1/invoices/"+invoiceID+"/pdf").is(http.StatusOK).Raw))

	buyer.send(http.MethodPatch, "/v1/me", object{
		"display_name": "Somebody Else",
		"language":     "fr",
	}, nil).is(http.StatusOK)
	note := buyer.refund(order.text("id"), nil).is(http.StatusCreated).Body["credit_note"].(object)["id"].(string)
	buyer.paperOf("/v1/credit-notes/" + note + "/pdf")
	buyer.paperOf("/v1/credit-notes/" + note + "/xml")
	paper := buyer.get("/v1/credit-notes/" + note).is(http.StatusOK)
	require.Equal(t, invoice.text("number"), paper.text("invoice_number"))
	require.Equal(t, "Jürgen Ελλάδα", paper.text("buyer_name"), "the buyer's name as it was given at purchase")
	require.Equal(t, "CN-DE-"+time.Now().UTC().Format("2006")+"-000001", paper.text("number"))
	buyer.get("/v1/invoices/"+note).problem(http.StatusNotFound, "invoice-not-found")
	buyer.get("/v1/credit-notes/"+invoiceID).problem(http.StatusNotFound, "credit-note-not-found")
	buyer.get("/v1/credit-notes/none/pdf").problem(http.StatusNotFound, "credit-note-not-found")
	r.holds(t)
}

func (c *client) table(path string) [][]string {
	c.t.Helper()
	answer := c.get(path).is(http.StatusOK)
	require.Equal(c.t, "text/csv; charset=utf-8", answer.Header.Get("Content-Type"))
	rows, err := csv.NewReader(bytes.NewReader(answer.Raw)).ReadAll()
	require.NoError(c.t, err)
	return rows
}

func TestTransactionsAreFilteredAndExported(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	buyer.checkout("pm_declined", "brassica").is(http.StatusPaymentRequired)
	buyer.refund(order.text("id"), nil).is(http.StatusCreated)
	r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "decline", "code": "=HYPERLINK(\"http://evil.example\")"}]}`)
	unpaid := buyer.checkout("pm_ok", "mirrorfen").is(http.StatusPaymentRequired)
	require.Nil(t, buyer.get("/v1/orders/" + unpaid.text("order_id")).is(http.StatusOK).Body["invoice"],
		"what was never paid has no invoice")
	require.Equal(t, `'=HYPERLINK("http://evil.example")`, buyer.table("/v1/transactions.csv?status=declined")[1][7],
		"no formula leaves the store")
	for query, want := range map[string]int{
		"": 4, "?type=refund": 1, "?type=payment": 3, "?status=declined": 2, "?type=refund&status=captured": 0,
		"?from=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)): 0,
		"?to=" + url.QueryEscape(time.Now().Add(time.Hour).UTC().Format(time.RFC3339)):   4,
	} {
		require.Len(t, buyer.get("/v1/transactions"+query).is(http.StatusOK).items("items"), want, query)
		require.Len(t, buyer.table("/v1/transactions.csv"+query), want+1, query)
	}
	buyer.get("/v1/transactions?type=gift").problem(http.StatusUnprocessableEntity, "invalid-request")
	buyer.get("/v1/transactions?from=yesterday").problem(http.StatusUnprocessableEntity, "invalid-request")
	first := buyer.get("/v1/transactions?type=payment&limit=1").is(http.StatusOK)
	next := strings.TrimSuffix(strings.TrimPrefix(first.Header.Get("Link"), "<"), `>; rel="next"`)
	require.Contains(t, next, "type=payment", "the next page keeps the filter")
	require.Len(t, buyer.get(next).is(http.StatusOK).items("items"), 1, "and the limit")
	rows := buyer.table("/v1/transactions.csv?type=refund")
	require.Equal(t, []string{
		"id", "created_at", "type", "order_id", "amount", "currency", "status",
		"decline_code",
	}, rows[0])
	require.Equal(t, []string{"refund", order.text("id"), "12.99", "USD", "succeeded", ""}, rows[1][2:])
}

func TestTheStaffReadsTheLedger(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	between := time.Now().UTC()
	buyer.refund(order.text("id"), nil).is(http.StatusCreated)
	balances := func(query string) map[string]int64 {
		out := map[string]int64{}
		for _, a := range clerk.get("/v1/admin/ledger/accounts" + query).is(http.StatusOK).items("items") {
			for _, b := range list(a, "balances") {
				out[a["account"].(string)] = int64(b["amount"].(float64))
			}
		}
		return out
	}
	// 12.99 with 20 % in it; the provider keeps 1.5 % for good.
	require.Equal(t, map[string]int64{
		"provider_clearing": 1280, "provider_fees": 19, "revenue": -1082,
		"tax_payable": -217,
	}, balances("?at="+between.Format(time.RFC3339Nano)))
	require.Equal(t, map[string]int64{
		"provider_clearing": -19, "provider_fees": 19, "revenue": -1082, "refunds": 1082,
		"tax_payable": 0,
	}, balances(""))
	require.Empty(t, balances("?at=2020-01-01T00:00:00Z"))
	require.Len(t, clerk.get("/v1/admin/ledger/accounts").is(http.StatusOK).items("items"), 9)

	entries := clerk.get("/v1/admin/ledger/entries?order_id=" + order.text("id")).is(http.StatusOK).items("items")
	require.Len(t, entries, 2)
	require.Equal(t, "refund", entries[0]["source_type"])
	require.Len(t, clerk.get("/v1/admin/ledger/entries?account=refunds").is(http.StatusOK).items("items"), 1)
	require.Len(t, clerk.get("/v1/admin/ledger/entries?to="+between.Format(time.RFC3339Nano)).is(http.StatusOK).items("items"), 1)
	clerk.get("/v1/admin/ledger/entries?order_id=x").problem(http.StatusUnprocessableEntity, "invalid-request")
	rows := clerk.table("/v1/admin/ledger/entries.csv?to=" + between.Format(time.RFC3339Nano))
	require.Len(t, rows, 5)
	require.Equal(t, []string{"provider_clearing", "12.80", "", "USD"}, rows[1][5:])
	require.Equal(t, []string{"revenue", "", "10.82", "USD"}, rows[3][5:])

	eventually(t, "the journal is sealed", func() bool {
		return clerk.get("/v1/admin/ledger/verify").is(http.StatusOK).Body["sealed"].(float64) == 2
	})
	require.Equal(t, true, clerk.get("/v1/admin/ledger/verify").Body["valid"])
	r.asOwner(t, `UPDATE billing.journal_entries SET at = at + interval '1 day' WHERE source_type = 'payment'`)
	broken := clerk.get("/v1/admin/ledger/verify").is(http.StatusOK)
	require.Equal(t, false, broken.Body["valid"])
	require.Len(t, broken.Body["broken"], 1)
}

func TestReconcilingADayNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	buyer.checkout("pm_ok", "brassica").is(http.StatusCreated)
	buyer.refund(order.text("id"), nil).is(http.StatusCreated)
	day := time.Now().UTC().Truncate(24 * time.Hour)
	cfg := r.config(t)
	var out bytes.Buffer
	require.NoError(t, reconcile(t.Context(), cfg, day, &out))
	require.Equal(t, day.Format(time.DateOnly)+": 2 charges in the provider's books, 2 in ours: 0 differences\n", out.String())
	require.NoError(t, reconcile(t.Context(), cfg, day.AddDate(0, 0, -1), &out), "a day without charges")
	r.chargeAgain(t, order.text("id"))
	r.asOwner(t, `UPDATE billing.payments SET captured = captured + 1, returned = 0 WHERE order_id <> '`+order.text("id")+`'`)
	out.Reset()
	require.ErrorIs(t, reconcile(t.Context(), cfg, day, &out), errDiffers)
	require.Contains(t, out.String(), "of which our books know nothing")
	require.Contains(t, out.String(), "not the same was captured")
	require.Contains(t, out.String(), "2 differences")
	cfg.Payments.URL = "http://127.0.0.1:1"
	require.ErrorContains(t, reconcile(t.Context(), cfg, day, &out), "read the provider's books")
}

func TestATaxTableThatContradictsItselfStopsTheStart(t *testing.T) {
	t.Parallel()
	cfg := graphConfig(t)
	cfg.Taxes.Rates = append(cfg.Taxes.Rates, config.TaxRate{Country: "AT", Percent: "10", From: "2026-01-01"})
	err := dig.RootCause(fx.New(store(cfg, slog.New(slog.DiscardHandler))).Err())
	require.ErrorContains(t, err, "taxes.rates")
	require.ErrorContains(t, err, "AT 20 % from 2016-01-01")
	require.ErrorContains(t, err, "AT 10 % from 2026-01-01")
}

// The role of the store may add to the books and may change nothing in them.
func TestTheStoreCannotChangeItsBooks(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	eventually(t, "the paper is issued", func() bool { return count(t, r, "billing.invoices") == 1 })
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
	err := execAsStore(r, `INSERT INTO billing.journal_postings SELECT id, 9, 'revenue', 'USD', 1 FROM billing.journal_entries`)
	require.ErrorContains(t, err, "does not balance")
	err = execAsStore(r, `INSERT INTO billing.journal_entries VALUES (gen_random_uuid(), 'payment', 'x', gen_random_uuid(), now())`)
	require.ErrorContains(t, err, "does not balance")
	r.holds(t)
}

// execAsStore runs a statement as the store's role, past everything that would make a fault of an error.
func execAsStore(r *running, statement string) error {
	conn, err := pgx.Connect(context.Background(), r.Database.StoreURL)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), statement)
	return err
}
