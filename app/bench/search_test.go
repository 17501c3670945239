//go:build bench

package bench_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/postgres"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	productsVariable = "COINSLOT_TEST_SEARCH_PRODUCTS" // that are searched
	searchRuns       = 20                              // of each search
)

// varyTitles gives every fourth generated product a title of three or four words, as a catalog has them.
const varyTitles = `WITH words AS (SELECT
	string_to_array('Ancient Brave Crimson Dark Eternal Fallen Golden Hidden Iron Jade Last Lost Mighty Neon Pale Red',
		' ') AS a,
	string_to_array('Abyss Arena Army Blade Castle City Crown Dawn Desert Dragon Empire Engine Fable Forest Ghost',
		' ') AS b,
	string_to_array('Chronicles II Online Remastered III Tactics Origins', ' ') AS c),
	generated AS (SELECT id, row_number() OVER (ORDER BY created_at)::int AS n FROM catalog.sellables
		WHERE slug LIKE 'made-up-%')
	UPDATE catalog.sellables s SET category = 'varied-' || n % 20,
		title = concat_ws(' ', a[1 + n * 7 % 16], b[1 + n / 16 % 15], 'of', b[1 + n / 240 % 15], c[1 + n / 3600 % 7])
	FROM generated, words WHERE s.id = generated.id AND n % 4 = 1`

// broadSearches are searches that find much of a large catalog, filters, sorts and facets.
var broadSearches = []struct{ query, match string }{
	{"q=made", "prefix of most of the catalog"},
	{"q=m", "prefix of most of the catalog"},
	{"q=of", "title words of a quarter of the catalog"},
	{"q=dragon", "title words of thousands"},
	{"q=dragon+crim", "similar"},
	{"q=nobody+wrote", "description words of the whole catalog"},
	{"q=b6d767d2f8ed5d21a44b0e5886680cb9", "description, one word"},
	{"q=crimsn+dragn", "nothing, two words"},
	{"q=made+upp+77", "similar to most of the catalog"},
	{"q=zzzzqqqq", "nothing"},
	{"q=made&price_max=498", "prefix, a price range"},
	{"q=made&kind=soundtrack", "prefix, no such kind"},
	{"q=dragon&sort=price", "sorted by price"},
	{"q=dragon&sort=title", "sorted by title"},
	{"q=made&sort=-created_at", "sorted by age"},
	{"sort=title", "no text, sorted by title"},
	{"sort=price", "no text, sorted by price"},
	{"price_min=500&price_max=999", "no text, a price range"},
	{"q=dragon&facets=true", "facets of thousands"},
	{"q=made&facets=true", "facets of most of the catalog"},
	{"facets=true", "facets of the whole catalog"},
}

// TestSearchLatency prints a table of the searches of a large catalog: first hit, median and p99 over HTTP, and the p99
// of all runs. It fails when a first hit is not the expected one.
func TestSearchLatency(t *testing.T) {
	size := 100_000
	if wanted := os.Getenv(productsVariable); wanted != "" {
		var err error
		size, err = strconv.Atoi(wanted)
		require.NoError(t, err)
	}
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) { cfg.Catalog.Cache = 0 }))
	began := time.Now()
	fillCatalog(t, r, size)
	fmt.Printf("bench: added the products in %.0f s\n", time.Since(began).Seconds())
	b := &searchBench{t: t, r: r}
	fmt.Printf("\n| query | first hit | found by | p50 | p99 | CPU |\n|---|---|---|--:|--:|--:|\n")
	for _, c := range harness.SearchCases() {
		first := b.search(&b.titles, "q="+url.QueryEscape(c.Query), c.Match)
		require.True(t, c.First == "" || c.First == first, "%s finds %s first", c.Query, first)
	}
	for _, c := range broadSearches {
		b.search(&b.broad, c.query, c.match)
	}
	fmt.Printf("\n%d products: p99 of the searches for titles %.1f ms, of the others %.1f ms\n",
		harness.Count(t, r, "catalog.sellables"), b.titles.percentile(0.99), b.broad.percentile(0.99))
	b.migrate()
}

