package mockpay_test

import (
	"encoding/json"
	"fmt"
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

// merchant receives webhooks and keeps those with a valid signature.
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
	signature := r.Header.Get("Mockpay-Signature")
	var unix int64
	_, err := fmt.Sscanf(signature, "t=%d,", &unix)
	return err == nil && signature == mockpay.Sign(body, secret, time.Unix(unix, 0))
}

func (m *merchant) types() (out []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		out = append(out, e.Type)
	}
	return out
}

// rig is a provider and a merchant that receives its webhooks.
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
		Address: "127.0.0.1:0", APIKey: apiKey, Path: filepath.Join(t.TempDir(), "mockpay.db"), WebhookURL: listener.URL,
		WebhookSecret: "secret",
		SettleAfter:   150 * time.Millisecond,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	return &rig{t, server, m}
}

func (r *rig) arm(program string) {
	r.t.Helper()
	status, response := call(r.t, http.MethodPost, r.server.URL()+"/_scenarios", "-", program)
	require.Equal(r.t, http.StatusCreated, status, response)
}

// try creates an intent, and returns nothing when the provider closes the connection without a response.
func (r *rig) try(key, method string) (int, map[string]any) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.server.URL()+"/v1/payment_intents",
		strings.NewReader(strings.Replace(body, "pm_ok", method, 1)))
	require.NoError(r.t, err)
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	// Go's client retries a request with Idempotency-Key by itself on a reused connection.
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

func (r *rig) receives(want ...string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return len(r.merchant.types()) >= len(want) }, time.Minute,
		5*time.Millisecond, "%v", want)
	require.Equal(r.t, want, r.merchant.types())
}

func (r *rig) becomes(want string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool { return r.status() == want }, time.Minute, 5*time.Millisecond, want)
}

func TestPaymentMethod_SelectsScenario(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]struct {
		response string // the status; empty when there is no response
		end      string
		events   []string
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
			_, response := r.try("key", token)
			if want.response == "" {
				require.Nil(t, response)
			} else {
				require.Equal(t, want.response, response["status"])
			}
			if token == "pm_webhook_first" {
				require.NotEmpty(t, r.merchant.types(), "the webhook arrives before the response")
			}
			r.becomes(want.end)
			r.receives(want.events...)
		})
	}
}

func TestLoseWebhook_IsNotSent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, response := r.try("lost", "pm_lost_webhook")
	require.Equal(t, "succeeded", response["status"])
	r.try("sent", "pm_ok")
	r.receives("payment_intent.succeeded")
}

func TestNextAction_BuyerDecides_EndsIntent(t *testing.T) {
	t.Parallel()
	for result, want := range map[string]string{"success": "succeeded", "failure": "failed"} {
		r := newRig(t)
		_, response := r.try("key", "pm_requires_action")
		require.Equal(t, "requires_action", response["status"])
		action, ok := response["next_action"].(map[string]any)
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
		require.Equal(t, want, again["status"], "a second decision changes nothing")
		_, repeated := r.try("key", "pm_requires_action")
		require.Equal(t, want, repeated["status"], "the same key returns the current status")
		r.receives("payment_intent.requires_action", "payment_intent."+want)
	}
}

func TestActionPage_FormatsPriceByCurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for currency, want := range map[string]string{
		"COP": "pay COP 19,900.00 for", "JPY": "pay JPY 1,990,000 for",
		"KWD": "pay KWD 1,990.000 for",
	} {
		status, intent := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents", currency,
			`{"reference":"order-1","amount":1990000,"currency":"`+currency+`","payment_method":"pm_requires_action"}`)
		require.Equal(t, http.StatusCreated, status)
		address := intent["next_action"].(map[string]any)["url"].(string)
		page, err := http.Get(address) //nolint:noctx // a test's own server
		require.NoError(t, err)
		html, err := io.ReadAll(page.Body)
		page.Body.Close()
		require.NoError(t, err)
		require.Contains(t, string(html), want)
	}
}

