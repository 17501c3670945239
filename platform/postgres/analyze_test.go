package postgres_test

import (
	"testing"
	"testing/fstest"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

func TestAnalyze_FirstRows_HaveStatistics(t *testing.T) {
	t.Parallel()
	d := pgtest.New(t, nil)
	files := fstest.MapFS{"0001_tables.sql": {Data: []byte(`-- +goose Up
		CREATE TABLE m.migrated AS SELECT n FROM generate_series(1, 5) AS n;
		CREATE TABLE m.later (n int);
		CREATE TABLE m.empty (n int);
		GRANT USAGE ON SCHEMA m TO coinslot_app;
		GRANT SELECT ON ALL TABLES IN SCHEMA m TO coinslot_app;`)}}
	m, err := postgres.NewMigrator(t.Context(), d.OwnerURL, []postgres.Migrations{{Module: "m", Files: files}})
	require.NoError(t, err)
	t.Cleanup(m.Close)
	// The number of rows that the planner knows; -1: none.
	known := func(table string) int {
		row, _, err := postgres.One[struct{ N int }](t.Context(), d.DB,
			`SELECT reltuples::int AS n FROM pg_class WHERE oid = $1::regclass`, table)
		require.NoError(t, err)
		return row.N
	}
	require.NoError(t, m.Up(t.Context()))
	require.Equal(t, 5, known("m.migrated"))
	storetest.AsOwner(t, d, `INSERT INTO m.later VALUES (1), (2); INSERT INTO m.migrated VALUES (6)`)
	require.NoError(t, m.Up(t.Context()))
	require.Equal(t, -1, known("m.later"), "nothing was migrated")
	require.NoError(t, m.Analyze(t.Context()))
	require.Equal(t, 2, known("m.later"))
	require.Equal(t, 5, known("m.migrated"), "it has statistics")
	require.Equal(t, -1, known("m.empty"), "a plan for an empty table would scan it")
	store, err := postgres.NewMigrator(t.Context(), d.StoreURL, []postgres.Migrations{{Module: "m", Files: files}})
	require.NoError(t, err)
	t.Cleanup(store.Close)
	storetest.AsOwner(t, d, `INSERT INTO m.empty VALUES (1)`)
	require.NoError(t, store.Analyze(t.Context()), "another role leaves the owner's tables alone")
	require.Equal(t, -1, known("m.empty"))
}
