package outbound_test

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/platform/outbound"

	"github.com/stretchr/testify/require"
)

var errDown = errors.New("down")

func fails() error    { return errDown }
func succeeds() error { return nil }

func newGuard(slots int) *outbound.Guard {
	return outbound.NewGuard(outbound.Limits{Name: "test", Slots: slots, OpenAfter: 3, OpenFor: time.Minute},
		slog.New(slog.DiscardHandler))
}

func TestGuard_AllSlotsTaken_ReturnsErrNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, release := newGuard(2), make(chan struct{})
		for range 2 {
			go func() {
				_ = g.Do(func() error {
					<-release
					return nil
				})
			}()
		}
		synctest.Wait()
		require.ErrorIs(t, g.Do(succeeds), outbound.ErrNotSent)
		close(release)
		synctest.Wait()
		require.NoError(t, g.Do(succeeds))
	})
}

func TestGuard_ConsecutiveFailures_OpenBreakerUntilSuccess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGuard(2)
		for _, call := range []func() error{fails, fails, succeeds, fails, fails} {
			require.NotErrorIs(t, g.Do(call), outbound.ErrNotSent, "a success in between keeps it closed")
		}
		require.ErrorIs(t, g.Do(fails), errDown)
		called := false
		spy := func() error { called = true; return nil }
		require.ErrorIs(t, g.Do(spy), outbound.ErrNotSent)
		require.False(t, called)
		time.Sleep(time.Minute + 1) // of synctest's clock
		require.ErrorIs(t, g.Do(fails), errDown, "the trial call")
		require.ErrorIs(t, g.Do(spy), outbound.ErrNotSent, "the trial call failed, so the breaker is open again")
		time.Sleep(time.Minute + 1)
		require.NoError(t, g.Do(succeeds))
		require.NoError(t, g.Do(spy))
		require.True(t, called)
	})
}
