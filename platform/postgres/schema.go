package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/mod/semver"
)

// supports matches the line of a migration file that names the oldest release whose statements still work on the schema
// that the migration leaves. A file without the line supports every release.
var supports = regexp.MustCompile(`(?m)^-- supports (v\d+\.\d+\.\d+)$`)

// record stores which migrations of this program are applied. It keeps the records of migrations that this program does
// not have, those of newer releases.
func (m *Migrator) record(ctx context.Context) error {
	if err := m.ensureRecords(ctx); err != nil {
		return err
	}
	states, err := m.Status(ctx)
	if err != nil {
		return err
	}
	var modules, files, oldest []string
	var applied []bool
	for _, s := range states {
		release, err := m.oldestRelease(s)
		if err != nil {
			return err
		}
		modules, files, oldest = append(modules, s.Module), append(files, s.File), append(oldest, release)
		applied = append(applied, s.Applied)
	}
	_, err = m.pool.Exec(ctx, `WITH known AS (
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS k (module, file, supports, applied)),
		removed AS (
			DELETE FROM migrations.applied a USING known k WHERE NOT k.applied AND (a.module, a.file) = (k.module, k.file))
		INSERT INTO migrations.applied (module, file, supports) SELECT module, file, supports FROM known WHERE applied
		ON CONFLICT (module, file) DO UPDATE SET supports = excluded.supports WHERE applied.supports <> excluded.supports`,
		modules, files, oldest, applied)
	if err != nil {
		return fmt.Errorf("record the applied migrations: %w", err)
	}
	return nil
}

func (m *Migrator) ensureRecords(ctx context.Context) error {
	var exists bool
	err := m.pool.QueryRow(ctx, `SELECT to_regclass('migrations.applied') IS NOT NULL`).Scan(&exists)
	if err == nil && !exists {
		err = m.ensureSchema(ctx, "migrations")
	}
	if err == nil && !exists {
		_, err = m.pool.Exec(ctx, `CREATE TABLE migrations.applied (
				module text, file text, supports text NOT NULL, PRIMARY KEY (module, file));
			GRANT USAGE ON SCHEMA migrations TO `+AppRole+`;
			GRANT SELECT ON migrations.applied TO `+AppRole)
	}
	if err != nil {
		return fmt.Errorf("create the table of applied migrations: %w", err)
	}
	return nil
}

// oldestRelease returns the release that a migration file says it supports; empty: the file supports every release.
func (m *Migrator) oldestRelease(s MigrationState) (string, error) {
	module := slices.IndexFunc(m.modules, func(module Migrations) bool { return module.Module == s.Module })
	script, err := fs.ReadFile(m.modules[module].Files, s.File)
	if err != nil {
		return "", fmt.Errorf("read migration %s/%s: %w", s.Module, s.File, err)
	}
	if found := supports.FindSubmatch(script); found != nil {
		return string(found[1]), nil
	}
	return "", nil
}

// Errors of CheckSchema.
var (
	ErrSchemaTooOld = errors.New("the database's schema is older than this release; " +
		"run coinslot migrate up as the database's owner")
	ErrSchemaTooNew = errors.New("the database's schema is newer than this release and no longer supports it")
)

// CheckSchema returns nil when a release can serve the database's schema: all its migrations are applied, and all
// migrations of newer releases support it. Otherwise it returns ErrSchemaTooOld or ErrSchemaTooNew with the first
// migration that is missing or does not support the release, or a fault when the database cannot be reached.
func (db *DB) CheckSchema(ctx context.Context, modules []Migrations, release string) error {
	type applied struct{ Module, File, Supports string }
	rows, err := All[applied](ctx, db, `SELECT module, file, supports FROM migrations.applied ORDER BY module, file`)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && slices.Contains([]string{"42P01", "3F000", "42501"}, refused.Code) {
		return fmt.Errorf("%w (it has no table migrations.applied that this role can read)", ErrSchemaTooOld)
	}
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, r := range rows {
		known[r.Module+"/"+r.File] = true
	}
	for _, module := range modules {
		files, err := fs.Glob(module.Files, "[0-9]*.sql")
		if err != nil {
			return err
		}
		for _, file := range files {
			if name := module.Module + "/" + file; !known[name] {
				return fmt.Errorf("%w (this is %s, and migration %s is missing)", ErrSchemaTooOld, release, name)
			}
		}
	}
	for _, r := range rows {
		if r.Supports != "" && semver.Compare(release, r.Supports) < 0 {
			return fmt.Errorf("%w (this is %s, and migration %s/%s needs %s or newer)", ErrSchemaTooNew, release, r.Module,
				r.File, r.Supports)
		}
	}
	return nil
}

// OwnsSchema reports whether the store's role is also the owner of a module's schema, or a member of the owner.
func (db *DB) OwnsSchema(ctx context.Context, module string) (bool, error) {
	row, _, err := One[struct{ Owner bool }](ctx, db,
		`SELECT pg_has_role(nspowner, 'MEMBER') AS owner FROM pg_namespace WHERE nspname = $1`, module)
	return row.Owner, err
}
