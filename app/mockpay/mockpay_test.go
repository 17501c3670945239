package mockpay_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/app/mockpay"
)

const apiKey = "a key for the tests"

func start(t *testing.T, path, webhookURL string) *mockpay.Server {
	t.Helper()
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: apiKey, Path: path,
		WebhookURL: webhookURL, WebhookSecret: "secret",
	})
	require.NoError(t, err)
	return server
}

func call(t *testing.T, method, url, key, body string) (int, map[string]any) {
	t.Helper()
	status, _, raw := ask(t, method, url, body, authorized("Idempotency-Key", key))
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(raw), &out))
	return status, out
}

const body = `{"reference":"order-1","amount":100,"currency":"USD","payment_method":"pm_ok"}`

func TestNextAction_UsesPublicURL(t *testing.T) {
	t.Parallel()
	server, err := mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", PublicURL: "http://pay.example", APIKey: apiKey, WebhookSecret: "secret",
		Path: filepath.Join(t.TempDir(), "mockpay.db"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, intent := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "key",
		strings.Replace(body, "pm_ok", "pm_requires_action", 1))
	require.Contains(t, intent["next_action"].(map[string]any)["url"], "http://pay.example/v1/payment_intents/")
}

func TestRestart_KeepsIntentsAndKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mockpay.db")
	server := start(t, path, "")
	status, first := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "key", body)
	require.Equal(t, http.StatusCreated, status)
	require.NoError(t, server.Stop())

	server = start(t, path, "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, again := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "key", body)
	require.Equal(t, first, again)
	_, found := call(t, http.MethodGet, server.URL()+"/v1/payment_intents/"+first["id"].(string), "", "")
	require.Equal(t, first, found)
	_, listed := call(t, http.MethodGet, server.URL()+"/v1/payment_intents?reference=order-1", "", "")
	require.Len(t, listed["items"], 1)
	_, charges := call(t, http.MethodGet, server.URL()+"/v1/charges?reference=order-1", "", "")
	require.InEpsilon(t, 100, charges["items"].([]any)[0].(map[string]any)["captured"], 0)
	_, none := call(t, http.MethodGet, server.URL()+"/v1/payment_intents?reference=order", "", "")
	require.Empty(t, none["items"])
}

func TestCreateIntent_InvalidRequest_CreatesNothing(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	post := func(key, body string) int {
		status, _ := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", key, body)
		return status
	}
	require.Equal(t, http.StatusBadRequest, post("", body))
	require.Equal(t, http.StatusBadRequest, post("k", "{"))
	require.Equal(t, http.StatusBadRequest, post("k", `{"reference":"`+strings.Repeat("x", 70_000)+`"}`))
	for _, bad := range []string{
		`{}`, strings.Replace(body, "100", "0", 1), strings.Replace(body, "100", "-5", 1),
		strings.Replace(body, "pm_ok", "pm_nonsense", 1),
	} {
		require.Equal(t, http.StatusUnprocessableEntity, post("k", bad))
	}
	require.Equal(t, http.StatusCreated, post("k", body))
	require.Equal(t, http.StatusConflict, post("k", strings.Replace(body, "100", "200", 1)))
	status, _ := call(t, http.MethodGet, server.URL()+"/v1/payment_intents/pi_unknown", "", "")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = call(t, http.MethodPost, server.URL()+"/v1/payment_intents/pi_unknown/cancel", "k", "")
	require.Equal(t, http.StatusNotFound, status)
	status, _ = call(t, http.MethodGet, server.URL()+"/nothing", "", "")
	require.Equal(t, http.StatusNotFound, status)
	_, listed := call(t, http.MethodGet, server.URL()+"/v1/payment_intents?reference=order-1", "", "")
	require.Len(t, listed["items"], 1)
	intent := listed["items"].([]any)[0].(map[string]any)["id"].(string)
	status, _ = call(t, http.MethodPost, server.URL()+"/v1/payment_intents/"+intent+"/cancel", "k", "")
	require.Equal(t, http.StatusConflict, status, "a captured intent cannot be canceled")
}

func TestWebhook_SignedAndRetriedUntil2xx(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	received := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if calls.Add(1) == 1 || err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		received <- r.Header.Get("Mockpay-Signature") + " " + string(raw)
	}))
	t.Cleanup(receiver.Close)
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), receiver.URL)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "key", body)
	select {
	case got := <-received:
		signature, raw, _ := strings.Cut(got, " ")
		seconds, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
		var unix int64
		require.NoError(t, json.Unmarshal([]byte(seconds), &unix))
		require.Equal(t, mockpay.Sign([]byte(raw), "secret", time.Unix(unix, 0)), signature)
		require.Contains(t, raw, `"type":"payment_intent.succeeded"`)
	case <-time.After(time.Minute):
		require.Fail(t, "the webhook was not retried")
	}
}

func TestStart_PortInUse_ReturnsError(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, err := mockpay.Start(mockpay.Options{
		Address: strings.TrimPrefix(server.URL(), "http://"), APIKey: apiKey,
		Path: filepath.Join(t.TempDir(), "mockpay.db"),
	})
	require.ErrorContains(t, err, "cannot listen on")
}
