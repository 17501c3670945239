package postgres

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// AppRole is the group role with the store's privileges. It cannot log in; the store's login role is a member of it.
const AppRole = "coinslot_app"

// defaultLockTimeout is the lock_timeout of migrations; the connection URL may set another.
const defaultLockTimeout = "10s"

const (
	riverSchema   = "river"
	migrationLock = 0x636f696e736c6f74 // "coinslot"
	lockInterval  = 100 * time.Millisecond
)

// Migrations are the migration files of a module. The module's name is also that of its PostgreSQL schema. A file whose
// name begins with a number is applied once, in the order of the numbers. Any other SQL file is repeatable: each Up
// runs it in a transaction, after the numbered ones.
type Migrations struct {
	Module string
	Files  fs.FS
}

// MigrationState is a migration file and whether it has been applied.
type MigrationState struct {
	Module  string
	File    string
	Applied bool
}

// Migrator migrates the database as its owner. An advisory lock serializes migrators, so that replicas may start
// concurrently.
type Migrator struct {
	pool    *pgxpool.Pool
	modules []Migrations
}

// NewMigrator returns a migrator that connects to ownerURL when it is used. Close it.
func NewMigrator(ctx context.Context, ownerURL string, modules []Migrations) (*Migrator, error) {
	cfg, err := pgxpool.ParseConfig(ownerURL)
	if err != nil {
		return nil, errors.New("configuration key migration.database_url: the URL cannot be read")
	}
	cfg.MaxConns = 4
	// While ALTER TABLE waits for a lock, everything else that uses the table waits behind it.
	params := cfg.ConnConfig.RuntimeParams
	params["lock_timeout"] = cmp.Or(params["lock_timeout"], defaultLockTimeout)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("connect as the database's owner: %w", err)
	}
	return &Migrator{pool: pool, modules: modules}, nil
}

// Close closes all connections.
func (m *Migrator) Close() { m.pool.Close() }

// Up creates AppRole when it is missing, applies all pending migrations, those of River included, and runs the
// repeatable ones. The owner needs the right to create schemas only when one is missing. When it has applied a
// migration, it calls Analyze.
func (m *Migrator) Up(ctx context.Context) error {
	return m.locked(ctx, func(db *sql.DB) error {
		applied := 0
		if err := m.ensureAppRole(ctx); err != nil {
			return err
		}
		for _, module := range m.modules {
			provider, err := m.provider(ctx, db, module)
			if err != nil {
				return err
			}
			results, err := provider.Up(ctx)
			if err != nil {
				return fmt.Errorf("migrate %s: %w", module.Module, explainLocked(err))
			}
			applied += len(results)
			if err := m.repeat(ctx, module); err != nil {
				return err
			}
		}
		if err := m.riverUp(ctx); err != nil {
			return err
		}
		if err := m.record(ctx); err != nil || applied == 0 {
			return err
		}
		return m.Analyze(ctx)
	})
}

// explainLocked adds what to do about a lock timeout.
func explainLocked(err error) error {
	if errors.Is(Fault(err), ErrLocked) {
		return fmt.Errorf("another transaction held a lock for longer than lock_timeout; end it and migrate again: %w", err)
	}
	return err
}

// repeat runs a module's repeatable files.
func (m *Migrator) repeat(ctx context.Context, module Migrations) error {
	names, err := fs.Glob(module.Files, "[^0-9]*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		script, err := fs.ReadFile(module.Files, name)
		if err != nil {
			return fmt.Errorf("read migration %s/%s: %w", module.Module, name, err)
		}
		if _, err := m.pool.Exec(ctx, string(script)); err != nil {
			return fmt.Errorf("migrate %s with %s: %w", module.Module, name, err)
		}
	}
	return nil
}

// Down rolls back the newest migration of a module.
func (m *Migrator) Down(ctx context.Context, module string) error {
	return m.down(ctx, module, func(provider *goose.Provider) error {
		_, err := provider.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return errors.New("no migration is applied")
		}
		return err
	})
}

// DownTo rolls back the migrations of a module that are newer than a version, the number of a file; 0 rolls back all.
func (m *Migrator) DownTo(ctx context.Context, module string, version int64) error {
	return m.down(ctx, module, func(provider *goose.Provider) error {
		_, err := provider.DownTo(ctx, version)
		return err
	})
}

// DownAll rolls back all migrations of all modules, but not those of River.
func (m *Migrator) DownAll(ctx context.Context) error {
	for _, module := range slices.Backward(m.modules) {
		if err := m.DownTo(ctx, module.Module, 0); err != nil {
			return err
		}
	}
	return nil
}

func (m *Migrator) down(ctx context.Context, module string, roll func(*goose.Provider) error) error {
	i := slices.IndexFunc(m.modules, func(known Migrations) bool { return known.Module == module })
	if i < 0 {
		return fmt.Errorf("there is no module %q", module)
	}
	return m.locked(ctx, func(db *sql.DB) error {
		provider, err := m.provider(ctx, db, m.modules[i])
		if err != nil {
			return err
		}
		if err := roll(provider); err != nil {
			return fmt.Errorf("roll back %s: %w", module, err)
		}
		return m.record(ctx)
	})
}

// Status returns all migrations of the modules, in the order in which Up applies them. It changes nothing.
func (m *Migrator) Status(ctx context.Context) (out []MigrationState, err error) {
	for _, module := range m.modules {
		versions, err := m.versions(ctx, module.Module)
		if err != nil {
			return nil, fmt.Errorf("status of %s: %w", module.Module, err)
		}
		files, err := fs.Glob(module.Files, "[0-9]*.sql")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			version, err := goose.NumericComponent(file)
			if err != nil {
				return nil, fmt.Errorf("migration %s/%s: %w", module.Module, file, err)
			}
			out = append(out, MigrationState{module.Module, file, slices.Contains(versions, version)})
		}
	}
	return out, nil
}

