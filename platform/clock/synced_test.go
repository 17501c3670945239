package clock_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"coinslot/platform/clock"

	"github.com/stretchr/testify/require"
)

func TestSynced_LocalClockIsWrong_IsThatOfTheReference(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		local := clock.NewManual(time.Now().Add(time.Hour))
		var behind time.Duration // of the reference, to this process's clock
		s := clock.NewSynced(local, func(context.Context) (time.Time, error) { return time.Now().Add(-behind), nil })
		require.Equal(t, local.Now(), s.Now(), "not synchronized yet")
		ahead, err := s.Sync(t.Context())
		require.NoError(t, err)
		require.Equal(t, time.Hour, ahead)
		require.Equal(t, time.Now().UTC(), s.Now())

		local.Advance(-3 * time.Hour)
		time.Sleep(time.Minute) // of synctest's clock
		require.Equal(t, time.Now().UTC(), s.Now(), "a step of the local clock")

		behind = 2 * time.Second
		_, err = s.Sync(t.Context())
		require.NoError(t, err)
		require.Equal(t, time.Now().UTC().Add(-behind), s.Now(), "a step of the reference")
	})
}

func TestSynced_ReferenceIsSlowOrLost_KeepsTheReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		delay, lost := 200*time.Millisecond, error(nil)
		s := clock.NewSynced(clock.System{}, func(context.Context) (time.Time, error) {
			now := time.Now().Add(delay / 2) // in the middle of the round trip
			time.Sleep(delay)
			return now, lost
		})
		_, err := s.Sync(t.Context())
		require.NoError(t, err)
		require.Equal(t, time.Now().UTC(), s.Now(), "half the round trip is added")

		delay = time.Hour
		_, err = s.Sync(t.Context())
		require.NoError(t, err)
		require.Equal(t, time.Now().UTC(), s.Now(), "a reading of an hour's round trip is not used")

		lost = errors.New("no connection")
		_, err = s.Sync(t.Context())
		require.ErrorIs(t, err, lost)
		require.Equal(t, time.Now().UTC(), s.Now())
	})
}
