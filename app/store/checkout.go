package store

import (
	"context"
	"fmt"
	"log/slog"

	"coinslot/app/store/probe"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/billing"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/identity"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/modules/checkout/adapters/postgres"
	"coinslot/modules/checkout/adapters/rest"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/fx"
)

func checkoutModule() fx.Option {
	return fx.Module("checkout", probe.Of("checkout"),
		fx.Provide(
			fx.Private,
			fx.Annotate(postgres.NewOrders, fx.As(new(ports.Orders))),
			fx.Annotate(postgres.NewFinder, fx.As(new(ports.Finder))),
			fx.Annotate(postgres.NewReviews, fx.As(new(ports.Reviews))),
			fx.Annotate(cart.NewCarts, fx.As(new(ports.Carts))),
			func(quotes catalog.Quotes) ports.Catalog { return quotes },
			fx.Annotate(library.NewLibrary, fx.As(new(ports.Library))),
			fx.Annotate(identity.NewBuyers, fx.As(new(ports.Buyers))),
			fx.Annotate(billing.NewPayments, fx.As(new(ports.Payments))),
			fx.Annotate(billing.NewRefunds, fx.As(new(ports.Refunds))),
			taxes.New,
			newCheckoutLimits,
			newReviewCounter,
			newCheckoutDeps,
		),
		fx.Provide(service.New),
		fx.Invoke(rest.Register),
	)
}

// checkoutPorts are checkout's adapters.
type checkoutPorts struct {
	fx.In

	Orders   ports.Orders
	Finder   ports.Finder
	Reviews  ports.Reviews
	Carts    ports.Carts
	Catalog  ports.Catalog
	Library  ports.Library
	Buyers   ports.Buyers
	Payments ports.Payments
	Refunds  ports.Refunds
	Taxes    ports.Taxes
	Counter  reviewCounter
}

func newCheckoutLimits(cfg Config) (service.Limits, error) {
	if most := service.AdvanceTimeout * 4 / 5; cfg.Payments.Timeout > most {
		return service.Limits{}, fmt.Errorf("configuration key payments.timeout: %q cannot be used: it must be at most %s, four fifths of the time for which an order is advanced", cfg.Payments.Timeout, most)
	}
	return service.Limits{
		Patience: cfg.Sweeper.Patience, ActionWithin: cfg.Payments.ActionWithin, GiveUpAfter: cfg.Payments.GiveUpAfter,
		DeclinedFor: cfg.Checkout.DeclinedFor, RefundWindow: cfg.Refunds.Window, Parallel: cfg.Sweeper.Parallel,
		ReturnsTo: cfg.Returns,
	}, nil
}

// newReviewCounter counts the orders that enter manual review, by reason.
func newReviewCounter(admin *web.Admin) (reviewCounter, error) {
	counter, err := admin.Meters().Meter("coinslot/checkout").Int64Counter("coinslot_order_reviews",
		metric.WithDescription("Orders that entered manual review, by reason."))
	if err != nil {
		return nil, fmt.Errorf("make the counter of reviews: %w", err)
	}
	return func(ctx context.Context, reason checkout.ReviewReason) {
		counter.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", string(reason))))
	}, nil
}

type reviewCounter func(ctx context.Context, reason checkout.ReviewReason)

func newCheckoutDeps(p checkoutPorts, clock clock.Clock, ids id.Source, log *slog.Logger,
	limits service.Limits,
) service.Deps {
	return service.Deps{
		InReview: p.Counter,
		Orders:   p.Orders, Finder: p.Finder, Reviews: p.Reviews, Carts: p.Carts, Catalog: p.Catalog,
		Library: p.Library, Buyers: p.Buyers,
		Payments: p.Payments, Refunds: p.Refunds, Taxes: p.Taxes, Clock: clock, IDs: ids, Log: log, Limits: limits,
	}
}
