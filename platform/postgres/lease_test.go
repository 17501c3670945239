package postgres_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/platform/postgres"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

func nothing(context.Context) error { return nil }

func TestLease_Held_OtherReplicaDoesNothing(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	one, other := d.DB.NewLease("task", time.Minute), d.DB.NewLease("task", time.Minute)
	led, err := one.Do(t.Context(), func(ctx context.Context) error {
		inner, err := one.Do(ctx, func(context.Context) error { return errAbort })
		require.NoError(t, err)
		require.False(t, inner, "a call of the same replica is running")
		led, err := d.DB.NewLease("another task", time.Minute).Do(ctx, func(context.Context) error { return errAbort })
		require.ErrorIs(t, err, errAbort)
		require.True(t, led)
		return nil
	})
	require.NoError(t, err)
	require.True(t, led)
	led, err = other.Do(t.Context(), func(context.Context) error { return errAbort })
	require.NoError(t, err)
	require.False(t, led, "the holder keeps the lease between its rounds")

	require.NoError(t, other.Release(t.Context()))
	led, err = other.Do(t.Context(), nothing)
	require.NoError(t, err)
	require.False(t, led, "only the holder can release it")
	require.NoError(t, one.Release(t.Context()))
	led, err = other.Do(t.Context(), nothing)
	require.NoError(t, err)
	require.True(t, led)
}

func TestLease_HolderNoLongerRenews_IsTakenOver(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	const ttl = time.Second
	led, err := d.DB.NewLease("task", ttl).Do(t.Context(), nothing)
	require.NoError(t, err)
	require.True(t, led)
	began := time.Now()
	other := d.DB.NewLease("task", ttl)
	require.Eventually(t, func() bool {
		led, err := other.Do(t.Context(), nothing)
		require.NoError(t, err)
		return led
	}, time.Minute, 10*time.Millisecond)
	require.Greater(t, time.Since(began), ttl/2, "it was held until it expired")
}

func TestLease_LongRound_IsRenewed(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	const ttl = 2 * time.Second
	one, other := d.DB.NewLease("task", ttl), d.DB.NewLease("task", ttl)
	led, err := one.Do(t.Context(), func(ctx context.Context) error {
		for end := time.After(ttl + ttl/2); ; {
			select {
			case <-end:
				return context.Cause(ctx)
			case <-time.After(ttl / 20):
				led, err := other.Do(ctx, nothing)
				require.NoError(t, err)
				require.False(t, led)
			}
		}
	})
	require.NoError(t, err)
	require.True(t, led)
}

func TestLease_Lost_CancelsTheRound(t *testing.T) {
	t.Parallel()
	for what, lose := range map[string]string{
		"another replica has it": `UPDATE operations.leases SET holder = 'another', expires_at = now() + interval '1 hour'`,
		"it cannot be renewed":   `REVOKE UPDATE ON operations.leases FROM coinslot_app`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d := storetest.Open(t)
			_, err := d.DB.NewLease("task", time.Second).Do(t.Context(), func(ctx context.Context) error {
				storetest.AsOwner(t, d, lose)
				<-ctx.Done()
				return context.Cause(ctx)
			})
			require.ErrorIs(t, err, postgres.ErrLeaseLost)
		})
	}
}

// Only one of many replicas that start at once leads.
func TestLease_AcquiredAtOnce_HasOneHolder(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	var leaders atomic.Int32
	results := make(chan error)
	const replicas = 16
	for range replicas {
		go func() {
			led, err := d.DB.NewLease("task", time.Minute).Do(t.Context(), nothing)
			if led {
				leaders.Add(1)
			}
			results <- err
		}()
	}
	var err error
	for range replicas {
		err = errors.Join(err, <-results)
	}
	require.NoError(t, err)
	require.EqualValues(t, 1, leaders.Load())
}
