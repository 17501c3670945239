package fanout_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"coinslot/platform/fanout"

	"github.com/stretchr/testify/require"
)

var errOdd = errors.New("odd number")

func TestEach_SomeItemsFail_CallsAllAndJoinsErrors(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{0, 1, 3} {
		var done, running, most atomic.Int32
		err := fanout.Each(t.Context(), parallel, []int{1, 2, 3, 4, 5, 6}, func(_ context.Context, n int) error {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			done.Add(1)
			if n%2 == 1 {
				return errOdd
			}
			return nil
		})
		require.ErrorIs(t, err, errOdd)
		require.Equal(t, int32(6), done.Load())
		require.LessOrEqual(t, int(most.Load()), max(parallel, 1))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, parallel := range []int{1, 3} {
		err := fanout.Each(ctx, parallel, []int{1}, func(context.Context, int) error { return errOdd })
		require.ErrorIs(t, err, context.Canceled)
		require.NotErrorIs(t, err, errOdd)
	}
}
