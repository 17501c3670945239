package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// concurrently calls a function 50 times concurrently and returns its results.
func concurrently(do func(i int) harness.Reply) []harness.Reply {
	answers := make([]harness.Reply, concurrency)
	var group sync.WaitGroup
	for i := range concurrency {
		group.Go(func() { answers[i] = do(i) })
	}
	group.Wait()
	return answers
}

func TestRefresh_50Concurrent_OneSuccessor(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	token := guest.SignIn("ada", harness.TestPassword).Text("refresh_token")
	successors := map[string]bool{}
	for _, answer := range concurrently(func(int) harness.Reply {
		return r.Guest(t).Post("/v1/sessions/refresh", harness.Object{"refresh_token": token})
	}) {
		successors[answer.Is(http.StatusOK).Text("refresh_token")] = true
	}
	require.Len(t, successors, 1)
	require.Equal(t, 2, harness.Count(t, r, "identity.refresh_tokens"))
	r.VerifyInvariants(t)
}

func TestCheckout_ConcurrentCartEdits_ChargesExpectedTotal(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	item := buyer.Add("dragon-treat") // a consumable, whose quantity can change
	body := buyer.Purchase("pm_ok", item)
	bought := 0
	for _, answer := range concurrently(func(i int) harness.Reply {
		if i%2 == 0 {
			return buyer.Send(http.MethodPatch, "/v1/cart/items/"+item, harness.Object{"quantity": 1 + i%7}, nil)
		}
		return buyer.Keyed("/v1/checkouts", harness.NewKey(), body)
	}) {
		switch answer.Status {
		case http.StatusCreated:
			bought++
			require.Equal(t, body["expected_total"], answer.Body["total"])
		case http.StatusOK, http.StatusNotFound:
		default:
			answer.Is(http.StatusConflict)
			require.Contains(t, []any{"price-changed", "cart-already-checked-out"}, answer.Body["code"])
		}
	}
	require.LessOrEqual(t, bought, 1)
	r.VerifyInvariants(t)
}

func TestCheckout_ConcurrentPriceChanges_ChargesExpectedTotal(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	body := buyer.Purchase("pm_ok", buyer.Add("tidewright"))
	productID := buyer.Product("tidewright").Text("id")
	bought := 0
	for _, answer := range concurrently(func(i int) harness.Reply {
		if i%5 == 0 {
			return clerk.Post("/v1/admin/products/"+productID+"/prices",
				harness.Object{"amount": 1000 + i, "currency": "EUR"})
		}
		return buyer.Keyed("/v1/checkouts", harness.NewKey(), body)
	}) {
		if answer.Status == http.StatusCreated && answer.Body["status"] == "completed" {
			bought++
			require.Equal(t, body["expected_total"], answer.Body["total"])
			continue
		}
		require.Contains(t, []int{http.StatusCreated, http.StatusConflict}, answer.Status, string(answer.Raw))
	}
	require.LessOrEqual(t, bought, 1)
	require.Equal(t, bought, harness.Count(t, r, "billing.payments"))
	r.VerifyInvariants(t)
}

func TestOrder_ConcurrentReadsAndWebhook_CapturedOnce(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_requires_action", "tidewright").Is(http.StatusAccepted)
	confirm(t, order, "success")
	for _, answer := range concurrently(func(int) harness.Reply { return buyer.Get("/v1/orders/" + order.Text("id")) }) {
		require.Contains(t, []any{"requires_action", "paid", "completed"}, answer.Is(http.StatusOK).Body["status"])
	}
	r.AwaitStatus(t, order.Text("id"), "completed")
	require.Len(t, r.Charges(t, order.Text("id")), 1)
	r.VerifyInvariants(t)
}
