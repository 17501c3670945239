package web

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"coinslot/platform/fault"
)

var errDraining = fault.New(fault.Unavailable, "shutting-down",
	"this replica is shutting down; send the request to another one")

// drain is the first phase of a shutdown. The server still serves all requests, but /readyz returns 503, so that load
// balancers stop sending, and each response closes its connection, so that no client reuses one that is about to end.
type drain struct{ started atomic.Bool }

// run starts the phase and waits for its end: after delay, or when ctx is done.
func (d *drain) run(ctx context.Context, delay time.Duration) {
	d.started.Store(true)
	ctx, cancel := context.WithTimeout(ctx, delay)
	defer cancel()
	<-ctx.Done()
}

// check fails while the server is draining.
func (d *drain) check() Check {
	return Check{"shutdown", func(context.Context) error {
		if d.started.Load() {
			return errDraining
		}
		return nil
	}}
}

// closeConnections wraps the whole handler: a middleware of Echo would cost each request an allocation.
func (d *drain) closeConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.started.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
