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
	mu     sync.Mutex
	ready  []string
	next   int
	errors []error
}

// add checks a replica until stop is called, and returns once it gets requests. A replica that does not answer a check
// within the interval is not ready, and holds up no check of the others.
func (b *balancer) add(t *testing.T, replica string) (stop func()) {
	t.Helper()
	done, ended := make(chan struct{}), make(chan struct{})
	client := &http.Client{Timeout: checkTimeout}
	go func() {
		defer close(ended)
		for !closed(done) {
			b.set(replica, isReady(client, replica))
			time.Sleep(checkInterval)
		}
		b.set(replica, false)
	}()
	harness.Eventually(t, "the balancer finds the new replica ready", func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Contains(b.ready, replica)
	})
	return func() {
		close(done)
		<-ended
	}
}

func isReady(client *http.Client, replica string) bool {
	response, err := client.Get(replica + "/readyz") //nolint:noctx // a test's own store
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (b *balancer) set(replica string, ready bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ready = slices.DeleteFunc(b.ready, func(r string) bool { return r == replica })
	if ready {
		b.ready = append(b.ready, replica)
	}
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

// The drain of a replica is longer than a check may take, so that no request is sent to a closed listener.
const (
	checkInterval = 20 * time.Millisecond
	checkTimeout  = 2 * time.Second
	drainDelay    = 2 * checkTimeout
)

// Two replicas are replaced one after the other, while buyers read, add and buy through a load balancer.
func TestRollingRestart_UnderLoad_NoRequestFails(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	cfg := r.Config(t)
	cfg.HTTP.DrainDelay = drainDelay
	done, running := make(chan struct{}), sync.WaitGroup{}
	b := &balancer{}
	start := func() (stop func()) {
		server, stopServer := r.Start(t, cfg, false)
		stopChecks := b.add(t, "http://"+server.Address())
		return func() {
			stopServer()
			stopChecks()
		}
	}
	replicas := []func(){start(), start()}
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
		replicas[0]()
		replicas = replicas[1:]
	}
	close(done)
	running.Wait()
	for _, stop := range replicas {
		stop()
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
