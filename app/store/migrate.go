package store

import (
	"context"
	"errors"
	"log/slog"

	"coinslot/migrations"
	"coinslot/platform/fault"
	"coinslot/platform/postgres"
	"coinslot/platform/web"
)

// NewMigrator returns a migrator of all modules that connects as the database's owner.
func NewMigrator(ctx context.Context, ownerURL string) (*postgres.Migrator, error) {
	modules, err := modulesToMigrate()
	if err != nil {
		return nil, err
	}
	return postgres.NewMigrator(ctx, ownerURL, modules)
}

func modulesToMigrate() ([]postgres.Migrations, error) {
	all, err := migrations.All()
	if err != nil {
		return nil, err
	}
	modules := make([]postgres.Migrations, len(all))
	for i, m := range all {
		modules[i] = postgres.Migrations{Module: m.Name, Files: m.Files}
	}
	return modules, nil
}

// Release is the release that this program is, or will be. Migrations name the oldest release that they support.
const Release = "v0.2.0"

// CheckDatabase returns nil when this release can serve the configured database, and otherwise
// postgres.ErrSchemaTooOld, postgres.ErrSchemaTooNew or postgres.ErrPooler.
func CheckDatabase(ctx context.Context, cfg Config) error {
	db, err := postgres.Open(cfg.Database, nil)
	if err != nil {
		return err
	}
	s, err := newSchema(db, slog.New(slog.DiscardHandler))
	if err == nil {
		err = db.CheckSessions(ctx)
	}
	if err == nil {
		err = s.check(ctx)
	}
	return errors.Join(err, db.Close())
}

// schema is the database's schema as the store's role sees it. It may change while the store runs.
type schema struct {
	db      *postgres.DB
	modules []postgres.Migrations
	log     *slog.Logger
}

func newSchema(db *postgres.DB, log *slog.Logger) (schema, error) {
	modules, err := modulesToMigrate()
	return schema{db, modules, log}, err
}

// check returns nil when this release can serve the schema.
func (s schema) check(ctx context.Context) error { return s.db.CheckSchema(ctx, s.modules, Release) }

// start checks the database's sessions and its schema, and warns when the store's role owns it.
func (s schema) start(ctx context.Context) error {
	if err := s.db.CheckSessions(ctx); err != nil {
		return err
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	owns, err := s.db.OwnsSchema(ctx, s.modules[0].Module)
	if owns {
		s.log.Warn("the store connects as the database's owner, which can change the journal and issued invoices; " +
			"give COINSLOT_DATABASE_URL a role of its own, and run coinslot migrate up with the owner's URL in " +
			"COINSLOT_MIGRATION_DATABASE_URL")
	}
	return err
}

var errSchema = fault.New(fault.Unavailable, "schema-not-supported",
	"this release cannot serve the database's schema")

// ready returns the conditions under which the store can serve requests: its database can be written to and has a
// schema that it supports.
func (s schema) ready() []web.Check {
	return []web.Check{{Name: "database", Run: s.db.Ping}, {Name: "schema", Run: func(ctx context.Context) error {
		err := s.check(ctx)
		if err != nil && fault.Of(err) == nil {
			return errSchema.Saying("%s", err.Error())
		}
		return err
	}}}
}
