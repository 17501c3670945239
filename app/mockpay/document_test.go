package mockpay_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/schema_validation"
	"github.com/stretchr/testify/require"
)

// served starts a provider and returns its document.
func served(t *testing.T) (libopenapi.Document, validator.Validator, string) {
	t.Helper()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	status, _, raw := ask(t, http.MethodGet, server.URL()+"/openapi.json", "", nil)
	require.Equal(t, http.StatusOK, status)
	document, err := libopenapi.NewDocument([]byte(raw))
	require.NoError(t, err)
	v, errs := validator.NewValidator(document)
	require.Empty(t, errs)
	valid, problems := v.ValidateDocument()
	require.True(t, valid, "%v", problems)
	return document, v, server.URL()
}

func TestDocument_MatchesResponses(t *testing.T) {
	t.Parallel()
	_, v, base := served(t)
	exchange := func(method, path, body string, headers map[string]string) string {
		t.Helper()
		request, response, raw := send(t, method, base+path, body, headers)
		valid, problems := v.ValidateHttpResponse(request, response)
		require.True(t, valid, "%s %s returns %d: %s\n%v", method, path, response.StatusCode, raw, problems)
		return raw
	}
	idOf := func(raw string) string {
		var out struct{ ID string }
		require.NoError(t, json.Unmarshal([]byte(raw), &out))
		return out.ID
	}
	keyed := func(key string) map[string]string { return authorized("Idempotency-Key", key) }
	intent := idOf(exchange(http.MethodPost, "/v1/payment_intents", body, keyed("1")))
	waiting := idOf(exchange(http.MethodPost, "/v1/payment_intents",
		strings.Replace(body, "pm_ok", "pm_requires_action", 1), keyed("2")))
	refund := idOf(exchange(http.MethodPost, "/v1/refunds", `{"intent":"`+intent+`","amount":40}`, keyed("3")))
	for _, c := range []struct{ method, path, body string }{
		{http.MethodGet, "/v1/payment_intents?reference=order-1", ""},
		{http.MethodGet, "/v1/payment_intents/" + intent, ""},
		{http.MethodGet, "/v1/payment_intents/" + waiting + "/next_action", ""},
		{http.MethodPost, "/v1/payment_intents/" + waiting + "/next_action", `{"result":"failure"}`},
		{http.MethodPost, "/v1/payment_intents/" + waiting + "/confirm", `{"result":"success"}`},
		{http.MethodPost, "/v1/payment_intents/" + intent + "/capture", ""},
		{http.MethodPost, "/v1/payment_intents/" + intent + "/cancel", ""}, // 409
		{http.MethodGet, "/v1/payment_intents/pi_unknown", ""},             // 404
		{http.MethodPost, "/v1/refunds", `{"intent":"` + intent + `","amount":400}`},
		{http.MethodGet, "/v1/refunds/" + refund, ""},
		{http.MethodGet, "/v1/charges", ""},
		{http.MethodGet, "/v1/charges?created_from=yesterday", ""},
		{http.MethodPost, "/_scenarios", `{"for":{"next":1},"do":[{"verb":"delay","ms":1}]}`},
		{http.MethodPost, "/_scenarios", `{}`},
		{http.MethodGet, "/_scenarios", ""},
		{http.MethodDelete, "/_scenarios", ""},
		{http.MethodPost, "/_clock/advance", `{"seconds":1}`},
		{http.MethodPost, "/_clock/advance", `{"seconds":-1}`},
		{http.MethodGet, "/v1/balance", ""},
		{http.MethodGet, "/v1/balance_transactions", ""},
		{http.MethodGet, "/v1/balance_transactions?source=" + intent, ""},
		{http.MethodGet, "/v1/balance_transactions?created_to=tomorrow", ""},
		{http.MethodPost, "/_fees", `{"amount":5,"currency":"USD"}`},
		{http.MethodPost, "/_fees", `{}`},
		{http.MethodPost, "/_payouts", ""},
		{http.MethodPost, "/_payouts/po_unknown/fail", ""},
		{http.MethodGet, "/v1/payouts", ""},
		{http.MethodGet, "/v1/payouts/po_unknown", ""},
		{http.MethodGet, "/openapi.json", ""},
	} {
		exchange(c.method, c.path, c.body, keyed("4"))
		exchange(c.method, c.path, c.body, map[string]string{"Content-Type": "application/json"})
		exchange(c.method, c.path, c.body, authorized("Origin", "https://evil.example"))
	}
}

func TestDocument_MatchesWebhooks(t *testing.T) {
	t.Parallel()
	document, _, _ := served(t)
	model, err := document.BuildV3Model()
	require.NoError(t, err)
	bodies := make(chan []byte, 16)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			bodies <- raw
		}
	}))
	t.Cleanup(receiver.Close)
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), receiver.URL)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	call(t, http.MethodPost, server.URL()+"/_scenarios", "-",
		`{"for":{"next":1},"do":[{"verb":"dispute","ms":1,"outcome":"won"}]}`)
	_, intent := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "k", body)
	call(t, http.MethodPost, server.URL()+"/v1/refunds", "r", `{"intent":"`+intent["id"].(string)+`","amount":1}`)
	call(t, http.MethodPost, server.URL()+"/_fees", "-", `{"amount":1,"currency":"USD"}`)
	call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "m", strings.Replace(body, "100", "900", 1))
	_, made := call(t, http.MethodPost, server.URL()+"/_payouts", "-", ``)
	payout := made["items"].([]any)[0].(map[string]any)["id"].(string)
	call(t, http.MethodPost, server.URL()+"/_payouts/"+payout+"/fail", "-", ``)
	seen := map[string]bool{}
	for len(seen) < 7 {
		var raw []byte
		select {
		case raw = <-bodies:
		case <-time.After(time.Minute):
			require.Fail(t, "a webhook is missing", "%v", seen)
		}
		var event struct{ Type string }
		require.NoError(t, json.Unmarshal(raw, &event))
		seen[event.Type] = true
		name, _, _ := strings.Cut(event.Type, ".")
		hook, described := model.Model.Webhooks.Get(name)
		require.True(t, described, name)
		content, _ := hook.Post.RequestBody.Content.Get("application/json")
		schemas := schema_validation.NewSchemaValidator()
		valid, problems := schemas.ValidateSchemaString(content.Schema.Schema(), string(raw))
		require.True(t, valid, "%s: %v", raw, problems)
		require.Equal(t, "Mockpay-Signature", hook.Post.Parameters[0].Name)
	}
	require.Equal(t, map[string]bool{
		"payment_intent.succeeded": true, "refund.succeeded": true, "dispute.opened": true,
		"dispute.won": true, "fee.created": true, "payout.paid": true, "payout.failed": true,
	}, seen)
}