// fillCatalog adds generated products and the titles of the table, as staff does.
func fillCatalog(t *testing.T, r *harness.Store, size int) {
	wanted := bulk.Counts{Products: size}
	require.NoError(t, bulk.Generate(t.Context(), r.Config(t), r.Database.OwnerURL, wanted, io.Discard))
	r.AsOwner(t, varyTitles)
	clerk := r.NewClerk(t) // now: generating takes longer than an access token lives
	for _, title := range harness.SearchTitles() {
		clerk.NewGame(title, 100)
	}
	r.AsOwner(t, "VACUUM ANALYZE catalog.sellables")
	r.AsOwner(t, "VACUUM ANALYZE catalog.price_versions")
}

type searchBench struct {
	t             *testing.T
	r             *harness.Store
	titles, broad latencies
}

// search runs a search searchRuns times, adds the latencies to all, prints a line of the table and returns the first
// hit.
func (b *searchBench) search(all *latencies, query, match string) (first string) {
	var took latencies
	before := b.cpu()
	for range searchRuns {
		elapsed := b.get(query)
		took.add(elapsed)
		all.add(elapsed)
	}
	used := (b.cpu() - before) / searchRuns
	if items := b.r.Guest(b.t).Get("/v1/products?" + query).Is(http.StatusOK).Items("items"); len(items) > 0 {
		first = items[0]["title"].(string)
	}
	text, err := url.QueryUnescape(query)
	require.NoError(b.t, err)
	fmt.Printf("| `%s` | %s | %s | %.1f ms | %.1f ms | %.1f ms |\n", text, first, match,
		took.percentile(0.5), took.percentile(0.99), float64(used.Microseconds())/1000)
	return first
}

// get runs a search once and returns how long it took.
func (b *searchBench) get(query string) time.Duration {
	began := time.Now()
	response, err := http.Get(b.r.URL + "/v1/products?" + query)
	require.NoError(b.t, err)
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, response.StatusCode, query)
	return time.Since(began)
}

// migrate fills the folded columns anew, as a migration does after an upgrade of PostgreSQL, and prints how long that
// takes and how long a search waits meanwhile.
func (b *searchBench) migrate() {
	b.r.AsOwner(b.t, "UPDATE catalog.search_setup SET fingerprint = ''")
	migrator, err := postgres.NewMigrator(b.t.Context(), b.r.Database.OwnerURL, storetest.Modules(b.t))
	require.NoError(b.t, err)
	defer migrator.Close()
	began, done := time.Now(), make(chan error, 1)
	go func() { done <- migrator.Up(b.t.Context()) }()
	var took latencies
	for running := true; running; {
		select {
		case err := <-done:
			require.NoError(b.t, err)
			running = false
		default:
			took.add(b.get("q=stalker"))
		}
	}
	fmt.Printf("\nfilling the folded columns takes %.1f s; a search meanwhile p50 %.1f ms, at most %.1f ms\n",
		time.Since(began).Seconds(), took.percentile(0.5), took.percentile(1))
}

// cpu returns the CPU time that PostgreSQL's processes for this database have used. Unlike latencies it does not depend
// on the load of other programs.
func (b *searchBench) cpu() (sum time.Duration) {
	conn, err := pgx.Connect(b.t.Context(), b.r.Database.OwnerURL)
	require.NoError(b.t, err)
	defer conn.Close(b.t.Context())
	rows, err := conn.Query(b.t.Context(), `SELECT pid FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
	require.NoError(b.t, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b.t, err)
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid)) // ns on a CPU, ns waiting, time slices
		require.NoError(b.t, err)
		used, _, _ := strings.Cut(string(raw), " ")
		n, err := strconv.ParseInt(used, 10, 64)
		require.NoError(b.t, err)
		sum += time.Duration(n)
	}
	return sum
}
