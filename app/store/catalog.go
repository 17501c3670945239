package store

import (
	"context"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/service"
	"coinslot/platform/jobs"
	"coinslot/platform/money"
	"coinslot/platform/web"

	"go.uber.org/fx"
)

func catalogModule() fx.Option {
	return fx.Module("catalog",
		fx.Provide(fx.Annotate(newCatalog, fx.As(fx.Self()), fx.As(new(catalog.Quotes)))),
		fx.Invoke(rest.Register, listenToCatalog),
	)
}

func newCatalog(b base, cache *web.ResponseCache) *service.Service {
	return service.New(service.Deps{
		Work:     postgres.NewUnitOfWork(b.DB, cache.Purge),
		Shelf:    postgres.NewShelf(b.DB),
		Clock:    b.Clock,
		IDs:      b.IDs,
		Currency: money.Currency(b.Config.Store.Currency),
	})
}

// listenAgainAfter is the wait before a lost connection is opened again. Meanwhile a response from before a write is
// served for a second at most.
const listenAgainAfter = time.Second

// listenToCatalog empties the response cache whenever another process writes to the catalog.
func listenToCatalog(lifecycle fx.Lifecycle, b base, cache *web.ResponseCache) {
	loop := jobs.NewLoop("listen to the catalog", jobs.Every(listenAgainAfter), func(ctx context.Context) (bool, error) {
		return true, postgres.Listen(ctx, b.DB, cache.Purge)
	}, b.Log)
	lifecycle.Append(fx.Hook{OnStart: loop.Start, OnStop: loop.Stop})
}
