package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestServe_DatabaseWithoutSchema_NamesMigrate(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_DATABASE_URL="+d.StoreURL)
	out, err := p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "run coinslot migrate up as the database's owner")
	out, err = p.Command(t.Context(), t, "verify").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "run coinslot migrate up as the database's owner")

	asOwner := func(args ...string) string {
		command := p.Command(t.Context(), t, args...)
		command.Env = append(command.Env, "COINSLOT_MIGRATION_DATABASE_URL="+d.OwnerURL)
		out, err := command.CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	require.NotContains(t, asOwner("migrate", "status"), "applied")
	require.Zero(t, schemas(t, d.OwnerURL), "migrate status creates no schema")
	asOwner("migrate", "up")
	require.NotContains(t, asOwner("migrate", "status"), "missing")

	_, run := p.Serve(t)
	(&harness.Client{T: t, Base: run.URL}).Get("/readyz").Is(http.StatusOK)
	require.Empty(t, run.MigrationDatabaseURL, "the owner's password is not kept")
}

func schemas(t *testing.T, ownerURL string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), ownerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_namespace
		WHERE nspname IN ('billing', 'checkout', 'identity')`).Scan(&n))
	return n
}

func TestServe_SchemaOfNewerRelease_IsServedWhileItSupportsThisOne(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := &harness.Client{T: t, Base: r.URL}
	migrated := func(supports string) {
		conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
		require.NoError(t, err)
		defer conn.Close(t.Context())
		_, err = conn.Exec(t.Context(), `INSERT INTO migrations.applied VALUES ('billing', '9999_later.sql', $1)
			ON CONFLICT (module, file) DO UPDATE SET supports = excluded.supports`, supports)
		require.NoError(t, err)
	}
	migrated(store.Release)
	guest.Get("/readyz").Is(http.StatusOK)
	migrated("v99.0.0")
	detail := guest.Get("/readyz").Problem(http.StatusServiceUnavailable, "schema-not-supported").Text("detail")
	for _, name := range []string{store.Release, "v99.0.0", "billing/9999_later.sql"} {
		require.Contains(t, detail, name)
	}

	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_DATABASE_URL="+r.Database.StoreURL)
	out, err := p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "needs v99.0.0 or newer")
	require.Equal(t, 1, strings.Count(string(out), "\n"), "one sentence: %s", out)
}
