package web

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"coinslot/platform/fault"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

const (
	// queueFor is how long a request waits for an in-flight slot, within its handler timeout.
	queueFor = 5 * time.Second
	// rejectionsPerSecond are answered at once. Beyond them a rejection is delayed, by maxDelay at most: clients that try
	// again at once would otherwise leave no processor time to the requests that are admitted.
	rejectionsPerSecond = 2000
	rejectionBurst      = 200
	maxDelay            = time.Second
)

// errRejected is logged as a count of rejections, unlike an overload that a request meets while it is worked on.
var errRejected = fmt.Errorf("rejected before it was worked on: %w", fault.ErrOverloaded)

// always is answered however much there is to do: it is what tells others that there is too much.
var always = []string{"/livez", "/readyz"}

// admission limits how many requests are worked on at once. As many more wait for a slot; the rest is rejected before it
// costs anything, and not halfway through a purchase.
type admission struct {
	slots  *semaphore.Weighted
	places *semaphore.Weighted // the slots and the queue for them
	pace   *rate.Limiter
}

func newAdmission(inFlight int) *admission {
	return &admission{
		slots: semaphore.NewWeighted(int64(inFlight)), places: semaphore.NewWeighted(2 * int64(inFlight)),
		pace: rate.NewLimiter(rejectionsPerSecond, rejectionBurst),
	}
}

func (a *admission) admit(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if slices.Contains(always, c.Request().URL.Path) {
			return next(c)
		}
		if !a.enter(c.Request().Context()) {
			return errRejected
		}
		defer a.leave()
		return next(c)
	}
}

// enter takes a slot, and waits in the queue for one if there is room in it.
func (a *admission) enter(ctx context.Context) bool {
	if !a.places.TryAcquire(1) {
		a.delay(ctx)
		return false
	}
	if a.slots.TryAcquire(1) {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, queueFor)
	defer cancel()
	if a.slots.Acquire(ctx, 1) != nil {
		a.places.Release(1)
		return false
	}
	return true
}

func (a *admission) leave() {
	a.slots.Release(1)
	a.places.Release(1)
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
