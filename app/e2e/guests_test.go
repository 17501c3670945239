package e2e_test

import (
	"net/http"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// newGuest starts a guest and returns a client with the guest's token.
func newGuest(t *testing.T, r *harness.Store) *harness.Client {
	t.Helper()
	c := r.Guest(t)
	c.Token = c.Post("/v1/guests", nil).Is(http.StatusCreated).Text("access_token")
	return c
}

func registration(name string) harness.Object {
	return harness.Object{
		"email": name + "@example.com", "handle": name, "display_name": name, "password": harness.TestPassword,
	}
}

func quantityOf(cart harness.Reply) map[string]float64 {
	out := map[string]float64{}
	for _, item := range cart.Items("items") {
		out[item["product_id"].(string)] += item["quantity"].(float64)
	}
	return out
}

func TestGuests(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	t.Run("all", func(t *testing.T) {
		for name, test := range map[string]func(t *testing.T, r *harness.Store){
			"guest_buys_registers_and_keeps_everything": guestRegisters,
			"cart_is_merged_as_a_union":                 guestMerges,
			"token_that_is_not_a_guests":                foreignGuestToken,
			"guests_merge_into_one_account_at_once":     guestsMergeAtOnce,
			"guest_without_order_expires":               guestExpires,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, r)
			})
		}
	})
	harness.Eventually(t, "the store is idle", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
}

func guestRegisters(t *testing.T, r *harness.Store) {
	guest := newGuest(t, r)
	me := guest.Get("/v1/me").Is(http.StatusOK)
	require.Equal(t, []any{"guest"}, me.Body["roles"])
	require.NotContains(t, me.Body, "email")
	order := guest.Buy("pm_ok", guest.Add("oddments")).Is(http.StatusCreated)
	guest.Add("brassica")
	invoice := order.Body["invoice"].(harness.Object)["id"].(string)
	guest.AwaitDocument("/v1/invoices/" + invoice + "/pdf")
	guest.AwaitDocument("/v1/invoices/" + invoice + "/xml")
	name := "guest-" + harness.NewKey()[24:]
	guest.Post("/v1/me/registration", registration("ada")).Problem(http.StatusConflict, "account-taken")
	guest.Post("/v1/me/registration", harness.Object{
		"email": "x", "handle": "y", "display_name": "z", "password": "password1234",
	}).Is(http.StatusUnprocessableEntity)
	account := guest.Post("/v1/me/registration", registration(name)).Is(http.StatusOK)
	require.Equal(t, me.Text("id"), account.Text("id"))
	require.Equal(t, []any{"customer"}, account.Body["roles"])
	guest.Post("/v1/me/registration", registration(name)).Problem(http.StatusConflict, "already-registered")
	guest.SignIn(name, harness.TestPassword)
	require.Equal(t, order.Text("id"), guest.Get("/v1/orders").Is(http.StatusOK).Items("items")[0]["id"])
	require.Len(t, guest.AwaitOwned(1), 1)
	require.Len(t, guest.Get("/v1/cart").Is(http.StatusOK).Items("items"), 1)
	guest.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	guest.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
}

// vendurehq/vendure#3153, #263: lines are lost, or the cart of another customer is taken.
func guestMerges(t *testing.T, r *harness.Store) {
	ada, guest := r.NewBuyer(t), newGuest(t, r)
	ada.Add("oddments")
	ada.Add("dragon-treat")
	for _, slug := range []string{"oddments", "brassica", "dragon-treat"} {
		guest.Add(slug)
	}
	body := harness.Object{"guest_token": guest.Token}
	for range 2 {
		merged := quantityOf(ada.Post("/v1/cart/merge", body).Is(http.StatusOK))
		require.Equal(t, map[string]float64{
			ada.Product("oddments").Text("id"): 1, ada.Product("brassica").Text("id"): 1,
			ada.Product("dragon-treat").Text("id"): 2,
		}, merged)
	}
	require.Empty(t, guest.Get("/v1/cart").Is(http.StatusOK).Items("items"))
}

func foreignGuestToken(t *testing.T, r *harness.Store) {
	ada, bob := r.NewBuyer(t), r.NewBuyer(t)
	bob.Add("oddments")
	guest := newGuest(t, r)
	guest.Add("brassica")
	for _, token := range []string{bob.Token, "", "unknown", guest.Token + "x", guest.Token[:len(guest.Token)/2]} {
		ada.Post("/v1/cart/merge", harness.Object{"guest_token": token}).
			Problem(http.StatusUnprocessableEntity, "bad-guest-token")
	}
	require.Len(t, bob.Get("/v1/cart").Items("items"), 1)
	require.Len(t, guest.Get("/v1/cart").Items("items"), 1)
	require.Empty(t, ada.Get("/v1/cart").Items("items"))
	r.Guest(t).Post("/v1/cart/merge", harness.Object{"guest_token": guest.Token}).Is(http.StatusUnauthorized)
	guest.Delete("/v1/me", harness.Object{"password": ""}).Problem(http.StatusForbidden, "wrong-password")
	r.Guest(t).Post("/v1/sessions", harness.Object{"login": "", "password": ""}).Is(http.StatusUnauthorized)
}

func guestsMergeAtOnce(t *testing.T, r *harness.Store) {
	ada := r.NewBuyer(t)
	guests := []*harness.Client{newGuest(t, r), newGuest(t, r), newGuest(t, r)}
	for _, guest := range guests {
		guest.Add("dragon-treat")
		guest.Add("oddments")
	}
	statuses := make([]int, 2*len(guests))
	var group sync.WaitGroup
	for i := range statuses { // each guest's cart is merged twice
		group.Go(func() {
			statuses[i] = ada.Post("/v1/cart/merge", harness.Object{"guest_token": guests[i/2].Token}).Status
		})
	}
	group.Wait()
	require.Equal(t, []int{200, 200, 200, 200, 200, 200}, statuses)
	require.Equal(t, map[string]float64{
		ada.Product("dragon-treat").Text("id"): 3, ada.Product("oddments").Text("id"): 1,
	}, quantityOf(ada.Get("/v1/cart")))
}

func guestExpires(t *testing.T, r *harness.Store) {
	guest := newGuest(t, r)
	guest.Add("oddments")
	accountID := guest.Get("/v1/me").Is(http.StatusOK).Text("id")
	require.Equal(t, 1, harness.Count(t, r, "identity.unverified_accounts WHERE account_id = '"+accountID+
		"' AND expires_at BETWEEN now() + interval '29 days' AND now() + interval '31 days'"))
}
