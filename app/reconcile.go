package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"coinslot/platform/config"

	"go.uber.org/dig"
	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
)

type reconcileCmd struct {
	Date string `help:"The day, in UTC: 2026-01-31." required:"" placeholder:"DAY"`
}

var errDiffers = errors.New("the provider's books and ours differ; the table says where")

// Run compares the books of a day. It fails when they differ.
func (cmd reconcileCmd) Run(c *cli) error {
	day, err := time.Parse(time.DateOnly, cmd.Date)
	if err != nil {
		return fmt.Errorf("--date %q is not a day such as 2026-01-31", cmd.Date)
	}
	ctx := context.Background()
	cfg, _, done, err := c.databases(ctx)
	if err != nil {
		return err
	}
	payments, release, err := c.provider(cfg)
	if err != nil {
		return errors.Join(err, done())
	}
	cfg.Payments = payments
	return errors.Join(reconcile(ctx, cfg, day, os.Stdout), release(), done())
}

// reconcile prints how the books of a day compare.
func reconcile(ctx context.Context, cfg config.Config, day time.Time, out io.Writer) error {
	var billing *billingservice.Service
	app := fx.New(store(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&billing))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	found, err := billing.Reconcile(ctx, day, day.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range found.Differences {
		fmt.Fprintf(table, "%s\torder %s\t%s\tprovider: %s\tours: %s\n", d.Ref, d.OrderID, d.Problem, d.Provider, d.Ours)
	}
	table.Flush() //nolint:errcheck // nobody reads it any more
	fmt.Fprintf(out, "%s: %d charges in the provider's books, %d in ours: %d differences\n", day.Format(time.DateOnly),
		found.Provider, found.Ours, len(found.Differences))
	if len(found.Differences) > 0 {
		return errDiffers
	}
	return nil
}
