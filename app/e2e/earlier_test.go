package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// startOnFixture starts a store on a dump of an earlier release's database. testdata/earlier has one for each schema of
// the commits before v0.1.0; make.sh creates them.
func startOnFixture(t *testing.T, fixture string) *harness.Store {
	t.Helper()
	dump, err := os.ReadFile(fixture)
	require.NoError(t, err)
	r := &harness.Store{Database: storetest.Open(t)}
	r.StartProvider(t, 0)
	r.AsOwner(t, `DROP SCHEMA billing, cart, catalog, checkout, identity, library, river CASCADE`)
	r.AsOwner(t, "SET check_function_bodies = false;\n"+string(dump))
	m, err := store.NewMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.Up(t.Context()))
	importPayments(t, r)
	cfg := r.Config(t)
	cfg.Store.Currency = "USD" // that of the earlier releases
	server, stop := r.Start(t, cfg, false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// importPayments creates the database's payments at the provider.
func importPayments(t *testing.T, r *harness.Store) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	type payment struct {
		ID, OrderID, Currency, Status string
		Amount                        int64
	}
	rows, err := conn.Query(t.Context(), `SELECT id, order_id, currency, status, amount FROM billing.payments
		WHERE provider_ref IS NOT NULL ORDER BY id`)
	require.NoError(t, err)
	payments, err := pgx.CollectRows(rows, pgx.RowToStructByPos[payment])
	require.NoError(t, err)
	methods := map[string]string{"captured": "pm_lost_webhook", "requires_action": "pm_requires_action"}
	for _, p := range payments {
		method := methods[p.Status]
		if method == "" {
			method = "pm_declined"
		}
		body, err := json.Marshal(harness.Object{
			"reference": p.OrderID, "amount": p.Amount, "currency": p.Currency,
			"payment_method": method,
		})
		require.NoError(t, err)
		intent := harness.Reply{T: t}
		require.NoError(t, json.Unmarshal([]byte(harness.MustCall(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
			string(body))), &intent.Body))
		_, err = conn.Exec(t.Context(), `UPDATE billing.payments SET provider_ref = $2 WHERE id = $1`,
			p.ID, intent.Text("id"))
		require.NoError(t, err)
	}
}

// Orders of each earlier schema are refunded correctly.
func TestUpgrade_OrdersOfEarlierReleases_AreRefunded(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("testdata/earlier/*.sql")
	require.NoError(t, err)
	for _, fixture := range fixtures {
		if strings.HasSuffix(fixture, "trim.sql") {
			continue
		}
		t.Run(filepath.Base(fixture), func(t *testing.T) {
			t.Parallel()
			r := startOnFixture(t, fixture)
			mona := r.Guest(t)
			mona.SignIn("mona", "a sentence is good")
			clerk := r.Guest(t)
			clerk.SignIn("clerk", samples.Password) // the earlier store ran under the profile local
			orders := map[float64]harness.Object{}
			for _, o := range mona.Get("/v1/orders").Is(http.StatusOK).Items("items") {
				orders[o["total"].(harness.Object)["amount"].(float64)] = o
			}
			refundByParts(r, clerk, orders[2235], "Dragon Treat", 79)
			bundle := harness.ItemOf(harness.List(orders[5798], "lines"), "title", "Sleepy Stories")
			refundOneProduct(t, r, clerk, orders[5798], bundle)
			refundByParts(r, clerk, orders[5798], "", 0)
			require.Empty(t, mona.Owned())
			if open := orders[1999]; open["status"] == "requires_action" {
				mona.Cancel(open["id"].(string))
			}
			harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
			r.VerifyInvariants(t)
		})
	}
}

// refundByParts refunds one unit of the line with the title, if there is one, and then the rest of the order line by
// line.
func refundByParts(r *harness.Store, clerk *harness.Client, order harness.Object, title string, unit int64) {
	t := clerk.T
	t.Helper()
	orderID, lines := order["id"].(string), harness.List(order, "lines")
	back := int64(0)
	for _, refund := range clerk.Get("/v1/admin/orders/" + orderID).Is(http.StatusOK).Items("refunds") {
		back += harness.AmountOf(refund["amount"])
	}
	refund := func(item harness.Object) {
		answer := clerk.Refund(orderID, harness.Object{"items": []any{item}}).Is(http.StatusCreated)
		back += harness.AmountOf(answer.Body["amount"])
		r.AwaitNumbers(t)
		note := clerk.Get("/v1/admin/credit-notes/" + answer.Text("id")).Is(http.StatusOK)
		require.Equal(t, answer.Body["amount"], note.Body["total"])
		require.Equal(t, harness.AmountOf(note.Body["total"]),
			harness.SumOf(note.Items("lines"), "line_total"), "%s", note.Raw)
	}
	if line := harness.ItemOf(lines, "title", title); line != nil {
		refund(harness.Object{"line_id": line["id"], "quantity": 1})
		require.Equal(t, unit, back, "one unit")
	}
	for _, line := range lines {
		refund(harness.Object{"line_id": line["id"]})
	}
	require.Equal(t, harness.AmountOf(order["total"]), back)
	harness.Eventually(t, "the order is refunded", func() bool { // an event of the refund before may be advancing it
		return clerk.Get("/v1/admin/orders/"+orderID).Is(http.StatusOK).Text("status") == "refunded"
	})
}

// refundOneProduct refunds one product of a bundle. Orders of schemas without the products' shares of the price reject
// it.
func refundOneProduct(t *testing.T, r *harness.Store, clerk *harness.Client, order, bundle harness.Object) {
	t.Helper()
	orderID := order["id"].(string)
	part := harness.List(clerk.Get("/v1/admin/orders/" + orderID).Is(http.StatusOK).Items("lines")[0], "parts")[1]
	answer := clerk.Refund(orderID, harness.Object{"items": []any{harness.Object{
		"line_id":    bundle["id"],
		"product_id": part["product_id"],
	}}})
	if harness.AmountOf(part["total"]) == 0 {
		answer.Problem(http.StatusConflict, "product-without-share")
		return
	}
	require.Equal(t, part["total"], answer.Is(http.StatusCreated).Body["amount"])
}
