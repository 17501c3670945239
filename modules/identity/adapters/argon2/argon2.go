// Package argon2 hashes passwords with argon2id, a bounded number at a time, so that sign-ins cannot starve the store, and
// so that sign-ins of strangers cannot starve those of owners.
package argon2

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"

	"github.com/alexedwards/argon2id"
)

// The costs that OWASP names as a minimum: 19 MiB, two passes, one lane.
var parameters = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// turns are how many hashes of a lane are computed at once.
type turns struct {
	free chan struct{}
	rest float64 // pause after each hash, as a multiple of its cost; caps the share of the processors
}

// newTurns has n turns that take a percentage of the processors in the long run.
func newTurns(n int, percent float64) turns {
	t := turns{free: make(chan struct{}, n)}
	for range n {
		t.free <- struct{}{}
	}
	if percent > 0 {
		t.rest = max(0, 100*float64(n)/(percent*float64(runtime.GOMAXPROCS(0)))-1)
	}
	return t
}

// release gives a turn back once it has rested for its work.
func (t turns) release(cost time.Duration) {
	time.AfterFunc(time.Duration(float64(cost)*t.rest), func() { t.free <- struct{}{} })
}

// Hasher hashes passwords.
type Hasher struct {
	shared   turns
	reserved turns                        // for the lane Known alone, which uses the shared ones as well
	queues   map[ports.Lane]chan struct{} // as many as may compute or wait in each lane
	dummy    string                       // the hash that unknown logins are compared with
	cost     atomic.Int64                 // of one hash in nanoseconds: the fastest seen, so that waiting for a processor does not count
}

// New returns a hasher within the configured bounds.
func New(cfg identity.PasswordConfig) (*Hasher, error) {
	parallel := cfg.Parallel
	if parallel == 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	kept := max(1, parallel*cfg.Reserved/100)
	began := time.Now()
	dummy, err := argon2id.CreateHash("nobody has this password", parameters)
	if err != nil {
		return nil, fmt.Errorf("make the dummy hash: %w", err)
	}
	share, reserved := float64(cfg.Share), float64(cfg.Reserved)/100
	h := &Hasher{
		shared: newTurns(parallel, share*(1-reserved)), reserved: newTurns(kept, share*reserved), dummy: dummy,
		queues: map[ports.Lane]chan struct{}{
			ports.Anonymous: make(chan struct{}, parallel+cfg.Queue), ports.Known: make(chan struct{},
				parallel+kept+2*cfg.Queue),
		},
	}
	h.cost.Store(int64(time.Since(began)))
	return h, nil
}

// costs notes how long a hash took and returns what one costs.
func (h *Hasher) costs(took time.Duration) time.Duration {
	for {
		cost := h.cost.Load()
		if int64(took) >= cost || h.cost.CompareAndSwap(cost, int64(took)) {
			return min(took, time.Duration(cost))
		}
	}
}

// Hash returns a new salted hash.
func (h *Hasher) Hash(ctx context.Context, lane ports.Lane, password string) (hash string, err error) {
	err = h.inTurn(ctx, lane, func() error {
		hash, err = argon2id.CreateHash(password, parameters)
		return err
	})
	return hash, err
}

// Verify compares in constant time. An empty hash is compared with a dummy, which costs the same and never matches.
func (h *Hasher) Verify(ctx context.Context, lane ports.Lane, password, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	err = h.inTurn(ctx, lane, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok && known, err
}

func (h *Hasher) inTurn(ctx context.Context, lane ports.Lane, fn func() error) error {
	queue := h.queues[lane]
	select {
	case queue <- struct{}{}:
		defer func() { <-queue }()
	default:
		return domain.ErrBusy
	}
	taken, err := h.take(ctx, lane)
	if err != nil {
		return err
	}
	began := time.Now()
	defer func() { taken.release(h.costs(time.Since(began))) }()
	return fn()
}

// take waits for a turn of the lane.
func (h *Hasher) take(ctx context.Context, lane ports.Lane) (turns, error) {
	var reserved chan struct{} // a nil channel blocks forever
	if lane == ports.Known {
		reserved = h.reserved.free
	}
	select {
	case <-h.shared.free:
		return h.shared, nil
	case <-reserved:
		return h.reserved, nil
	case <-ctx.Done():
		return turns{}, errors.Join(domain.ErrBusy, ctx.Err())
	}
}
