//go:build failpoints

package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"coinslot/app/e2e/harness"
)

// startOthers runs what happens beside the buyers until ctx ends: accounts are erased while a payment is open, payments
// are refunded or change their amount at the provider, and staff resolve manual reviews.
func (c *chaos) startOthers(ctx context.Context, group *sync.WaitGroup) {
	for n := range int64(4) {
		group.Go(func() { c.eraseAccounts(ctx, n) })
	}
	group.Go(func() { c.changeAtProvider(ctx) })
	group.Go(func() { c.resolveReviews(ctx) })
}

// counters count the successful actions of startOthers.
type counters struct{ erasures, external, resolutions atomic.Int64 }

// eraseAccounts registers accounts, starts a purchase with most of them, and erases them.
func (c *chaos) eraseAccounts(ctx context.Context, worker int64) {
	for round := int64(0); ctx.Err() == nil; round++ {
		b := &chaosBuyer{
			c: c, n: 10_000 + worker + 4*round,
			rng: rand.New(rand.NewPCG(c.seed, uint64(10_000+worker+4*round))),
		}
		b.register(ctx)
		if b.rng.IntN(3) > 0 {
			b.startPurchase(ctx)
		}
		b.until(ctx, func() bool {
			status, _ := b.call(ctx, http.MethodDelete, "/v1/me", "", harness.Object{"password": harness.TestPassword})
			if status == http.StatusNoContent {
				c.erasures.Add(1)
			}
			return status == http.StatusNoContent || status == http.StatusUnauthorized
		})
	}
}

// startPurchase sends a checkout once and does not wait for its outcome.
func (b *chaosBuyer) startPurchase(ctx context.Context) {
	body, ok := b.purchase(ctx, []string{"pm_requires_action", "pm_timeout_then_success", "pm_ok"}[b.rng.IntN(3)])
	if !ok {
		return
	}
	status, answer := b.call(ctx, http.MethodPost, "/v1/checkouts", harness.NewKey(), body)
	orderID, _ := answer["id"].(string)
	if orderID == "" {
		return
	}
	if status == http.StatusCreated {
		b.c.record(recorded{
			Buyer: b.account, Key: harness.NewKey(), Order: orderID, Status: "completed", Total: answer["total"],
			Method: body["payment_method"],
		})
	}
	if action, waits := answer["next_action"].(harness.Object); waits && b.rng.IntN(2) == 0 {
		b.post(ctx, action["url"].(string), `{"result": "success"}`)
	}
}

// changeAtProvider refunds payments partly or fully at the provider, without a refund of the store, and makes it
// capture other amounts than requested.
func (c *chaos) changeAtProvider(ctx context.Context) {
	rng := rand.New(rand.NewPCG(c.seed, 7))
	merchant := &chaosBuyer{c: c, rng: rng}
	for ctx.Err() == nil {
		wait(ctx, 400*time.Millisecond)
		if rng.IntN(4) == 0 {
			verb := []string{
				`{"verb": "wrong_amount", "amount": 5}, {"verb": "webhook_first"}`,
				`{"verb": "late_amount", "amount": 7, "ms": 300}`,
			}[rng.IntN(2)]
			merchant.post(ctx, "http://"+c.provider.address+"/_scenarios", `{"for": {"next": 1}, "do": [`+verb+`]}`)
			continue
		}
		orderID := c.someCompleted(rng)
		if orderID == "" {
			continue
		}
		_, found := merchant.callProvider(ctx, http.MethodGet,
			"http://"+c.provider.address+"/v1/payment_intents?reference="+orderID, "")
		for _, intent := range harness.List(found, "items") {
			captured, _ := intent["captured"].(float64)
			refunded, _ := intent["refunded"].(float64)
			left := int64(captured - refunded)
			if left <= 0 {
				continue
			}
			amount := 1 + rng.Int64N(left)
			if rng.IntN(3) == 0 {
				amount = left
			}
			raw, err := json.Marshal(harness.Object{"intent": intent["id"], "amount": amount})
			c.recorder.Reversed(orderID)
			if status, _ := merchant.callProvider(ctx, http.MethodPost, "http://"+c.provider.address+"/v1/refunds",
				string(raw)); err == nil && status == http.StatusCreated {
				c.external.Add(1)
			}
		}
	}
}

// someCompleted returns a random order that a response reported as completed, or "". It omits orders paid with
// pm_lost_webhook: their refund events are lost too, so that only reconciliation finds the external refund.
func (c *chaos) someCompleted(rng *rand.Rand) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.history) == 0 {
		return ""
	}
	if h := c.history[rng.IntN(len(c.history))]; h.Status == "completed" && h.Method != "pm_lost_webhook" {
		return h.Order
	}
	return ""
}

// resolveReviews resolves manual reviews with random actions.
func (c *chaos) resolveReviews(ctx context.Context) {
	clerk := &chaosBuyer{c: c, rng: rand.New(rand.NewPCG(c.seed, 8))}
	clerk.signIn(ctx, "clerk", harness.TestPassword)
	for ctx.Err() == nil {
		wait(ctx, 500*time.Millisecond)
		_, reviews := clerk.call(ctx, http.MethodGet, "/v1/admin/orders?status=manual_review&limit=20", "", nil)
		for _, order := range harness.List(reviews, "items") {
			action := []string{"accept", "refund", "release"}[clerk.rng.IntN(3)]
			path := fmt.Sprintf("/v1/admin/orders/%s/resolve", order["id"])
			status, _ := clerk.call(ctx, http.MethodPost, path, harness.NewKey(),
				harness.Object{"action": action, "reason": "chaos"})
			if status == http.StatusOK || status == http.StatusAccepted {
				c.resolutions.Add(1)
			}
		}
	}
}

// wait returns after d or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
