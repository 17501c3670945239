package gclimit_test

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
	"time"

	"coinslot/platform/gclimit"

	"github.com/stretchr/testify/require"
)

const mib = 1 << 20

// It does not run in parallel, because the limit applies to the whole process.
func TestRun_CollectorBusy_RaisesLimit(t *testing.T) { //nolint:paralleltest // see above
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		gclimit.Range{Min: 16 * mib, Max: 64 * mib, Interval: 50 * time.Millisecond}.Run(ctx)
	}()
	live := make([][]byte, 0, 1000) // 24 MiB, more than Min
	for range 24 * 16 {
		live = append(live, make([]byte, mib/16))
	}
	limit := func() int64 { return debug.SetMemoryLimit(math.MinInt64) } // a negative number only reads the limit
	require.Eventually(t, func() bool {
		for range 1000 {
			live[0] = make([]byte, mib/16)
		}
		return limit() > 32*mib
	}, time.Minute, time.Millisecond)
	require.LessOrEqual(t, limit(), int64(64*mib))
	live = nil
	require.Eventually(t, func() bool { return limit() == 16*mib }, time.Minute, 10*time.Millisecond,
		"it is lowered when there is nothing to collect")
	stop()
	<-done
	_ = live
}
