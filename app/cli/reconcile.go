package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"coinslot/app/store"
	"coinslot/app/verify"
)

type reconcileCmd struct {
	Date  string   `help:"The day in UTC, such as 2026-01-31." placeholder:"DAY"`
	Since string   `help:"The moment to which the database was restored, such as 2026-01-31T12:00:00Z." placeholder:"TIME"`
	Heal  bool     `help:"Book what the store lacks, then compare again. With --date only payouts and fees."`
	Heads []string `help:"A head file of the lost database, once for each replica." placeholder:"FILE" type:"path"`
}

// Run compares the provider's balance transactions of a day, or since a restore, with the store's records. A difference
// is an error.
func (cmd reconcileCmd) Run(c *cli) error {
	run, err := cmd.parse()
	if err != nil {
		return err
	}
	ctx := context.Background()
	cfg, _, done, err := c.databases(ctx, (*environment).checkDatabase)
	if err != nil {
		return err
	}
	payments, release, err := c.provider(cfg)
	if err != nil {
		return errors.Join(err, done())
	}
	cfg.Payments = payments
	return errors.Join(run(ctx, cfg), release(), done())
}

// parse returns the comparison that the options select.
func (cmd reconcileCmd) parse() (func(ctx context.Context, cfg store.Config) error, error) {
	switch {
	case (cmd.Date == "") == (cmd.Since == ""):
		return nil, errors.New("write either --date DAY or --since TIME")
	case cmd.Date != "":
		day, err := time.Parse(time.DateOnly, cmd.Date)
		if err != nil {
			return nil, fmt.Errorf("--date %q is not a day such as 2026-01-31", cmd.Date)
		}
		return func(ctx context.Context, cfg store.Config) error {
			return verify.Reconcile(ctx, cfg, verify.Day{Start: day, Heal: cmd.Heal}, os.Stdout)
		}, nil
	}
	since, err := time.Parse(time.RFC3339, cmd.Since)
	if err != nil {
		return nil, fmt.Errorf("--since %q is not a time such as 2026-01-31T12:00:00Z", cmd.Since)
	}
	restored := verify.Restored{Since: since, Heads: cmd.Heads, Heal: cmd.Heal}
	if err := restored.Validate(); err != nil { // before anything is started
		return nil, err
	}
	return func(ctx context.Context, cfg store.Config) error {
		return verify.ReconcileRestored(ctx, cfg, restored, os.Stdout)
	}, nil
}
