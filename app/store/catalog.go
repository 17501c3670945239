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

// relistenAfter is the delay before a lost LISTEN connection is reopened. Until then cached responses may be stale, for
// at most one second.
const relistenAfter = time.Second

// listenToCatalog purges the response cache when another process changes the catalog.
func listenToCatalog(lifecycle fx.Lifecycle, b base, cache *web.ResponseCache) {
	loop := jobs.NewLoop("listen for catalog changes", jobs.Every(relistenAfter), func(ctx context.Context) (bool, error) {
		return true, postgres.Listen(ctx, b.DB, cache.Purge)
	}, b.Log)
	lifecycle.Append(fx.Hook{OnStart: loop.Start, OnStop: loop.Stop})
}
