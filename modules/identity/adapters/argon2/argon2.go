// Package argon2 hashes passwords with argon2id. It limits the concurrency and the share of CPU time, so that hashing
// does not starve other requests, and reserves a part of both for accounts on networks where they have signed in
// before.
package argon2

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"coinslot/modules/identity"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"

	"github.com/alexedwards/argon2id"
)

// The minimum parameters of OWASP: 19 MiB, two passes, one lane.
var parameters = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummy is a hash for unknown logins. It has the parameters of the others, so that verifying it takes as long.
var dummy = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s", parameters.Memory, parameters.Iterations,
	parameters.Parallelism, "EA7u1rqU1YNxeENjY47oXg$0VASaN0lztWPbejsO90PyLSYVrYqj3oEMG8KMIYkmq4")

// slots limit the concurrent hashes and their share of CPU time.
type slots struct {
	free  chan struct{}
	pause float64 // before a slot is released, as a multiple of the cost of a hash
}

// newSlots returns n slots that use at most a percentage of all processors in the long run.
func newSlots(n int, percent float64) slots {
	s := slots{free: make(chan struct{}, n)}
	for range n {
		s.free <- struct{}{}
	}
	if percent > 0 {
		s.pause = max(0, 100*float64(n)/(percent*float64(runtime.GOMAXPROCS(0)))-1)
	}
	return s
}

// release releases a slot after its pause.
func (s slots) release(cost time.Duration) {
	time.AfterFunc(time.Duration(float64(cost)*s.pause), func() { s.free <- struct{}{} })
}

// Hasher implements ports.Passwords.
type Hasher struct {
	shared   slots
	reserved slots                        // for the lane Known, which uses the shared ones, too
	queues   map[ports.Lane]chan struct{} // limits the running and waiting calls of each lane
	cost     atomic.Int64                 // the minimum duration of a hash in nanoseconds, without waiting for a processor
}

// New returns a hasher with the configured limits.
func New(cfg identity.PasswordConfig) *Hasher {
	parallel := cfg.Parallel
	if parallel == 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	reservedSlots := max(1, parallel*cfg.Reserved/100)
	share, reserved := float64(cfg.Share), float64(cfg.Reserved)/100
	h := &Hasher{
		shared: newSlots(parallel, share*(1-reserved)), reserved: newSlots(reservedSlots, share*reserved),
		queues: map[ports.Lane]chan struct{}{
			ports.Anonymous: make(chan struct{}, parallel+cfg.Queue),
			ports.Known:     make(chan struct{}, parallel+reservedSlots+2*cfg.Queue),
		},
	}
	h.cost.Store(math.MaxInt64) // until the first hash
	return h
}

// updateCost updates the minimum cost with the duration of a hash, and returns it.
func (h *Hasher) updateCost(took time.Duration) time.Duration {
	for {
		cost := h.cost.Load()
		if int64(took) >= cost || h.cost.CompareAndSwap(cost, int64(took)) {
			return min(took, time.Duration(cost))
		}
	}
}

// Hash returns a salted hash.
func (h *Hasher) Hash(ctx context.Context, lane ports.Lane, password string) (hash string, err error) {
	err = h.run(ctx, lane, func() error {
		hash, err = argon2id.CreateHash(password, parameters)
		return err
	})
	return hash, err
}

// Verify compares in constant time. For an empty hash it compares with a dummy and returns false.
func (h *Hasher) Verify(ctx context.Context, lane ports.Lane, password, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = dummy
	}
	err = h.run(ctx, lane, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok && known, err
}

func (h *Hasher) run(ctx context.Context, lane ports.Lane, fn func() error) error {
	queue := h.queues[lane]
	select {
	case queue <- struct{}{}:
		defer func() { <-queue }()
	default:
		return domain.ErrBusy
	}
	acquired, err := h.acquire(ctx, lane)
	if err != nil {
		return err
	}
	began := time.Now()
	defer func() { acquired.release(h.updateCost(time.Since(began))) }()
	return fn()
}

// acquire waits for a slot of the lane.
func (h *Hasher) acquire(ctx context.Context, lane ports.Lane) (slots, error) {
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
		return slots{}, errors.Join(domain.ErrBusy, ctx.Err())
	}
}
