package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

func TestExternalRefund_is_booked_and_counted(t *testing.T) {
	t.Parallel()
	var admin *web.Admin
	r := harness.Start(t, nil, fx.Populate(&admin))
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	metrics := func() string { return harness.MustCall(t, http.MethodGet, "http://"+admin.Address()+"/metrics", "") }
	require.NotContains(t, metrics(), "coinslot_external_refunds_total{")
	intents := harness.MustCall(t, http.MethodGet, r.Mockpay.URL()+"/v1/payment_intents?reference="+order.Text("id"), "")
	var found struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	require.NoError(t, json.Unmarshal([]byte(intents), &found))
	require.Len(t, found.Items, 1)
	// As somebody in the provider's dashboard does it: it names no refund of the store.
	harness.MustCall(t, http.MethodPost, r.Mockpay.URL()+"/v1/refunds", `{"intent":"`+found.Items[0].ID+`","amount":299}`)
	r.AwaitStatus(t, order.Text("id"), "partially_refunded")
	require.Regexp(t, `(?m)^coinslot_external_refunds_total\{.*\} 1$`, metrics())
	require.Len(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"), 1, "access stays")
	r.VerifyInvariants(t)
}
