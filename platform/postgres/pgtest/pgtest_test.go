package pgtest_test

import (
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestNew_CreatesSeparateDatabases(t *testing.T) {
	t.Parallel()
	source, err := pgtest.Source()
	require.NoError(t, err)
	t.Logf("PostgreSQL for the integration tests: %s", source)
	one, two := pgtest.New(t, nil), pgtest.New(t, nil)
	require.NotEqual(t, one.StoreURL, two.StoreURL)
	require.NoError(t, one.DB.Ping(t.Context()))
	row, found, err := postgres.One[struct{ Name string }](t.Context(), two.DB, `SELECT current_user AS name`)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "coinslot_store", row.Name)
}
