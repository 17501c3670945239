package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"coinslot/app/mockpay"

	"github.com/stretchr/testify/require"
)

// TestHEAD_EachGET_AnswersAlike asks for every address of the document that needs no ID.
func TestHEAD_EachGET_AnswersAlike(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	clerk, asked := r.clerk(t), 0
	for path, item := range clerk.get("/openapi.json").is(http.StatusOK).Body["paths"].(object) {
		if _, readable := item.(object)["get"]; !readable || strings.Contains(path, "{") {
			continue
		}
		got, head := clerk.get(path).is(http.StatusOK), clerk.send(http.MethodHead, path, nil, nil).is(http.StatusOK)
		require.Empty(t, head.Raw, path)
		require.Equal(t, got.Header.Get("Content-Type"), head.Header.Get("Content-Type"), path)
		asked++
	}
	require.Greater(t, asked, 20)
}

// TestIfNoneMatch_PriceChanged_IsNo304: the row versions of the product and of the cart stay, what they show does not.
func TestIfNoneMatch_PriceChanged_IsNo304(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	product := buyer.product("tidewright")
	buyer.add("tidewright")
	same := func(path, tag string, status int) {
		buyer.send(http.MethodGet, path, nil, http.Header{"If-None-Match": {tag}}).is(status)
	}
	cart, list := buyer.get("/v1/cart").Header.Get("ETag"), buyer.get("/v1/products?q=tidewright").Header.Get("ETag")
	same("/v1/products/tidewright", product.Header.Get("ETag"), http.StatusNotModified)
	same("/v1/cart", cart, http.StatusNotModified)
	same("/v1/products?q=tidewright", list, http.StatusNotModified)
	clerk.post("/v1/admin/products/"+product.text("id")+"/prices",
		object{"amount": 1, "currency": "USD"}).is(http.StatusCreated)
	same("/v1/cart", cart, http.StatusOK)
	same("/v1/products?q=tidewright", list, http.StatusOK)
	eventually(t, "the product shows the new price", func() bool {
		return buyer.send(http.MethodGet, "/v1/products/tidewright", nil,
			http.Header{"If-None-Match": {product.Header.Get("ETag")}}).Status == http.StatusOK
	})
	buyer.send(http.MethodDelete, "/v1/cart", nil, http.Header{"If-Match": {cart}}).is(http.StatusNoContent)
}

func TestWebhook_LoneSurrogate_Returns400(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	for _, body := range []string{
		`{"id":"evt_1","type":"x","data":{"note":"\ud800"}}`, `{"id":"evt_1","type":"\u0000"}`,
		"{\"id\":\"evt_1\",\"type\":\"\xff\"}",
	} {
		signature := mockpay.Sign([]byte(body), webhookSecret, time.Now())
		r.guest(t).send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
			http.Header{"Mockpay-Signature": {signature}}).problem(http.StatusBadRequest, "bad-event")
	}
}

func TestWebhook_SeveralSignatures_OneValidCounts(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	const body = `{"id":"evt_1","type":"x"}`
	signature := strings.Replace(mockpay.Sign([]byte(body), webhookSecret, time.Now()), ",v1=",
		",v1="+strings.Repeat("0", 64)+",v1=", 1)
	r.guest(t).send(http.MethodPost, "/v1/webhooks/payments/mockpay", body,
		http.Header{"Mockpay-Signature": {signature}}).is(http.StatusOK)
}
