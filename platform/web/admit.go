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
	// queueFor is how long a request waits for an in-flight slot at most, within its handler timeout.
	queueFor = 5 * time.Second
	// expectedWait is what a read may have to wait, by how long others held their slots, to be queued at all.
	expectedWait = 4 * time.Second
	// rejectionsPerSecond are answered at once. Beyond them a rejection is delayed, by maxDelay at most: clients that try
	// again at once would otherwise leave no processor time to the requests that are admitted.
	rejectionsPerSecond = 2000
	rejectionBurst      = 200
	maxDelay            = time.Second
	// heldWeight is how many requests the moving average of the time in a slot looks back on.
	heldWeight = 32
)

// errRejected is logged as a count of rejections, unlike an overload that a request meets while it is worked on.
var errRejected = fmt.Errorf("rejected before it was worked on: %w", fault.ErrOverloaded)

// always is answered however much there is to do: it is what tells others that there is too much.
var always = []string{"/livez", "/readyz"}

// admission limits how many requests are worked on at once. As many more wait for a slot, and reads beyond that as long as
// the wait can be expected to be short: clients repeat a rejected read, and each rejection takes processor time. The rest is
// rejected before it costs anything, and not halfway through a purchase.
type admission struct {
	slots    *semaphore.Weighted
	inFlight int64
	waiting  atomic.Int64
	held     atomic.Int64 // nanoseconds: a moving average of how long a request holds its slot
	pace     *rate.Limiter
}

func newAdmission(inFlight int) *admission {
	a := &admission{
		slots: semaphore.NewWeighted(int64(inFlight)), inFlight: int64(inFlight),
		pace: rate.NewLimiter(rejectionsPerSecond, rejectionBurst),
	}
	a.held.Store(int64(expectedWait)) // until something is known
	return a
}

func (a *admission) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if slices.Contains(always, c.Request().URL.Path) {
			return next(c)
		}
		if !a.enter(c.Request()) {
			return errRejected
		}
		defer a.leave(time.Now())
		return next(c)
	}
}

// enter takes a slot, and waits in the queue for one if its turn will come soon.
func (a *admission) enter(r *http.Request) bool {
	if a.slots.TryAcquire(1) {
		return true
	}
	if !a.queue(r.Method == http.MethodGet || r.Method == http.MethodHead) {
		a.delay(r.Context())
		return false
	}
	defer a.waiting.Add(-1)
	ctx, cancel := context.WithTimeout(r.Context(), queueFor)
	defer cancel()
	return a.slots.Acquire(ctx, 1) == nil
}

// queue takes a place in the queue.
func (a *admission) queue(read bool) bool {
	waiting := a.waiting.Add(1)
	if waiting <= a.inFlight || read && waiting*a.held.Load()/a.inFlight <= int64(expectedWait) {
		return true
	}
	a.waiting.Add(-1)
	return false
}

// leave gives a slot back that was taken at a time.
func (a *admission) leave(taken time.Time) {
	a.slots.Release(1)
	held := a.held.Load()
	a.held.CompareAndSwap(held, held+(int64(time.Since(taken))-held)/heldWeight) // beside another that leaves, one counts
}

// delay waits until the next rejection is due.
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

// rejections logs how many requests were rejected for overload, once a second at most.
type rejections struct {
	log *slog.Logger
	mu  sync.Mutex
	n   int
}

func (r *rejections) add() {
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
		r.log.Warn("requests were rejected for overload", "count", n)
	}
}
