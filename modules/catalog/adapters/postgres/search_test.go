package postgres_test

import (
	"testing"

	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/ports/portstest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"

	database "coinslot/platform/postgres"
)

// withoutExtensions is what the search can do where the server refuses to create extensions.
var withoutExtensions = portstest.Features{Folds: true, Collates: true}

func TestSearch_WithoutExtensions_FindsTitlesAndWords(t *testing.T) {
	t.Parallel()
	portstest.RunSearch(t, func(t *testing.T) portstest.Fixture {
		d, _ := storetest.OpenWithoutExtensions(t)
		return fixture(d, withoutExtensions)
	})
}

func TestSearch_ExtensionInstalledLater_IsUsedAfterTheNextMigration(t *testing.T) {
	t.Parallel()
	d, up := storetest.OpenWithoutExtensions(t)
	search := postgres.NewSearch(d.DB)
	missing := func() []string {
		sentences, err := search.Missing(t.Context())
		require.NoError(t, err)
		return sentences
	}
	require.Len(t, missing(), 2)
	require.Contains(t, missing()[0], "pg_trgm")
	require.Contains(t, missing()[1], "unaccent")
	portstest.AddGame(t, fixture(d, withoutExtensions), "Łódź")

	storetest.AsOwner(t, d, `CREATE EXTENSION unaccent`)
	require.Empty(t, portstest.Found(t, fixture(d, withoutExtensions), "lodz"), "until the next migration")
	up()
	require.Equal(t, []string{"Łódź"}, portstest.Found(t, fixture(d, everything), "lodz"))
	require.Empty(t, portstest.Found(t, fixture(d, everything), "lódzz"))
	require.Len(t, missing(), 1)

	storetest.AsOwner(t, d, `CREATE SCHEMA closed; CREATE EXTENSION pg_trgm SCHEMA closed`)
	up()
	require.Len(t, missing(), 1, "the store may not use the schema")
	storetest.AsOwner(t, d, `GRANT USAGE ON SCHEMA closed TO PUBLIC`)
	up()
	require.Empty(t, missing())
	require.Equal(t, []string{"Łódź"}, portstest.Found(t, fixture(d, everything), "lódzz"))

	storetest.AsOwner(t, d, `DROP EXTENSION pg_trgm CASCADE; DROP EXTENSION unaccent`)
	up()
	require.Len(t, missing(), 2)
	require.Empty(t, portstest.Found(t, fixture(d, withoutExtensions), "lodz"))
	require.Equal(t, []string{"Łódź"}, portstest.Found(t, fixture(d, withoutExtensions), "ŁÓDŹ"))
}

func TestSearch_NothingChanged_MigrationLeavesRowsAlone(t *testing.T) {
	t.Parallel()
	d, up := storetest.OpenWithoutExtensions(t)
	portstest.AddGame(t, fixture(d, withoutExtensions), "Star Orchard")
	row := func() string {
		out, found, err := database.One[struct{ Place string }](t.Context(), d.DB,
			`SELECT ctid::text AS place FROM catalog.sellables`)
		require.NoError(t, err)
		require.True(t, found)
		return out.Place
	}
	before := row()
	up()
	require.Equal(t, before, row())
	storetest.AsOwner(t, d, `UPDATE catalog.search_setup SET fingerprint = 'of an older server'`)
	up()
	require.NotEqual(t, before, row(), "made anew")
}

// A server without ICU refuses the first of the two collations that a migration tries, and so does this event trigger.
func TestSearch_WithoutICU_SortsByCharactersUntilItIsThere(t *testing.T) {
	t.Parallel()
	d, up := storetest.OpenWithoutExtensions(t)
	storetest.AsOwner(t, d, `CREATE SEQUENCE public.tries;
		CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			IF nextval('public.tries') = 1 THEN
				RAISE feature_not_supported USING MESSAGE = 'ICU is not supported in this build';
			END IF;
		END $$;
		DROP COLLATION catalog.titles CASCADE;
		CREATE EVENT TRIGGER without_icu ON ddl_command_start WHEN TAG IN ('CREATE COLLATION')
			EXECUTE FUNCTION public.refuse()`)
	up()
	search, f := postgres.NewSearch(d.DB), fixture(d, withoutExtensions)
	sentences, err := search.Missing(t.Context())
	require.NoError(t, err)
	require.Len(t, sentences, 3)
	require.Contains(t, sentences[0], "ICU")
	for _, title := range []string{"Éclair", "Elm", "eagle"} {
		portstest.AddGame(t, f, title)
	}
	require.Equal(t, []string{"Elm", "eagle", "Éclair"}, portstest.Titles(t, f))
	require.Equal(t, []string{"Éclair"}, portstest.Found(t, f, "eclair"))
	up()
	require.Equal(t, []string{"eagle", "Éclair", "Elm"}, portstest.Titles(t, f))
	require.Equal(t, []string{"Éclair"}, portstest.Found(t, f, "ÉCLAIR"))
	sentences, err = search.Missing(t.Context())
	require.NoError(t, err)
	require.Len(t, sentences, 2)
}
