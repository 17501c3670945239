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
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

// usual is what one purchase meets at the provider, and what its buyer sees.
type usual struct {
	token    string
	scenario string // steps of a scenario for this one intent, or none
	answers  int    // the status of the first response
	or       int    // or its status when the webhook comes before the answer; 0: there is no other
	confirm  bool   // at the provider's page
	cancel   bool   // instead
	refund   bool   // once it is completed
	ends     string // the order's status in the end
}

// usuals are every token, and every verb of a scenario.
var usuals = map[string]usual{
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
	"a delay past one try": {
		token: "pm_ok", scenario: `{"verb": "delay", "ms": 6000}`,
		answers: 201, ends: "completed",
	},
	"one error": {
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
	"lost answers": {
		token: "pm_ok", scenario: `{"verb": "lose_answer", "times": 8}`,
		answers: 201, ends: "completed",
	},
	"silence, then success": {
		token: "pm_ok", scenario: `{"verb": "timeout", "ms": 7000, "outcome": "success"}`,
		answers: 202, ends: "completed",
	},
	"silence, then a decline": {
		token: "pm_ok", scenario: `{"verb": "timeout", "ms": 7000, "outcome": "decline"}`,
		answers: 202, ends: "declined",
	},
	"a decline": {
		token: "pm_ok", scenario: `{"verb": "decline", "code": "stolen_card"}`,
		answers: 402, ends: "declined",
	},
	"an action": {
		token: "pm_ok", scenario: `{"verb": "require_action"}`, answers: 202,
		confirm: true, ends: "completed",
	},
	"a late capture": {
		token: "pm_declined", scenario: `{"verb": "late_capture", "ms": 300}`,
		answers: 402, ends: "declined",
	},
	"a capture after a cancel": {
		token: "pm_requires_action", scenario: `{"verb": "capture_after_cancel", "ms": 300}`,
		answers: 202, cancel: true, ends: "canceled",
	},
	"a webhook first": {token: "pm_ok", scenario: `{"verb": "webhook_first"}`, answers: 201, ends: "completed"},
	"a lost webhook":  {token: "pm_ok", scenario: `{"verb": "lose_webhook"}`, answers: 201, ends: "completed"},
	"duplicate webhooks": {
		token: "pm_ok", scenario: `{"verb": "duplicate_webhook", "times": 5}`,
		answers: 201, ends: "completed",
	},
	"reordered webhooks": {
		token: "pm_ok", scenario: `{"verb": "reorder_webhooks", "ms": 300}`,
		answers: 201, ends: "completed",
	},
	"a wrong amount": {
		token: "pm_ok", scenario: `{"verb": "wrong_amount", "amount": 7}`, answers: 201, or: 202,
		ends: "manual_review",
	},
	"a late amount": {
		token: "pm_ok", scenario: `{"verb": "late_amount", "amount": 7, "ms": 300}`,
		answers: 201, ends: "manual_review",
	},
	"a bad signature": {
		token: "pm_ok", scenario: `{"verb": "bad_signature", "times": 2}`,
		answers: 201, ends: "completed",
	},
	"a pending refund": {
		token: "pm_ok", scenario: `{"verb": "refund_pending", "ms": 300}`, answers: 201,
		refund: true, ends: "refunded",
	},
	"a refund that fails": {
		token: "pm_ok", scenario: `{"verb": "refund_fails"}`, answers: 201,
		refund: true, ends: "completed",
	},
	"a dispute": {
		token: "pm_ok", scenario: `{"verb": "dispute", "ms": 300, "outcome": "won"}`,
		answers: 201, ends: "completed",
	},
	"an external refund": {
		token: "pm_ok", scenario: `{"verb": "external_refund", "amount": 100, "ms": 300}`,
		answers: 201, ends: "partially_refunded",
	},
}

// byDefault starts a store under the default configuration, but for addresses and secrets.
func byDefault(t *testing.T) *harness.Store {
	t.Helper()
	r := &harness.Store{Database: storetest.Open(t)}
	r.StartProvider(t, 0)
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "local"})
	require.NoError(t, err)
	cfg.HTTP.Address, cfg.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	cfg.Database.URL, cfg.Tokens.Key = r.Database.StoreURL, store.UnusedKey
	cfg.Payments.URL, cfg.Payments.APIKey, cfg.Payments.WebhookSecrets = r.Mockpay.URL(), harness.ProviderKey, []string{harness.WebhookSecret}
	server, stop := r.Start(t, cfg, true)
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// onOneConnection lets a client use one connection, and counts how many it has dialed.
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

// golang/go#70834, danielgtaylor/huma#1028: test budgets hid what a silent provider does to a connection by default.
func slowGatewayOnOneConnection(t *testing.T) {
	r := byDefault(t)
	meetsAll(t, r)
	var arming sync.Mutex
	t.Run("each", func(t *testing.T) {
		for name, u := range usuals {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				buyer, dialed := onOneConnection(r.NewBuyer(t))
				orderID := u.goOn(t, buyer, u.begin(t, r, buyer, &arming))
				harness.Eventually(t, "the order is "+u.ends, func() bool {
					return buyer.Get("/v1/orders/"+orderID).Is(http.StatusOK).Text("status") == u.ends
				})
				require.EqualValues(t, 1, dialed.Load(), "every request went over one connection")
			})
		}
	})
	harness.Eventually(t, "everything settles", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

// meetsAll asserts that the purchases above use every token and every verb that the provider knows.
func meetsAll(t *testing.T, r *harness.Store) {
	t.Helper()
	used := ""
	for _, u := range usuals {
		used += u.token + " " + u.scenario + " "
	}
	_, verbs := harness.Call(t, http.MethodPost, r.Mockpay.URL()+"/_scenarios",
		`{"for": {"next": 1}, "do": [{"verb": "?"}]}`)
	_, tokens := harness.Call(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
		`{"reference": "x", "amount": 1, "currency": "USD", "payment_method": "?"}`)
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

// begin sends the purchase. One at a time arms its scenario and waits until that has been used.
func (u usual) begin(t *testing.T, r *harness.Store, buyer *harness.Client, arming *sync.Mutex) harness.Reply {
	t.Helper()
	body := buyer.Purchase(u.token, buyer.Add("tidewright"))
	done := make(chan harness.Reply, 1)
	arming.Lock()
	r.AddScenario(t, `{"for": {"next": 1}, "do": [`+cmp.Or(u.scenario, `{"verb": "delay", "ms": 1}`)+`]}`)
	go func() { done <- buyer.Keyed("/v1/checkouts", harness.NewKey(), body) }()
	harness.Eventually(t, "the scenario is used", func() bool {
		return !strings.Contains(harness.MustCall(t, http.MethodGet, r.Mockpay.URL()+"/_scenarios", ""), `"left":1`)
	})
	arming.Unlock()
	answer := <-done
	if answer.Status == u.or {
		return answer
	}
	return answer.Is(u.answers)
}

// goOn does what the buyer does next, and returns the order's ID.
func (u usual) goOn(t *testing.T, buyer *harness.Client, first harness.Reply) string {
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
