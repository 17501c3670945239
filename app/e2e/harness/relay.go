package harness

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// relay forwards the provider's webhooks to the store. The provider starts before the store, whose address is new at
// each start.
type relay struct {
	mu        sync.Mutex
	target    string
	drop      bool
	Delivered atomic.Int32 // webhooks that the store answered 200
}

// SetTarget sets the store's URL. Without one, webhooks are answered 503.
func (r *relay) SetTarget(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = url
}

// Drop discards all further webhooks with a 200.
func (r *relay) Drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop = true
}

// ServeHTTP forwards a webhook.
func (r *relay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	target, drop := r.target, r.drop
	r.mu.Unlock()
	if drop {
		return
	}
	if target == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	forward, err := http.NewRequestWithContext(q.Context(), q.Method, target+"/v1/webhooks/payments/mockpay", q.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	forward.Header = q.Header.Clone()
	response, err := http.DefaultClient.Do(forward) //nolint:gosec // to the store of the test
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	if response.StatusCode == http.StatusOK {
		r.Delivered.Add(1)
	}
}
