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

// A store that is built with the tag failpoints has a failpoint at every port call and every commit of a purchase. The
// crash matrix crashes the store there, with an error or with SIGKILL, and the simulation interleaves processes there.
// Most wrappers are generated: a new port method does not compile until its failpoint is generated.

// Hook is called at every failpoint, and its error becomes the result of the call. An error before the call prevents
// its effect; an error after the call does not undo it.
type Hook func(ctx context.Context, point string) error

// Suffixes of the names of failpoints, after port and method.
const (
	Before = " before"
	Commit = " commit" // after all statements, before COMMIT
	After  = " after"
)

// pass calls the hook, if there is one.
func (h Hook) pass(ctx context.Context, point string) error {
	if h == nil {
		return nil
	}
	return h(ctx, point)
}

// call calls the hook before and after a port call.
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

// work calls the hook before a transaction, before its COMMIT and after it.
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

// ErrCut is the error of every failpoint after a simulated crash.
var ErrCut = errors.New("cut at a failpoint")

// Failpoints crash a store at one failpoint and count the failpoints that it passes.
type Failpoints struct {
	Armed string // failpoint and occurrence, such as "checkout.Orders.Place before#1"; empty: none
	Kill  bool   // kill the process with SIGKILL

	mu   sync.Mutex
	seen map[string]int
	cut  bool
	Done chan struct{}
}

// NewFailpoints returns failpoints with one armed; see Failpoints.Armed.
func NewFailpoints(armed string) *Failpoints {
	return &Failpoints{Armed: armed, seen: map[string]int{}, Done: make(chan struct{})}
}

// Hit is a Hook. It returns ErrCut from the armed occurrence on, or kills the process there.
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
		syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // a process may always signal itself
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

// Environment variables from which NewRig configures a process.
const (
	FailpointVariable = "COINSLOT_TEST_FAILPOINT"
	ClockVariable     = "COINSLOT_TEST_CLOCK_AHEAD" // clock offset, a Go duration
)

// Rig holds the hook of a store and the offset of its clock, with which a restarted store need not wait for leases to
// expire.
type Rig struct {
	Hook  Hook
	Ahead time.Duration
}

// NewRig returns the supplied rig, or one from the environment of the process.
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

// ahead is a clock with an offset.
type ahead struct {
	clock.Clock
	by time.Duration
}

// Clock adds the rig's offset to a clock.
func Clock(c clock.Clock, r Rig) clock.Clock { return ahead{c, r.Ahead} }

// Now returns the time with the offset.
func (a ahead) Now() time.Time { return a.Clock.Now().Add(a.by) }
