//go:build failpoints

package probe

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"coinslot/platform/clock"
)

// A store that is built with the tag failpoints can be cut at every call of a port and at every commit of a purchase:
// by the crash matrix, in process or with a real kill, and by the simulation, which also interleaves there. The
// wrappers of most ports are generated: a method that is new in a port does not compile until it has its failpoint.

// Hook is called at every point. An error ends the call there: a call that is cut before it runs has no effect; one that
// is cut after it ran has its effect, but returns the error.
type Hook func(ctx context.Context, point string) error

// What a point is called after its port and method.
const (
	Before = " before"
	Commit = " commit" // all statements are done, COMMIT is not sent
	After  = " after"
)

// pass calls the hook. Without one a point is passed unnoticed.
func (h Hook) pass(ctx context.Context, point string) error {
	if h == nil {
		return nil
	}
	return h(ctx, point)
}

// call passes a call of a port through the hook.
func call(ctx context.Context, h Hook, point string, fn func() error) error {
	if err := h.pass(ctx, point+Before); err != nil {
		return err
	}
	err := fn()
	if cut := h.pass(ctx, point+After); cut != nil {
		return cut
	}
	return err
}

// work passes a transaction through the hook: before it, when all but COMMIT is done, and after it.
func work[S any](ctx context.Context, h Hook, point string,
	do func(context.Context, func(context.Context, S) error) error, fn func(context.Context, S) error,
) error {
	return call(ctx, h, point, func() error {
		return do(ctx, func(ctx context.Context, stores S) error {
			if err := fn(ctx, stores); err != nil {
				return err
			}
			return h.pass(ctx, point+Commit)
		})
	})
}

// ErrCut is what a store sees from the moment at which it was cut: nothing that it does has an effect any more.
var ErrCut = errors.New("cut at a failpoint")

// Failpoints cut a store at one point, and keep the points that it passed.
type Failpoints struct {
	Armed string // a point and its occurrence: "checkout.Orders.Place before#1"; empty: never
	Kill  bool   // end the process, as kill -9 does

	mu   sync.Mutex
	seen map[string]int
	cut  bool
	Done chan struct{}
}

// NewFailpoints returns failpoints of which one is armed: its name, or its name and how often it is passed before.
func NewFailpoints(armed string) *Failpoints {
	return &Failpoints{Armed: armed, seen: map[string]int{}, Done: make(chan struct{})}
}

// Hit is the hook.
func (f *Failpoints) Hit(_ context.Context, point string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return ErrCut
	}
	f.seen[point]++
	if f.Armed != point+"#"+strconv.Itoa(f.seen[point]) {
		return nil
	}
	if f.Kill {
		syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // this process always may
		select {}
	}
	f.cut = true
	close(f.Done)
	return ErrCut
}

// Passed returns how often each point was passed.
func (f *Failpoints) Passed() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(map[string]int, len(f.seen))
	for point, n := range f.seen {
		out[point] = n
	}
	return out
}

// The variables that arm a process: a failpoint, and a clock.
const (
	FailpointVariable = "COINSLOT_TEST_FAILPOINT"
	ClockVariable     = "COINSLOT_TEST_CLOCK_AHEAD" // how far the store's clock is ahead
)

// Rig is what a test does to a store: its hook, and how far its clock is ahead, so that a restarted store need not
// wait for leases to end.
type Rig struct {
	Hook  Hook
	Ahead time.Duration
}

// NewRig returns the rig that a test supplies, or makes one from the environment of a process.
func NewRig(given *Rig) (Rig, error) {
	if given != nil {
		return *given, nil
	}
	f := NewFailpoints(os.Getenv(FailpointVariable))
	f.Kill = true
	by := time.Duration(0)
	if text := os.Getenv(ClockVariable); text != "" {
		var err error
		if by, err = time.ParseDuration(text); err != nil {
			return Rig{}, err
		}
	}
	return Rig{f.Hit, by}, nil
}

// ahead is a clock that is ahead of another.
type ahead struct {
	clock.Clock
	by time.Duration
}

// Clock puts a clock as far ahead as the rig says.
func Clock(c clock.Clock, r Rig) clock.Clock { return ahead{c, r.Ahead} }

// Now returns the other clock's moment, and some more.
func (a ahead) Now() time.Time { return a.Clock.Now().Add(a.by) }
