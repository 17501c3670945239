package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

func TestIdempotencyKey_Invalid_Returns400(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	for _, key := range []string{strings.Repeat("k", 300), "with a space"} {
		buyer.Keyed("/v1/checkouts", key, body).Problem(http.StatusBadRequest, "idempotency-key-required")
	}
	_, err := http.DefaultClient.Do(buyer.Request(http.MethodPost, "/v1/checkouts", body,
		http.Header{"Idempotency-Key": {"two\nlines"}}))
	require.ErrorContains(t, err, "invalid header", "no client can send a newline")
	require.Zero(t, harness.Count(t, r, "checkout.orders"))
}

func TestWebhook_UnknownPayment_IsStoredAndRetried(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	deliver := func(body string) harness.Reply {
		return guest.Send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {mockpay.Sign([]byte(body), harness.WebhookSecret, time.Now())}})
	}
	deliver(`{"id":"evt_big","data":"`+strings.Repeat("x",
		10<<20)+`"}`).Problem(http.StatusRequestEntityTooLarge, "body-too-large")
	require.Zero(t, harness.Count(t, r, "billing.webhook_events"))
	const events = 300
	for n := range events {
		deliver(fmt.Sprintf(`{"id":"evt_%d","type":"payment_intent.succeeded",
			"data":{"status":"succeeded","metadata":{"payment_id":"%s"}}}`, n, harness.NewKey())).Is(http.StatusOK)
	}
	require.Equal(t, events, harness.Count(t, r, "billing.webhook_events WHERE applied_at IS NULL"))
	deliver(`{"id":"evt_nobody","type":"payment_intent.succeeded","data":{"status":"succeeded"}}`).Is(http.StatusOK)
	require.Zero(t, harness.Count(t, r, "billing.webhook_events WHERE event_id = 'evt_nobody' AND retry_at IS NOT NULL"),
		"an event without a payment ID is not retried")
	harness.Eventually(t, "the events are retried with increasing delay", func() bool {
		return harness.Count(t, r, "billing.webhook_events WHERE retry_at > received_at + interval '2 seconds'") > 0
	})
	r.VerifyInvariants(t)
}

// ordersVariable is an environment variable: the number of orders that the sweeper completes.
const ordersVariable = "COINSLOT_TEST_ORDERS"

func TestSweeper_WithoutWebhooks_CompletesEveryOrder(t *testing.T) {
	t.Parallel()
	orders := 20
	if text := os.Getenv(ordersVariable); text != "" {
		var err error
		orders, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	r := harness.Start(t, nil)
	r.Webhooks.Drop()
	var buyer *harness.Client
	var games, waiting []string
	for len(waiting) < orders {
		if len(games) == 0 {
			buyer = r.NewBuyer(t)
			games = buyer.PaidGames()
		}
		order := buyer.Checkout("pm_requires_action", games[0]).Is(http.StatusAccepted)
		waiting, games = append(waiting, order.Body["next_action"].(harness.Object)["url"].(string)), games[1:]
	}
	began := time.Now()
	for _, page := range waiting {
		confirmAt(t, page, "success")
	}
	harness.Eventually(t, "all orders are completed", func() bool {
		return harness.Count(t, r, "checkout.orders WHERE status = 'completed'") == orders
	})
	t.Logf("%d orders completed %s after the first confirmation, without a webhook", orders,
		time.Since(began).Round(100*time.Millisecond))
	require.Zero(t, r.Webhooks.Delivered.Load())
	r.VerifyInvariants(t)
}
