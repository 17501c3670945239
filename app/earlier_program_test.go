package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

// firstRelease is v0.1.0. Every migration since leaves its statements working, so that a store can be upgraded while
// its predecessor still runs.
const firstRelease = "43e27ce"

// buildFirstRelease returns v0.1.0's program, built from the repository's history.
func buildFirstRelease(t *testing.T) string {
	t.Helper()
	if exec.CommandContext(t.Context(), "git", "cat-file", "-e", firstRelease).Run() != nil {
		t.Skip("SKIPPED: running v0.1.0 on today's schema needs git and the history (git fetch --unshallow)")
	}
	folder := t.TempDir()
	archive := filepath.Join(folder, "source.tar")
	run := func(dir, name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
	run("..", "git", "archive", "-o", archive, firstRelease)
	run(folder, "tar", "-xf", archive)
	run(folder, "go", "build", "-o", "coinslot", "./app")
	return filepath.Join(folder, "coinslot")
}

// keyed passes requests on to the provider with its API key: the first release knows of none.
func keyed(t *testing.T, provider string) string {
	t.Helper()
	target, err := url.Parse(provider)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		asMerchant(r.Out)
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// Two versions run on one database, as they do while a store is upgraded: v0.1.0 sells and refunds, and today's store
// goes on with what it left.
func TestUpgrade_TheFirstReleaseRunsOnTodaysSchema(t *testing.T) {
	t.Parallel()
	binary := buildFirstRelease(t)
	today := startStore(t, nil)
	folder := openFolder(t)
	cmd := exec.Command(binary, "serve")
	cmd.Env = append(os.Environ(), "COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+folder,
		"COINSLOT_DATABASE_URL="+today.Database.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+today.Database.OwnerURL, "COINSLOT_PAYMENTS_URL="+keyed(t, today.Mockpay.URL()),
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+webhookSecret, "COINSLOT_TOKENS_KEY="+unusedKey,
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=10s")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait() // it was told to end
	})
	dir, err := datadir.Resolve(folder)
	require.NoError(t, err)
	old := &running{Database: today.Database, Mockpay: today.Mockpay}
	eventually(t, "v0.1.0 has started", func() bool {
		run, err := dir.ReadRun()
		old.URL = run.URL
		return err == nil && run.URL != ""
	})
	buyer, clerk := old.newBuyer(t), old.clerk(t)
	bought := buyer.checkout("pm_ok", "tidewright", "dragon-treat").is(http.StatusCreated)
	declined := buyer.checkout("pm_declined", "star-orchard").is(http.StatusPaymentRequired).text("order_id")
	buyer.keyed("/v1/orders/"+declined+"/payments", newKey(), object{"payment_method": "pm_ok"}).is(http.StatusCreated)
	waiting := buyer.checkout("pm_requires_action", "brassica").is(http.StatusAccepted)
	confirm(t, waiting, "success")
	today.becomes(t, waiting.text("id"), "completed")
	canceled := buyer.checkout("pm_requires_action", "saltborn").is(http.StatusAccepted).text("id")
	buyer.cancel(canceled)
	buyer.refund(bought.text("id"), object{"line_ids": []any{bought.items("lines")[0]["id"]}}).is(http.StatusCreated)
	clerk.post("/v1/admin/products/"+buyer.product("mirrorfen").text("id")+"/prices",
		object{"amount": 777, "currency": "USD"}).is(http.StatusCreated)
	buyer.checkout("pm_ok", "mirrorfen").is(http.StatusCreated)

	buyer.base = today.URL
	buyer.refund(declined, nil).is(http.StatusCreated)
	buyer.refund(bought.text("id"), nil).is(http.StatusCreated)
	require.Len(t, buyer.owned(), 2)
	buyer.delete("/v1/me", object{"password": testPassword}).is(http.StatusNoContent)
	eventually(t, "everything settles", func() bool { return today.settled(t) })
	today.holds(t)
}
