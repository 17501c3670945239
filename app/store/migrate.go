package store

import (
	"context"

	"coinslot/migrations"
	"coinslot/platform/postgres"
)

// NewMigrator returns a migrator of all modules that connects as the database's owner.
func NewMigrator(ctx context.Context, ownerURL string) (*postgres.Migrator, error) {
	all, err := migrations.All()
	if err != nil {
		return nil, err
	}
	modules := make([]postgres.Migrations, len(all))
	for i, m := range all {
		modules[i] = postgres.Migrations{Module: m.Name, Files: m.Files}
	}
	return postgres.NewMigrator(ctx, ownerURL, modules)
}
