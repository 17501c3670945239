package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"coinslot/app/store"
	"coinslot/modules/billing/domain"

	"go.uber.org/dig"
	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
)

// ErrDiffers reports that the provider's records and the store's differ.
var ErrDiffers = errors.New("the provider's records and the store's differ; the table lists the differences")

// Day is a UTC day to reconcile. Heal books the payouts and fees that the store lacks before the comparison is printed.
type Day struct {
	Start time.Time
	Heal  bool
	Show  func(until time.Time, read int) // called as the provider's records are read; nil: not
}

// Span is a period to reconcile.
type Span struct {
	From, To time.Time
	Show     func(until time.Time, read int) // as of Day
}

// ReconcileSpan is Reconcile of any period, without repairs.
func ReconcileSpan(ctx context.Context, cfg store.Config, span Span, out io.Writer) error {
	billing, err := openBilling(cfg)
	if err != nil {
		return err
	}
	found, err := billing.ReconcileShowing(ctx, span.From, span.To, shown(span.Show))
	if err != nil {
		return err
	}
	printDifferences(out, found.Differences, "")
	return printResult(out, span.From.UTC().Format(time.RFC3339)+" to "+span.To.UTC().Format(time.RFC3339), found)
}

func shown(show func(time.Time, int)) func(time.Time, int) {
	if show == nil {
		return func(time.Time, int) {}
	}
	return show
}

// Reconcile compares the movements of a day at the provider with the store's records, and prints the differences and
// their number. It returns ErrDiffers if there are any.
func Reconcile(ctx context.Context, cfg store.Config, day Day, out io.Writer) error {
	billing, err := openBilling(cfg)
	if err != nil {
		return err
	}
	end := day.Start.AddDate(0, 0, 1)
	found, err := billing.ReconcileShowing(ctx, day.Start, end, shown(day.Show))
	if err == nil && day.Heal && len(found.Differences) > 0 {
		if err = billing.Heal(ctx, found.Differences); err == nil {
			found, err = billing.Reconcile(ctx, day.Start, end)
		}
	}
	if err != nil {
		return err
	}
	printDifferences(out, found.Differences, "")
	return printResult(out, day.Start.Format(time.DateOnly), found)
}

// openBilling returns the use cases of billing in a store that is not started.
func openBilling(cfg store.Config) (billing *billingservice.Service, err error) {
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&billing))
	return billing, dig.RootCause(app.Err())
}

// describe returns a difference in one line.
func describe(d domain.Difference) string {
	return fmt.Sprintf("%s: %s (provider: %s, store: %s)", d.Ref, d.Problem, d.Provider, d.Ours)
}

// printDifferences prints a table of differences, each line with a prefix.
func printDifferences(out io.Writer, found []domain.Difference, prefix string) {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range found {
		order := "no order"
		if d.OrderID != "" {
			order = "order " + d.OrderID
		}
		fmt.Fprintf(table, "%s%s\t%s\t%s\tprovider: %s\tstore: %s\n", prefix, d.Ref, order, d.Problem, d.Provider, d.Ours)
	}
	table.Flush() //nolint:errcheck // standard output may be closed
}

// printResult prints the number of differences. ErrDiffers.
func printResult(out io.Writer, period string, found billingservice.Reconciliation) error {
	fmt.Fprintf(out, "%s: %d movements at the provider, %d in the store: %d differences\n",
		period, found.Provider, found.Ours, len(found.Differences))
	if len(found.Differences) > 0 {
		return ErrDiffers
	}
	return nil
}
