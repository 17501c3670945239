// Package storetest opens databases with the store's schema, for the tests of every module's PostgreSQL adapters.
package storetest

import (
	"context"
	"testing"

	"coinslot/migrations"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// Modules returns the migrations of all modules as package postgres expects them.
func Modules(t testing.TB) []postgres.Migrations {
	t.Helper()
	all, err := migrations.All()
	require.NoError(t, err)
	out := make([]postgres.Migrations, len(all))
	for i, m := range all {
		out[i] = postgres.Migrations{Module: m.Name, Files: m.Files}
	}
	return out
}

// Open returns a database that only this test uses.
func Open(t testing.TB) *pgtest.Database {
	t.Helper()
	return pgtest.New(t, Modules(t))
}

// OpenWithoutExtensions is Open on a server that does not let the schemas' owner create extensions. Up migrates as that
// owner once more.
func OpenWithoutExtensions(t testing.TB) (d *pgtest.Database, up func()) {
	t.Helper()
	d = pgtest.New(t, nil)
	modules := Modules(t)
	schemas := []string{"river", "migrations"}
	for _, m := range modules {
		schemas = append(schemas, m.Module)
	}
	m, err := postgres.NewMigrator(t.Context(), pgtest.Unprivileged(t, d, schemas...), modules)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	up = func() { require.NoError(t, m.Up(t.Context())) }
	up()
	return d, up
}

// OpenTraced is Open with a tracer of the store's statements.
func OpenTraced(t testing.TB, tracer pgx.QueryTracer) *pgtest.Database {
	t.Helper()
	return pgtest.NewTraced(t, Modules(t), tracer)
}

// Events is a publisher that inserts a row for each event into the table of CreateEvents. A rollback removes the
// rows, as it removes the jobs of the real publisher.
type Events struct{}

// CreateEvents creates the table for Events as the owner.
func CreateEvents(t testing.TB, d *pgtest.Database) {
	t.Helper()
	AsOwner(t, d, `CREATE TABLE public.events (n int); GRANT ALL ON public.events TO coinslot_app`)
}

// AsOwner runs statements as the database's owner, the administrator of the tests' server.
func AsOwner(t testing.TB, d *pgtest.Database, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), statements)
	require.NoError(t, err)
}

// AllowPastEntries lets the store's role post journal entries of the past, for tests whose clock stands still.
func AllowPastEntries(t testing.TB, d *pgtest.Database) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), `ALTER TABLE billing.journal_entries DISABLE TRIGGER journal_entries_date`)
	require.NoError(t, err)
}

// Publish inserts a row for an event.
func (Events) Publish(ctx context.Context, tx *postgres.Tx, _ any) error {
	_, err := postgres.Exec(ctx, tx, `INSERT INTO public.events VALUES (1)`)
	return err
}

// CountEvents returns the number of committed events.
func CountEvents(t testing.TB, d *pgtest.Database) int {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), d.DB, `SELECT count(*) AS n FROM public.events`)
	require.NoError(t, err)
	return row.N
}
