// Package store is the composition root: the platform, the six modules, and the events between them.
package store

import (
	"context"
	"log/slog"
	"runtime/debug"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/modules/identity"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	identityrest "coinslot/modules/identity/adapters/rest"
	identitydomain "coinslot/modules/identity/domain"
	identityservice "coinslot/modules/identity/service"
)

// New is the whole store: the platform and the six modules.
func New(cfg Config, log *slog.Logger) fx.Option {
	return fx.Options(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		fx.Supply(cfg, log),
		probe.Of("store"),
		platformModule(),
		identityModule(), catalogModule(), cartModule(), libraryModule(), billingModule(), checkoutModule(),
		eventsModule(),
		fx.Invoke(run),
	)
}

func platformModule() fx.Option {
	return fx.Module("platform",
		fx.Provide(
			split,
			fx.Annotate(func() clock.System { return clock.System{} }, fx.As(new(clock.Clock))),
			fx.Annotate(func() id.V7 { return id.V7{} }, fx.As(new(id.Source))),
			fx.Annotate(openDatabase, fx.ParamTags(``, `optional:"true"`)),
			openJobsPool,
			jobs.NewPublisher,
			jobs.NewRunner,
			web.NewAdmin,
			fx.Annotate(identityrest.NewAuthenticator, fx.As(new(web.Authenticator))),
			newAnswers,
			newServer,
			publicAPI,
		),
	)
}

// sections are the parts of the configuration that constructors ask for.
type sections struct {
	fx.Out

	HTTP      config.HTTP
	Admin     config.Admin
	Database  config.Database
	Tokens    identity.TokenConfig
	Passwords identity.PasswordConfig
	Limits    identity.LimitConfig
	Payments  billing.PaymentConfig
	Sweeper   SweeperConfig
	Invoices  billing.InvoiceConfig
	Jobs      config.Jobs
	Store     BusinessConfig
	Taxes     taxes.Config
	Refunds   checkout.RefundConfig
	Catalog   catalog.Config
	Currency  money.Currency
}

func split(c Config) sections {
	return sections{
		HTTP: c.HTTP, Admin: c.Admin, Database: c.Database, Tokens: c.Tokens, Passwords: c.Passwords, Limits: c.Limits,
		Payments: c.Payments, Sweeper: c.Sweeper,
		Invoices: c.Invoices, Jobs: c.Jobs, Store: c.Store, Taxes: c.Taxes, Refunds: c.Refunds, Catalog: c.Catalog,
		Currency: money.Currency(c.Store.Currency),
	}
}

func openDatabase(limits config.Database, tracer pgx.QueryTracer) (*postgres.DB, error) {
	return postgres.Open(limits, tracer)
}

// openJobsPool has a connection for each worker, and some for River's own upkeep.
func openJobsPool(limits config.Database, cfg config.Jobs) (*pgxpool.Pool, error) {
	const upkeep = 4
	return postgres.OpenPool(limits, cfg.Workers+upkeep)
}

func newAnswers(clock clock.Clock, cfg catalog.Config) (*web.ResponseCache, error) {
	return web.NewResponseCache(clock, cfg.Cache)
}

// edge is what the public listener is built from.
type edge struct {
	fx.In

	Config  config.HTTP
	Auth    web.Authenticator
	DB      *postgres.DB
	Admin   *web.Admin
	Answers *web.ResponseCache
	Log     *slog.Logger
	Demo    []web.DemoAccount `optional:"true"`
}

func newServer(e edge) (*web.Server, error) {
	return web.NewServer(web.Parts{
		Config: e.Config, Demo: e.Demo, Auth: e.Auth, Ready: e.DB.Ping, Log: e.Log, Meters: e.Admin.Meters(),
		Cache: e.Answers, Version: Version(),
		Commons: web.Commons{
			Any:      []*fault.Error{postgres.ErrUnavailable, postgres.ErrText},
			Writes:   []*fault.Error{postgres.ErrOutcome, postgres.ErrLocked},
			SignedIn: []*fault.Error{identitydomain.ErrToken},
		},
	})
}

func publicAPI(s *web.Server) *web.API { return s.API }

// parts are what runs, in the order in which it starts. It stops in the opposite order, so that requests in flight
// still find everything they need.
type parts struct {
	fx.In

	DB       *postgres.DB
	Accounts *identityservice.Service
	Pool     *pgxpool.Pool
	Runner   *jobs.Runner
	Numberer *jobs.Loop
	Sweeper  sweeper
	Keeper   accountKeeper
	Admin    *web.Admin
	Server   *web.Server
}

func run(lifecycle fx.Lifecycle, p parts) {
	closePool := func(context.Context) error {
		p.Pool.Close()
		return p.DB.Close()
	}
	for _, hook := range []fx.Hook{
		{OnStop: closePool},
		{OnStart: p.Accounts.BackfillEmailForms},
		{OnStart: p.Runner.Start, OnStop: p.Runner.Stop},
		{OnStart: p.Numberer.Start, OnStop: p.Numberer.Stop},
		{OnStart: p.Sweeper.Start, OnStop: p.Sweeper.Stop},
		{OnStart: p.Keeper.Start, OnStop: p.Keeper.Stop},
		{OnStart: p.Admin.Listen, OnStop: p.Admin.Shutdown},
		{OnStart: p.Server.Listen, OnStop: p.Server.Shutdown},
	} {
		lifecycle.Append(hook)
	}
}

// Version is the one that the build recorded.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "0.1.0-dev"
	}
	return info.Main.Version
}
