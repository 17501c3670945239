package main

import (
	"log/slog"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/billing"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/catalog"
	"coinslot/modules/checkout/adapters/identity"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/modules/checkout/adapters/postgres"
	"coinslot/modules/checkout/adapters/rest"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/id"

	"go.uber.org/fx"
)

func checkoutModule() fx.Option {
	return fx.Module("checkout", probed("checkout"),
		fx.Provide(
			fx.Private,
			fx.Annotate(postgres.NewOrders, fx.As(new(ports.Orders))),
			fx.Annotate(postgres.NewFinder, fx.As(new(ports.Finder))),
			fx.Annotate(cart.NewCarts, fx.As(new(ports.Carts))),
			fx.Annotate(catalog.NewOffers, fx.As(new(ports.Catalog))),
			fx.Annotate(library.NewLibrary, fx.As(new(ports.Library))),
			fx.Annotate(identity.NewBuyers, fx.As(new(ports.Buyers))),
			fx.Annotate(billing.NewPayments, fx.As(new(ports.Payments))),
			fx.Annotate(billing.NewRefunds, fx.As(new(ports.Refunds))),
			taxes.New,
			newCheckoutLimits,
			newCheckoutDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(checkout.Orders)))),
		fx.Invoke(rest.Register),
	)
}

// checkoutPorts are checkout's adapters.
type checkoutPorts struct {
	fx.In

	Orders   ports.Orders
	Finder   ports.Finder
	Carts    ports.Carts
	Catalog  ports.Catalog
	Library  ports.Library
	Buyers   ports.Buyers
	Payments ports.Payments
	Refunds  ports.Refunds
	Taxes    ports.Taxes
}

func newCheckoutLimits(payments config.Payments, sweeper config.Sweeper, refunds config.Refunds) service.Limits {
	return service.Limits{
		Patience: sweeper.Patience, ActionWithin: payments.ActionWithin, GiveUpAfter: payments.GiveUpAfter, RefundWindow: refunds.Window,
		Parallel: sweeper.Parallel,
	}
}

func newCheckoutDeps(p checkoutPorts, clock clock.Clock, ids id.Source, log *slog.Logger, limits service.Limits) service.Deps {
	return service.Deps{
		Orders: p.Orders, Finder: p.Finder, Carts: p.Carts, Catalog: p.Catalog, Library: p.Library, Buyers: p.Buyers,
		Payments: p.Payments, Refunds: p.Refunds, Taxes: p.Taxes, Clock: clock, IDs: ids, Log: log, Limits: limits,
	}
}
