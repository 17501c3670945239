package store

import (
	"coinslot/app/store/probe"
	"coinslot/modules/library"
	"coinslot/modules/library/adapters/catalog"
	"coinslot/modules/library/adapters/postgres"
	"coinslot/modules/library/adapters/rest"
	"coinslot/modules/library/ports"
	"coinslot/modules/library/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"

	"go.uber.org/fx"
)

func libraryModule() fx.Option {
	return fx.Module("library", probe.Of("library"),
		fx.Provide(
			fx.Private,
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewFinder, fx.As(new(ports.Finder))),
			fx.Annotate(catalog.NewTitles, fx.As(new(ports.Titles))),
			newLibraryDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(library.Library)))),
		fx.Invoke(rest.Register),
	)
}

func newLibraryDeps(work ports.UnitOfWork, finder ports.Finder, titles ports.Titles, clock clock.Clock,
	ids id.Source,
) service.Deps {
	return service.Deps{Work: work, Finder: finder, Titles: titles, Clock: clock, IDs: ids}
}
