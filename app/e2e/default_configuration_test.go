package e2e_test

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

// purchaseCase is a purchase with a payment method or a scenario of the provider, and its expected results.
type purchaseCase struct {
	token    string
	scenario string // steps of a scenario for this payment; empty: none
	answers  int    // status of the response
	or       int    // alternative status, if the webhook arrives before the provider's response; 0: none
	confirm  bool   // the buyer confirms at the provider's page
	cancel   bool   // the buyer cancels
	refund   bool   // the buyer refunds the completed order
	ends     string // final status of the order
}

// purchaseCases use every payment method and every verb of a scenario.
var purchaseCases = map[string]purchaseCase{
	"pm_ok":                   {token: "pm_ok", answers: 201, ends: "completed"},
	"pm_declined":             {token: "pm_declined", answers: 402, ends: "declined"},
	"pm_insufficient_funds":   {token: "pm_insufficient_funds", answers: 402, ends: "declined"},
	"pm_expired_card":         {token: "pm_expired_card", answers: 402, ends: "declined"},
	"pm_processing_error":     {token: "pm_processing_error", answers: 402, ends: "declined"},
	"pm_requires_action":      {token: "pm_requires_action", answers: 202, confirm: true, ends: "completed"},
	"pm_timeout_then_success": {token: "pm_timeout_then_success", answers: 202, ends: "completed"},
	"pm_timeout_then_decline": {token: "pm_timeout_then_decline", answers: 202, ends: "declined"},
	"pm_webhook_first":        {token: "pm_webhook_first", answers: 201, ends: "completed"},
	"pm_duplicate_webhook":    {token: "pm_duplicate_webhook", answers: 201, ends: "completed"},
	"pm_reordered_webhooks":   {token: "pm_reordered_webhooks", answers: 201, ends: "completed"},
	"pm_lost_webhook":         {token: "pm_lost_webhook", answers: 201, ends: "completed"},
	"pm_dispute":              {token: "pm_dispute", answers: 201, ends: "completed"},
	"pm_refund_fails":         {token: "pm_refund_fails", answers: 201, refund: true, ends: "completed"},
	"delay longer than one attempt": {
		token: "pm_ok", scenario: `{"verb": "delay", "ms": 6000}`,
		answers: 201, ends: "completed",
	},
	"single error": {
		token: "pm_ok", scenario: `{"verb": "error", "times": 1}`,
		answers: 201, ends: "completed",
	},
	"errors": {
		token: "pm_ok", scenario: `{"verb": "error", "times": 6}`,
		answers: 202, ends: "completed",
	},
	"resets": {
		token: "pm_ok", scenario: `{"verb": "reset", "times": 8}`,
		answers: 202, ends: "completed",
	},
	"lost responses, the webhook arrives": {
		token: "pm_ok", scenario: `{"verb": "webhook_first"}, {"verb": "lose_answer", "times": 8}`,
		answers: 201, ends: "completed",
	},
	"lost responses, no webhook": {
		token: "pm_lost_webhook", scenario: `{"verb": "lose_answer", "times": 8}`,
		answers: 202, ends: "completed",
	},
	"timeout, then success": {
		token: "pm_ok", scenario: `{"verb": "timeout", "ms": 7000, "outcome": "success"}`,
		answers: 202, ends: "completed",
	},
	"timeout, then decline": {
		token: "pm_ok", scenario: `{"verb": "timeout", "ms": 7000, "outcome": "decline"}`,
		answers: 202, ends: "declined",
	},
	"decline": {
		token: "pm_ok", scenario: `{"verb": "decline", "code": "stolen_card"}`,
		answers: 402, ends: "declined",
	},
	"required action": {
		token: "pm_ok", scenario: `{"verb": "require_action"}`, answers: 202,
		confirm: true, ends: "completed",
	},
	"late capture": {
		token: "pm_declined", scenario: `{"verb": "late_capture", "ms": 3000}`,
		answers: 402, ends: "declined",
	},
	"capture after cancel": {
		token: "pm_requires_action", scenario: `{"verb": "capture_after_cancel", "ms": 3000}`,
		answers: 202, cancel: true, ends: "canceled",
	},
	"card of another country": {token: "pm_foreign_card", answers: 201, ends: "completed"},
	"webhook first":           {token: "pm_ok", scenario: `{"verb": "webhook_first"}`, answers: 201, ends: "completed"},
	"lost webhook":            {token: "pm_ok", scenario: `{"verb": "lose_webhook"}`, answers: 201, ends: "completed"},
	"duplicate webhooks": {
		token: "pm_ok", scenario: `{"verb": "duplicate_webhook", "times": 5}`,
		answers: 201, ends: "completed",
	},
	"reordered webhooks": {
		token: "pm_ok", scenario: `{"verb": "reorder_webhooks", "ms": 3000}`,
		answers: 201, ends: "completed",
	},
	"wrong amount": {
		token: "pm_ok", scenario: `{"verb": "wrong_amount", "amount": 7}`, answers: 201, or: 202,
		ends: "manual_review",
	},
	"late amount": {
		token: "pm_ok", scenario: `{"verb": "late_amount", "amount": 7, "ms": 3000}`,
		answers: 201, ends: "manual_review",
	},
	"bad signature": {
		token: "pm_ok", scenario: `{"verb": "bad_signature", "times": 2}`,
		answers: 201, ends: "completed",
	},
	"pending refund": {
		token: "pm_ok", scenario: `{"verb": "refund_pending", "ms": 3000}`, answers: 201,
		refund: true, ends: "refunded",
	},
	"failing refund": {
		token: "pm_ok", scenario: `{"verb": "refund_fails"}`, answers: 201,
		refund: true, ends: "completed",
	},
	"dispute": {
		token: "pm_ok", scenario: `{"verb": "dispute", "ms": 3000, "outcome": "won"}`,
		answers: 201, ends: "completed",
	},
	"external refund": {
		token: "pm_ok", scenario: `{"verb": "external_refund", "amount": 100, "ms": 3000}`,
		answers: 201, ends: "partially_refunded",
	},
}

