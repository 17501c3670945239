package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// exchange sends a request to the provider's merchant API or to the admin listener, and returns the answer's body.
func exchange(t *testing.T, method, url, body string) string {
	t.Helper()
	status, answer := tell(t, method, url, body)
	require.Less(t, status, 300, answer)
	return answer
}

// tell is exchange for a request that may be refused.
func tell(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", newKey())
	response, err := http.DefaultClient.Do(asMerchant(request))
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}

func TestExternalRefund_is_booked_and_counted(t *testing.T) {
	t.Parallel()
	var admin *web.Admin
	r := startStore(t, nil, fx.Populate(&admin))
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	metrics := func() string { return exchange(t, http.MethodGet, "http://"+admin.Address()+"/metrics", "") }
	require.NotContains(t, metrics(), "coinslot_external_refunds_total{")
	intents := exchange(t, http.MethodGet, r.Mockpay.URL()+"/v1/payment_intents?reference="+order.text("id"), "")
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(intents), &found))
	require.Len(t, found.Items, 1)
	// As somebody in the provider's dashboard does it: it names no refund of the store.
	exchange(t, http.MethodPost, r.Mockpay.URL()+"/v1/refunds", `{"intent":"`+found.Items[0].ID+`","amount":299}`)
	r.becomes(t, order.text("id"), "partially_refunded")
	require.Regexp(t, `(?m)^coinslot_external_refunds_total\{.*\} 1$`, metrics())
	require.Len(t, buyer.get("/v1/library").is(http.StatusOK).items("items"), 1, "access stays")
	r.holds(t)
}
