package argon2_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
)

func TestVerify_OtherPassword_DoesNotMatch(t *testing.T) {
	t.Parallel()
	h := argon2.New(identity.PasswordConfig{Queue: 8})
	hash, err := h.Hash(t.Context(), ports.Anonymous, "a sentence is good")
	require.NoError(t, err)
	require.Contains(t, hash, "$argon2id$v=19$m=19456,t=2,p=1$")
	for password, want := range map[string]bool{"a sentence is good": true, "A sentence is good": false, "": false} {
		ok, err := h.Verify(t.Context(), ports.Anonymous, password, hash)
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	for _, password := range []string{"", "nobody has this password"} {
		ok, err := h.Verify(t.Context(), ports.Anonymous, password, "")
		require.NoError(t, err)
		require.False(t, ok, "an empty hash matches no password, not even that of the dummy")
	}
}

func TestVerify_QueueFull_ReturnsErrBusy(t *testing.T) {
	t.Parallel()
	h := argon2.New(identity.PasswordConfig{Parallel: 1, Queue: 2})
	const callers = 30
	results := make([]error, callers)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			<-start
			_, results[i] = h.Verify(context.Background(), ports.Anonymous, "x", "")
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
		require.ErrorIs(t, err, domain.ErrBusy)
	}
	require.GreaterOrEqual(t, served, 3)
	require.Less(t, served, callers)
}

func TestHash_Share_LimitsCPUTime(t *testing.T) {
	t.Parallel()
	h := argon2.New(identity.PasswordConfig{Parallel: runtime.GOMAXPROCS(0), Share: 5, Queue: 8})
	cheapest := time.Duration(math.MaxInt64) // on a busy machine, some hashes take longer than they work
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		start := time.Now()
		_, err := h.Hash(t.Context(), ports.Anonymous, "acquires a free slot")
		require.NoError(t, err)
		cheapest = min(cheapest, time.Since(start))
	}
	_, err := h.Hash(t.Context(), ports.Anonymous, "waits for a slot")
	require.NoError(t, err)
	require.Greater(t, time.Since(began), 10*cheapest, "a slot pauses for 19 times its work")
}

// The anonymous lane holds all shared slots, and its queue is full.
func TestVerify_AnonymousLaneFull_KnownLaneIsServed(t *testing.T) {
	t.Parallel()
	const queue = 40
	h := argon2.New(identity.PasswordConfig{Parallel: 1, Share: 100, Reserved: 25, Queue: queue})
	flood, stop := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var guessed atomic.Int32
	full := make(chan struct{})
	fill := sync.OnceFunc(func() { close(full) })
	for range queue + 2 { // one more than the slot and the queue hold
		group.Go(func() {
			for flood.Err() == nil {
				_, err := h.Verify(flood, ports.Anonymous, "a guess", "")
				if errors.Is(err, domain.ErrBusy) {
					fill()
					return
				}
				guessed.Add(1)
			}
		})
	}
	<-full
	before := guessed.Load()
	for range 25 {
		_, err := h.Verify(t.Context(), ports.Known, "a sentence is good", "")
		require.NoError(t, err)
	}
	meanwhile := guessed.Load() - before
	stop()
	group.Wait()
	require.Positive(t, meanwhile, "the anonymous lane is served, too")
	require.Less(t, meanwhile, int32(25*queue/2), "the known lane does not wait for the whole queue")
}
