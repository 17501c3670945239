// Package store is the composition root: it wires the platform, the six modules and the events between them.
package store

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"coinslot/app/store/probe"
	"coinslot/platform/clock"
	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/jobs"
	"coinslot/platform/postgres"
	"coinslot/platform/telemetry"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	catalogservice "coinslot/modules/catalog/service"
	identityrest "coinslot/modules/identity/adapters/rest"
	identitydomain "coinslot/modules/identity/domain"
	identityservice "coinslot/modules/identity/service"
)

// New returns the fx options of the store: the platform and the six modules.
func New(cfg Config, log *slog.Logger) fx.Option {
	return fx.Options(
		fx.WithLogger(func() fxevent.Logger { return fxevent.NopLogger }),
		fx.Supply(cfg, log),
		platformModule(),
		identityModule(), catalogModule(), cartModule(), libraryModule(), billingModule(), checkoutModule(),
		eventsModule(),
		fx.Invoke(observe, run),
	)
}

func platformModule() fx.Option {
	return fx.Module("platform",
		fx.Provide(
			fx.Annotate(probe.NewRig, fx.ParamTags(`optional:"true"`)),
			newSyncedClock,
			func(c *clock.Synced, r probe.Rig) clock.Clock { return probe.Clock(c, r) },
			func() id.Source { return id.V7{} },
			fx.Annotate(newTelemetry, fx.ParamTags(`optional:"true"`)),
			fx.Annotate(openDatabase, fx.ParamTags(``, ``, `optional:"true"`, `optional:"true"`)),
			newSchema,
			newDatabaseClock,
			fx.Annotate(openJobsPool, fx.ParamTags(``, `optional:"true"`)),
			jobs.NewPublisher,
			newRunner,
			newMeters,
			newAdmin,
			fx.Annotate(identityrest.NewAuthenticator, fx.As(new(web.Authenticator))),
			newCache,
			newServer,
			publicAPI,
		),
	)
}

// base holds the common dependencies of all modules. A module's constructor takes it and the interfaces of the modules
// that it calls.
type base struct {
	fx.In

	Config Config
	DB     *postgres.DB
	Clock  clock.Clock
	IDs    id.Source
	Log    *slog.Logger
	Meters *meters
	Rig    probe.Rig
}

// Connections are the pools of a test's stores that run one after another on the same database. A store that is given
// them does not close them. Other stores open their own.
type Connections struct {
	DB   *postgres.DB
	Jobs *pgxpool.Pool
}

// NewConnections returns pools that do not connect before a store uses them.
func NewConnections(limits config.Database) (*Connections, error) {
	db, err := postgres.Open(limits)
	if err != nil {
		return nil, err
	}
	pool, err := postgres.OpenPool(limits, jobConnections)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Connections{db, pool}, nil
}

// Close closes the pools, after the last store has stopped.
func (c *Connections) Close() error {
	c.Jobs.Close()
	return c.DB.Close()
}

func openDatabase(cfg Config, t *telemetry.Telemetry, tracer pgx.QueryTracer, kept *Connections) (*postgres.DB, error) {
	if kept != nil {
		return kept.DB, nil
	}
	return postgres.Open(cfg.Database, tracer, postgres.NewTracer(t))
}

// jobConnections is the size of the pool for River, which fetches and completes jobs in batches. The jobs themselves
// use the pool of requests.
const jobConnections = 4

func openJobsPool(cfg Config, kept *Connections) (*pgxpool.Pool, error) {
	if kept != nil {
		return kept.Jobs, nil
	}
	return postgres.OpenPool(cfg.Database, jobConnections)
}

// newRunner gives the job queue the database's own time, even in tests whose stores have a clock that is ahead of it:
// the queue compares the times of retries with the database's.
func newRunner(pool *pgxpool.Pool, workers *jobs.Workers, database *clock.Synced, b base) (*jobs.Runner, error) {
	return jobs.NewRunner(pool, b.Config.Jobs, workers, database, b.Log)
}

