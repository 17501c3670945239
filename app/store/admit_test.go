package store

import (
	"context"
	"net/url"
	"testing"

	"coinslot/platform/id"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestAdmit_MissingRole_IsCreated(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	m, err := NewMigrator(t.Context(), d.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	name := "store_" + id.V7{}.NewID().String()
	require.ErrorContains(t, m.Admit(t.Context(), name, ""), "does not exist")
	require.NoError(t, m.Admit(t.Context(), name, "its password"))
	t.Cleanup(func() { // roles belong to the whole server
		owner, err := pgx.Connect(context.Background(), d.OwnerURL)
		require.NoError(t, err)
		defer owner.Close(context.Background())
		_, err = owner.Exec(context.Background(), "DROP ROLE "+pgx.Identifier{name}.Sanitize())
		require.NoError(t, err)
	})
	require.NoError(t, m.Admit(t.Context(), name, "another password"), "an existing role keeps its password")
	u, err := url.Parse(d.OwnerURL)
	require.NoError(t, err)
	u.User = url.UserPassword(name, "its password")
	conn, err := pgx.Connect(t.Context(), u.String())
	require.NoError(t, err)
	defer conn.Close(t.Context())
	var sold int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM catalog.sellables`).Scan(&sold))
	_, err = conn.Exec(t.Context(), `DELETE FROM billing.journal_seals`)
	require.ErrorContains(t, err, "permission denied", "the restricted role")
}
