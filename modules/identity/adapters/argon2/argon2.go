// Package argon2 hashes passwords with argon2id, a bounded number at a time, so that sign-ins cannot starve the store.
package argon2

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/fault"

	"github.com/alexedwards/argon2id"
)

// ErrBusy is returned when too many sign-ins wait already.
var ErrBusy = fault.New(fault.Unavailable, "sign-in-busy", "many people are signing in right now; try again in a second").After(time.Second)

// The costs that OWASP names as a minimum: 19 MiB, two passes, one lane.
var parameters = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Hasher hashes passwords.
type Hasher struct {
	turns chan struct{} // as many as may compute
	queue chan struct{} // as many as may compute or wait
	rest  float64       // how long a turn is kept after its work, in times of that, so that others get the processors
	dummy string        // the hash that unknown logins are compared with
}

// New returns a hasher within the configured bounds.
func New(cfg config.Passwords) (*Hasher, error) {
	processors, parallel := runtime.GOMAXPROCS(0), cfg.Parallel
	if parallel == 0 {
		parallel = max(1, processors/2)
	}
	rest := 0.0
	if cfg.Share > 0 {
		rest = max(0, 100*float64(parallel)/float64(cfg.Share*processors)-1)
	}
	dummy, err := argon2id.CreateHash("nobody has this password", parameters)
	if err != nil {
		return nil, fmt.Errorf("make the dummy hash: %w", err)
	}
	return &Hasher{turns: make(chan struct{}, parallel), queue: make(chan struct{}, parallel+cfg.Queue), rest: rest, dummy: dummy}, nil
}

// Hash returns a new salted hash.
func (h *Hasher) Hash(ctx context.Context, password string) (hash string, err error) {
	err = h.inTurn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, parameters)
		return err
	})
	return hash, err
}

// Verify compares in constant time. An empty hash is compared with a dummy, which costs the same and never matches.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (ok bool, err error) {
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	err = h.inTurn(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok && known, err
}

func (h *Hasher) inTurn(ctx context.Context, fn func() error) error {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return ErrBusy
	}
	select {
	case h.turns <- struct{}{}:
	case <-ctx.Done():
		return errors.Join(ErrBusy, ctx.Err())
	}
	began := time.Now()
	defer func() {
		time.AfterFunc(time.Duration(float64(time.Since(began))*h.rest), func() { <-h.turns })
	}()
	return fn()
}
