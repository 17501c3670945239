package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// earlier starts today's store on the database of an earlier one: testdata/earlier has one for each schema that a commit
// before v0.1.0 left behind, made by make.sh beside it.
func earlier(t *testing.T, fixture string) *running {
	t.Helper()
	dump, err := os.ReadFile(fixture)
	require.NoError(t, err)
	r := &running{Database: storetest.Open(t)}
	r.startProvider(t, 0)
	r.asOwner(t, `DROP SCHEMA billing, cart, catalog, checkout, identity, library, river CASCADE`)
	r.asOwner(t, "SET check_function_bodies = false;\n"+string(dump))
	m, err := newMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.Up(t.Context()))
	r.tellPayments(t)
	server, stop := r.start(t, r.config(t), false)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.relayed.to(r.URL)
	return r
}

// tellPayments makes the provider know the payments of the database.
func (r *running) tellPayments(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	type payment struct {
		ID, OrderID, Currency, Status string
		Amount                        int64
	}
	rows, err := conn.Query(t.Context(), `SELECT id, order_id, currency, status, amount FROM billing.payments WHERE provider_ref IS NOT NULL ORDER BY id`)
	require.NoError(t, err)
	payments, err := pgx.CollectRows(rows, pgx.RowToStructByPos[payment])
	require.NoError(t, err)
	methods := map[string]string{"captured": "pm_lost_webhook", "requires_action": "pm_requires_action"}
	for _, p := range payments {
		method := methods[p.Status]
		if method == "" {
			method = "pm_declined"
		}
		body, err := json.Marshal(object{
			"reference": p.OrderID, "amount": p.Amount, "currency": p.Currency,
			"payment_method": method,
		})
		require.NoError(t, err)
		intent := reply{t: t}
		require.NoError(t, json.Unmarshal([]byte(exchange(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
			string(body))), &intent.Body))
		_, err = conn.Exec(t.Context(), `UPDATE billing.payments SET provider_ref = $2 WHERE id = $1`,
			p.ID, intent.text("id"))
		require.NoError(t, err)
	}
}

// What any earlier store sold is refunded rightly.
func TestUpgrade_RefundsWhatAnEarlierStoreSold(t *testing.T) {
	t.Parallel()
	fixtures, err := filepath.Glob("testdata/earlier/*.sql")
	require.NoError(t, err)
	for _, fixture := range fixtures {
		if strings.HasSuffix(fixture, "trim.sql") {
			continue
		}
		t.Run(filepath.Base(fixture), func(t *testing.T) {
			t.Parallel()
			r := earlier(t, fixture)
			mona := r.guest(t)
			mona.signIn("mona", "a sentence is good")
			clerk := r.guest(t)
			clerk.signIn("clerk", samplePassword) // the earlier store ran under the profile local
			orders := map[float64]object{}
			for _, o := range mona.get("/v1/orders").is(http.StatusOK).items("items") {
				orders[o["total"].(object)["amount"].(float64)] = o
			}
			r.refundsByParts(t, clerk, orders[2235], "Dragon Treat", 79)
			bundle := itemOf(list(orders[5798], "lines"), "title", "Sleepy Stories")
			r.refundsOneProduct(t, clerk, orders[5798], bundle)
			r.refundsByParts(t, clerk, orders[5798], "", 0)
			require.Empty(t, mona.owned())
			if open := orders[1999]; open["status"] == "requires_action" {
				mona.cancel(open["id"].(string))
			}
			eventually(t, "everything settles", func() bool { return r.settled(t) })
			r.holds(t)
		})
	}
}

// refundsByParts refunds one unit of a line, if a title names it, then line by line what is left of an order.
func (r *running) refundsByParts(t *testing.T, clerk *client, order object, title string, unit int64) {
	t.Helper()
	orderID, lines := order["id"].(string), list(order, "lines")
	back := int64(0)
	for _, refund := range clerk.get("/v1/admin/orders/" + orderID).is(http.StatusOK).items("refunds") {
		back += amountOf(refund["amount"])
	}
	refund := func(item object) {
		answer := clerk.refund(orderID, object{"items": []any{item}}).is(http.StatusCreated)
		back += amountOf(answer.Body["amount"])
		r.allNumbered(t)
		note := clerk.get("/v1/admin/credit-notes/" + answer.text("id")).is(http.StatusOK)
		require.Equal(t, answer.Body["amount"], note.Body["total"])
		require.Equal(t, amountOf(note.Body["total"]), sumOf(note.items("lines"), "line_total"), "%s", note.Raw)
	}
	if line := itemOf(lines, "title", title); line != nil {
		refund(object{"line_id": line["id"], "quantity": 1})
		require.Equal(t, unit, back, "one unit")
	}
	for _, line := range lines {
		refund(object{"line_id": line["id"]})
	}
	require.Equal(t, amountOf(order["total"]), back)
	require.Equal(t, "refunded", clerk.get("/v1/admin/orders/"+orderID).is(http.StatusOK).text("status"))
}

// refundsOneProduct refunds one product of a bundle, which an order from before products had shares of it refuses.
func (r *running) refundsOneProduct(t *testing.T, clerk *client, order, bundle object) {
	t.Helper()
	orderID := order["id"].(string)
	part := list(clerk.get("/v1/admin/orders/" + orderID).is(http.StatusOK).items("lines")[0], "parts")[1]
	answer := clerk.refund(orderID, object{"items": []any{object{
		"line_id":    bundle["id"],
		"product_id": part["product_id"],
	}}})
	if amountOf(part["total"]) == 0 {
		answer.problem(http.StatusConflict, "product-without-share")
		return
	}
	require.Equal(t, part["total"], answer.is(http.StatusCreated).Body["amount"])
}
