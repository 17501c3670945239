//go:build unix

package pgserver_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/platform/child"
	"coinslot/platform/pgserver"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const serveRole = "COINSLOT_TEST_DB_SERVE"

// TestMain runs the server when the test binary is re-executed as its child process.
func TestMain(m *testing.M) {
	if dir := os.Getenv(serveRole); dir != "" {
		if err := pgserver.Serve(dir, pgserver.Options{Unsafe: true}, os.Stdin, os.Stdout); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serve(t *testing.T, dir string) *child.Process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	server, err := child.Start(t.Context(), []string{serveRole + "=" + dir}, self)
	require.NoError(t, err)
	return server
}

// folder returns a folder that PostgreSQL's unprivileged user can enter, unlike t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "coinslot-pgserver-") //nolint:usetesting // others cannot access t.TempDir
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return filepath.Join(dir, "postgres")
}

func connect(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestServe_RequiresScramAndLogsNoValues(t *testing.T) {
	t.Parallel()
	if len(pgserver.FindBinaries()) == 0 {
		t.Skip("SKIPPED: the embedded PostgreSQL needs binaries (Debian: apt-get install postgresql)")
	}
	dir := folder(t)
	server := serve(t, dir)
	conn := connect(t, server.URL)
	var methods []string
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules`).Scan(&methods))
	require.Equal(t, []string{"scram-sha-256"}, methods)
	_, err := conn.Exec(t.Context(), `CREATE ROLE buyer LOGIN PASSWORD 'sekret-role'`)
	require.NoError(t, err)
	var stored bool
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%') FROM pg_authid WHERE rolcanlogin`).Scan(&stored))
	require.True(t, stored, "every password is stored for scram-sha-256")
	wrong, err := url.Parse(server.URL)
	require.NoError(t, err)
	wrong.User = url.UserPassword(wrong.User.Username(), "sekret-wrong")
	_, err = pgx.Connect(t.Context(), wrong.String())
	require.ErrorContains(t, err, "password authentication failed")
	provoke(t, conn)
	require.NoError(t, server.Stop())

	again := serve(t, dir) // with the existing data
	connect(t, again.URL)
	require.NoError(t, again.Stop())
	logs, err := filepath.Glob(filepath.Join(dir, "log", "*"))
	require.NoError(t, err)
	var all strings.Builder
	for _, path := range logs {
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		all.Write(raw)
	}
	require.Contains(t, all.String(), "database system is ready to accept connections")
	require.Contains(t, all.String(), "password authentication failed", "failed logins are logged")
	require.NotContains(t, all.String(), "sekret")
}

// provoke causes every kind of error whose message, details, statement or parameters have a value.
func provoke(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	ctx := t.Context()
	_, err := conn.Exec(ctx, `CREATE TABLE accounts (email text UNIQUE, age int CHECK (age > 0))`)
	require.NoError(t, err)
	_, err = conn.Exec(ctx, `INSERT INTO accounts VALUES ($1, 1)`, "sekret@example.com")
	require.NoError(t, err)
	for _, c := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO accounts VALUES ($1, 1)`, []any{"sekret@example.com"}},   // the detail of a unique violation
		{`INSERT INTO accounts VALUES ($1, 0)`, []any{"sekret-2@example.com"}}, // the failing row
		{`INSERT INTO accounts VALUES ('sekret@example.com', 1)`, nil},         // the statement
		{`SELECT $1::text::int`, []any{"sekret-number"}},                       // the message, and the parameter
		{`SELECT 'sekret-uuid'::uuid`, nil},                                    // the message
		{`SELEC 'sekret-syntax'`, nil},                                         // a syntax error
		{`DO $$ BEGIN RAISE EXCEPTION 'sekret-%', 1; END $$`, nil},             // a custom message
		{`DO $$ BEGIN RAISE WARNING 'sekret-%', 1; END $$`, nil},               // a warning
		{`DO $$ BEGIN PERFORM 1 / (length('sekret') - 6); END $$`, nil},        // the context
	} {
		_, err := conn.Exec(ctx, c.query, c.args...)
		if !strings.Contains(c.query, "WARNING") {
			require.Error(t, err, c.query)
		}
	}
}

func TestServe_FlippedByteInTable_IsReported(t *testing.T) {
	t.Parallel()
	if len(pgserver.FindBinaries()) == 0 {
		t.Skip("SKIPPED: the embedded PostgreSQL needs binaries (Debian: apt-get install postgresql)")
	}
	dir := folder(t)
	server := serve(t, dir)
	conn := connect(t, server.URL)
	var checksums string
	require.NoError(t, conn.QueryRow(t.Context(), `SHOW data_checksums`).Scan(&checksums))
	require.Equal(t, "on", checksums)
	_, err := conn.Exec(t.Context(), `CREATE TABLE kept AS
		SELECT n, 'text ' || n AS text FROM generate_series(1, 100) AS n`)
	require.NoError(t, err)
	var file string
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT pg_relation_filepath('kept')`).Scan(&file))
	require.NoError(t, server.Stop()) // which writes all pages

	path := filepath.Join(dir, "data", file)
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	raw[len(raw)-20] ^= 1
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	again := serve(t, dir)
	var n int
	err = connect(t, again.URL).QueryRow(t.Context(), `SELECT count(text) FROM kept`).Scan(&n)
	require.ErrorContains(t, err, "invalid page in block 0 of relation")
	require.NoError(t, again.Stop())
}