func TestScenario_Next_InjectsFaultsInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.arm(`{"for": {"next": 1}, "do": [{"verb": "error", "times": 2}, {"verb": "reset"}, {"verb": "lose_answer"},
		{"verb": "bad_signature"}]}`)
	for range 2 {
		status, _ := r.try("key", "pm_ok")
		require.Equal(t, http.StatusInternalServerError, status)
	}
	require.Equal(t, "nothing", r.status(), "an error creates no intent")
	status, _ := r.try("key", "pm_ok")
	require.Zero(t, status)
	require.Equal(t, "nothing", r.status(), "a reset creates no intent")
	status, _ = r.try("key", "pm_ok")
	require.Zero(t, status)
	require.Equal(t, "succeeded", r.status(), "only the response is lost")
	status, _ = r.try("key", "pm_ok")
	require.Equal(t, http.StatusCreated, status)
	r.receives("payment_intent.succeeded")
	require.Equal(t, 1, r.merchant.forged, "the first delivery had a bad signature and was retried")

	_, listed := call(t, http.MethodGet, r.server.URL()+"/_scenarios", "-", "")
	scenario, ok := listed["items"].([]any)[0].(map[string]any)
	require.True(t, ok)
	require.InDelta(t, 0, scenario["left"], 0)
	require.Len(t, scenario["fired"], 1)
	_, none := call(t, http.MethodDelete, r.server.URL()+"/_scenarios", "-", "")
	require.Empty(t, none["items"])
}

func TestScenario_LateCapture_CapturesAfterDeclineOrCancel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.arm(`{"for": {"reference": "order-1"},
		"do": [{"verb": "late_capture", "ms": 50}, {"verb": "wrong_amount", "amount": 7}]}`)
	_, response := r.try("key", "pm_declined")
	require.Equal(t, "failed", response["status"])
	r.becomes("succeeded")
	r.receives("payment_intent.failed", "payment_intent.succeeded")
	require.Contains(t, string(r.merchant.events[1].Data), `"amount":7`)

	r = newRig(t)
	r.arm(`{"for": {"next": 1}, "do": [{"verb": "require_action"}, {"verb": "capture_after_cancel", "ms": 50}]}`)
	_, response = r.try("key", "pm_ok")
	intent := r.server.URL() + "/v1/payment_intents/" + response["id"].(string)
	_, canceled := call(t, http.MethodPost, intent+"/cancel", "-", "")
	require.Equal(t, "canceled", canceled["status"])
	r.becomes("succeeded")
}

func TestRefund_ExceedsCaptured_Returns422_FailedMayRepeat(t *testing.T) {
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
	}, time.Minute, 5*time.Millisecond)
	status, _ = refund("r4", intent["id"].(string), "100")
	require.Equal(t, http.StatusCreated, status, "a failed refund can be repeated")
}

func TestCapture_ManualIntent_Succeeds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, intent := call(t, http.MethodPost, r.server.URL()+"/v1/payment_intents", "m",
		strings.Replace(body, `"amount"`, `"capture_method":"manual","amount"`, 1))
	require.Equal(t, "requires_capture", intent["status"])
	address := r.server.URL() + "/v1/payment_intents/" + intent["id"].(string)
	_, captured := call(t, http.MethodPost, address+"/capture", "-", "")
	require.Equal(t, "succeeded", captured["status"])
	status, _ := call(t, http.MethodPost, address+"/cancel", "-", "")
	require.Equal(t, http.StatusConflict, status)
}

func TestScenariosAndClock_InvalidBody_Returns400(t *testing.T) {
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
		status, response := call(t, http.MethodPost, r.server.URL()+"/_scenarios", "-", bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
		require.NotEmpty(t, response["error"].(map[string]any)["message"])
	}
	for _, bad := range []string{`{}`, `{"seconds": -1}`, `{"seconds": 0}`, `{"seconds": 1e12}`, `{"hours": 1}`, `x`} {
		status, response := call(t, http.MethodPost, r.server.URL()+"/_clock/advance", "-", bad)
		require.Equal(t, http.StatusBadRequest, status, bad)
		require.Contains(t, response["error"].(map[string]any)["message"], "forward")
	}
	_, listed := call(t, http.MethodGet, r.server.URL()+"/_scenarios", "-", "")
	require.Empty(t, listed["items"])
}

func TestCharges_FilteredByTimeAndPaged(t *testing.T) {
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
