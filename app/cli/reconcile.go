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
	Since string   `help:"The moment to which the database was restored, or the start of a period." placeholder:"TIME"`
	Until string   `help:"With --since: compare this period only, without repairs." placeholder:"TIME"`
	Heal  bool     `help:"Book what the store lacks, then compare again. With --date only payouts and fees."`
	Heads []string `help:"A head file of the lost database, once for each replica." placeholder:"FILE" type:"path"`

	Progress bool `help:"Print the progress to standard error even if it is not a terminal."`
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
	case cmd.Until != "" && (cmd.Since == "" || cmd.Heal || len(cmd.Heads) > 0):
		return nil, errors.New("--until needs --since, and neither --heal nor --heads")
	case (cmd.Date == "") == (cmd.Since == ""):
		return nil, errors.New("write either --date DAY or --since TIME")
	case cmd.Date != "":
		day, err := time.Parse(time.DateOnly, cmd.Date)
		if err != nil {
			return nil, fmt.Errorf("--date %q is not a day such as 2026-01-31", cmd.Date)
		}
		return func(ctx context.Context, cfg store.Config) error {
			show := newProgress("reconcile", cmd.Progress)
			defer show.end()
			return verify.Reconcile(ctx, cfg, verify.Day{Start: day, Heal: cmd.Heal, Show: show.movements}, os.Stdout)
		}, nil
	}
	since, err := moment("--since", cmd.Since)
	if err != nil {
		return nil, err
	}
	if cmd.Until != "" {
		return cmd.span(since)
	}
	restored := verify.Restored{Since: since, Heads: cmd.Heads, Heal: cmd.Heal}
	if err := restored.Validate(); err != nil { // before anything is started
		return nil, err
	}
	return func(ctx context.Context, cfg store.Config) error {
		return verify.ReconcileRestored(ctx, cfg, restored, os.Stdout)
	}, nil
}

// span returns the comparison of a period.
func (cmd reconcileCmd) span(since time.Time) (func(ctx context.Context, cfg store.Config) error, error) {
	until, err := moment("--until", cmd.Until)
	if err != nil {
		return nil, err
	}
	if !since.Before(until) {
		return nil, errors.New("--since must be before --until")
	}
	return func(ctx context.Context, cfg store.Config) error {
		show := newProgress("reconcile", cmd.Progress)
		defer show.end()
		return verify.ReconcileSpan(ctx, cfg, verify.Span{From: since, To: until, Show: show.movements}, os.Stdout)
	}, nil
}
