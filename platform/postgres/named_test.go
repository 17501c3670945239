package postgres_test

import (
	"context"
	"fmt"
	"testing"

	"coinslot/platform/id"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func TestNamed(t *testing.T) {
	t.Parallel()
	d := table(t)

	t.Run("replaces_names_only", func(t *testing.T) {
		t.Parallel()
		type row struct {
			Sum   int
			Given id.ID
			Text  string
			True  bool
		}
		given := id.V7{}.NewID()
		got, found, err := postgres.One[row](t.Context(), d.DB,
			`SELECT @n::int + @n AS sum, @given::uuid AS given, '@n'::text AS text, '[1]'::jsonb @> '1' AS true`,
			postgres.Named{"n": 21, "given": given})
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, row{42, given, "@n", true}, got)
	})
	t.Run("statements_on_one_connection_keep_their_own_order", func(t *testing.T) {
		t.Parallel()
		for _, want := range []int{1, 2, 3} {
			for query, values := range map[string]postgres.Named{
				`SELECT @a::int - @b AS n`: {"a": want, "b": 0},
				`SELECT @b::int - @a AS n`: {"a": 0, "b": want},
			} {
				got, _, err := postgres.One[struct{ N int }](t.Context(), d.DB, query, values)
				require.NoError(t, err)
				require.Equal(t, want, got.N)
			}
		}
	})
	t.Run("returns_affected_rows", func(t *testing.T) {
		t.Parallel()
		n, err := postgres.Exec(t.Context(), d.DB, `UPDATE t SET v = @v WHERE n = @n`, postgres.Named{"v": 7, "n": 1})
		require.NoError(t, err)
		require.Equal(t, int64(1), n)
	})
	for name, values := range map[string]postgres.Named{
		"missing_value_returns_error":       {"n": 2},
		"value_of_other_name_returns_error": {"n": 2, "other": 3},
		"unused_value_returns_error":        {"n": 2, "v": 2, "other": 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			update := func(values postgres.Named) error {
				const query = `UPDATE t SET v = @v WHERE n = @n`
				return d.DB.InTx(t.Context(), func(ctx context.Context, tx *postgres.Tx) error { // on one connection
					_, first := postgres.Exec(ctx, tx, query, postgres.Named{"v": 7, "n": 2})
					require.NoError(t, first)
					_, err := postgres.Exec(ctx, tx, query, values)
					return err
				})
			}
			require.ErrorContains(t, update(values), "StrictNamedArgs")
			require.NoError(t, update(postgres.Named{"v": 8, "n": 2}), "the connection is still usable")
		})
	}
}

func BenchmarkNamed(b *testing.B) {
	conn, err := pgx.Connect(b.Context(), pgtest.New(b, nil).OwnerURL)
	require.NoError(b, err)
	defer conn.Close(b.Context())
	values, query := postgres.Named{}, "SELECT "
	for n := range 24 {
		name := fmt.Sprint("column_", n)
		values[name] = n
		query += "@" + name + ", some_column AS column_of_a_table_with_a_name, "
	}
	for b.Loop() {
		_, _, err := values.RewriteQuery(b.Context(), conn, query, nil)
		require.NoError(b, err)
	}
}
