package store

import (
	"coinslot/app/store/probe"
	"coinslot/modules/catalog"
	"coinslot/modules/library"
	"coinslot/modules/library/adapters/postgres"
	"coinslot/modules/library/adapters/rest"
	"coinslot/modules/library/service"

	"go.uber.org/fx"

	catalogbridge "coinslot/modules/library/adapters/catalog"
)

func libraryModule() fx.Option {
	return fx.Module("library",
		fx.Provide(fx.Annotate(newLibrary, fx.As(fx.Self()), fx.As(new(library.Library)))),
		fx.Invoke(rest.Register),
	)
}

func newLibrary(b base, quotes catalog.Quotes) *service.Service {
	return service.New(service.Deps{
		Work:   probe.LibraryWork(postgres.NewUnitOfWork(b.DB), b.Rig),
		Grants: probe.Grants(postgres.NewGrants(b.DB), b.Rig),
		Finder: postgres.NewFinder(b.DB),
		Titles: catalogbridge.NewTitles(quotes),
		Clock:  b.Clock,
		IDs:    b.IDs,
		Log:    b.Log,
	})
}
