package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// startWithSilentProvider starts a store under the default configuration, behind a reverse proxy with a connection
// pool. Its payment provider accepts requests and never responds. The budgets of the database and of the handlers are
// longer than the default: how fast 200 purchases are placed depends on the load of the machine and is not tested here.
func startWithSilentProvider(t *testing.T) *harness.Store {
	t.Helper()
	ended := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	t.Cleanup(func() {
		close(ended)
		silent.Close()
	})
	r := &harness.Store{Database: harness.OpenSampled(t)}
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "local"})
	require.NoError(t, err)
	cfg.HTTP.Address, cfg.Admin.Address = "127.0.0.1:0", "127.0.0.1:0"
	size := cfg.Database.PoolSize
	cfg.Database, cfg.Tokens.Key = pgtest.Limits(r.Database.StoreURL), store.UnusedKey
	cfg.Database.PoolSize, cfg.Database.AcquireTimeout = size, time.Minute
	cfg.HTTP.HandlerTimeout, cfg.HTTP.WriteTimeout = 2*time.Minute, 3*time.Minute
	cfg.Payments.URL, cfg.Payments.WebhookSecrets = silent.URL, []string{harness.WebhookSecret}
	server, stop := r.Start(t, cfg, false, harness.MemoizedHashing())
	t.Cleanup(stop)
	target, err := url.Parse("http://" + server.Address())
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	pool := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(pool.CloseIdleConnections)
	proxy.Transport = pool
	front := httptest.NewServer(proxy)
	t.Cleanup(front.Close)
	r.URL = front.URL
	return r
}

// expensivePurchases registers buyers, fills their carts with the games of the highest prices and returns the bodies of
// their checkouts, one per game.
func expensivePurchases(t *testing.T, r *harness.Store, buyers, each int) map[*harness.Client][]harness.Object {
	t.Helper()
	games := r.Guest(t).Get("/v1/products?kind=game&limit=100&sort=-price").Is(http.StatusOK).Items("items")
	require.GreaterOrEqual(t, len(games), each)
	out := map[*harness.Client][]harness.Object{}
	for range buyers {
		buyer := r.NewBuyer(t)
		for _, game := range games[:each] {
			out[buyer] = append(out[buyer], buyer.Purchase("pm_ok", buyer.Add(game["slug"].(string))))
		}
	}
	return out
}

// responses counts responses, and those with the expected status.
type responses struct{ expected, all atomic.Int32 }

func (r *responses) count(expected bool) {
	r.all.Add(1)
	if expected {
		r.expected.Add(1)
	}
}

func TestSilentProvider_200Purchases_ReadsStayAvailable(t *testing.T) {
	t.Parallel()
	r := startWithSilentProvider(t)
	reader := r.NewBuyer(t)
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	t.Cleanup(transport.CloseIdleConnections)
	status := func(request *http.Request) int {
		response, err := (&http.Client{Transport: transport}).Do(request)
		if err != nil {
			return 0
		}
		defer response.Body.Close()
		if response.StatusCode >= 500 {
			raw, _ := io.ReadAll(response.Body)
			t.Logf("%s %d after: %s", request.URL.Path, response.StatusCode, raw)
		}
		return response.StatusCode
	}
	var requests []*http.Request
	for buyer, bodies := range expensivePurchases(t, r, 20, 10) {
		for _, body := range bodies {
			requests = append(requests, buyer.Request(http.MethodPost, "/v1/checkouts", body,
				http.Header{"Idempotency-Key": {harness.NewKey()}}))
		}
	}
	require.Len(t, requests, 200)
	var reads, purchases responses
	var readers, buyers sync.WaitGroup
	done := make(chan struct{})
	const fewest = 50 // so that the share of the successful ones means something
	for range 4 {
		readers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
					path := []string{"/v1/cart", "/v1/products/tidewright", "/v1/orders"}[n%3]
					reads.count(status(reader.Request(http.MethodGet, path, nil, nil)) == http.StatusOK)
				}
			}
		})
	}
	for _, request := range requests {
		buyers.Go(func() { purchases.count(status(request) == http.StatusAccepted) })
	}
	buyers.Wait()
	harness.Eventually(t, "the readers have read", func() bool { return reads.all.Load() > fewest })
	close(done)
	readers.Wait()
	t.Logf("%d of %d reads returned 200, %d of %d purchases 202", reads.expected.Load(), reads.all.Load(),
		purchases.expected.Load(), purchases.all.Load())
	require.EqualValues(t, 200, purchases.expected.Load(), "every purchase returns 202")
	require.GreaterOrEqual(t, float64(reads.expected.Load()), 0.95*float64(reads.all.Load()))
	for range 200 {
		require.Equal(t, http.StatusOK, status(reader.Request(http.MethodGet, "/v1/cart", nil, nil)),
			"every read succeeds after the slow calls")
	}
	require.Positive(t, r.Count(t, `SELECT count(*) FROM billing.payments WHERE status = 'requested' AND sends = 0`))
}

// A charge that the open circuit breaker has not sent stays requested, and the buyer can cancel the order.
func TestSilentProvider_UnsentCharge_CanBeCanceled(t *testing.T) {
	t.Parallel()
	r := &harness.Store{Database: harness.OpenSampled(t)}
	r.StartProvider(t, 0)
	cfg := r.Config(t)
	cfg.Payments.OpenAfter = 1
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close() // connections are refused
	cfg.Payments.URL = down.URL
	cfg.Payments.OpenFor = cfg.Payments.ActionWithin
	server, stop := r.Start(t, cfg, false, harness.MemoizedHashing())
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	buyer := r.NewBuyer(t)
	first := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("tidewright"))).Is(http.StatusAccepted)
	require.Equal(t, "unknown", first.Body["payment"].(harness.Object)["status"], "it may have been sent")
	buyer.Keyed("/v1/orders/"+first.Text("id")+"/cancel", harness.NewKey(),
		nil).Problem(http.StatusConflict, "payment-in-progress")
	second := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Add("brassica"))).Is(http.StatusAccepted)
	require.Equal(t, "requested", second.Body["payment"].(harness.Object)["status"])
	canceled := buyer.Keyed("/v1/orders/"+second.Text("id")+"/cancel", harness.NewKey(), nil).Is(http.StatusOK)
	require.Equal(t, "canceled", canceled.Text("status"))
}
