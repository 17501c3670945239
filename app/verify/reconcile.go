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

	"go.uber.org/dig"
	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
)

// ErrDiffers reports that the provider's records and the store's differ.
var ErrDiffers = errors.New("the provider's records and the store's differ; the table lists the differences")

// Reconcile compares the charges of a UTC day at the provider with the store's payments, and prints the differences and
// their number. It returns ErrDiffers if there are any.
func Reconcile(ctx context.Context, cfg store.Config, day time.Time, out io.Writer) error {
	var billing *billingservice.Service
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&billing))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	found, err := billing.Reconcile(ctx, day, day.AddDate(0, 0, 1))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, d := range found.Differences {
		fmt.Fprintf(table, "%s\torder %s\t%s\tprovider: %s\tstore: %s\n",
			d.Ref, d.OrderID, d.Problem, d.Provider, d.Ours)
	}
	table.Flush() //nolint:errcheck // standard output may be closed
	fmt.Fprintf(out, "%s: %d charges at the provider, %d in the store: %d differences\n", day.Format(time.DateOnly),
		found.Provider, found.Ours, len(found.Differences))
	if len(found.Differences) > 0 {
		return ErrDiffers
	}
	return nil
}
