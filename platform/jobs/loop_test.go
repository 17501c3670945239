package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/platform/jobs"

	"github.com/stretchr/testify/require"
)

func TestLoop_NothingToDo_RestsLongerUpToIdle(t *testing.T) {
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
		time.Sleep(2500 * time.Millisecond) // the bubble's clock
		require.NoError(t, loop.Stop(t.Context()))
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		require.Equal(t, []time.Duration{ms(100), ms(300), ms(700), ms(1200), ms(1700), ms(1800), ms(2000), ms(2400)}, rounds)
	})
}

func TestLoop_RoundFailsOrPanics_IsLoggedAndRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said strings.Builder
		var mu sync.Mutex
		rounds := 0
		loop := jobs.NewLoop("a task", jobs.Every(time.Second), func(context.Context) (bool, error) {
			mu.Lock()
			defer mu.Unlock()
			rounds++
			if rounds == 1 {
				panic("out of paper")
			}
			return false, errors.New("no ink")
		}, slog.New(slog.NewTextHandler(&said, nil)))
		require.NoError(t, loop.Start(t.Context()))
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, loop.Stop(t.Context()))
		require.Equal(t, 2, rounds)
		require.Contains(t, said.String(), `level=ERROR msg="a background task panicked and will be repeated" task="a task" cause="out of paper"`)
		require.Contains(t, said.String(), "loop_test.go", "the stack")
		require.Contains(t, said.String(), `level=WARN msg="a background task failed and will be repeated" task="a task" cause="no ink"`)
	})
}
