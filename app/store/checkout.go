package store

import (
	"context"
	"fmt"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/cart"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/postgres"
	"coinslot/modules/checkout/adapters/rest"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/checkout/service"
	"coinslot/modules/identity"
	"coinslot/modules/library"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/fx"

	billingbridge "coinslot/modules/checkout/adapters/billing"
	cartbridge "coinslot/modules/checkout/adapters/cart"
	identitybridge "coinslot/modules/checkout/adapters/identity"
	librarybridge "coinslot/modules/checkout/adapters/library"
)

func checkoutModule() fx.Option {
	return fx.Module("checkout",
		fx.Provide(newCheckout),
		fx.Invoke(rest.Register),
	)
}

func newCheckout(b base, carts cart.Carts, quotes catalog.Quotes, library library.Library, accounts identity.Accounts,
	billing billing.Billing,
) (*service.Service, error) {
	limits, err := checkoutLimits(b.Config)
	if err != nil {
		return nil, err
	}
	taxes, err := taxes.New(b.Config.Taxes, func(country string) *time.Location {
		return sellers(b.Config.Store).For(country).Local(time.Time{}).Location()
	})
	if err != nil {
		return nil, err
	}
	reviews, err := newReviewCounter(b.Admin.Meters())
	if err != nil {
		return nil, err
	}
	return service.New(service.Deps{
		Orders:   probe.Orders(postgres.NewOrders(b.DB), b.Rig),
		Finder:   probe.OrderFinder(postgres.NewFinder(b.DB), b.Rig),
		Reviews:  postgres.NewReviews(b.DB),
		Carts:    probe.Carts(cartbridge.NewCarts(carts), b.Rig),
		Catalog:  probe.Catalog(quotes, b.Rig),
		Library:  probe.Library(librarybridge.NewLibrary(library), b.Rig),
		Buyers:   probe.Buyers(identitybridge.NewBuyers(accounts), b.Rig),
		Payments: probe.Payments(billingbridge.NewPayments(billing), b.Rig),
		Refunds:  probe.Refunds(billingbridge.NewRefunds(billing), b.Rig),
		Taxes:    taxes,
		Clock:    b.Clock,
		IDs:      b.IDs,
		Log:      b.Log,
		InReview: reviews,
		Limits:   limits,
	}), nil
}

func checkoutLimits(cfg Config) (service.Limits, error) {
	if most := service.AdvanceTimeout * 4 / 5; cfg.Payments.Timeout > most {
		return service.Limits{}, fmt.Errorf("configuration key payments.timeout: %q cannot be used: "+
			"it must be at most %s, four fifths of the timeout of advancing an order", cfg.Payments.Timeout, most)
	}
	return service.Limits{
		Patience:     cfg.Sweeper.Patience,
		ActionWithin: cfg.Payments.ActionWithin,
		GiveUpAfter:  cfg.Payments.GiveUpAfter,
		DeclinedFor:  cfg.Checkout.DeclinedFor,
		RefundWindow: cfg.Refunds.Window,
		Parallel:     cfg.Sweeper.Parallel,
		ReturnsTo:    cfg.Returns,
	}, nil
}

// newReviewCounter returns a function that counts orders that enter manual review, by reason.
func newReviewCounter(meters metric.MeterProvider) (func(context.Context, checkout.ReviewReason), error) {
	counter, err := meters.Meter("coinslot/checkout").Int64Counter("coinslot_order_reviews",
		metric.WithDescription("Orders that entered manual review, by reason."))
	if err != nil {
		return nil, fmt.Errorf("create the counter of reviews: %w", err)
	}
	return func(ctx context.Context, reason checkout.ReviewReason) {
		counter.Add(ctx, 1, metric.WithAttributes(attribute.String("reason", string(reason))))
	}, nil
}
