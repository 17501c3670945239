package postgres_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/postgres"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/page"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"

	platform "coinslot/platform/postgres"
)

// largeCatalog adds products with as many values of the filters as a large catalog has. 1 in 500 is a bundle, 1 in 50 a
// consumable; 20 categories are large, and a category has 9 products.
const largeCatalog = `ALTER TABLE catalog.sellables DISABLE TRIGGER sellables_search;
	INSERT INTO catalog.sellables (id, slug, title, description, kind, category, version, created_at, search_title,
		search_key, search_title_words, search_words)
	SELECT gen_random_uuid(), 'p-' || n, title, 'nobody wrote', kind,
		CASE WHEN n < 10 THEN 'rare' ELSE 'cat-' || n % 20 END, 1, timestamptz '2025-01-01' + n * interval '1 minute',
		lower(title), replace(lower(title), ' ', ''), to_tsvector('simple', title),
		to_tsvector('simple', title || ' nobody wrote')
	FROM (SELECT n, (ARRAY['Ancient', 'Brave', 'Crimson', 'Dark'])[1 + n % 4] || ' ' ||
				(ARRAY['Abyss', 'Arena', 'Castle'])[1 + n % 3] || ' ' || n AS title,
			CASE WHEN n % 500 = 0 THEN 'bundle' WHEN n % 50 = 0 THEN 'consumable' WHEN n % 10 < 3 THEN 'soundtrack'
				ELSE 'game' END AS kind
		FROM generate_series(1, @size) AS n) AS made;
	INSERT INTO catalog.price_versions SELECT id, 'EUR', 1, 100 + abs(hashtext(slug)) % 60 * 100, created_at, created_at
	FROM catalog.sellables;
	INSERT INTO catalog.price_versions SELECT id, 'EUR', 2, 100 + abs(hashtext(id::text)) % 60 * 100,
		created_at + interval '1 day', created_at FROM catalog.sellables WHERE abs(hashtext(slug)) % 3 = 0;
	INSERT INTO catalog.price_versions SELECT id, 'EUR', 3, 7, created_at, created_at FROM catalog.sellables
	WHERE slug IN ('p-11', 'p-12', 'p-500');
	ALTER TABLE catalog.sellables ENABLE ALWAYS TRIGGER sellables_search;
	ANALYZE catalog.sellables; ANALYZE catalog.price_versions`

const largeSize = 20_000

// openLarge returns a search of a large catalog, its statements, and its database.
func openLarge(t *testing.T) (*postgres.Search, *pgtest.Recorder, *pgtest.Database) {
	t.Helper()
	sent := &pgtest.Recorder{}
	d := storetest.OpenTraced(t, sent)
	storetest.AsOwner(t, d, strings.ReplaceAll(largeCatalog, "@size", strconv.Itoa(largeSize)))
	return postgres.NewSearch(d.DB), sent, d
}

// everyQuery returns each combination of what a request may ask for.
func everyQuery() (all []ports.Query) {
	low, high := int64(7), int64(4000)
	for _, bundles := range []bool{false, true} {
		for _, text := range []string{"", "crimson", "castle", "wrote", "crimsn castle 11"} {
			for _, sort := range []ports.Sort{
				ports.ByNewest, ports.ByTitle, ports.ByPrice, ports.ByPriceDesc, ports.ByRelevance,
			} {
				for _, category := range []string{"", "cat-3", "Rare"} {
					for _, kind := range []catalog.Kind{"", catalog.Consumable} {
						for _, prices := range []domain.PriceRange{{}, {Min: 1000, Max: &high}, {Max: &low}} {
							if (sort == ports.ByRelevance && text == "") || (bundles && kind != "") {
								continue
							}
							all = append(all, ports.Query{
								Bundles: bundles, Text: text, Sort: sort, Category: category, Kind: kind, Prices: prices,
								Currency: "EUR", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Page: page.Request{Limit: 5},
							})
						}
					}
				}
			}
		}
	}
	return all
}

// Each text is planned once for each connection, so there must be few.
const mostTexts = 110

