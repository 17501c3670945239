package main

import (
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const racers = 50

// together sends the same checkout from many clients at once; each has the key that keyOf gives it.
func together(buyer *client, body object, keyOf func(i int) string) []reply {
	answers := make([]reply, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() { answers[i] = buyer.keyed("/v1/checkouts", keyOf(i), body) })
	}
	group.Wait()
	return answers
}

// charges returns an order's charges by the provider's own books.
func (r *running) charges(t *testing.T, orderID string) []object {
	t.Helper()
	answer := reply{t: t}
	raw := exchange(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	return answer.items("items")
}

func TestManyClientsWithOneKeyBuyOnce(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	executed, orderID := 0, ""
	for _, answer := range together(buyer, body, func(int) string { return "one-key" }) {
		if answer.Status == http.StatusConflict {
			answer.problem(http.StatusConflict, "order-in-progress")
			require.Equal(t, "1", answer.Header.Get("Retry-After"))
			continue
		}
		orderID = answer.is(http.StatusCreated).text("id")
		if answer.Header.Get("Idempotent-Replayed") == "" {
			executed++
		}
	}
	require.Equal(t, 1, executed)
	require.Equal(t, orderID, buyer.keyed("/v1/checkouts", "one-key", body).is(http.StatusCreated).text("id"))
	require.Len(t, r.charges(t, orderID), 1)
	require.Equal(t, 1, count(t, r, "checkout.orders"))
}

func TestManyClientsWithDifferentKeysBuyOnce(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	won := ""
	for _, answer := range together(buyer, body, func(int) string { return newKey() }) {
		if answer.Status == http.StatusCreated {
			require.Empty(t, won, "two clients bought the same line")
			won = answer.text("id")
			continue
		}
		answer.is(http.StatusConflict)
		require.Contains(t, []any{"cart-already-checked-out", "already-owned"}, answer.Body["code"])
	}
	require.NotEmpty(t, won)
	require.Len(t, r.charges(t, won), 1)
	require.Equal(t, 1, count(t, r, "billing.payments"))
	require.Equal(t, 1, count(t, r, "library.entitlements"))
}

func TestManyClientsWithOneKeyRefundOnce(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	path, body := "/v1/orders/"+order.text("id")+"/refunds", object{"line_ids": []any{order.items("lines")[0]["id"]}, "reason": "bored"}
	answers := make([]reply, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() { answers[i] = buyer.keyed(path, "one-key", body) })
	}
	group.Wait()
	refunds := map[string]bool{}
	for _, answer := range answers {
		refunds[answer.is(http.StatusCreated).text("id")] = true
	}
	require.Len(t, refunds, 1)
	require.Equal(t, 1, count(t, r, "billing.refunds"))
	require.Equal(t, order.items("lines")[0]["line_total"], answers[0].Body["amount"])
	require.Equal(t, "partially_refunded", buyer.get("/v1/orders/"+order.text("id")).is(http.StatusOK).text("status"))
	eventually(t, "its credit note is numbered", func() bool { return count(t, r, "billing.invoice_drafts") == 0 })
	r.holds(t)
}
