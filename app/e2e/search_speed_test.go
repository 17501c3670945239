package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/e2e/harness"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// productsVariable is how many products TestSearch_Speed searches; it measures when it is set.
const productsVariable = "COINSLOT_TEST_SEARCH_PRODUCTS"

// varied gives every second generated product a title of three or four words, as a catalog has them.
const varied = `WITH words AS (SELECT
	string_to_array('Ancient Brave Crimson Dark Eternal Fallen Golden Hidden Iron Jade Last Lost Mighty Neon Open Pale Quiet Red', ' ') AS a,
	string_to_array('Abyss Arena Army Blade Castle City Crown Dawn Desert Dragon Empire Engine Fable Forest Garden Ghost Island', ' ') AS b,
	string_to_array('Chronicles II Online Remastered III Tactics Origins', ' ') AS c),
	made AS (SELECT id, row_number() OVER (ORDER BY created_at)::int AS n FROM catalog.sellables WHERE category = 'made-up')
	UPDATE catalog.sellables s SET category = 'varied-' || n % 20,
		title = concat_ws(' ', a[1 + n * 7 % 18], b[1 + n / 18 % 17], 'of', b[1 + n / 306 % 17], c[1 + n / 5202 % 7])
	FROM made, words WHERE s.id = made.id AND n % 2 = 1;
	VACUUM ANALYZE catalog.sellables, catalog.price_versions`

// timedSearches are searches, their first hits and why those are found.
var timedSearches = []struct{ query, first, rank string }{
	{"q=star+orchard", "Star Orchard", "title, exact"},
	{"q=S.T.A.L.K.E.R.", "S.T.A.L.K.E.R.", "title, exact"},
	{"q=stalker", "S.T.A.L.K.E.R.", "title, exact"},
	{"q=lodz", "ŁÓDŹ", "title, exact"},
	{"q=counter", "Counter-Strike 1.6", "title, prefix"},
	{"q=Made+Up+77", "Made Up 770", "title, prefix"},
	{"q=made", "Made Up 10", "title, prefix of half the catalog"},
	{"q=m", "Made Up 10", "title, prefix of half the catalog"},
	{"q=live+acdc", "AC/DC Live", "title, words"},
	{"q=of", "", "title, words of half the catalog"},
	{"q=dragon+crim", "", "title, words"},
	{"q=nobody+wrote", "", "description, words of the whole catalog"},
	{"q=b6d767d2f8ed5d21a44b0e5886680cb9", "", "description, one word"},
	{"q=orchads", "Star Orchard", "similar"},
	{"q=pokemn", "Pokémon", "similar"},
	{"q=crimsn+dragn", "", "similar, among many"},
	{"q=made+upp+77", "", "similar to half the catalog"},
	{"q=zzzzqqqq", "", "nothing"},
	{"q=made&price_max=498", "", "title, prefix, no such price"},
	{"q=made&kind=soundtrack", "", "title, prefix, no such kind"},
	{"q=dragon&sort=price", "", "sorted by price"},
	{"q=dragon&sort=title", "", "sorted by title"},
	{"q=made&sort=-created_at", "", "sorted by age"},
	{"sort=title", "", "no text, sorted by title"},
	{"sort=price", "", "no text, sorted by price"},
	{"price_min=500&price_max=999", "", "no text, a price range"},
	{"q=dragon&facets=true", "", "facets of a word"},
	{"q=made&facets=true", "", "facets of half the catalog"},
	{"facets=true", "", "facets of the whole catalog"},
}

// TestSearch_Speed searches a large catalog. With COINSLOT_TEST_SEARCH_PRODUCTS=100000 and -v it prints a table of
// latencies over HTTP; without, it searches 2,000 products once each.
func TestSearch_Speed(t *testing.T) {
	t.Parallel()
	products, runs := 2000, 1
	if wanted := os.Getenv(productsVariable); wanted != "" {
		var err error
		products, err = strconv.Atoi(wanted)
		require.NoError(t, err)
		runs = 5
	}
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	require.NoError(t, bulk.Make(t.Context(), r.Config(t), r.Database.OwnerURL, bulk.Amounts{Products: products}, io.Discard))
	for _, statement := range strings.Split(varied, ";\n") {
		r.AsOwner(t, statement)
	}
	for _, c := range whatIsTyped {
		if c.title != "Star Orchard" {
			clerk.NewGame(c.title, 100)
		}
	}
	t.Logf("%-40s %-22s %-42s %9s %9s", "query", "first hit", "rank", "p50", "p99")
	for _, c := range timedSearches {
		before := cpu(t, r)
		first, times := "", make([]time.Duration, runs)
		for i := range runs {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"/v1/products?"+c.query, nil)
			require.NoError(t, err)
			began := time.Now()
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, response.Body)
			require.NoError(t, err)
			times[i] = time.Since(began)
			response.Body.Close()
			require.Equal(t, http.StatusOK, response.StatusCode, c.query)
		}
		if items := clerk.Get("/v1/products?" + c.query).Is(http.StatusOK).Items("items"); len(items) > 0 {
			first = items[0]["title"].(string)
		}
		if c.first != "" {
			require.Equal(t, c.first, first, c.query)
		}
		slices.Sort(times)
		used := (cpu(t, r) - before) / time.Duration(runs+1)
		text, err := url.QueryUnescape(c.query)
		require.NoError(t, err)
		t.Logf("%-40s %-22s %-42s %9s %9s %9s", text, first, c.rank, shown(used), shown(times[runs/2]), shown(times[runs*99/100]))
	}
}

func shown(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func cpu(t *testing.T, r *harness.Store) (sum time.Duration) {
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
	require.NoError(t, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(t, err)
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		if err == nil {
			n, _ := strconv.ParseInt(strings.Fields(string(raw))[0], 10, 64)
			sum += time.Duration(n)
		}
	}
	return sum
}
