package history_test

import (
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/proofs/history"

	"github.com/stretchr/testify/require"
)

// device is a client of an account, of which others may be used at the same time.
type device struct {
	*harness.Client
	recorder *history.Recorder
	gems     string
	stale    bool                      // it answers a read of the cart as the one before
	earlier  map[string]harness.Object // the last response to each read
}

// send sends a request and records it.
func (d *device) send(method, path, key string, body harness.Object) harness.Object {
	q := history.Request{Account: "ada", Method: method, Path: path, Key: key}
	if body != nil {
		q.Body = body
	}
	returned := d.recorder.Call(q)
	reply := d.Send(method, path, q.Body, http.Header{"Idempotency-Key": {key}})
	answer := reply.Body
	if method == http.MethodGet && d.stale && d.earlier[path] != nil {
		answer = d.earlier[path]
	}
	d.earlier[path] = reply.Body
	returned(reply.Status, answer)
	return reply.Body
}

// shop changes and reads the cart, and buys and refunds a game.
func (d *device) shop(seed uint64, game string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	read := func() {
		for _, path := range []string{"/v1/cart", "/v1/orders?limit=100", "/v1/library?limit=100"} {
			d.send(http.MethodGet, path, "", nil)
		}
	}
	read()
	cart := d.send(http.MethodPost, "/v1/cart/items", "", harness.Object{"product_id": game})
	read()
	for range 5 {
		units := 1 + rng.IntN(3)
		cart = d.send(http.MethodPost, "/v1/cart/items", "", harness.Object{"product_id": d.gems, "quantity": units})
		line := "/v1/cart/items/" + harness.ItemOf(harness.List(cart, "items"), "product_id", d.gems)["id"].(string)
		d.send(http.MethodPatch, line, "", harness.Object{"quantity": 1 + rng.IntN(9)})
		if rng.IntN(2) == 0 {
			d.send(http.MethodDelete, line, "", nil)
		}
		read()
	}
	items := []any{harness.ItemOf(harness.List(cart, "items"), "product_id", game)["id"]}
	quote := d.Post("/v1/checkouts/quote", harness.Object{"item_ids": items}).Body
	order := d.send(http.MethodPost, "/v1/checkouts", harness.NewKey(), harness.Object{
		"item_ids": items, "expected_total": quote["total"], "payment_method": "pm_ok",
	})
	read()
	d.send(http.MethodPost, "/v1/orders/"+order["id"].(string)+"/refunds", harness.NewKey(),
		harness.Object{"reason": "history"})
	read()
}

// shopWithTwo lets two devices of one account shop at the same time.
func shopWithTwo(t *testing.T, stale bool) *history.Recorder {
	t.Helper()
	r := harness.Start(t, nil)
	buyer, recorder := r.NewBuyer(t), history.New()
	games := buyer.PaidGames()
	gems := buyer.Get("/v1/products?kind=consumable&limit=1").Is(http.StatusOK).Items("items")[0]["id"].(string)
	var group sync.WaitGroup
	for n := range 2 {
		d := &device{buyer, recorder, gems, stale && n == 0, map[string]harness.Object{}}
		game := buyer.Product(games[n]).Text("id")
		group.Go(func() { d.shop(uint64(n), game) })
	}
	group.Wait()
	return recorder
}

func TestRecorder_TwoDevices_Linearizable(t *testing.T) {
	t.Parallel()
	line, err := shopWithTwo(t, false).Check(filepath.Join(t.TempDir(), "history.html"))
	require.NoError(t, err)
	t.Log(line)
}

// Negative control of TestRecorder_TwoDevices_Linearizable: each read of one device returns what the one before it
// should have returned.
func TestRecorder_StaleReader_NotLinearizable(t *testing.T) {
	t.Parallel()
	_, err := shopWithTwo(t, true).Check(filepath.Join(t.TempDir(), "history.html"))
	require.ErrorContains(t, err, "0 are too large to check; visualization of the smallest: ")
	t.Log(err)
}
