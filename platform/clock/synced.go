package clock

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"coinslot/platform/mutant"
)

// maxRoundTrip bounds the error of a reading: a slower one is not used once there is another.
const maxRoundTrip = 500 * time.Millisecond

// Synced is the clock of a reference, such as the database, that all replicas share. Between two readings it advances
// with the monotonic clock of the process, so that a step of the machine's clock does not change it. Until the first
// Sync it is the local clock. It is safe for concurrent use.
type Synced struct {
	local  Clock
	read   func(ctx context.Context) (time.Time, error)
	anchor atomic.Pointer[anchor]
}

// anchor is a reading of the reference and the time of this process at which it was valid.
type anchor struct {
	reference time.Time
	at        time.Time // with a monotonic reading
}

// NewSynced returns a clock that is not synchronized yet. read returns the present time of the reference.
func NewSynced(local Clock, read func(ctx context.Context) (time.Time, error)) *Synced {
	return &Synced{local: local, read: read}
}

// Now returns the time of the reference. Its error is half the round trip of the last reading, at most 250 ms after the
// first one, and the drift since then.
func (s *Synced) Now() time.Time {
	a := s.anchor.Load()
	if a == nil || mutant.On("trust-the-local-clock") {
		return s.local.Now()
	}
	return a.reference.Add(time.Since(a.at)).UTC().Truncate(time.Microsecond)
}

// Sync reads the reference, and returns by how much the local clock is ahead of it. It keeps the earlier reading when
// the reference cannot be read or is slow.
func (s *Synced) Sync(ctx context.Context) (ahead time.Duration, err error) {
	sent := time.Now()
	reference, err := s.read(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the reference clock: %w", err)
	}
	roundTrip := time.Since(sent)
	if s.anchor.Load() == nil || roundTrip <= maxRoundTrip {
		s.anchor.Store(&anchor{reference, sent.Add(roundTrip / 2)})
	}
	return s.local.Now().Sub(s.Now()), nil
}
