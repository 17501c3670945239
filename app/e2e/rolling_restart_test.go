package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// balancer is a reverse proxy with a connection pool. It sends each request to a replica whose last /readyz was 200.
type balancer struct {
	mu       sync.Mutex
	replicas []string
	ready    []string
	next     int
	errors   []error
}

func (b *balancer) set(replicas ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = replicas
}

// check asks every replica once.
func (b *balancer) check() {
	b.mu.Lock()
	replicas := slices.Clone(b.replicas)
	b.mu.Unlock()
	ready := slices.DeleteFunc(replicas, func(replica string) bool {
		response, err := http.Get(replica + "/readyz") //nolint:noctx // a test's own store
		if err != nil {
			return true
		}
		response.Body.Close()
		return response.StatusCode != http.StatusOK
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = ready
}

func (b *balancer) pick() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	return b.ready[b.next%len(b.ready)]
}

func (b *balancer) handler(t *testing.T) http.Handler {
	t.Helper()
	return &httputil.ReverseProxy{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		Rewrite: func(r *httputil.ProxyRequest) {
			target, err := url.Parse(b.pick())
			if err == nil {
				r.SetURL(target)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.errors = append(b.errors, err)
			w.WriteHeader(http.StatusBadGateway)
		},
	}
}

// Two replicas are replaced one after the other, twice, while buyers read, add and buy through a load balancer: no
// request fails.
func TestRollingRestart_UnderLoad_NoRequestFails(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	cfg := r.Config(t)
	cfg.HTTP.DrainDelay = time.Second // 50 checks of the balancer
	b := &balancer{}
	start := func() (string, func()) {
		server, stop := r.Start(t, cfg, false)
		return "http://" + server.Address(), stop
	}
	one, stopOne := start()
	two, stopTwo := start()
	b.set(one, two)
	b.check()
	proxy := httptest.NewServer(b.handler(t))
	t.Cleanup(proxy.Close)

	done, stopped := make(chan struct{}), sync.WaitGroup{}
	stopped.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			select {
			case <-tick.C:
				b.check()
			case <-done:
				tick.Stop()
				return
			}
		}
	})
	requests := make([]int, 4)
	for i := range requests {
		buyer := r.NewBuyer(t)
		buyer.Base = proxy.URL
		stopped.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				buyer.Get("/v1/products/tidewright").Is(http.StatusOK)
				buyer.Checkout("pm_ok", "dragon-treat").Is(http.StatusCreated)
				requests[i] += 5 // with the product, the cart and the quote of the checkout
			}
		})
	}
	for range 2 {
		stopOne()
		one, stopOne = start()
		b.set(one, two)
		stopTwo()
		two, stopTwo = start()
		b.set(one, two)
	}
	close(done)
	stopped.Wait()
	stopOne()
	stopTwo()
	require.Empty(t, b.errors)
	sent := 0
	for _, n := range requests {
		sent += n
	}
	t.Logf("%d requests during four restarts", sent)
	require.Greater(t, sent, 100)
	r.VerifyInvariants(t)
}
