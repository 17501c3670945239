package mockpay_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

// merchant takes webhooks and remembers those that were signed well.
type merchant struct {
	mu     sync.Mutex
	events []mockpay.Event
	forged int
}

func (m *merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var event mockpay.Event
	if err != nil || json.Unmarshal(body, &event) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !signedBy(r, body, "secret") {
		m.forged++
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.events = append(m.events, event)
}

func signedBy(r *http.Request, body []byte, secret string) bool {
	for _, at := range []time.Time{time.Now(), time.Now().Add(-time.Second)} {
		if r.Header.Get("Mockpay-Signature") == mockpay.Sign(body, secret, at) {
			return true
		}
	}
	return false
}

func (m *merchant) types() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		out = append(out, e.Type)
	}
	return out
}

// rig is a provider with a merchant who listens.
type rig struct {
	t        *testing.T
	server   *mockpay.Server
	merchant *merchant
}

func newRig(t *testing.T) *rig {
	t.Helper()
	m := &merchant{}
	listener := httptest.NewServer(m)
	t.Cleanup(listener.Close)
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: apiKey, Path: filepath.Join(t.TempDir(), "books"), WebhookURL: listener.URL,
		WebhookSecret: "secret",
		SettleAfter:   150 * time.Millisecond,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return &rig{t, server, m}
}

func (r *rig) arm(program string) {
	r.t.Helper()
	status, answer := call(r.t, http.MethodPost, r.server.URL()+"/_scenarios", "-", program)
	require.Equal(r.t, http.StatusCreated, status, answer)
}

// try asks for money and returns nothing when no answer comes within a moment.
func (r *rig) try(key, method string) (int, map[string]any) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 400*time.Millisecond)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.server.URL()+"/v1/payment_intents",
		strings.NewReader(strings.Replace(body, "pm_ok", method, 1)))
	require.NoError(r.t, err)
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	// Go's client repeats a request with such a header by itself on a connection that it used before.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	var out map[string]any
	require.NoError(r.t, json.NewDecoder(response.Body).Decode(&out))
	return response.StatusCode, out
}

func (r *rig) status() string {
	_, found := call(r.t, http.MethodGet, r.server.URL()+"/v1/payment_intents?reference=order-1", "-", "")
	items, _ := found["items"].([]any)
	if len(items) == 0 {
		return "nothing"
	}
	intent, _ := items[0].(map[string]any)
	return intent["status"].(string)
}

func (r *rig) hears(want ...string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.merchant.types()) >= len(want) }, 10*time.Second,
		5*time.Millisecond, "%v", want)
	require.Equal(r.t, want, r.merchant.types())
}

func (r *rig) becomes(want string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.status() == want }, 10*time.Second, 5*time.Millisecond, want)
}

func TestTokensStandForProgramsOfTheirOwn(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]struct {
		answer string // empty: none comes
		end    string
		heard  []string
	}{
		"pm_ok":            {"succeeded", "succeeded", []string{"payment_intent.succeeded"}},
		"pm_declined":      {"failed", "failed", []string{"payment_intent.failed"}},
		"pm_webhook_first": {"succeeded", "succeeded", []string{"payment_intent.succeeded"}},
		"pm_duplicate_webhook": {
			"succeeded", "succeeded",
			[]string{"payment_intent.succeeded", "payment_intent.succeeded", "payment_intent.succeeded"},
		},
		"pm_reordered_webhooks": {
			"succeeded", "succeeded",
			[]string{"payment_intent.succeeded", "payment_intent.processing"},
		},
		"pm_timeout_then_success": {"", "succeeded", []string{"payment_intent.processing", "payment_intent.succeeded"}},
		"pm_timeout_then_decline": {"", "failed", []string{"payment_intent.processing", "payment_intent.failed"}},
		"pm_dispute": {
			"succeeded", "succeeded",
			[]string{"payment_intent.succeeded", "dispute.opened", "dispute.lost"},
		},
	} {
		t.Run(token, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			_, answer := r.try("key", token)
			if want.answer == "" {
				require.Nil(t, answer)
			} else {
				require.Equal(t, want.answer, answer["status"])
			}
			if token == "pm_webhook_first" {
				require.NotEmpty(t, r.merchant.types(), "the news came before the answer")
			}
			r.becomes(want.end)
			r.hears(want.heard...)
		})
	}
}

func TestALostWebhookIsNeverSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, answer := r.try("lost", "pm_lost_webhook")
	require.Equal(t, "succeeded", answer["status"])
	r.try("heard", "pm_ok")
	r.hears("payment_intent.succeeded")
}

