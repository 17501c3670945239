//go:build failpoints

package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"coinslot/platform/clock"

	"go.uber.org/fx"
)

// A store that is built with the tag failpoints can be cut at every call of a port and at every commit of a purchase:
// by the crash matrix, in process or with a real kill, and by the simulation, which also interleaves there. The
// wrappers forward by hand, so that a method that is new in a port does not compile until it has its failpoint.

// hook is called at every point. An error ends the call there: before it, without an effect; after it, with one that
// the caller never hears of.
type hook func(ctx context.Context, point string) error

const (
	before = " before"
	commit = " commit" // all statements are done, COMMIT is not sent
	after  = " after"
)

// call passes a call of a port through the hook.
func call(ctx context.Context, h hook, point string, fn func() error) error {
	if err := h(ctx, point+before); err != nil {
		return err
	}
	err := fn()
	if cut := h(ctx, point+after); cut != nil {
		return cut
	}
	return err
}

// ask is call for what returns a value, look for what also reports whether there was one.
func ask[T any](ctx context.Context, h hook, point string, fn func() (T, error)) (out T, err error) {
	err = call(ctx, h, point, func() error {
		out, err = fn()
		return err
	})
	return out, err
}

func look[T any](ctx context.Context, h hook, point string, fn func() (T, bool, error)) (out T, found bool, err error) {
	err = call(ctx, h, point, func() error {
		out, found, err = fn()
		return err
	})
	return out, found, err
}

// work passes a transaction through the hook: before it, when all but COMMIT is done, and after it.
func work[S any](ctx context.Context, h hook, point string,
	do func(context.Context, func(context.Context, S) error) error, fn func(context.Context, S) error,
) error {
	return call(ctx, h, point, func() error {
		return do(ctx, func(ctx context.Context, stores S) error {
			if err := fn(ctx, stores); err != nil {
				return err
			}
			return h(ctx, point+commit)
		})
	})
}

// errCut is what a store sees from the moment at which it was cut: nothing that it does has an effect any more.
var errCut = errors.New("cut at a failpoint")

// failpoints cut a store at one point, and keep the points that it passed.
type failpoints struct {
	Armed string // a point and its occurrence: "checkout.Orders.Place before#1"; empty: never
	Kill  bool   // end the process, as kill -9 does

	mu   sync.Mutex
	seen map[string]int
	cut  bool
	done chan struct{}
}

func newFailpoints(armed string) *failpoints {
	return &failpoints{Armed: armed, seen: map[string]int{}, done: make(chan struct{})}
}

// hit is the hook.
func (f *failpoints) hit(_ context.Context, point string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return errCut
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
	close(f.done)
	return errCut
}

// passed returns how often each point was passed.
func (f *failpoints) passed() map[string]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make(map[string]int, len(f.seen))
	for point, n := range f.seen {
		out[point] = n
	}
	return out
}

const (
	failpointVariable = "COINSLOT_TEST_FAILPOINT"
	clockVariable     = "COINSLOT_TEST_CLOCK_AHEAD" // how far the store's clock is ahead
)

// rig is what a test does to a store: its hook, and how far its clock is ahead, so that a restarted store need not
// wait for leases to end.
type rig struct {
	hook  hook
	ahead time.Duration
}

// newRig takes the rig that a test supplies, or makes one from the environment of a process.
func newRig(given *rig) (rig, error) {
	if given != nil {
		return *given, nil
	}
	f := newFailpoints(os.Getenv(failpointVariable))
	f.Kill = true
	by := time.Duration(0)
	if text := os.Getenv(clockVariable); text != "" {
		var err error
		if by, err = time.ParseDuration(text); err != nil {
			return rig{}, err
		}
	}
	return rig{f.hit, by}, nil
}

// ahead is a clock that is ahead of the machine's.
type ahead struct{ by time.Duration }

// Now returns the present moment, and some more.
func (a ahead) Now() time.Time { return clock.System{}.Now().Add(a.by) }

// probed puts a module's ports behind the hook.
func probed(module string) fx.Option {
	switch module {
	case "store":
		return fx.Options(
			fx.Provide(fx.Annotate(newRig, fx.ParamTags(`optional:"true"`)), func(r rig) hook { return r.hook }),
			fx.Decorate(func(_ clock.Clock, r rig) clock.Clock { return ahead{r.ahead} }))
	case "checkout":
		return fx.Decorate(probeOrders, probeOrderFinder, probeCarts, probeCatalog, probeLibrary, probeBuyers,
			probePayments, probeRefunds)
	case "billing":
		return fx.Decorate(probeBillingWork, probeBooks, probeBacklog, probeProvider)
	case "library":
		return fx.Decorate(probeLibraryWork)
	case "cart":
		return fx.Decorate(probeCartLines)
	}
	return fx.Error(errors.New("no failpoints are written for " + strings.ToUpper(module)))
}
