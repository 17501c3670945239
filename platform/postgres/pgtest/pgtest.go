//go:build unix

// Package pgtest creates a PostgreSQL database for each test, as a clone of a template with the migrated schema. All
// packages of a `go test ./...` share one server: the first test starts it, and it stops 30 seconds after the last
// test.
//
// The server is the first of these that is available: the one of COINSLOT_TEST_DATABASE_URL, an owner that may create
// databases and roles; a container; PostgreSQL's binaries.
package pgtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	storeLogin    = "coinslot_store"
	storePassword = "store" // the databases exist for one test each
	setupTimeout  = 3 * time.Minute
	templateLock  = 0x74657374 // "test"
)

// Database is a migrated database that only this test uses.
type Database struct {
	OwnerURL string
	StoreURL string       // of the restricted role
	DB       *postgres.DB // as the restricted role
}

// New creates a database and drops it when the test ends. The test fails with instructions when no server is available.
func New(t testing.TB, modules []postgres.Migrations) *Database {
	t.Helper()
	return NewTraced(t, modules, nil)
}

// NewTraced is New with a tracer of the store's statements.
func NewTraced(t testing.TB, modules []postgres.Migrations, tracer pgx.QueryTracer) *Database {
	t.Helper()
	require.True(t, ready.Load(), "the package needs: func TestMain(m *testing.M) { pgtest.Main(m) }")
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	server, err := acquired()
	require.NoError(t, err)
	template, err := ensureTemplate(ctx, server.uri, modules)
	require.NoError(t, err)
	return clone(ctx, t, server, template, tracer)
}

// Clone creates a copy of a database. The source must not have open connections.
func Clone(t testing.TB, source *Database) *Database {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), setupTimeout)
	defer cancel()
	server, err := acquired()
	require.NoError(t, err)
	return clone(ctx, t, server, strings.TrimPrefix(mustParse(source.OwnerURL).Path, "/"), nil)
}

func clone(
	ctx context.Context, t testing.TB, server acquiredServer, template string, tracer pgx.QueryTracer,
) *Database {
	t.Helper()
	name := "test_" + strings.ReplaceAll(id.V7{}.NewID().String(), "-", "")
	require.NoError(t, server.create(ctx, name, template))
	t.Cleanup(func() { require.NoError(t, server.drop(name)) })

	owner := withDatabase(server.uri, name)
	d := &Database{OwnerURL: owner, StoreURL: withLogin(owner)}
	var err error
	d.DB, err = postgres.Open(Limits(d.StoreURL), tracer)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.DB.Close()) })
	return d
}

// Unprivileged returns the URL of a role that owns the given schemas, which it creates anew. The role may create
// nothing else in the database: no schema and no extension. It is dropped when the test ends.
func Unprivileged(t testing.TB, d *Database, schemas ...string) string {
	t.Helper()
	name := "test_" + strings.ReplaceAll(id.V7{}.NewID().String(), "-", "")
	role := pgx.Identifier{name}.Sanitize()
	admin(t.Context(), t, d.OwnerURL, "CREATE ROLE "+role+" LOGIN PASSWORD '"+storePassword+"'")
	t.Cleanup(func() { admin(context.Background(), t, d.OwnerURL, "DROP OWNED BY "+role+" CASCADE; DROP ROLE "+role) })
	for _, schema := range schemas {
		schema = pgx.Identifier{schema}.Sanitize()
		admin(t.Context(), t, d.OwnerURL, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		admin(t.Context(), t, d.OwnerURL, "CREATE SCHEMA "+schema+" AUTHORIZATION "+role)
	}
	u := mustParse(d.OwnerURL)
	u.User = url.UserPassword(name, storePassword)
	return u.String()
}

// Limits returns the configuration of a test's database, with timeouts that are long enough for a busy machine.
func Limits(storeURL string) config.Database {
	return config.Database{
		URL: storeURL, PoolSize: 4, ConnectTimeout: 10 * time.Second, AcquireTimeout: 10 * time.Second,
		TransactionTimeout: 20 * time.Second, CommitTimeout: 10 * time.Second, StatementTimeout: 20 * time.Second,
		LockTimeout: 15 * time.Second,
	}
}

func admin(ctx context.Context, t testing.TB, server, statement string) {
	t.Helper()
	require.NoError(t, execute(ctx, server, statement))
}

func withDatabase(server, name string) string {
	u := mustParse(server)
	u.Path = "/" + name
	return u.String()
}

func withLogin(uri string) string {
	u := mustParse(uri)
	u.User = url.UserPassword(storeLogin, storePassword)
	return u.String()
}

func mustParse(uri string) *url.URL {
	u, err := url.Parse(uri)
	if err != nil {
		panic(err) // acquire has parsed it
	}
	return u
}

var templates sync.Map // name of a template → func() error, once for each process

// ensureTemplate creates the migrated template. One process at a time does so.
func ensureTemplate(ctx context.Context, server string, modules []postgres.Migrations) (string, error) {
	name := "coinslot_recorded_" + fingerprint(modules, os.Getenv(mutant.DDLVariable))
	once, _ := templates.LoadOrStore(server+name,
		sync.OnceValue(func() error { return makeTemplate(ctx, server, name, modules) }))
	return name, once.(func() error)()
}

func makeTemplate(ctx context.Context, server, name string, modules []postgres.Migrations) error {
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
		return err
	}
	var exists bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	building := name + "_building"
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + building, "CREATE DATABASE " + building} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	if err := migrate(ctx, withDatabase(server, building), modules); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+building+" RENAME TO "+name)
	return err
}

func migrate(ctx context.Context, ownerURL string, modules []postgres.Migrations) error {
	m, err := postgres.NewMigrator(ctx, ownerURL, modules)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := m.Up(ctx); err != nil {
		return err
	}
	if err := breakSchema(ctx, ownerURL, os.Getenv(mutant.DDLVariable)); err != nil {
		return err
	}
	return m.AdmitLogin(ctx, storeLogin, storePassword)
}

// breakSchema runs the statements of a mutant, which remove a constraint, in a migrated template.
func breakSchema(ctx context.Context, ownerURL, ddl string) error {
	if ddl == "" {
		return nil
	}
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, ddl); err != nil {
		return fmt.Errorf("break the schema with %s: %w", ddl, err)
	}
	return nil
}

func fingerprint(modules []postgres.Migrations, ddl string) string {
	h := sha256.New()
	fmt.Fprintln(h, ddl)
	for _, m := range modules {
		fmt.Fprintln(h, m.Module)
		err := fs.WalkDir(m.Files, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			raw, err := fs.ReadFile(m.Files, path)
			fmt.Fprintln(h, path, len(raw))
			h.Write(raw)
			return err
		})
		fmt.Fprintln(h, err)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// Folder returns a temporary folder that PostgreSQL's unprivileged user can access, unlike t.TempDir.
func Folder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "coinslot-test-folder-") //nolint:usetesting // others cannot access t.TempDir
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	return folder
}