func newAdmin(cfg Config, t *telemetry.Telemetry, log *slog.Logger) *web.Admin {
	return web.NewAdmin(cfg.Admin, t.Handler(), log)
}

func newCache(cfg Config, clock clock.Clock) (*web.ResponseCache, error) {
	return web.NewResponseCache(clock, cfg.Catalog.Cache)
}

// edge holds the dependencies of the public listener.
type edge struct {
	fx.In

	Config Config
	Auth   web.Authenticator
	Schema schema
	Cache  *web.ResponseCache
	Log    *slog.Logger
	Meters *telemetry.Telemetry
	Demo   []web.DemoAccount `optional:"true"`
}

func newServer(e edge) (*web.Server, error) {
	return web.NewServer(web.Parts{
		Config: e.Config.HTTP, Demo: e.Demo, Auth: e.Auth, Ready: e.Schema.ready(), Log: e.Log, Telemetry: e.Meters,
		Cache: e.Cache, Version: Version(),
		Commons: web.Commons{
			Any:      []*fault.Error{postgres.ErrUnavailable, postgres.ErrText},
			Writes:   []*fault.Error{postgres.ErrOutcome, postgres.ErrLocked},
			SignedIn: []*fault.Error{identitydomain.ErrToken},
		},
	})
}

func publicAPI(s *web.Server) *web.API { return s.API }

// parts are the components with a lifecycle, in the order of their start. They stop in the reverse order, so that
// requests in flight can complete.
type parts struct {
	fx.In

	Telemetry *telemetry.Telemetry
	DB        *postgres.DB
	Schema    schema
	Clock     databaseClock
	Catalog   *catalogservice.Service
	Accounts  *identityservice.Service
	Pool      *pgxpool.Pool
	Kept      *Connections `optional:"true"`
	Runner    *jobs.Runner
	Numbering *jobs.Loop
	Heads     heads
	Sweeper   sweeper
	Upkeep    accountUpkeep
	Admin     *web.Admin
	Server    *web.Server
}

func run(lifecycle fx.Lifecycle, p parts) {
	closePools := func(context.Context) error {
		if p.Kept != nil {
			return nil
		}
		return (&Connections{p.DB, p.Pool}).Close()
	}
	for _, hook := range []fx.Hook{
		{OnStop: p.Telemetry.Shutdown},
		{OnStart: WhileUnavailable(p.Schema.start), OnStop: closePools},
		{OnStart: WhileUnavailable(p.Clock.Start), OnStop: p.Clock.Stop},
		{OnStart: WhileUnavailable(p.Catalog.CheckCurrency)},
		{OnStart: WhileUnavailable(p.Accounts.BackfillEmailForms)},
		{OnStart: WhileUnavailable(p.Runner.Start), OnStop: p.Runner.Stop},
		{OnStart: p.Numbering.Start, OnStop: p.Numbering.Stop},
		{OnStart: p.Heads.Start, OnStop: p.Heads.Stop},
		{OnStart: p.Sweeper.Start, OnStop: p.Sweeper.Stop},
		{OnStart: p.Upkeep.Start, OnStop: p.Upkeep.Stop},
		{OnStart: p.Admin.Listen, OnStop: p.Admin.Shutdown},
		{OnStart: p.Server.Listen, OnStop: p.Server.Shutdown},
	} {
		lifecycle.Append(hook)
	}
}

// retryStart is the pause before a step of the start is repeated.
const retryStart = 100 * time.Millisecond

// WhileUnavailable returns a function that repeats an idempotent step of the start while the database is unavailable to
// it, until the context ends: a loaded database may take longer than a request waits for it.
func WhileUnavailable(step func(ctx context.Context) error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		for {
			err := step(ctx)
			if !fault.Is(err, fault.Unavailable) {
				return err
			}
			select {
			case <-time.After(retryStart):
			case <-ctx.Done():
				return err
			}
		}
	}
}

// Version returns the version that the build recorded, or "0.1.0-dev".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return strings.TrimPrefix(Release, "v") + "-dev"
	}
	return info.Main.Version
}
