package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

// required are the queries of paths that need one.
var required = map[string]string{
	"/v1/admin/tax-report": "?period=2026-Q1", "/v1/admin/tax-report.csv": "?period=2026-Q1",
}

// TestHEAD_EachGET_SameStatusAndType requests every path of the document without a path parameter.
func TestHEAD_EachGET_SameStatusAndType(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk, requested := r.Clerk(t), 0
	for path, item := range clerk.Get("/openapi.json").Is(http.StatusOK).Body["paths"].(harness.Object) {
		if _, readable := item.(harness.Object)["get"]; !readable || strings.Contains(path, "{") {
			continue
		}
		path += required[path]
		got, head := clerk.Get(path).Is(http.StatusOK), clerk.Send(http.MethodHead, path, nil, nil).Is(http.StatusOK)
		require.Empty(t, head.Raw, path)
		require.Equal(t, got.Header.Get("Content-Type"), head.Header.Get("Content-Type"), path)
		requested++
	}
	require.Greater(t, requested, 20)
}

// A new price changes the responses of the product and the cart, but not the version of their rows.
func TestIfNoneMatch_PriceChanged_Returns200(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	product := buyer.Product("tidewright")
	buyer.Add("tidewright")
	same := func(path, tag string, status int) {
		buyer.Send(http.MethodGet, path, nil, http.Header{"If-None-Match": {tag}}).Is(status)
	}
	cart, list := buyer.Get("/v1/cart").Header.Get("ETag"), buyer.Get("/v1/products?q=tidewright").Header.Get("ETag")
	same("/v1/products/tidewright", product.Header.Get("ETag"), http.StatusNotModified)
	same("/v1/cart", cart, http.StatusNotModified)
	same("/v1/products?q=tidewright", list, http.StatusNotModified)
	clerk.Post("/v1/admin/products/"+product.Text("id")+"/prices",
		harness.Object{"amount": 1, "currency": "EUR"}).Is(http.StatusCreated)
	same("/v1/cart", cart, http.StatusOK)
	same("/v1/products?q=tidewright", list, http.StatusOK)
	harness.Eventually(t, "the product shows the new price", func() bool {
		return buyer.Send(http.MethodGet, "/v1/products/tidewright", nil,
			http.Header{"If-None-Match": {product.Header.Get("ETag")}}).Status == http.StatusOK
	})
	buyer.Send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {cart}}).Is(http.StatusNoContent)
}

func TestWebhook_LoneSurrogate_Returns400(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	for _, body := range []string{
		`{"id":"evt_1","type":"x","data":{"note":"\ud800"}}`, `{"id":"evt_1","type":"\u0000"}`,
		"{\"id\":\"evt_1\",\"type\":\"\xff\"}",
	} {
		signature := mockpay.Sign([]byte(body), harness.WebhookSecret, time.Now())
		r.Guest(t).Send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {signature}}).Problem(http.StatusBadRequest, "bad-event")
	}
}

func TestWebhook_SeveralSignatures_OneValidIsEnough(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	const body = `{"id":"evt_1","type":"x"}`
	signature := strings.Replace(mockpay.Sign([]byte(body), harness.WebhookSecret, time.Now()), ",v1=",
		",v1="+strings.Repeat("0", 64)+",v1=", 1)
	r.Guest(t).Send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
		http.Header{"Mockpay-Signature": {signature}}).Is(http.StatusOK)
}
