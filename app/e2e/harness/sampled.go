package harness

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"
)

// sampled is a database with the sample catalog and the sample accounts, whose password is TestPassword.
var sampled = pgtest.NewTemplate(addSamples)

// OpenSampled returns a database that only this test uses, with the sample catalog and the sample accounts.
func OpenSampled(t *testing.T) *pgtest.Database {
	t.Helper()
	return sampled.New(t, storetest.Modules(t))
}

// addSamples adds the samples with a store that is not started.
func addSamples(ctx context.Context, storeURL string) error {
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	if err != nil {
		return err
	}
	cfg.Database, cfg.Tokens.Key = pgtest.Limits(storeURL), store.UnusedKey
	cfg.Payments.URL, cfg.Payments.WebhookSecrets = "http://127.0.0.1:1", []string{WebhookSecret} // never called
	var loader samples.Loader
	var db *postgres.DB
	var pool *pgxpool.Pool
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)), MemoizedHashing(),
		fx.Populate(&loader.Catalog, &loader.Identity, &db, &pool))
	if err := app.Err(); err != nil {
		return err
	}
	err = loader.Add(ctx, TestPassword)
	pool.Close()
	return errors.Join(err, db.Close())
}