// versions returns the numbers of a module's applied migrations.
func (m *Migrator) versions(ctx context.Context, module string) (out []int64, err error) {
	table := pgx.Identifier{module, "schema_migrations"}.Sanitize()
	var exists bool
	if err := m.pool.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&exists); err != nil || !exists {
		return nil, err
	}
	rows, err := m.pool.Query(ctx, `SELECT version_id FROM `+table+` WHERE is_applied`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

const roleExists = `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`

// AdmitLogin creates a login role that is a member of AppRole, or changes the password of an existing one.
func (m *Migrator) AdmitLogin(ctx context.Context, login, password string) error {
	return m.locked(ctx, func(*sql.DB) error {
		name := pgx.Identifier{login}.Sanitize()
		var exists bool
		if err := m.pool.QueryRow(ctx, roleExists, login).Scan(&exists); err != nil {
			return fmt.Errorf("look up role %s: %w", login, err)
		}
		verb := "CREATE"
		if exists {
			verb = "ALTER"
		}
		quoted := "'" + escape(password) + "'"
		if _, err := m.pool.Exec(ctx, verb+" ROLE "+name+" LOGIN PASSWORD "+quoted); err != nil {
			return fmt.Errorf("create role %s: %w", login, err)
		}
		return m.admit(ctx, login)
	})
}

// Admit makes a login role a member of AppRole. When the role is missing and the password is not empty, it creates the
// role. It does not change the password of an existing role.
func (m *Migrator) Admit(ctx context.Context, login, password string) error {
	var exists bool
	if err := m.pool.QueryRow(ctx, roleExists, login).Scan(&exists); err != nil {
		return fmt.Errorf("look up role %s: %w", login, err)
	}
	if !exists && password != "" {
		return m.AdmitLogin(ctx, login, password)
	}
	return m.locked(ctx, func(*sql.DB) error { return m.admit(ctx, login) })
}

func (m *Migrator) admit(ctx context.Context, login string) error {
	var member bool
	if err := m.pool.QueryRow(ctx, `SELECT pg_has_role($1, $2, 'MEMBER')`, login, AppRole).Scan(&member); err != nil {
		return fmt.Errorf("look up the memberships of %s: %w", login, err)
	}
	if member {
		return nil
	}
	if _, err := m.pool.Exec(ctx, "GRANT "+AppRole+" TO "+pgx.Identifier{login}.Sanitize()); err != nil {
		return fmt.Errorf("grant %s to %s: %w", AppRole, login, err)
	}
	return nil
}

func escape(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if s[i] == '\'' {
			out = append(out, '\'')
		}
		out = append(out, s[i])
	}
	return string(out)
}

func (m *Migrator) locked(ctx context.Context, fn func(db *sql.DB) error) (err error) {
	conn, err := m.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect as the database's owner: %w", err)
	}
	defer conn.Release()
	if err := acquireLock(ctx, conn); err != nil {
		return fmt.Errorf("acquire the migration lock: %w", err)
	}
	defer func() {
		_, unlockErr := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock)
		err = errors.Join(err, unlockErr)
	}()
	db := stdlib.OpenDBFromPool(m.pool)
	defer db.Close()
	return fn(db)
}

// acquireLock polls. A statement that waits for the lock has a snapshot, and CREATE INDEX CONCURRENTLY of the migrator
// with the lock would wait for its end.
func acquireLock(ctx context.Context, conn *pgxpool.Conn) error {
	tick := time.NewTicker(lockInterval)
	defer tick.Stop()
	for {
		var acquired bool
		err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, migrationLock).Scan(&acquired)
		if err != nil || acquired {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (m *Migrator) provider(ctx context.Context, db *sql.DB, module Migrations) (*goose.Provider, error) {
	if err := m.ensureSchema(ctx, module.Module); err != nil {
		return nil, err
	}
	store, err := database.NewStore(database.DialectPostgres, module.Module+".schema_migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", db, module.Files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
}

// ensureSchema creates a schema that is missing. CREATE SCHEMA IF NOT EXISTS needs the right to create schemas even for
// one that exists.
func (m *Migrator) ensureSchema(ctx context.Context, name string) error {
	var exists bool
	err := m.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`, name).Scan(&exists)
	if err == nil && !exists {
		_, err = m.pool.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgx.Identifier{name}.Sanitize())
	}
	if err != nil {
		return fmt.Errorf("create schema %s: %w", name, err)
	}
	return nil
}

// ensureAppRole creates the group role. Roles belong to the server, so migrators of two databases may create it at
// once.
func (m *Migrator) ensureAppRole(ctx context.Context) error {
	_, err := m.pool.Exec(ctx, `DO $$ BEGIN
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '`+AppRole+`') THEN CREATE ROLE `+AppRole+` NOLOGIN; END IF;
	EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`)
	if err != nil {
		return fmt.Errorf("the database's owner cannot create the role %s; "+
			"have an administrator run CREATE ROLE %s NOLOGIN: %w", AppRole, AppRole, err)
	}
	return nil
}

func (m *Migrator) riverUp(ctx context.Context) error {
	if err := m.ensureSchema(ctx, riverSchema); err != nil {
		return err
	}
	migrator, err := rivermigrate.New(riverpgxv5.New(m.pool), &rivermigrate.Config{Schema: riverSchema})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	_, err = m.pool.Exec(ctx, `GRANT USAGE ON SCHEMA `+riverSchema+` TO `+AppRole+`;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA `+riverSchema+` TO `+AppRole+`;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA `+riverSchema+` TO `+AppRole)
	if err != nil {
		return fmt.Errorf("grant privileges on the job queue: %w", err)
	}
	return nil
}
