package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"text/tabwriter"
	"time"

	"coinslot/app/store"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"go.uber.org/dig"
	"go.uber.org/fx"

	checkoutservice "coinslot/modules/checkout/service"
)

type ordersCmd struct {
	Review  ordersReviewCmd  `cmd:"" help:"List the orders in manual review with the store's and the provider's amounts."`
	Resolve ordersResolveCmd `cmd:"" help:"End the manual review of an order."`
}

type (
	ordersReviewCmd  struct{}
	ordersResolveCmd struct {
		ID     string `arg:"" help:"The order's ID."`
		Action string `arg:"" help:"accept, refund or release." enum:"accept,refund,release"`
		Reason string `help:"The reason, which the order's timeline shows." required:""`
	}
)

// Run lists the orders in manual review.
func (ordersReviewCmd) Run(c *cli) error {
	return c.asCheckout(func(ctx context.Context, orders *checkoutservice.Service) error {
		return printReviews(ctx, orders, os.Stdout)
	})
}

// Run ends the manual review of an order.
func (cmd ordersResolveCmd) Run(c *cli) error {
	orderID, err := id.Parse(cmd.ID)
	if err != nil {
		return fmt.Errorf("%q is not an order ID; `coinslot orders review` lists them", cmd.ID)
	}
	return c.asCheckout(func(ctx context.Context, orders *checkoutservice.Service) error {
		view, err := orders.Resolve(ctx, checkoutservice.ResolveOrder{
			OrderID: orderID, Action: checkout.Resolution(cmd.Action), Reason: cmd.Reason,
			Key: id.V7{}.NewID().String(),
		})
		if err == nil {
			fmt.Printf("order %s is %s now\n", view.Order.Number, view.Order.Status)
		}
		return err
	})
}

// asCheckout runs fn with the use cases of checkout, connected as the store's role and to the payment provider.
func (c *cli) asCheckout(fn func(ctx context.Context, orders *checkoutservice.Service) error) error {
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
	var orders *checkoutservice.Service
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), fx.Populate(&orders))
	if err := dig.RootCause(app.Err()); err != nil {
		return errors.Join(err, release(), done())
	}
	return errors.Join(fn(ctx, orders), release(), done())
}

// printReviews prints the orders in manual review, newest first.
func printReviews(ctx context.Context, orders *checkoutservice.Service, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ORDER\tNUMBER\tREASON\tSINCE\tOWED\tCAPTURED\tREFUNDED\tPROVIDER CAPTURED\tPROVIDER REFUNDED")
	request, n := page.Request{Limit: 100}, 0
	for {
		p, err := orders.Search(ctx, ports.Filter{Status: checkout.ManualReview}, request)
		if err != nil {
			return err
		}
		for _, v := range p.Items {
			view, err := orders.AnyOrder(ctx, v.Order.ID)
			if err != nil {
				return err
			}
			n++
			o, sums := view.Order, "?\t?\t?\t?"
			if s := view.Settlement; s != nil {
				sums = fmt.Sprintf("%s\t%s\t%s\t%s", s.Captured, s.Refunded, s.ProviderCaptured, s.ProviderRefunded)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", o.ID, o.Number, o.Review.Reason,
				o.Review.Since.Format(time.RFC3339), o.Totals.Total, sums)
		}
		if request.Cursor = p.Next; p.Next == "" {
			break
		}
	}
	table.Flush() //nolint:errcheck // standard output may be closed
	fmt.Fprintf(out, "%d orders in manual review\n", n)
	return nil
}
