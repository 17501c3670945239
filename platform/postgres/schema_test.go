package postgres_test

import (
	"testing"

	"coinslot/platform/postgres"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

func TestCheckSchema_AfterDown_NamesTheMissingMigration(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	modules := storetest.Modules(t)
	require.NoError(t, d.DB.CheckSchema(t.Context(), modules, "v0.1.0"))
	m, err := postgres.NewMigrator(t.Context(), d.OwnerURL, modules)
	require.NoError(t, err)
	t.Cleanup(m.Close)
	require.NoError(t, m.Down(t.Context(), "library"))
	err = d.DB.CheckSchema(t.Context(), modules, "v0.1.0")
	require.ErrorIs(t, err, postgres.ErrSchemaTooOld)
	require.ErrorContains(t, err, "migration library/")
	require.NoError(t, m.Up(t.Context()))
	require.NoError(t, d.DB.CheckSchema(t.Context(), modules, "v0.1.0"))
	owns, err := d.DB.OwnsSchema(t.Context(), "library")
	require.NoError(t, err)
	require.False(t, owns)
}
