package main

import (
	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"go.uber.org/fx"
)

func catalogModule() fx.Option {
	return fx.Module("catalog",
		fx.Provide(
			fx.Private,
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewShelf, fx.As(new(ports.Shelf))),
			newCatalogDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(catalog.Quotes)))),
		fx.Invoke(rest.Register),
	)
}

func newCatalogDeps(work ports.UnitOfWork, shelf ports.Shelf, clock clock.Clock, ids id.Source, currency money.Currency) service.Deps {
	return service.Deps{Work: work, Shelf: shelf, Clock: clock, IDs: ids, Currency: currency}
}
