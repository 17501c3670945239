package harness

import (
	"net/http"
	"sync"
	"sync/atomic"
)

// relay hands the provider's webhooks to the store, whose address is known only after the provider's and changes
// with every start. It can be told to lose them.
type relay struct {
	mu        sync.Mutex
	target    string
	lost      bool
	Delivered atomic.Int32
}

func (r *relay) To(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = url
}

func (r *relay) Lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = true
}

// ServeHTTP passes a webhook on.
func (r *relay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	target, lost := r.target, r.lost
	r.mu.Unlock()
	if lost {
		return // answered 200 and dropped
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
