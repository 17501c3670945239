// With failpoints the clock is the rig's, and no test may set another.

//go:build !failpoints

package main

import (
	"net/http"
	"testing"
	"time"

	"coinslot/platform/clock"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// TestAnotherProcessHearsOfAChangedProduct has a second process for which time stands still, so that what it remembers
// never grows old: only a notice makes it look again.
func TestAnotherProcessHearsOfAChangedProduct(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	server, stop := r.start(t, r.config(t), false,
		fx.Decorate(func(clock.Clock) clock.Clock { return clock.NewManual(time.Now()) }))
	t.Cleanup(stop)
	other := &client{t: t, base: "http://" + server.Address()}
	product := other.product("tidewright")
	clerk := r.clerk(t)
	clerk.product("tidewright") // so that the process itself remembers it as well
	clerk.send(http.MethodPatch, "/v1/admin/products/"+product.text("id"),
		object{"title": "Tidewright Again"}, nil).is(http.StatusOK)
	require.Equal(t, "Tidewright Again", r.guest(t).product("tidewright").text("title"), "the process itself")
	eventually(t, "the other process hears of it",
		func() bool { return other.product("tidewright").text("title") == "Tidewright Again" })
}

// TestErasedAccount_TokenThatIsStillTrusted_RecreatesNothing has a second process for which time stands still, so that it
// trusts a session of an erased account for longer than the second that it may.
func TestErasedAccount_TokenThatIsStillTrusted_RecreatesNothing(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	server, stop := r.start(t, r.config(t), false,
		fx.Decorate(func(clock.Clock) clock.Clock { return clock.NewManual(time.Now()) }))
	t.Cleanup(stop)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	bought := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated).text("id")
	declined := buyer.checkout("pm_declined", "brassica").is(http.StatusPaymentRequired).text("order_id")
	item := buyer.add("star-orchard")
	checkout := buyer.purchase("pm_ok", item)
	me := buyer.get("/v1/me").is(http.StatusOK).text("id")
	trusted := &client{t: t, base: "http://" + server.Address(), token: buyer.token}
	trusted.get("/v1/me").is(http.StatusOK)
	buyer.delete("/v1/me", object{"password": testPassword}).is(http.StatusNoContent)
	everything := func() {
		product := trusted.product("dragon-treat").text("id")
		for _, answer := range []reply{
			trusted.keyed("/v1/checkouts", newKey(), checkout),
			trusted.post("/v1/cart/items", object{"product_id": product}),
			trusted.send(http.MethodPatch, "/v1/cart/items/"+item, object{"quantity": 1}, nil),
			trusted.keyed("/v1/orders/"+declined+"/payments", newKey(), object{"payment_method": "pm_ok"}),
			trusted.keyed("/v1/orders/"+bought+"/refunds", newKey(), object{"reason": "call me at home"}),
			trusted.send(http.MethodPatch, "/v1/me", object{"display_name": "Still Here"}, nil),
			trusted.send(http.MethodPut, "/v1/me/password",
				object{"current_password": testPassword, "new_password": "another password for it"}, nil),
			trusted.delete("/v1/me", object{"password": testPassword}),
		} {
			require.Less(t, answer.Status, http.StatusInternalServerError, string(answer.Raw))
		}
	}
	everything() // while AccountErased is on its way to the modules
	eventually(t, "every module handles AccountErased", func() bool {
		return count(t, r, "billing.erased_accounts")+count(t, r, "cart.erased_accounts")+count(t, r,
			"library.erased_accounts")+
			count(t, r, "checkout.erased_accounts") == 4
	})
	everything()
	clerk.refund(bought, object{})
	eventually(t, "everything settles", func() bool { return r.settled(t) })
	for _, left := range []string{
		"identity.accounts WHERE id = '" + me + "' AND (display_name = 'Still Here' OR email LIKE '%@%')",
		"identity.sessions WHERE account_id = '" + me + "' AND ended_at IS NULL",
		"cart.carts WHERE account_id = '" + me + "'",
		"checkout.orders WHERE account_id = '" + me + "' AND status NOT IN ('canceled', 'refunded')",
		"library.entitlements WHERE account_id = '" + me + "' AND ended_at IS NULL",
		"billing.refunds WHERE account_id = '" + me + "' AND reason <> ''",
		"billing.payments WHERE account_id = '" + me + "' AND captured > returned",
	} {
		require.Zero(t, count(t, r, left), left)
	}
	r.holds(t)
}
