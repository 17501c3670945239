package main

import (
	"context"
	"log/slog"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/cache"
	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/money"

	"go.uber.org/fx"

	database "coinslot/platform/postgres"
)

func catalogModule() fx.Option {
	return fx.Module("catalog",
		fx.Provide(
			fx.Private,
			postgres.NewUnitOfWork,
			postgres.NewShelf,
			newCachedShelf,
			newCatalogDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(catalog.Quotes)))),
		fx.Invoke(rest.Register, hearOfWrites),
	)
}

func newCachedShelf(shelf *postgres.Shelf, cfg config.Catalog) (*cache.Shelf, error) {
	return cache.NewShelf(shelf, cfg)
}

func newCatalogDeps(work *postgres.UnitOfWork, shelf *cache.Shelf, clock clock.Clock, ids id.Source, currency money.Currency) service.Deps {
	return service.Deps{Work: cache.NewUnitOfWork(work, shelf), Shelf: shelf, Clock: clock, IDs: ids, Currency: currency}
}

// listenAgainAfter is how long a lost connection is away before the next: items that were written meanwhile are old for
// a second at most all the same.
const listenAgainAfter = time.Second

// hearOfWrites has the cache forget whenever another process writes to the catalog.
func hearOfWrites(lifecycle fx.Lifecycle, db *database.DB, shelf *cache.Shelf, log *slog.Logger) {
	loop := jobs.NewLoop("listen to the catalog", listenAgainAfter, func(ctx context.Context) error {
		return postgres.Listen(ctx, db, shelf.Forget)
	}, log)
	lifecycle.Append(fx.Hook{OnStart: loop.Start, OnStop: loop.Stop})
}
