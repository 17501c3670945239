package store

import (
	"context"
	"strings"
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
		fx.Invoke(rest.Register, listenToCatalog, reportSearch),
	)
}

func newCatalog(b base, cache *web.ResponseCache) *service.Service {
	return service.New(service.Deps{
		Work:     postgres.NewUnitOfWork(b.DB, cache.Purge),
		Products: postgres.NewProductRepository(b.DB),
		Search:   postgres.NewSearch(b.DB),
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

// reportSearch logs at the start what the search cannot do on this server. A database that does not answer yet does not
// stop the start.
func reportSearch(lifecycle fx.Lifecycle, b base) {
	lifecycle.Append(fx.Hook{OnStart: func(ctx context.Context) error {
		missing, err := postgres.NewSearch(b.DB).Missing(ctx)
		if err != nil {
			b.Log.Warn("cannot select what the search lacks on this server", "cause", err)
		} else if len(missing) > 0 {
			b.Log.Warn("the search is reduced: " + strings.Join(missing, "; ") + ". Install it and migrate again")
		}
		return nil
	}})
}