func TestTheBuyerConfirmsOrFailsAtTheProvidersPage(t *testing.T) {
	t.Parallel()
	for result, want := range map[string]string{"success": "succeeded", "failure": "failed"} {
		r := newRig(t)
		_, answer := r.try("key", "pm_requires_action")
		require.Equal(t, "requires_action", answer["status"])
		action, ok := answer["next_action"].(map[string]any)
		require.True(t, ok)
		page, err := http.Get(action["url"].(string)) //nolint:noctx // a test's own server
		require.NoError(t, err)
		html, err := io.ReadAll(page.Body)
		page.Body.Close()
		require.NoError(t, err)
		require.Contains(t, string(html), "Yes, pay")
		status, _ := call(t, http.MethodPost, action["url"].(string), "-", `{"result":"maybe"}`)
		require.Equal(t, http.StatusBadRequest, status)
		_, ended := call(t, http.MethodPost, action["url"].(string), "-", `{"result":"`+result+`"}`)
		require.Equal(t, want, ended["status"])
		_, again := call(t, http.MethodPost, action["url"].(string), "-", `{"result":"success"}`)
		require.Equal(t, want, again["status"], "a second word changes nothing")
		_, repeated := r.try("key", "pm_requires_action")
		require.Equal(t, want, repeated["status"], "the key tells how it stands")
		r.hears("payment_intent.requires_action", "payment_intent."+want)
	}
}

func TestActionPage_PriceIsWrittenForBuyers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for currency, want := range map[string]string{
		"COP": "pay COP 19,900.00 for", "JPY": "pay JPY 1,990,000 for",
		"KWD": "pay KWD 1,990.000 for",
	} {
		status, intent := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents", currency,
			`{"reference":"order-1","amount":1990000,"currency":"`+currency+`","payment_method":"pm_requires_action"}`)
		require.Equal(t, http.StatusCreated, status)
		page, err := http.Get(intent["next_action"].(map[string]any)["url"].(string)) //nolint:noctx // a test's own server
		require.NoError(t, err)
		html, err := io.ReadAll(page.Body)
		page.Body.Close()
		require.NoError(t, err)
		require.Contains(t, string(html), want)
	}
}

func TestAScenarioMakesTheNextIntentsGoWrong(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.arm(`{"for": {"next": 1}, "do": [{"verb": "error", "times": 2}, {"verb": "reset"}, {"verb": "lose_answer"}, {"verb": "bad_signature"}]}`)
	for range 2 {
		status, _ := r.try("key", "pm_ok")
		require.Equal(t, http.StatusInternalServerError, status)
	}
	require.Equal(t, "nothing", r.status(), "an error took nothing")
	status, _ := r.try("key", "pm_ok")
	require.Zero(t, status)
	require.Equal(t, "nothing", r.status(), "a reset took nothing")
	status, _ = r.try("key", "pm_ok")
	require.Zero(t, status)
	require.Equal(t, "succeeded", r.status(), "the answer alone was lost")
	status, _ = r.try("key", "pm_ok")
	require.Equal(t, http.StatusCreated, status)
	r.hears("payment_intent.succeeded")
	require.Equal(t, 1, r.merchant.forged, "the first delivery was signed badly, and it was sent again")

	_, listed := call(t, http.MethodGet, r.server.URL()+"/_scenarios", "-", "")
	scenario, ok := listed["items"].([]any)[0].(map[string]any)
	require.True(t, ok)
	require.InDelta(t, 0, scenario["left"], 0)
	require.Len(t, scenario["fired"], 1)
	_, none := call(t, http.MethodDelete, r.server.URL()+"/_scenarios", "-", "")
	require.Empty(t, none["items"])
}

func TestMoneyIsTakenLateOnCommand(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.arm(`{"for": {"reference": "order-1"}, "do": [{"verb": "late_capture", "ms": 50}, {"verb": "wrong_amount", "amount": 7}]}`)
	_, answer := r.try("key", "pm_declined")
	require.Equal(t, "failed", answer["status"])
	r.becomes("succeeded")
	r.hears("payment_intent.failed", "payment_intent.succeeded")
	require.Contains(t, string(r.merchant.events[1].Data), `"amount":7`)

	r = newRig(t)
	r.arm(`{"for": {"next": 1}, "do": [{"verb": "require_action"}, {"verb": "capture_after_cancel", "ms": 50}]}`)
	_, answer = r.try("key", "pm_ok")
	_, canceled := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents/"+answer["id"].(string)+"/cancel", "-", "")
	require.Equal(t, "canceled", canceled["status"])
	r.becomes("succeeded")
}

