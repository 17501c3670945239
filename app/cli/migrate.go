package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"text/tabwriter"

	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/platform/log"
	"coinslot/platform/postgres"

	"go.uber.org/dig"
	"go.uber.org/fx"
)

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Apply all missing migrations."`
	Down   migrateDownCmd   `cmd:"" help:"Roll back migrations of a module, or all migrations."`
	Status migrateStatusCmd `cmd:"" help:"List the migrations."`
}

type (
	migrateUpCmd   struct{}
	migrateDownCmd struct {
		Module string `arg:"" optional:"" help:"The module: identity, catalog, cart, checkout, billing or library."`
		To     int64  `default:"-1" placeholder:"NUMBER" help:"Roll back the module's newer migrations."`
		All    bool   `help:"Roll back every migration of every module. This deletes all data."`
	}
	migrateStatusCmd struct{}
)

// Run applies the missing migrations and grants the role of database.url its privileges.
func (migrateUpCmd) Run(c *cli) error {
	return c.asOwner(func(ctx context.Context, ownerURL, storeURL string) error {
		return migrate(ctx, ownerURL, storeURL, (*postgres.Migrator).Admit)
	})
}

// Run rolls back the newest migration of a module, or all migrations.
func (cmd migrateDownCmd) Run(c *cli) error {
	if (cmd.Module == "") == !cmd.All {
		return errors.New("name a module, or --all")
	}
	return c.asOwner(func(ctx context.Context, ownerURL, _ string) error {
		m, err := store.NewMigrator(ctx, ownerURL)
		if err != nil {
			return err
		}
		defer m.Close()
		switch {
		case cmd.All:
			return m.DownAll(ctx)
		case cmd.To >= 0:
			return m.DownTo(ctx, cmd.Module, cmd.To)
		default:
			return m.Down(ctx, cmd.Module)
		}
	})
}

// Run lists the migrations.
func (migrateStatusCmd) Run(c *cli) error {
	return c.asOwner(func(ctx context.Context, ownerURL, _ string) error {
		m, err := store.NewMigrator(ctx, ownerURL)
		if err != nil {
			return err
		}
		defer m.Close()
		states, err := m.Status(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		for _, s := range states {
			applied := "missing"
			if s.Applied {
				applied = "applied"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\n", s.Module, s.File, applied)
		}
		return table.Flush()
	})
}

// asOwner runs fn with the connection URLs of the database's owner and of the store.
func (c *cli) asOwner(fn func(ctx context.Context, ownerURL, storeURL string) error) error {
	ctx := context.Background()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if cfg.Database.URL != "" { // neither secrets nor the data folder are needed
		return fn(ctx, cmp.Or(cfg.Migration.DatabaseURL, cfg.Database.URL), cfg.Database.URL)
	}
	cfg, ownerURL, done, err := c.databases(ctx)
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx, ownerURL, cfg.Database.URL), done())
}

// analyze collects statistics of what was imported, as the owner.
func analyze(ctx context.Context, ownerURL string) error {
	m, err := store.NewMigrator(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer m.Close()
	return m.Analyze(ctx)
}

// asStore runs fn with the use cases of catalog and identity, connected as the store's role.
func (c *cli) asStore(fn func(ctx context.Context, s samples.Loader) error) error {
	ctx := context.Background()
	cfg, ownerURL, done, err := c.databases(ctx, (*environment).migrateEmbedded)
	if err != nil {
		return err
	}
	logger, flush := log.New(cfg.Log, os.Stderr)
	err = withLoader(cfg, logger, func(s samples.Loader) error { return fn(ctx, s) })
	if err == nil {
		err = analyze(ctx, ownerURL)
	}
	return errors.Join(err, flush(), done())
}

// withLoader calls fn with the use cases of catalog and identity, and closes their database connections.
func withLoader(cfg store.Config, logger *slog.Logger, fn func(s samples.Loader) error) error {
	var s samples.Loader
	var db *postgres.DB
	app := fx.New(store.New(cfg, logger), fx.Populate(&s.Catalog, &s.Identity, &db))
	if err := dig.RootCause(app.Err()); err != nil {
		return err
	}
	return errors.Join(fn(s), db.Close())
}
