package store

import (
	"log/slog"

	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/adapters/jwt"
	"coinslot/modules/identity/adapters/postgres"
	"coinslot/modules/identity/adapters/rest"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/modules/identity/service"
	"coinslot/platform/clock"
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
			fx.Annotate(postgres.NewAttempts, fx.As(new(ports.Attempts))),
			fx.Annotate(postgres.NewUpkeep, fx.As(new(ports.Upkeep))),
			fx.Annotate(argon2.New, fx.As(new(ports.Passwords))),
			fx.Annotate(jwt.New, fx.As(new(ports.Tokens))),
			newIdentityDeps,
		),
		fx.Provide(fx.Annotate(service.New, fx.As(fx.Self()), fx.As(new(identity.Accounts)))),
		fx.Invoke(rest.Register),
	)
}

func publisher(p *jobs.Publisher) *jobs.Publisher { return p }

// identityParts is what identity's use cases are made of.
type identityParts struct {
	fx.In

	Work      ports.UnitOfWork
	Directory ports.Directory
	Attempts  ports.Attempts
	Upkeep    ports.Upkeep
	Passwords ports.Passwords
	Tokens    ports.Tokens
	Clock     clock.Clock
	IDs       id.Source
	Lifetimes identity.TokenConfig
	Limits    identity.LimitConfig
	Store     BusinessConfig
	Log       *slog.Logger
}

func newIdentityDeps(p identityParts) service.Deps {
	names := domain.Names{p.Store.Seller.Name}
	for _, branch := range p.Store.Branches {
		names = append(names, branch.Name)
	}
	return service.Deps{
		Work: p.Work, Directory: p.Directory, Attempts: p.Attempts, Upkeep: p.Upkeep,
		Passwords: p.Passwords, Tokens: p.Tokens,
		Clock: p.Clock, IDs: p.IDs, Log: p.Log, Names: names, Limits: service.NewLimits(p.Limits),
		Lifetimes: service.Lifetimes{
			Access: p.Lifetimes.AccessTTL, Session: domain.Lifetimes{
				Idle:     p.Lifetimes.RefreshTTL,
				Absolute: p.Lifetimes.SessionTTL,
			},
		},
		Locale: service.Locale{Country: p.Store.Country, Language: p.Store.Language},
	}
}
