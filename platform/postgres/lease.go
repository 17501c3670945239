package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"coinslot/platform/mutant"
)

// ErrLeaseLost is the cause of the context of a Lease.Do that has lost its lease.
var ErrLeaseLost = errors.New("another replica has taken over this periodic work")

// Lease elects the replica that does some periodic work: a row of operations.leases has the holder and the time at
// which it may be replaced, on the database's clock. It decides who tries, not who may write: a holder that was
// suspended may write after it was replaced, so the work itself must be safe when two replicas do it at once.
type Lease struct {
	db     *DB
	name   string
	holder string
	ttl    time.Duration

	running sync.Mutex // held by Do
	mu      sync.Mutex
	until   time.Time // the lease is held at least until then; of this process's monotonic clock
}

// NewLease returns a lease that is not held. The time to live is the time after which a holder that no longer renews it
// is replaced; a holder renews it three times as often.
func (db *DB) NewLease(name string, ttl time.Duration) *Lease {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Lease{db: db, name: name, holder: fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()), ttl: ttl}
}

// Do calls fn while this replica holds the lease, and renews the lease meanwhile. It returns false without calling fn
// when another replica holds it, or another call of this process is running. When the lease is lost, the context of fn
// is canceled with ErrLeaseLost. The replica keeps the lease after fn until it expires or Release is called. No
// connection of the pool is held during fn.
func (l *Lease) Do(ctx context.Context, fn func(ctx context.Context) error) (led bool, err error) {
	if !l.running.TryLock() {
		return false, nil
	}
	defer l.running.Unlock()
	held, err := l.acquire(ctx)
	if err != nil || !held {
		return false, err
	}
	leading, lose := context.WithCancelCause(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { l.keep(leading, lose) })
	defer func() {
		lose(nil)
		renewing.Wait()
	}()
	return true, fn(leading)
}

// keep renews the lease until ctx ends, and calls lose when another replica has it or it could not be renewed in time.
func (l *Lease) keep(ctx context.Context, lose context.CancelCauseFunc) {
	tick := time.NewTicker(l.ttl / renewals)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		held, err := l.acquire(ctx)
		if (err == nil && !held) || l.left() <= 0 {
			lose(ErrLeaseLost)
			return
		}
	}
}

// renewals is how often a holder renews the lease within its time to live.
const renewals = 3

// left returns how long the lease is certainly held.
func (l *Lease) left() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.until)
}

// acquire acquires or renews the lease. It runs no statement when the lease was renewed a short time ago. A replica
// that does not get the lease writes nothing.
func (l *Lease) acquire(ctx context.Context) (held bool, err error) {
	if l.left() > l.ttl-l.ttl/renewals {
		return true, nil
	}
	bounded, cancel := context.WithTimeout(ctx, l.ttl/renewals)
	defer cancel()
	sent := time.Now()
	query := mutant.SQL("never-take-over-a-lease", `INSERT INTO operations.leases AS l
			(name, holder, acquired_at, expires_at)
		SELECT @name, @holder, clock_timestamp(), clock_timestamp() + make_interval(secs => @ttl)
		WHERE NOT EXISTS (SELECT FROM operations.leases o
			WHERE o.name = @name AND o.holder <> @holder AND o.expires_at > clock_timestamp())
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
			acquired_at = CASE l.holder WHEN excluded.holder THEN l.acquired_at ELSE excluded.acquired_at END
		WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp() RETURNING l.name`,
		"o.expires_at > clock_timestamp()", "o.expires_at IS NOT NULL")
	_, held, err = One[struct{ Name string }](bounded, l.db, query,
		Named{"name": l.name, "holder": l.holder, "ttl": l.ttl.Seconds()})
	if err != nil {
		return false, fmt.Errorf("acquire the lease of %s: %w", l.name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until = time.Time{}
	if held {
		l.until = sent.Add(l.ttl)
	}
	return held, nil
}

// Release lets another replica take over at once. A replica without the lease changes nothing.
func (l *Lease) Release(ctx context.Context) error {
	if l.left() <= 0 {
		return nil
	}
	l.mu.Lock()
	l.until = time.Time{}
	l.mu.Unlock()
	_, err := Exec(ctx, l.db, `UPDATE operations.leases SET expires_at = clock_timestamp()
		WHERE name = $1 AND holder = $2`, l.name, l.holder)
	if err != nil {
		return fmt.Errorf("release the lease of %s: %w", l.name, err)
	}
	return nil
}

// Now returns the database's present time.
func (db *DB) Now(ctx context.Context) (time.Time, error) {
	row, _, err := One[struct{ Now time.Time }](ctx, db, `SELECT clock_timestamp() AS now`)
	return row.Now.UTC(), err
}