// startWithDefaults starts a store under the profile local, with other addresses and secrets.
func startWithDefaults(t *testing.T) *harness.Store {
	t.Helper()
	r := &harness.Store{Database: harness.OpenSampled(t)}
	r.StartProvider(t, 0)
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "local"})
	require.NoError(t, err)
	cfg.HTTP.Address, cfg.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Database.URL, cfg.Tokens.Key = r.Database.StoreURL, store.UnusedKey
	cfg.Payments.URL, cfg.Payments.APIKey = r.Mockpay.URL(), harness.ProviderKey
	cfg.Payments.WebhookSecrets = []string{harness.WebhookSecret}
	server, stop := r.Start(t, cfg, false, harness.MemoizedHashing())
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// onOneConnection limits a client to one connection, and returns the number of connections that it has dialed.
func onOneConnection(c *harness.Client) (*harness.Client, *atomic.Int32) {
	dialed := new(atomic.Int32)
	transport := &http.Transport{
		MaxConnsPerHost: 1,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed.Add(1)
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}
	c.T.Cleanup(transport.CloseIdleConnections)
	c.HTTP = &http.Client{Transport: transport}
	return c, dialed
}

// golang/go#70834, danielgtaylor/huma#1028: with the default timeouts, a slow provider made client connections
// unusable.
func slowGateway(t *testing.T) {
	r := startWithDefaults(t)
	requireEachUsed(t, r)
	var scenarios sync.Mutex
	t.Run("each", func(t *testing.T) {
		for name, u := range purchaseCases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer, dialed := onOneConnection(r.NewBuyer(t))
				orderID := u.proceed(t, buyer, u.begin(t, r, buyer, &scenarios))
				harness.Eventually(t, "the order is "+u.ends, func() bool {
					return buyer.Get("/v1/orders/"+orderID).Is(http.StatusOK).Text("status") == u.ends
				})
				require.EqualValues(t, 1, dialed.Load(), "all requests used one connection")
			})
		}
	})
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

// requireEachUsed asserts that purchaseCases use every payment method and every verb that the provider's errors list.
func requireEachUsed(t *testing.T, r *harness.Store) {
	t.Helper()
	used := ""
	for _, u := range purchaseCases {
		used += u.token + " " + u.scenario + " "
	}
	_, verbs := harness.Call(t, http.MethodPost, r.Mockpay.URL()+"/_scenarios",
		`{"for": {"next": 1}, "do": [{"verb": "?"}]}`)
	_, tokens := harness.Call(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
		`{"reference": "x", "amount": 1, "currency": "EUR", "payment_method": "?"}`)
	for _, all := range []string{verbs, tokens} {
		_, list, found := strings.Cut(all, " are ")
		require.True(t, found, all)
		names := regexp.MustCompile(`[a-z_]+`).FindAllString(strings.Split(list, `"`)[0], -1)
		require.Greater(t, len(names), 10)
		for _, name := range names {
			require.Contains(t, used, name)
		}
	}
}

// begin adds the scenario, sends the purchase and returns the response.
func (u purchaseCase) begin(
	t *testing.T, r *harness.Store, buyer *harness.Client, scenarios *sync.Mutex,
) harness.Reply {
	t.Helper()
	answer := <-u.send(t, r, buyer, scenarios)
	if answer.Status == u.or {
		return answer
	}
	return answer.Is(u.answers)
}

// send sends the purchase and returns its response later. The mutex is held until the scenario is used, so that no
// concurrent purchase uses it, or until the purchase was answered without it.
func (u purchaseCase) send(
	t *testing.T, r *harness.Store, buyer *harness.Client, scenarios *sync.Mutex,
) <-chan harness.Reply {
	t.Helper()
	body := buyer.Purchase(u.token, buyer.Add("tidewright"))
	done := make(chan harness.Reply, 1)
	scenarios.Lock()
	defer scenarios.Unlock() // also when the test fails here: the others wait for it
	r.AddScenario(t, `{"for": {"next": 1}, "do": [`+cmp.Or(u.scenario, `{"verb": "delay", "ms": 1}`)+`]}`)
	go func() { done <- buyer.Keyed("/v1/checkouts", harness.NewKey(), body) }()
	harness.Eventually(t, "the scenario is used", func() bool {
		left := harness.MustCall(t, http.MethodGet, r.Mockpay.URL()+"/_scenarios", "")
		return len(done) > 0 || !strings.Contains(left, `"left":1`)
	})
	return done
}

// proceed confirms, cancels or refunds the order, and returns its ID.
func (u purchaseCase) proceed(t *testing.T, buyer *harness.Client, first harness.Reply) string {
	t.Helper()
	if u.answers == http.StatusPaymentRequired {
		return first.Text("order_id")
	}
	orderID := first.Text("id")
	switch {
	case u.cancel:
		buyer.Cancel(orderID)
	case u.confirm:
		confirm(t, first, "success")
	case u.refund:
		buyer.Keyed("/v1/orders/"+orderID+"/refunds", harness.NewKey(),
			harness.Object{"reason": "a test"}).Is(http.StatusAccepted)
	}
	return orderID
}
