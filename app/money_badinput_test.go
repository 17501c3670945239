package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

func TestABadKeyIsRefusedAndStoresNothing(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	buyer.keyed("/v1/checkouts", strings.Repeat("k", 300), body).problem(http.StatusBadRequest, "idempotency-key-required")
	buyer.keyed("/v1/checkouts", "with a space", body).problem(http.StatusBadRequest, "idempotency-key-required")
	_, err := http.DefaultClient.Do(buyer.request(http.MethodPost, "/v1/checkouts", body,
		http.Header{"Idempotency-Key": {"two\nlines"}}))
	require.ErrorContains(t, err, "invalid header", "no client can send a newline")
	require.Zero(t, count(t, r, "checkout.orders"))
}

func TestWebhooksForUnknownPaymentsCostLittleAndAreKept(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	guest := r.guest(t)
	deliver := func(body string) reply {
		return guest.send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {mockpay.Sign([]byte(body), webhookSecret, time.Now())}})
	}
	deliver(`{"id":"evt_big","data":"`+strings.Repeat("x",
		10<<20)+`"}`).problem(http.StatusRequestEntityTooLarge, "body-too-large")
	require.Zero(t, count(t, r, "billing.webhook_events"))
	const some = 300
	for n := range some {
		deliver(fmt.Sprintf(`{"id":"evt_%d","type":"payment_intent.succeeded","data":{"status":"succeeded","metadata":{"payment_id":"%s"}}}`, n, newKey())).is(http.StatusOK)
	}
	require.Equal(t, some, count(t, r, "billing.webhook_events WHERE applied_at IS NULL"))
	deliver(`{"id":"evt_nobody","type":"payment_intent.succeeded","data":{"status":"succeeded"}}`).is(http.StatusOK)
	require.Zero(t, count(t, r, "billing.webhook_events WHERE event_id = 'evt_nobody' AND retry_at IS NOT NULL"),
		"what names no payment is not tried again")
	eventually(t, "they are tried again, ever later", func() bool {
		return count(t, r, "billing.webhook_events WHERE retry_at > received_at + interval '2 seconds'") > 0
	})
	r.holds(t)
}

// paidGames returns games that cost something and need no other.
func (c *client) paidGames() (out []string) {
	for _, game := range c.get("/v1/products?kind=game&limit=100").is(http.StatusOK).items("items") {
		if game["price"].(object)["amount"].(float64) > 0 {
			out = append(out, game["slug"].(string))
		}
	}
	return out
}

// ordersVariable is how many orders the sweeper completes alone; a few, unless somebody wants to know.
const ordersVariable = "COINSLOT_TEST_ORDERS"

func TestTheSweeperAloneCompletesEveryOrder(t *testing.T) {
	t.Parallel()
	orders := 20
	if text := os.Getenv(ordersVariable); text != "" {
		var err error
		orders, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	r := startStore(t, nil)
	r.relayed.lose()
	var buyer *client
	var games, waiting []string
	for len(waiting) < orders {
		if len(games) == 0 {
			buyer = r.newBuyer(t)
			games = buyer.paidGames()
		}
		order := buyer.checkout("pm_requires_action", games[0]).is(http.StatusAccepted)
		waiting, games = append(waiting, order.Body["next_action"].(object)["url"].(string)), games[1:]
	}
	began := time.Now()
	for _, page := range waiting {
		confirmAt(t, page, "success")
	}
	eventually(t, "all are completed", func() bool {
		return count(t, r, "checkout.orders WHERE status = 'completed'") == orders
	})
	t.Logf("%d orders completed %s after the first confirmation, without a webhook", orders,
		time.Since(began).Round(100*time.Millisecond))
	require.Zero(t, r.relayed.delivered.Load())
	r.holds(t)
}