var (
	inOrder = regexp.MustCompile(`Index (Only )?Scan (Backward )?using (sellables_newest|sellables_newest_by_kind|` +
		`sellables_newest_by_category|sellables_by_title_order|sellables_by_kind_title|sellables_by_category_title|` +
		`price_versions_by_amount|sellables_search_key|sellables_search_key_by_kind) on`)
	scans = regexp.MustCompile(`Seq Scan on (sellables|price_versions)`)
)

func TestList_LargeCatalog_IsReadFromAnIndexInItsOrder(t *testing.T) {
	t.Parallel()
	search, sent, d := openLarge(t)
	storetest.AsOwner(t, d, offered)
	untraced, err := platform.Open(pgtest.Limits(d.StoreURL))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, untraced.Close()) })
	for _, q := range everyQuery() {
		got := []string{}
		for range 2 {
			p, err := search.List(t.Context(), q)
			require.NoError(t, err)
			for _, item := range p.Items {
				got = append(got, item.Sellable.Snapshot().Slug)
			}
			if q.Page.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		if !strings.HasPrefix(q.Text, "crimsn") {
			require.Equal(t, wanted(t, untraced, q), got, "%+v", q)
		}
	}
	plans := sent.Plans(t, d)
	require.Less(t, len(plans), mostTexts)
	requireIndexes(t, plans)
}

// requireIndexes requires that no plan scans a table, and that lists are read from an index in their order.
func requireIndexes(t *testing.T, plans map[string]string) {
	t.Helper()
	lists := 0
	for text, plan := range plans {
		require.NotRegexp(t, scans, plan, text)
		if !strings.Contains(text, "LIMIT @limit") || strings.Contains(text, "@within") ||
			strings.Contains(text, "similar_titles") {
			continue // few rows
		}
		lists++
		require.NotContains(t, plan, "Sort", text)
		require.Regexp(t, inOrder, plan, text)
	}
	require.Greater(t, lists, 20)
}

// offered holds every product and bundle with the price in force.
const offered = `CREATE TABLE public.offered AS
	SELECT DISTINCT ON (s.id) s.*, p.amount FROM catalog.sellables s JOIN catalog.standing_prices p ON p.sellable_id = s.id
	WHERE p.currency = 'EUR' AND p.valid_from <= '2026-03-01T12:00:00Z' ORDER BY s.id, p.valid_from DESC, p.version DESC;
	GRANT SELECT ON public.offered TO coinslot_app`

// orders are the orders of the lists.
var orders = map[ports.Sort]string{
	ports.ByNewest: "created_at DESC, id DESC", ports.ByTitle: "title COLLATE catalog.titles, id",
	ports.ByPrice: "amount, id", ports.ByPriceDesc: "amount DESC, id DESC",
	ports.ByRelevance: `CASE WHEN search_key LIKE @text || '%' THEN 0
		WHEN search_title_words @@ catalog.search_query(@text) THEN 1 ELSE 2 END, search_key, id`,
}

// wanted returns the slugs of the first two pages by the filters' definitions.
func wanted(t *testing.T, db *platform.DB, q ports.Query) []string {
	t.Helper()
	maximum := int64(1 << 60)
	if q.Prices.Max != nil {
		maximum = *q.Prices.Max
	}
	rows, err := platform.All[struct{ Slug string }](t.Context(), db, `SELECT slug FROM public.offered
		WHERE (kind = 'bundle') = @bundles AND @category IN ('', category) AND @kind IN ('', kind)
			AND amount BETWEEN @min AND @max AND (@text = '' OR search_key LIKE @text || '%'
				OR search_words @@ catalog.search_query(@text))
		ORDER BY `+orders[q.Sort]+` LIMIT @limit`, platform.Named{
		"bundles": q.Bundles, "category": strings.ToLower(q.Category), "kind": q.Kind, "text": q.Text,
		"min": q.Prices.Min, "max": maximum, "limit": 2 * q.Page.Limit,
	})
	require.NoError(t, err)
	slugs := make([]string, len(rows))
	for i, row := range rows {
		slugs[i] = row.Slug
	}
	return slugs
}
