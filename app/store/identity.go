package store

import (
	"coinslot/modules/identity"
	"coinslot/modules/identity/adapters/argon2"
	"coinslot/modules/identity/adapters/jwt"
	"coinslot/modules/identity/adapters/postgres"
	"coinslot/modules/identity/adapters/rest"
	"coinslot/modules/identity/domain"
	"coinslot/modules/identity/ports"
	"coinslot/modules/identity/service"
	"coinslot/platform/jobs"

	"go.uber.org/fx"
)

func identityModule() fx.Option {
	return fx.Module("identity",
		fx.Provide(newIdentityMailer, fx.Annotate(newIdentity, fx.As(fx.Self()), fx.As(new(identity.Accounts)))),
		fx.Invoke(rest.Register),
	)
}

// hashing optionally replaces the hasher that the configuration describes.
type hashing struct {
	fx.In

	Passwords ports.Passwords `optional:"true"`
}

func (h hashing) passwords(cfg identity.PasswordConfig) ports.Passwords {
	if h.Passwords != nil {
		return h.Passwords
	}
	return argon2.New(cfg)
}

func newIdentity(b base, events *jobs.Publisher, h hashing, mailer ports.Mailer) (*service.Service, error) {
	cfg := b.Config
	tokens, err := jwt.New(cfg.Tokens)
	if err != nil {
		return nil, err
	}
	return service.New(service.Deps{
		Work:      postgres.NewUnitOfWork(b.DB, events),
		Directory: postgres.NewDirectory(b.DB),
		Attempts:  postgres.NewAttempts(b.DB),
		Upkeep:    postgres.NewUpkeep(b.DB),
		Mailbox:   postgres.NewMailbox(b.DB),
		Mailer:    mailer,
		Passwords: h.passwords(cfg.Passwords),
		Tokens:    tokens,
		Clock:     b.Clock,
		IDs:       b.IDs,
		Log:       b.Log,
		Names:     storeNames(cfg.Store),
		Failed:    b.Meters.signInFailed,
		Limits:    service.NewLimits(cfg.Limits),
		Lifetimes: service.Lifetimes{
			Access:  cfg.Tokens.AccessTTL,
			Session: domain.Lifetimes{Idle: cfg.Tokens.RefreshTTL, Absolute: cfg.Tokens.SessionTTL},
		},
		Locale: service.Locale{Country: cfg.Store.Country, Language: cfg.Store.Language},
		Verification: service.Verification{
			Mail: cfg.Mail.Enabled(), Keep: cfg.Accounts.KeepUnverified, First: cfg.Accounts.ConfirmFirst,
		},
	})
}

// storeNames returns the names of the store's sellers, which are reserved as handles.
func storeNames(cfg BusinessConfig) domain.Names {
	names := domain.Names{cfg.Seller.Name}
	for _, branch := range cfg.Branches {
		names = append(names, branch.Name)
	}
	return names
}
