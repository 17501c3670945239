package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

func TestExternalRefund_IsBookedAndCounted(t *testing.T) {
	t.Parallel()
	var admin *web.Admin
	r := harness.Start(t, nil, fx.Populate(&admin))
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	metrics := func() string { return harness.MustCall(t, http.MethodGet, "http://"+admin.Address()+"/metrics", "") }
	require.NotContains(t, metrics(), "\ncoinslot_external_refunds_total ")
	r.RefundAtProvider(t, order.Text("id"), 299)
	r.AwaitStatus(t, order.Text("id"), "partially_refunded")
	require.Regexp(t, `(?m)^coinslot_external_refunds_total 1$`, metrics())
	require.Len(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"), 1, "access stays")
	r.VerifyInvariants(t)
}
