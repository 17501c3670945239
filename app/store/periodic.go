package store

import (
	"context"
	"log/slog"
	"time"

	"coinslot/platform/clock"
	"coinslot/platform/jobs"
	"coinslot/platform/postgres"

	"go.uber.org/fx"
)

// lease returns the lease of a periodic task, which one replica does at a time.
func (b base) lease(task string) *postgres.Lease { return b.DB.NewLease(task, b.Config.Jobs.Lease) }

// localClock is the clock that is compared with the database's.
type localClock struct {
	fx.In

	Clock clock.Clock `name:"local" optional:"true"` // nil: that of the operating system
}

// newSyncedClock returns the database's clock, from which all replicas take the times of leases, of work that is due
// and of tokens.
func newSyncedClock(db *postgres.DB, local localClock) *clock.Synced {
	if local.Clock == nil {
		local.Clock = clock.System{}
	}
	return clock.NewSynced(local.Clock, db.Now)
}

const (
	clockInterval = 10 * time.Second
	// clockTolerance is the difference between the clocks of the store and of the database that is logged. It does no
	// harm to the store, but logs and other programs on the machine have the wrong time.
	clockTolerance = 2 * time.Second
)

// databaseClock is the loop that reads the database's clock.
type databaseClock struct {
	*jobs.Loop

	read jobs.Task
}

func newDatabaseClock(c *clock.Synced, log *slog.Logger) databaseClock {
	warned := false
	read := func(ctx context.Context) (bool, error) {
		ahead, err := c.Sync(ctx)
		if err != nil {
			return false, err
		}
		differs := ahead.Abs() > clockTolerance
		if differs && !warned {
			log.WarnContext(ctx, "the clock of this machine differs from the database's, which the store uses",
				"ahead", ahead.Round(time.Millisecond))
		}
		warned = differs
		return false, nil
	}
	return databaseClock{jobs.NewLoop("read the database's clock", jobs.Every(clockInterval), read, log), read}
}

// Start reads the clock once, so that no request is handled with the local one, then repeatedly.
func (d databaseClock) Start(ctx context.Context) error {
	if _, err := d.read(ctx); err != nil {
		return err
	}
	return d.Loop.Start(ctx)
}