func TestRefundsNeverExceedWhatWasCapturedAndMayFailLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	refund := func(key, intent string, amount string) (int, map[string]any) {
		return call(t, http.MethodPost, r.server.URL()+"/v1/refunds", key, `{"intent":"`+intent+`","amount":`+amount+`}`)
	}
	_, intent := r.try("key", "pm_ok")
	for amount, want := range map[string]int{"0": 422, "-1": 422, "101": 422} {
		status, _ := refund("k"+amount, intent["id"].(string), amount)
		require.Equal(t, want, status)
	}
	status, first := refund("r1", intent["id"].(string), "60")
	require.Equal(t, http.StatusCreated, status)
	require.Equal(t, "succeeded", first["status"])
	_, again := refund("r1", intent["id"].(string), "60")
	require.Equal(t, first["id"], again["id"])
	status, _ = refund("r1", intent["id"].(string), "61")
	require.Equal(t, http.StatusConflict, status)
	status, _ = refund("r2", intent["id"].(string), "60")
	require.Equal(t, http.StatusUnprocessableEntity, status)
	_, shown := call(t, http.MethodGet, r.server.URL()+"/v1/refunds/"+first["id"].(string), "-", "")
	require.Equal(t, first, shown)

	_, intent = r.try("key2", "pm_refund_fails")
	_, pending := refund("r3", intent["id"].(string), "100")
	require.Equal(t, "pending", pending["status"])
	_, moved := call(t, http.MethodPost, r.server.URL()+"/_clock/advance", "-", `{"seconds": 60}`)
	require.NotEmpty(t, moved["now"])
	require.Eventually(t, func() bool {
		_, shown := call(t, http.MethodGet, r.server.URL()+"/v1/refunds/"+pending["id"].(string), "-", "")
		return shown["status"] == "failed"
	}, 10*time.Second, 5*time.Millisecond)
	status, _ = refund("r4", intent["id"].(string), "100")
	require.Equal(t, http.StatusCreated, status, "what failed can be given back again")
}

func TestMoneyMayBeCapturedByACallOfItsOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, intent := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents", "m",
		strings.Replace(body, `"amount"`, `"capture_method":"manual","amount"`, 1))
	require.Equal(t, "requires_capture", intent["status"])
	_, captured := call(t, http.MethodPost,
		r.server.URL()+"/v1/payment_intents/"+intent["id"].(string)+"/capture", "-", "")
	require.Equal(t, "succeeded", captured["status"])
	status, _ := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents/"+intent["id"].(string)+"/cancel", "-", "")
	require.Equal(t, http.StatusConflict, status)
}

func TestNonsenseIsRefusedInAFewWords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, bad := range []string{
		`{`, `{"for": {"next": 1}, "do": [{"verb": "explode"}]}`, `{"for": {"next": 1}, "do": []}`,
		`{"for": {}, "do": [{"verb": "delay"}]}`,
		`{"for": {"next": 1, "reference": "x"}, "do": [{"verb": "delay"}]}`,
		`{"for": {"next": -1}, "do": [{"verb": "delay"}]}`,
		`{"for": {"next": 1}, "do": [{"verb": "delay", "ms": -5}]}`,
		`{"for": {"next": 1}, "do": [{"verb": "delay", "amount": 5}]}`,
		`{"for": {"next": 1}, "do": [{"verb": "dispute", "outcome": "maybe"}]}`,
		`{"for": {"next": 1}, "do": [{"verb": "delay"}], "x": 1}`,
	} {
		status, answer := call(t, http.MethodPost, r.server.URL()+"/_scenarios", "-", bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
		require.NotEmpty(t, answer["error"].(map[string]any)["message"])
	}
	for _, bad := range []string{`{}`, `{"seconds": -1}`, `{"seconds": 0}`, `{"seconds": 1e12}`, `{"hours": 1}`, `x`} {
		status, answer := call(t, http.MethodPost, r.server.URL()+"/_clock/advance", "-", bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
		require.Contains(t, answer["error"].(map[string]any)["message"], "forward")
	}
	_, listed := call(t, http.MethodGet, r.server.URL()+"/_scenarios", "-", "")
	require.Empty(t, listed["items"])
}

func TestTheChargesArePagedByTheirTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for range 3 {
		r.try("k"+time.Now().String(), "pm_ok")
	}
	r.try("no", "pm_requires_action")
	_, all := call(t, http.MethodGet, r.server.URL()+"/v1/charges", "-", "")
	require.Len(t, all["items"], 3)
	require.Nil(t, all["next_cursor"])
	_, none := call(t, http.MethodGet, r.server.URL()+"/v1/charges?created_from=2100-01-01T00:00:00Z", "-", "")
	require.Empty(t, none["items"])
	last := all["items"].([]any)[1].(map[string]any)["id"].(string)
	_, rest := call(t, http.MethodGet, r.server.URL()+"/v1/charges?cursor="+last, "-", "")
	require.Len(t, rest["items"], 1)
	status, _ := call(t, http.MethodGet, r.server.URL()+"/v1/charges?created_to=tomorrow", "-", "")
	require.Equal(t, http.StatusBadRequest, status)
}
