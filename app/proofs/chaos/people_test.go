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

// Beside the buyers who shop there are others: accounts that are erased while a payment of theirs is open, somebody who
// refunds payments in the provider's dashboard, and staff who resolves manual reviews.

// others lets them work until the storm is over.
func (c *chaos) others(ctx context.Context, group *sync.WaitGroup) {
	for n := range int64(4) {
		group.Go(func() { c.comeAndGo(ctx, n) })
	}
	group.Go(func() { c.refundInTheDashboard(ctx) })
	group.Go(func() { c.resolve(ctx) })
}

// counters are how often the others succeeded.
type counters struct{ erasures, external, resolutions atomic.Int64 }

// comeAndGo registers accounts, has each begin a purchase, and erases it.
func (c *chaos) comeAndGo(ctx context.Context, worker int64) {
	for round := int64(0); ctx.Err() == nil; round++ {
		b := &chaosBuyer{
			c: c, n: 10_000 + worker + 4*round,
			rng: rand.New(rand.NewPCG(c.seed, uint64(10_000+worker+4*round))),
		}
		name := b.register(ctx)
		if b.rng.IntN(3) > 0 {
			b.begin(ctx, name)
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

// begin starts a purchase of which it does not wait for the end.
func (b *chaosBuyer) begin(ctx context.Context, name string) {
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
		b.c.hear(heard{
			Buyer: name, Key: harness.NewKey(), Order: orderID, Status: "completed", Total: answer["total"],
			Method: body["payment_method"],
		})
	}
	if action, waits := answer["next_action"].(harness.Object); waits && b.rng.IntN(2) == 0 {
		b.post(ctx, action["url"].(string), `{"result": "success"}`)
	}
}

// refundInTheDashboard refunds a part or all of payments as somebody does who names no refund of the store, and has the
// provider speak of other amounts.
func (c *chaos) refundInTheDashboard(ctx context.Context) {
	rng := rand.New(rand.NewPCG(c.seed, 7))
	provider := &chaosBuyer{c: c, rng: rng}
	for ctx.Err() == nil {
		idle(ctx, 400*time.Millisecond)
		if rng.IntN(4) == 0 {
			verb := []string{
				`{"verb": "wrong_amount", "amount": 5}, {"verb": "webhook_first"}`,
				`{"verb": "late_amount", "amount": 7, "ms": 300}`,
			}[rng.IntN(2)]
			provider.post(ctx, "http://"+c.money.address+"/_scenarios", `{"for": {"next": 1}, "do": [`+verb+`]}`)
			continue
		}
		orderID := c.someCompleted(rng)
		if orderID == "" {
			continue
		}
		_, found := provider.ask(ctx, http.MethodGet, "http://"+c.money.address+"/v1/payment_intents?reference="+orderID, "")
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
			if status, _ := provider.ask(ctx, http.MethodPost, "http://"+c.money.address+"/v1/refunds",
				string(raw)); err == nil && status == http.StatusCreated {
				c.external.Add(1)
			}
		}
	}
}

// someCompleted returns an order that a buyer was told is completed, or none. One paid by a method whose webhooks the
// provider loses for ever is left out: nobody tells the store of its refund, only reconciliation names the difference.
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

// resolve ends manual reviews one way or another.
func (c *chaos) resolve(ctx context.Context) {
	clerk := &chaosBuyer{c: c, rng: rand.New(rand.NewPCG(c.seed, 8))}
	clerk.signIn(ctx, "clerk", harness.TestPassword)
	for ctx.Err() == nil {
		idle(ctx, 500*time.Millisecond)
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

// idle lets time pass, until the storm is over.
func idle(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
