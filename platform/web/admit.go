package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"coinslot/platform/fault"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

const (
	// queueShare is the divisor of the handler timeout that gives the longest wait for an in-flight slot, which is a part
	// of the handler timeout.
	queueShare = 2
	// rejectionsPerSecond is the rate of immediate rejections. Further rejections are delayed, by at most maxDelay:
	// clients that retry at once would otherwise take the processor time of admitted requests.
	rejectionsPerSecond = 2000
	rejectionBurst      = 200
	maxDelay            = time.Second
	// holdWeight is the number of requests in the moving average of the time in a slot.
	holdWeight = 32
)

// errRejected is logged as a count, unlike an overload that occurs while a request is handled.
var errRejected = fmt.Errorf("rejected by admission control: %w", fault.ErrOverloaded)

// probes are not subject to admission control.
var probes = []string{"/livez", "/readyz"}

func isProbe(path string) bool { return slices.Contains(probes, path) }

// admission limits the requests in flight. The same number of further requests waits for a slot. Reads beyond that
// wait as long as their expected wait is short, because clients retry a rejected read and each rejection costs
// processor time. All others are rejected before any work is done, so that overload does not interrupt a purchase.
type admission struct {
	slots        *semaphore.Weighted
	inFlight     int64
	queueTimeout time.Duration
	waiting      atomic.Int64
	used         atomic.Int64 // slots
	hold         atomic.Int64 // the moving average of the time in a slot, in nanoseconds
	pace         *rate.Limiter
}

func newAdmission(inFlight int, handlerTimeout time.Duration) *admission {
	a := &admission{
		slots: semaphore.NewWeighted(int64(inFlight)), inFlight: int64(inFlight),
		queueTimeout: handlerTimeout / queueShare, pace: rate.NewLimiter(rejectionsPerSecond, rejectionBurst),
	}
	a.hold.Store(a.maxExpectedWait()) // until the first request has finished
	return a
}

// maxExpectedWait is the longest expected wait, in nanoseconds, for which a read is queued.
func (a *admission) maxExpectedWait() int64 { return int64(a.queueTimeout * 4 / 5) }

func (a *admission) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isProbe(c.Request().URL.Path) {
			return next(c)
		}
		if !a.enter(c.Request()) {
			return errRejected
		}
		a.used.Add(1)
		defer a.leave(time.Now())
		return next(c)
	}
}

// enter acquires a slot, or waits for one when the request may be queued. It reports whether it has acquired a slot.
func (a *admission) enter(r *http.Request) bool {
	if a.slots.TryAcquire(1) {
		return true
	}
	if !a.queue(r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.delay(r.Context())
		return false
	}
	defer a.waiting.Add(-1)
	ctx, cancel := context.WithTimeout(r.Context(), a.queueTimeout)
	defer cancel()
	return a.slots.Acquire(ctx, 1) == nil
}

// queue reports whether the request may wait for a slot, and counts it as waiting if so.
func (a *admission) queue(read bool) bool {
	waiting := a.waiting.Add(1)
	if waiting <= a.inFlight || read && waiting*a.hold.Load()/a.inFlight <= a.maxExpectedWait() {
		return true
	}
	a.waiting.Add(-1)
	return false
}

// leave releases a slot that was acquired at a time.
func (a *admission) leave(acquired time.Time) {
	a.used.Add(-1)
	a.slots.Release(1)
	hold := a.hold.Load()
	a.hold.CompareAndSwap(hold, hold+(int64(time.Since(acquired))-hold)/holdWeight) // of concurrent updates one counts
}

// delay waits until the next rejection may be sent.
func (a *admission) delay(ctx context.Context) {
	due := a.pace.Reserve()
	wait := due.Delay()
	if wait == 0 {
		return
	}
	if wait > maxDelay {
		due.Cancel()
		wait = maxDelay
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// rejections logs the number of rejected requests, at most once a second.
type rejections struct {
	log   *slog.Logger
	total atomic.Int64 // since the start
	mu    sync.Mutex
	n     int
}

func (r *rejections) add() {
	r.total.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n++; r.n == 1 {
		time.AfterFunc(time.Second, r.flush)
	}
}

func (r *rejections) flush() {
	r.mu.Lock()
	n := r.n
	r.n = 0
	r.mu.Unlock()
	if n > 0 {
		r.log.Warn("requests rejected by admission control", "count", n)
	}
}
