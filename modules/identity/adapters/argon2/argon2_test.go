package argon2_test

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/modules/identity/adapters/argon2"
	"coinslot/platform/config"
)

func TestOnlyThePasswordItselfMatches(t *testing.T) {
	t.Parallel()
	h, err := argon2.New(config.Passwords{Queue: 8})
	require.NoError(t, err)
	hash, err := h.Hash(t.Context(), "a sentence is good")
	require.NoError(t, err)
	require.Contains(t, hash, "$argon2id$v=19$m=19456,t=2,p=1$")
	for password, want := range map[string]bool{"a sentence is good": true, "A sentence is good": false, "": false} {
		ok, err := h.Verify(t.Context(), password, hash)
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	for _, password := range []string{"", "nobody has this password"} {
		ok, err := h.Verify(t.Context(), password, "")
		require.NoError(t, err)
		require.False(t, ok, "an unknown login matches nothing, not even the dummy")
	}
}

func TestTooManyWaitingSignInsAreTurnedAway(t *testing.T) {
	t.Parallel()
	h, err := argon2.New(config.Passwords{Parallel: 1, Queue: 2})
	require.NoError(t, err)
	const callers = 30
	results := make([]error, callers)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			<-start
			_, results[i] = h.Verify(context.Background(), "x", "")
		})
	}
	close(start)
	group.Wait()
	served := 0
	for _, err := range results {
		if err == nil {
			served++
			continue
		}
		require.ErrorIs(t, err, argon2.ErrBusy)
	}
	require.GreaterOrEqual(t, served, 3)
	require.Less(t, served, callers)
}

// TestHashingTakesNoMoreThanItsShare has one turn of which a twentieth may be work.
func TestHashingTakesNoMoreThanItsShare(t *testing.T) {
	t.Parallel()
	h, err := argon2.New(config.Passwords{Parallel: runtime.GOMAXPROCS(0), Share: 5, Queue: 8})
	require.NoError(t, err)
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		_, err = h.Hash(t.Context(), "takes a turn, and does not wait for the rest")
		require.NoError(t, err)
	}
	worked := time.Since(began)
	_, err = h.Hash(t.Context(), "waits for a turn")
	require.NoError(t, err)
	perHash := worked / time.Duration(runtime.GOMAXPROCS(0))
	require.Greater(t, time.Since(began), 5*perHash, "a turn rests for 19 times its work")
}
