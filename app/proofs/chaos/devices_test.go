//go:build failpoints

package chaos_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"coinslot/app/e2e/harness"
)

// run registers the buyer and buys with one device, while the buyer uses a second one.
func (b *chaosBuyer) run(ctx context.Context) {
	b.register(ctx)
	second := &chaosBuyer{
		c: b.c, account: b.account, token: b.token, rng: rand.New(rand.NewPCG(b.c.seed, uint64(b.n)+1_000_000)),
	}
	buying, bought := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { second.browse(buying) })
	for range 1 + b.rng.IntN(2) {
		b.buy(ctx)
	}
	bought()
	group.Wait()
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.c.done = append(b.c.done, b)
}

// pages are what a buyer reads.
var pages = []string{"/v1/cart", "/v1/orders?limit=100", "/v1/library?limit=100"}

// browse reads the cart, the orders and the library, and changes the units of a consumable in the cart, until ctx ends.
// It does not repeat what fails.
func (b *chaosBuyer) browse(ctx context.Context) {
	line := ""
	for ctx.Err() == nil {
		switch action := b.rng.IntN(6); {
		case action < len(pages):
			b.call(ctx, http.MethodGet, pages[action], "", nil)
		case action == 3 || line == "":
			_, cart := b.call(ctx, http.MethodPost, "/v1/cart/items", "",
				harness.Object{"product_id": b.c.consumable, "quantity": 1 + b.rng.IntN(3)})
			item := harness.ItemOf(harness.List(cart, "items"), "product_id", b.c.consumable)
			line, _ = item["id"].(string)
		case action == 4:
			b.call(ctx, http.MethodPatch, "/v1/cart/items/"+line, "", harness.Object{"quantity": 1 + b.rng.IntN(9)})
		default:
			b.call(ctx, http.MethodDelete, "/v1/cart/items/"+line, "", nil)
			line = ""
		}
		wait(ctx, 200*time.Millisecond)
	}
}

// read reads each page once.
func (b *chaosBuyer) read(ctx context.Context) {
	for _, page := range pages {
		b.call(ctx, http.MethodGet, page, "", nil)
	}
}

// readAll lets all buyers read what the faults have left.
func (c *chaos) readAll(ctx context.Context) {
	for _, b := range c.done {
		b.read(ctx)
	}
}
