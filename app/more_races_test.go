package main

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// many does one thing fifty times at once.
func many(do func(i int) reply) []reply {
	answers := make([]reply, racers)
	var group sync.WaitGroup
	for i := range racers {
		group.Go(func() { answers[i] = do(i) })
	}
	group.Wait()
	return answers
}

func TestFiftyRefreshesGetOneSuccessor(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	guest := r.guest(t)
	token := guest.signIn("ada", testPassword).text("refresh_token")
	successors := map[string]bool{}
	for _, answer := range many(func(int) reply {
		return r.guest(t).post("/v1/sessions/refresh", object{"refresh_token": token})
	}) {
		successors[answer.is(http.StatusOK).text("refresh_token")] = true
	}
	require.Len(t, successors, 1)
	require.Equal(t, 2, count(t, r, "identity.refresh_tokens"))
	r.holds(t)
}

func TestACheckoutAgainstCartEditsBuysWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	item := buyer.add("dragon-treat") // a consumable
	body := buyer.purchase("pm_ok", item)
	bought := 0
	for _, answer := range many(func(i int) reply {
		if i%2 == 0 {
			return buyer.send(http.MethodPatch, "/v1/cart/items/"+item, object{"quantity": 1 + i%7}, nil)
		}
		return buyer.keyed("/v1/checkouts", newKey(), body)
	}) {
		switch answer.Status {
		case http.StatusCreated:
			bought++
			require.Equal(t, body["expected_total"], answer.Body["total"])
		case http.StatusOK, http.StatusNotFound:
		default:
			answer.is(http.StatusConflict)
			require.Contains(t, []any{"price-changed", "cart-already-checked-out"}, answer.Body["code"])
		}
	}
	require.LessOrEqual(t, bought, 1)
	r.holds(t)
}

func TestACheckoutAgainstPriceChangesChargesWhatWasAgreedTo(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	body := buyer.purchase("pm_ok", buyer.add("tidewright"))
	productID := buyer.product("tidewright").text("id")
	bought := 0
	for _, answer := range many(func(i int) reply {
		if i%5 == 0 {
			return clerk.post("/v1/admin/products/"+productID+"/prices", object{"amount": 1000 + i, "currency": "USD"})
		}
		return buyer.keyed("/v1/checkouts", newKey(), body)
	}) {
		if answer.Status == http.StatusCreated && answer.Body["status"] == "completed" {
			bought++
			require.Equal(t, body["expected_total"], answer.Body["total"])
			continue
		}
		require.Contains(t, []int{http.StatusCreated, http.StatusConflict}, answer.Status, string(answer.Raw))
	}
	require.LessOrEqual(t, bought, 1)
	require.Equal(t, bought, count(t, r, "billing.payments"))
	r.holds(t)
}

func TestFiftyWebhooksAgainstTheClientCaptureOnce(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_requires_action", "tidewright").is(http.StatusAccepted)
	confirm(t, order, "success")
	for _, answer := range many(func(int) reply { return buyer.get("/v1/orders/" + order.text("id")) }) {
		require.Contains(t, []any{"requires_action", "paid", "completed"}, answer.is(http.StatusOK).Body["status"])
	}
	r.becomes(t, order.text("id"), "completed")
	require.Len(t, r.charges(t, order.text("id")), 1)
	r.holds(t)
}
