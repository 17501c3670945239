package store

import (
	"coinslot/app/store/probe"
	"coinslot/modules/cart"
	"coinslot/modules/cart/adapters/postgres"
	"coinslot/modules/cart/adapters/rest"
	"coinslot/modules/cart/ports"
	"coinslot/modules/cart/service"
	"coinslot/modules/catalog"
	"coinslot/modules/library"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"go.uber.org/fx"
)

func cartModule() fx.Option {
	return fx.Module("cart", probe.Of("cart"),
		fx.Provide(
			fx.Private,
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewFinder, fx.As(new(ports.Finder))),
			fx.Annotate(postgres.NewLines, fx.As(new(ports.Lines))),
			newCartDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(cart.Carts)))),
		fx.Invoke(rest.Register),
	)
}

// newCartDeps needs no bridges: what catalog and library publish is what cart asks for.
func newCartDeps(
	work ports.UnitOfWork, finder ports.Finder, lines ports.Lines, catalog catalog.Quotes, library library.Library,
	clock clock.Clock, ids id.Source, currency money.Currency,
) service.Deps {
	return service.Deps{
		Work: work, Finder: finder, Lines: lines, Catalog: catalog, Library: library, Clock: clock,
		IDs: ids, Currency: currency,
	}
}
