package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/platform/jobs"

	"github.com/stretchr/testify/require"
)

func TestLoop_NoWork_PauseDoublesUpToIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var rounds []time.Duration
		began := time.Now()
		loop := jobs.NewLoop("a task", jobs.Pace{Busy: 100 * time.Millisecond, Idle: 500 * time.Millisecond},
			func(context.Context) (bool, error) {
				rounds = append(rounds, time.Since(began))
				return len(rounds) == 5, nil
			}, slog.New(slog.DiscardHandler))
		require.NoError(t, loop.Start(t.Context()))
		time.Sleep(2500 * time.Millisecond) // of synctest's clock
		require.NoError(t, loop.Stop(t.Context()))
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		require.Equal(t, []time.Duration{ms(100), ms(300), ms(700), ms(1200), ms(1700), ms(1800), ms(2000), ms(2400)}, rounds)
	})
}

func TestLoop_RoundFailsOrPanics_LogsAndContinues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var logged strings.Builder
		var mu sync.Mutex
		rounds := 0
		loop := jobs.NewLoop("a task", jobs.Every(time.Second), func(context.Context) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			rounds++
			if rounds == 1 {
				panic("out of range")
			}
			return false, errors.New("no row")
		}, slog.New(slog.NewTextHandler(&logged, nil)))
		require.NoError(t, loop.Start(t.Context()))
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, loop.Stop(t.Context()))
		require.Equal(t, 2, rounds)
		require.Contains(t, logged.String(),
			`level=ERROR msg="background task panicked, will retry" task="a task" cause="out of range"`)
		require.Contains(t, logged.String(), "loop_test.go", "the stack")
		require.Contains(t, logged.String(),
			`level=WARN msg="background task failed, will retry" task="a task" cause="no row"`)
	})
}

// election is a leader that leads while it is elected.
type election struct{ elected, released atomic.Bool }

// Do calls fn if it is elected.
func (e *election) Do(ctx context.Context, fn func(context.Context) error) (bool, error) {
	if !e.elected.Load() {
		return false, nil
	}
	return true, fn(ctx)
}

// Release records the call.
func (e *election) Release(context.Context) error {
	e.released.Store(true)
	return nil
}

func TestLoop_ByLeader_RunsOnlyWhileItLeads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, rounds := &election{}, atomic.Int32{}
		loop := jobs.NewLoop("a task", jobs.Every(time.Second), func(context.Context) (bool, error) {
			e.elected.Store(rounds.Add(1) < 2)
			return true, nil
		}, slog.New(slog.DiscardHandler)).ByLeader(e)
		require.NoError(t, loop.Start(t.Context()))
		time.Sleep(5500 * time.Millisecond) // of synctest's clock
		synctest.Wait()
		require.Zero(t, rounds.Load())
		e.elected.Store(true)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		require.Equal(t, int32(2), rounds.Load())
		require.False(t, e.released.Load())
		require.NoError(t, loop.Stop(t.Context()))
		require.True(t, e.released.Load())
	})
}
