package main

import (
	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/adapters/jwt"
	"coinslot/modules/identity/adapters/postgres"
	"coinslot/modules/identity/adapters/rest"
	"coinslot/modules/identity/ports"
	"coinslot/modules/identity/service"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/jobs"

	"go.uber.org/fx"
)

func identityModule() fx.Option {
	return fx.Module("identity",
		fx.Provide(
			fx.Private,
			fx.Annotate(publisher, fx.As(new(postgres.Publisher))),
			fx.Annotate(postgres.NewUnitOfWork, fx.As(new(ports.UnitOfWork))),
			fx.Annotate(postgres.NewDirectory, fx.As(new(ports.Directory))),
			fx.Annotate(argon2.New, fx.As(new(ports.Passwords))),
			fx.Annotate(newTokens, fx.As(new(ports.Tokens))),
			newIdentityDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(identity.Accounts)))),
		fx.Invoke(rest.Register),
	)
}

func publisher(p *jobs.Publisher) *jobs.Publisher { return p }

func newTokens(cfg config.Tokens) (*jwt.Tokens, error) { return jwt.New(cfg.Key) }

func newIdentityDeps(
	work ports.UnitOfWork, directory ports.Directory, passwords ports.Passwords, tokens ports.Tokens,
	clock clock.Clock, ids id.Source, cfg config.Tokens, store config.Store,
) service.Deps {
	return service.Deps{
		Work: work, Directory: directory, Passwords: passwords, Tokens: tokens, Clock: clock, IDs: ids,
		Lifetimes: service.Lifetimes{Access: cfg.AccessTTL, Refresh: cfg.RefreshTTL},
		Locale:    service.Locale{Country: store.Country, Language: store.Language},
	}
}
