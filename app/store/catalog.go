package store

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/adapters/rest"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/money"
	"coinslot/platform/web"

	"go.uber.org/fx"

	database "coinslot/platform/postgres"
)

func catalogModule() fx.Option {
	return fx.Module("catalog",
		fx.Provide(
			fx.Private,
			newCatalogDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(catalog.Quotes)))),
		fx.Invoke(rest.Register, hearOfWrites, reportSearch),
	)
}

func newCatalogDeps(db *database.DB, answers *web.Answers, clock clock.Clock, ids id.Source,
	currency money.Currency,
) service.Deps {
	return service.Deps{
		Work: postgres.NewUnitOfWork(db, answers.Forget), Products: postgres.NewProductRepository(db),
		Search: postgres.NewSearch(db), Clock: clock, IDs: ids, Currency: currency,
	}
}

// listenAgainAfter is how long a lost connection is away before the next: answers from before a write are given for a
// second at most all the same.
const listenAgainAfter = time.Second

// hearOfWrites has answers forgotten whenever another process writes to the catalog.
func hearOfWrites(lifecycle fx.Lifecycle, db *database.DB, answers *web.Answers, log *slog.Logger) {
	loop := jobs.NewLoop("listen to the catalog", jobs.Every(listenAgainAfter), func(ctx context.Context) (bool, error) {
		return true, postgres.Listen(ctx, db, answers.Forget)
	}, log)
	lifecycle.Append(fx.Hook{OnStart: loop.Start, OnStop: loop.Stop})
}

// reportSearch logs at the start what the search does without on this server. A database that cannot be asked yet does not
// stop the start.
func reportSearch(lifecycle fx.Lifecycle, db *database.DB, log *slog.Logger) {
	lifecycle.Append(fx.Hook{OnStart: func(ctx context.Context) error {
		missing, err := postgres.NewSearch(db).Missing(ctx)
		if err != nil {
			log.Warn("what the search can do on this server is unknown", "cause", err)
		} else if len(missing) > 0 {
			log.Warn("the search is reduced: " + strings.Join(missing, "; ") + ". Install it and migrate again")
		}
		return nil
	}})
}
