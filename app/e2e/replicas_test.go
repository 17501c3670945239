// With the tag failpoints, the clock is the one of the failpoints and cannot be replaced.

//go:build !failpoints

package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/platform/clock"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// The clock of the second process does not advance, so that its cached responses do not expire. Only a notification
// purges them.
func TestProductChange_OtherProcess_PurgesItsCache(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	server, stop := r.Start(t, r.Config(t), false,
		fx.Decorate(func(clock.Clock) clock.Clock { return clock.NewManual(time.Now()) }))
	t.Cleanup(stop)
	other := &harness.Client{T: t, Base: "http://" + server.Address()}
	product := other.Product("tidewright")
	clerk := r.Clerk(t)
	clerk.Product("tidewright") // fills the first process's cache
	clerk.Send(http.MethodPatch, "/v1/admin/products/"+product.Text("id"),
		harness.Object{"title": "Tidewright Again"}, nil).Is(http.StatusOK)
	require.Equal(t, "Tidewright Again", r.Guest(t).Product("tidewright").Text("title"), "the first process")
	harness.Eventually(t, "the other process serves the new title",
		func() bool { return other.Product("tidewright").Text("title") == "Tidewright Again" })
}

// The clock of the second process does not advance, so that it accepts the session of an erased account for longer than
// the cache's second.
func TestErasedAccount_StillTrustedToken_RecreatesNothing(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	server, stop := r.Start(t, r.Config(t), false,
		fx.Decorate(func(clock.Clock) clock.Clock { return clock.NewManual(time.Now()) }))
	t.Cleanup(stop)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	bought := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated).Text("id")
	declined := buyer.Checkout("pm_declined", "brassica").Is(http.StatusPaymentRequired).Text("order_id")
	item := buyer.Add("star-orchard")
	checkout := buyer.Purchase("pm_ok", item)
	me := buyer.Get("/v1/me").Is(http.StatusOK).Text("id")
	trusted := &harness.Client{T: t, Base: "http://" + server.Address(), Token: buyer.Token}
	trusted.Get("/v1/me").Is(http.StatusOK)
	buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	sendAll := func() {
		product := trusted.Product("dragon-treat").Text("id")
		for _, answer := range []harness.Reply{
			trusted.Keyed("/v1/checkouts", harness.NewKey(), checkout),
			trusted.Post("/v1/cart/items", harness.Object{"product_id": product}),
			trusted.Send(http.MethodPatch, "/v1/cart/items/"+item, harness.Object{"quantity": 1}, nil),
			trusted.Keyed("/v1/orders/"+declined+"/payments", harness.NewKey(),
				harness.Object{"payment_method": "pm_ok"}),
			trusted.Keyed("/v1/orders/"+bought+"/refunds", harness.NewKey(),
				harness.Object{"reason": "call me at home"}),
			trusted.Send(http.MethodPatch, "/v1/me", harness.Object{"display_name": "Still Here"}, nil),
			trusted.Send(http.MethodPut, "/v1/me/password",
				harness.Object{"current_password": harness.TestPassword, "new_password": "another password for it"}, nil),
			trusted.Delete("/v1/me", harness.Object{"password": harness.TestPassword}),
		} {
			require.Less(t, answer.Status, http.StatusInternalServerError, string(answer.Raw))
		}
	}
	sendAll() // before every module has handled AccountErased
	harness.Eventually(t, "every module has handled AccountErased", func() bool {
		handled := 0
		for _, module := range []string{"billing", "cart", "library", "checkout"} {
			handled += harness.Count(t, r, module+".erased_accounts")
		}
		return handled == 4
	})
	sendAll()
	clerk.Refund(bought, harness.Object{})
	harness.Eventually(t, "all work has drained", func() bool { return r.Drained(t) })
	for _, left := range []string{
		"identity.accounts WHERE id = '" + me + "' AND (display_name = 'Still Here' OR email LIKE '%@%')",
		"identity.sessions WHERE account_id = '" + me + "' AND ended_at IS NULL",
		"cart.carts WHERE account_id = '" + me + "'",
		"checkout.orders WHERE account_id = '" + me + "' AND status NOT IN ('canceled', 'refunded')",
		"library.entitlements WHERE account_id = '" + me + "' AND ended_at IS NULL",
		"billing.refunds WHERE account_id = '" + me + "' AND reason <> ''",
		"billing.payments WHERE account_id = '" + me + "' AND captured > returned",
	} {
		require.Zero(t, harness.Count(t, r, left), left)
	}
	r.VerifyInvariants(t)
}
