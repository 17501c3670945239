package service

import (
	"context"
	"sync"
	"time"

	"coinslot/platform/id"
)

// flights are the payments that this process is charging. A webhook of one of them waits here instead of at the
// payment's row lock, where it would hold a connection and compete with the response of the charge.
type flights struct {
	mu    sync.Mutex
	ended map[id.ID]chan struct{}
}

func newFlights() *flights { return &flights{ended: map[id.ID]chan struct{}{}} }

// begin adds a payment until end is called.
func (f *flights) begin(paymentID id.ID) (end func()) {
	ended := make(chan struct{})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended[paymentID] = ended
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.ended, paymentID)
		close(ended)
	}
}

// wait waits until the process does not charge a payment, for up to a time: a provider may await its webhook's response
// before it answers the charge.
func (f *flights) wait(ctx context.Context, paymentID id.ID, longest time.Duration) {
	f.mu.Lock()
	ended, found := f.ended[paymentID]
	f.mu.Unlock()
	if !found || longest <= 0 {
		return
	}
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
	}
}
