package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"coinslot/app/verify"
)

type reconcileCmd struct {
	Date string `help:"The day in UTC, such as 2026-01-31." required:"" placeholder:"DAY"`
	Heal bool   `help:"Book the payouts and fees that the store lacks, then compare again."`
}

// Run compares the provider's balance transactions of a day with the store's records. A difference is an error.
func (cmd reconcileCmd) Run(c *cli) error {
	day, err := time.Parse(time.DateOnly, cmd.Date)
	if err != nil {
		return fmt.Errorf("--date %q is not a day such as 2026-01-31", cmd.Date)
	}
	ctx := context.Background()
	cfg, _, done, err := c.databases(ctx, (*environment).checkSchema)
	if err != nil {
		return err
	}
	payments, release, err := c.provider(cfg)
	if err != nil {
		return errors.Join(err, done())
	}
	cfg.Payments = payments
	return errors.Join(verify.Reconcile(ctx, cfg, verify.Day{Start: day, Heal: cmd.Heal}, os.Stdout), release(), done())
}
