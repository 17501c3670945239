//go:build failpoints

package matrix_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// matrixBuyer buys both products.
type matrixBuyer struct {
	preparedBuyer

	r        *harness.Store
	scenario scenario
	keys     [3]string
	orderID  string
	bought   bool
	last     atomic.Value // the last response to a request that buys
}

// resume repeats the buyer's requests with the same keys until the purchase has ended or stop returns true.
func (b *matrixBuyer) resume(t *testing.T, stop func() bool) {
	t.Helper()
	ended := assert.Eventually(t, func() bool { return stop() || b.step(t) }, time.Minute, 10*time.Millisecond)
	require.True(t, ended, "the purchase ends; the last response: %v", b.last.Load())
}

// step sends one request and reports whether the purchase has ended.
func (b *matrixBuyer) step(t *testing.T) bool {
	t.Helper()
	if b.bought {
		return b.afterPurchase(t)
	}
	path, key, body := "/v1/checkouts", b.keys[0], maps.Clone(b.body)
	body["payment_method"] = b.scenario.token
	if b.scenario.retry && b.orderID != "" {
		path, key, body = "/v1/orders/"+b.orderID+"/payments", b.keys[1], harness.Object{"payment_method": "pm_ok"}
	}
	answer, err := b.send(t, path, key, body)
	if err != nil {
		b.last.Store(err.Error())
		return false
	}
	b.last.Store(fmt.Sprint(answer.Status, " ", string(answer.Raw)))
	switch answer.Status {
	case http.StatusCreated:
		b.orderID, b.bought = answer.Text("id"), true
		return b.afterPurchase(t)
	case http.StatusPaymentRequired:
		b.orderID = answer.Text("order_id")
		return !b.scenario.retry
	case http.StatusAccepted:
		b.orderID = answer.Text("id")
		b.confirm(t, answer)
	}
	return false
}

// afterPurchase awaits the dispute or requests the refund of the scenario, and reports whether it has ended.
func (b *matrixBuyer) afterPurchase(t *testing.T) bool {
	t.Helper()
	if b.scenario.dispute != "" && b.r.Count(t,
		`SELECT count(*) FROM billing.disputes WHERE order_id = '`+b.orderID+`' AND status = '`+b.scenario.dispute+`'`) == 0 {
		return false
	}
	if !b.scenario.refund {
		return true
	}
	answer, err := b.send(t, "/v1/orders/"+b.orderID+"/refunds", b.keys[2], harness.Object{"reason": "bored"})
	return err == nil && (answer.Status == http.StatusCreated || answer.Body["code"] == "refund-failed")
}

func (b *matrixBuyer) confirm(t *testing.T, answer harness.Reply) {
	t.Helper()
	action, ok := answer.Body["next_action"].(harness.Object)
	if !ok {
		return
	}
	response, err := http.Post(action["url"].(string), "application/json",
		strings.NewReader(`{"result":"success"}`)) //nolint:noctx // a test's own provider
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

// checkOutcome repeats the first request and compares the response with the order, the provider, the library and the
// cart.
func (b *matrixBuyer) checkOutcome(t *testing.T) {
	t.Helper()
	body := maps.Clone(b.body)
	body["payment_method"] = b.scenario.token
	var answer harness.Reply
	harness.Eventually(t, "the restarted store responds", func() bool {
		var err error
		answer, err = b.send(t, "/v1/checkouts", b.keys[0], body)
		require.NoError(t, err)
		return !unavailable(answer)
	})
	want, taken := http.StatusCreated, 1
	if b.scenario.finalStatus == "declined" {
		want, taken = http.StatusPaymentRequired, 0
	}
	require.Equal(t, want, answer.Status, string(answer.Raw))
	require.Equal(t, "true", answer.Header.Get("Idempotent-Replayed"))
	harness.Eventually(t, "the order and the library reach their final states", func() bool {
		order, library := b.client(t).Get("/v1/orders/"+b.orderID), b.client(t).Get("/v1/library")
		return !unavailable(order) && !unavailable(library) &&
			order.Is(http.StatusOK).Text("status") == b.scenario.finalStatus &&
			len(library.Is(http.StatusOK).Items("items")) == b.scenario.owned()
	})
	require.Len(t, b.read(t, "/v1/orders").Items("items"), 1, "one order")
	require.Equal(t, taken, b.r.SucceededCharges(t, b.orderID))
	require.Equal(t, b.scenario.refund,
		b.r.Count(t, `SELECT count(*) FROM billing.refunds WHERE order_id = '`+b.orderID+`'`) == 1,
		"one refund for all requests with the key")
	require.Len(t, b.read(t, "/v1/cart").Items("items"), bought*(1-taken))
}

// unavailable reports whether a response asks the client to try again.
func unavailable(answer harness.Reply) bool { return answer.Status == http.StatusServiceUnavailable }

// read repeats a GET request until the store is available, and returns the response.
func (b *matrixBuyer) read(t *testing.T, path string) (answer harness.Reply) {
	t.Helper()
	harness.Eventually(t, "a response to GET "+path, func() bool {
		answer = b.client(t).Get(path)
		return !unavailable(answer)
	})
	return answer.Is(http.StatusOK)
}

func (b *matrixBuyer) client(t *testing.T) *harness.Client {
	t.Helper()
	return &harness.Client{T: t, Base: b.r.URL, Token: b.token}
}

// send sends a request to a store that may crash, without validating the response against the OpenAPI document.
func (b *matrixBuyer) send(t *testing.T, path, key string, body harness.Object) (harness.Reply, error) {
	t.Helper()
	request := b.client(t).Request(http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return harness.Reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return harness.Reply{}, err
	}
	out := harness.Reply{T: t, Status: response.StatusCode, Header: response.Header, Raw: raw}
	return out, json.Unmarshal(raw, &out.Body)
}
