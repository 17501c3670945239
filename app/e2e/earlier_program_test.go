package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"coinslot/platform/postgres/pgtest"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

// firstRelease is the commit of v0.1.0. Its statements work on every later schema, so that two releases can run
// during an upgrade.
const firstRelease = "43e27ce"

// buildFirstRelease builds v0.1.0 from the repository's history and returns its path.
func buildFirstRelease(t *testing.T) string {
	t.Helper()
	if exec.CommandContext(t.Context(), "git", "cat-file", "-e", firstRelease).Run() != nil {
		t.Skip("SKIPPED: running v0.1.0 on the present schema needs git and the history (git fetch --unshallow)")
	}
	// The same folder at each run lets the go command reuse what it has built.
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	source := filepath.Join(cache, "coinslot-test", firstRelease)
	run := func(dir, name string, args ...string) {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
	}
	if _, err := os.Stat(source); err != nil {
		require.NoError(t, os.MkdirAll(filepath.Dir(source), 0o755))
		folder, err := os.MkdirTemp(filepath.Dir(source), "source-") //nolint:usetesting // renamed to source
		require.NoError(t, err)
		defer os.RemoveAll(folder)
		archive := filepath.Join(t.TempDir(), "source.tar")
		run("../..", "git", "archive", "-o", archive, firstRelease)
		run(folder, "tar", "-xf", archive)
		if err := os.Rename(folder, source); err != nil {
			require.DirExists(t, source, "another run has extracted it: %v", err)
		}
	}
	binary := filepath.Join(source, "coinslot")
	run(source, "go", "build", "-o", binary, "./app")
	return binary
}

// withAPIKey returns the URL of a proxy that adds the provider's API key to requests. The first release sends none.
func withAPIKey(t *testing.T, provider string) string {
	t.Helper()
	target, err := url.Parse(provider)
	require.NoError(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		harness.Authorize(r.Out)
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// Two releases run on one database, as during an upgrade. v0.1.0 sells and refunds, and the present release continues
// with its orders.
func TestUpgrade_FirstReleaseRunsOnPresentSchema(t *testing.T) {
	t.Parallel()
	binary := buildFirstRelease(t)
	today := harness.Start(t, nil)
	folder := pgtest.Folder(t)
	cmd := exec.Command(binary, "serve")
	cmd.Env = append(os.Environ(), "COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+folder,
		"COINSLOT_DATABASE_URL="+today.Database.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+today.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+withAPIKey(t, today.Mockpay.URL()),
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret, "COINSLOT_TOKENS_KEY="+store.UnusedKey,
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=10s", "COINSLOT_STORE_CURRENCY=EUR",
		// v0.1.0 refuses a checkout whose payment a webhook has locked for longer.
		"COINSLOT_PAYMENTS_TIMEOUT=5s", "COINSLOT_DATABASE_TRANSACTION_TIMEOUT=5s",
		"COINSLOT_DATABASE_STATEMENT_TIMEOUT=5s", "COINSLOT_DATABASE_LOCK_TIMEOUT=5s")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait() // an interrupt is its normal end
	})
	dir, err := datadir.Resolve(folder)
	require.NoError(t, err)
	old := &harness.Store{Database: today.Database, Mockpay: today.Mockpay, Earlier: true}
	harness.Eventually(t, "v0.1.0 has started", func() bool {
		run, err := dir.ReadRun()
		old.URL = run.URL
		return err == nil && run.URL != ""
	})
	buyer, clerk := old.NewBuyer(t), old.Clerk(t)
	bought := buyer.Checkout("pm_ok", "tidewright", "dragon-treat").Is(http.StatusCreated)
	declined := buyer.Checkout("pm_declined", "star-orchard").Is(http.StatusPaymentRequired).Text("order_id")
	again := harness.NewKey()
	harness.Eventually(t, "v0.1.0 takes the second payment", func() bool {
		answer := buyer.Keyed("/v1/orders/"+declined+"/payments", again, harness.Object{"payment_method": "pm_ok"})
		if answer.Status == http.StatusConflict { // the webhook of the decline is being applied; it asks to try again
			answer.Problem(http.StatusConflict, "order-in-progress")
			return false
		}
		answer.Is(http.StatusCreated)
		return true
	})
	waiting := buyer.Checkout("pm_requires_action", "brassica").Is(http.StatusAccepted)
	confirm(t, waiting, "success")
	today.AwaitStatus(t, waiting.Text("id"), "completed")
	canceled := buyer.Checkout("pm_requires_action", "saltborn").Is(http.StatusAccepted).Text("id")
	buyer.Cancel(canceled)
	line := bought.Items("lines")[0]["id"]
	buyer.Refund(bought.Text("id"), harness.Object{"line_ids": []any{line}}).Is(http.StatusCreated)
	clerk.Post("/v1/admin/products/"+buyer.Product("mirrorfen").Text("id")+"/prices",
		harness.Object{"amount": 777, "currency": "EUR"}).Is(http.StatusCreated)
	buyer.Checkout("pm_ok", "mirrorfen").Is(http.StatusCreated)

	buyer.Base, buyer.Earlier = today.URL, false
	buyer.Refund(declined, nil).Is(http.StatusCreated)
	buyer.Refund(bought.Text("id"), nil).Is(http.StatusCreated)
	harness.Eventually(t, "the refund reaches the library", func() bool { return len(buyer.Owned()) == 2 })
	buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	harness.Eventually(t, "all work has drained", func() bool { return today.Drained(t) })
	today.VerifyInvariants(t)
}
