package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
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

// add adds a replica and returns once it gets requests.
func (b *balancer) add(t *testing.T, replica string) {
	t.Helper()
	b.mu.Lock()
	b.replicas = append(b.replicas, replica)
	b.mu.Unlock()
	harness.Eventually(t, "the balancer finds the new replica ready", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Contains(b.ready, replica)
	})
}

// remove forgets a stopped replica.
func (b *balancer) remove(replica string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = slices.DeleteFunc(b.replicas, func(r string) bool { return r == replica })
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

// run checks the replicas until done is closed.
func (b *balancer) run(done <-chan struct{}) {
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-tick.C:
			b.check()
		case <-done:
			tick.Stop()
			return
		}
	}
}

// Two replicas are replaced one after the other, while buyers read, add and buy through a load balancer.
func TestRollingRestart_UnderLoad_NoRequestFails(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	cfg := r.Config(t)
	cfg.HTTP.DrainDelay = time.Second // 50 checks of the balancer
	done, running := make(chan struct{}), sync.WaitGroup{}
	b := &balancer{}
	running.Go(func() { b.run(done) })
	type replica struct {
		url  string
		stop func()
	}
	start := func() replica {
		server, stop := r.Start(t, cfg, false)
		url := "http://" + server.Address()
		b.add(t, url)
		return replica{url, stop}
	}
	replicas := []replica{start(), start()}
	proxy := httptest.NewServer(b.handler(t))
	t.Cleanup(proxy.Close)

	var rounds atomic.Int32
	for range 4 {
		buyer := r.NewBuyer(t)
		buyer.Base = proxy.URL
		running.Go(func() {
			for !closed(done) {
				buyer.Get("/v1/products/tidewright").Is(http.StatusOK)
				buyer.Checkout("pm_ok", "dragon-treat").Is(http.StatusCreated)
				rounds.Add(1)
			}
		})
	}
	for range len(replicas) {
		replicas = append(replicas, start())
		before := rounds.Load()
		harness.Eventually(t, "buyers buy", func() bool { return rounds.Load() > before })
		replicas[0].stop()
		b.remove(replicas[0].url)
		replicas = replicas[1:]
	}
	close(done)
	running.Wait()
	for _, replica := range replicas {
		replica.stop()
	}
	require.Empty(t, b.errors)
	r.VerifyInvariants(t)
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
