package mockpay_test

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

// send sends a request and returns the response with its body, which can be read again.
func send(t *testing.T, method, url, body string, headers map[string]string) (*http.Request, *http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Body = io.NopCloser(bytes.NewReader(raw))
	return request, response, string(raw)
}

// ask sends a request and returns the status, the headers and the body.
func ask(t *testing.T, method, url, body string, headers map[string]string) (int, http.Header, string) {
	t.Helper()
	_, response, raw := send(t, method, url, body, headers)
	return response.StatusCode, response.Header, raw
}

func authorized(more ...string) map[string]string {
	out := map[string]string{
		"Authorization": "Bearer " + apiKey, "Content-Type": "application/json",
		"Idempotency-Key": "k",
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestStart_WithoutAPIKey_ReturnsError(t *testing.T) {
	t.Parallel()
	_, err := mockpay.Start(mockpay.Options{Address: "127.0.0.1:0", Path: filepath.Join(t.TempDir(), "mockpay.db")})
	require.ErrorContains(t, err, "mockpay needs an API key")
}

func TestMerchantAPI_WrongKey_Returns401(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	_, intent := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "k", body)
	for _, operation := range mockpay.Operations(server) {
		method, path, _ := strings.Cut(operation, " ")
		url := server.URL() + strings.ReplaceAll(path, "{id}", intent["id"].(string))
		public := strings.HasSuffix(path, "/next_action") || path == "/openapi.json"
		for name, authorization := range map[string]string{
			"no key": "", "other key": "Bearer " + apiKey + "x", "part of the key": "Bearer " + apiKey[:3],
			"other scheme": "Basic " + apiKey, "no scheme": apiKey,
		} {
			headers := authorized("Authorization", authorization)
			status, header, text := ask(t, method, url, `{"result":"success"}`, headers)
			if public {
				require.Less(t, status, 300, "%s with %s: %s", operation, name, text)
				continue
			}
			require.Equal(t, http.StatusUnauthorized, status, "%s with %s", operation, name)
			require.Equal(t, `Bearer realm="mockpay"`, header.Get("WWW-Authenticate"))
		}
	}
	_, listed := call(t, http.MethodGet, server.URL()+"/v1/payment_intents?reference=order-1", "-", "")
	require.Len(t, listed["items"], 1)
}

func TestScenariosAndClock_OtherMediaTypeOrOrigin_Rejected(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	for path, program := range map[string]string{
		"/_scenarios":     `{"for":{"next":1},"do":[{"verb":"delay"}]}`,
		"/_clock/advance": `{"seconds":1}`,
	} {
		for _, media := range []string{
			"", "text/plain", "application/x-www-form-urlencoded",
			"multipart/form-data; boundary=x", "application/jsonp",
		} {
			status, _, text := ask(t, http.MethodPost, server.URL()+path, program, authorized("Content-Type", media))
			require.Equal(t, http.StatusUnsupportedMediaType, status, "%s as %q: %s", path, media, text)
		}
		for _, origin := range []string{"https://evil.example", "http://127.0.0.1:1", "null"} {
			status, _, text := ask(t, http.MethodPost, server.URL()+path, program, authorized("Origin", origin))
			require.Equal(t, http.StatusForbidden, status, "%s from %s: %s", path, origin, text)
		}
		status, _, text := ask(t, http.MethodPost, server.URL()+path, program, authorized("Sec-Fetch-Site", "cross-site"))
		require.Equal(t, http.StatusForbidden, status, text)
	}
	status, _, _ := ask(t, http.MethodDelete, server.URL()+"/_scenarios", "", authorized("Origin", "https://evil.example"))
	require.Equal(t, http.StatusForbidden, status)
	_, none := call(t, http.MethodGet, server.URL()+"/_scenarios", "-", "")
	require.Empty(t, none["items"], "no scenario was added")
	status, _, text := ask(t, http.MethodPost, server.URL()+"/_clock/advance", `{"seconds":1}`,
		authorized("Origin", server.URL(), "Content-Type", "Application/JSON; charset=utf-8"))
	require.Equal(t, http.StatusOK, status, text)
}

func TestPage_DeniesFramesAndShowsPriceAndReturnURL(t *testing.T) {
	t.Parallel()
	server := start(t, filepath.Join(t.TempDir(), "mockpay.db"), "")
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	const back = "https://shop.example/orders?a=1&b=<script>"
	_, intent := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "k",
		`{"reference":"order-1","amount":1299,"currency":"USD","payment_method":"pm_requires_action",`+
			`"return_url":"`+back+`"}`)
	require.Equal(t, back, intent["return_url"])
	page := intent["next_action"].(map[string]any)["url"].(string)
	shown := func(header http.Header, text string) {
		require.Contains(t, header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.Equal(t, "DENY", header.Get("X-Frame-Options"))
		require.Contains(t, text, "USD 12.99")
		require.Contains(t, text, `<a href="https://shop.example/orders?a=1&amp;b=%3cscript%3e">`+
			`Back to https://shop.example/orders?a=1&amp;b=&lt;script&gt;</a>`)
	}
	status, header, text := ask(t, http.MethodGet, page, "", nil)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "pay USD 12.99 for order-1?")
	shown(header, text)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
	status, _, _ = ask(t, http.MethodPost, page, "result=success", form)
	require.Equal(t, http.StatusForbidden, status, "a form of another origin")
	status, _, _ = ask(t, http.MethodPost, page, `{"result":"success"}`, map[string]string{"Content-Type": "text/plain"})
	require.Equal(t, http.StatusUnsupportedMediaType, status)
	form["Origin"] = server.URL()
	status, header, text = ask(t, http.MethodPost, page, "result=success", form)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, text, "is succeeded")
	shown(header, text)
	for _, bad := range []string{
		"javascript:alert(1)", "/orders", "https://", "https://user:pw@shop.example",
		"https://shop.example/" + strings.Repeat("x", 2048),
	} {
		status, _ := call(t, http.MethodPost, server.URL()+"/v1/payment_intents", "bad",
			`{"reference":"order-2","amount":1299,"currency":"USD","payment_method":"pm_ok","return_url":"`+bad+`"}`)
		require.Equal(t, http.StatusUnprocessableEntity, status, bad)
	}
}
