package portstest

import (
	"strings"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// longTitles pages through titles of as many and as wide characters as there can be.
func longTitles(t *testing.T, f Fixture) {
	for _, letter := range []string{"a", "𠀀", "<", "\u2028"} {
		title := "b" + strings.Repeat(letter, 198) + "b"
		game(t, f, title, "", 0)
		game(t, f, title, "", time.Hour)
	}
	for _, q := range []ports.Query{{Sort: ports.ByTitle}, {Sort: ports.ByRelevance, Text: "b"}} {
		q.Page.Limit = 1
		require.Len(t, found(t, f, q), 8, q.Sort)
	}
}

// of returns a draft in a category.
func of(category, title string, kind catalog.Kind) domain.Draft {
	d := draft(title, kind)
	d.Category = category
	return d
}

func priced(t *testing.T, f Fixture, d domain.Draft, cents int64) {
	t.Helper()
	add(t, f, d, cents, now)
}

func counted(value string, n int) ports.Count { return ports.Count{Value: value, Count: n} }

func upTo(amount int64) *int64 { return &amount }

func filters(t *testing.T, f Fixture) {
	priced(t, f, of("rpg", "Star Orchard", catalog.Game), 100)
	priced(t, f, of("music", "Orchard Nights", catalog.Soundtrack), 200)
	titles := func(q ports.Query) []string {
		q.Sort = ports.ByTitle
		return found(t, f, q)
	}
	require.Equal(t, []string{"Orchard Nights", "Star Orchard"}, titles(ports.Query{}))
	require.Equal(t, []string{"Orchard Nights"}, titles(ports.Query{Category: "Music"}))
	require.Equal(t, []string{"Star Orchard"}, titles(ports.Query{Kind: catalog.Game}))
	require.Equal(t, []string{"Star Orchard"}, titles(ports.Query{Kind: catalog.Game, Text: "orchard"}))
	require.Empty(t, titles(ports.Query{Bundles: true}))
	require.Equal(t, []string{"Orchard Nights"},
		found(t, f, ports.Query{Kind: catalog.Soundtrack, Text: "orchard", Sort: ports.ByRelevance}))
}

func priceFilter(t *testing.T, f Fixture) {
	priced(t, f, of("rpg", "Free Game", catalog.Game), 0)
	priced(t, f, of("rpg", "Cheap Game", catalog.Game), 499)
	priced(t, f, of("rpg", "Game", catalog.Game), 500)
	for _, sort := range []ports.Sort{ports.ByPrice, ports.ByRelevance} {
		within := func(minimum int64, maximum *int64) []string {
			q := ports.Query{Prices: domain.PriceRange{Min: minimum, Max: maximum}, Sort: sort}
			if sort == ports.ByRelevance {
				q.Text = "game"
			}
			return found(t, f, q)
		}
		require.ElementsMatch(t, []string{"Free Game", "Cheap Game", "Game"}, within(0, nil))
		require.ElementsMatch(t, []string{"Free Game"}, within(0, upTo(0)))
		require.ElementsMatch(t, []string{"Cheap Game", "Game"}, within(1, nil))
		require.ElementsMatch(t, []string{"Cheap Game"}, within(1, upTo(499)))
		require.ElementsMatch(t, []string{"Cheap Game", "Game"}, within(499, upTo(500)))
		require.Empty(t, within(501, nil))
	}
	require.Empty(t, found(t, f, ports.Query{Sort: ports.ByPrice, Currency: "EUR"}))
}

// count runs a query for its facets in US dollars, with the price ranges by their lower ends.
func count(t *testing.T, f Fixture, q ports.Query) (categories, kinds []ports.Count, prices map[int64]int) {
	t.Helper()
	q.Currency, q.At = "USD", now
	got, err := f.Search.Facets(t.Context(), q)
	require.NoError(t, err)
	prices = map[int64]int{}
	for i, p := range got.Prices {
		require.Contains(t, domain.PriceRanges("USD"), p.Range)
		require.True(t, i == 0 || got.Prices[i-1].Range.Min < p.Range.Min, "the lowest first")
		prices[p.Range.Min] = p.Count
	}
	return got.Categories, got.Kinds, prices
}

func facets(t *testing.T, f Fixture) {
	priced(t, f, of("rpg", "One", catalog.Game), 0)
	priced(t, f, of("rpg", "Two", catalog.Game), 499)
	priced(t, f, of("arcade", "Three", catalog.Game), 500)
	priced(t, f, of("music", "Four", catalog.Soundtrack), 501)
	priced(t, f, of("arcade", "Five", catalog.Consumable), 9999)
	archive(t, f, add(t, f, draft("Gone", catalog.Game), 1, now).Snapshot().ID)
	require.NoError(t, insert(t, f, draft("Unpriced", catalog.Game)))

	categories, kinds, prices := count(t, f, ports.Query{})
	require.Equal(t, []ports.Count{counted("arcade", 2), counted("rpg", 2), counted("music", 1)}, categories)
	require.Equal(t, []ports.Count{counted("game", 3), counted("consumable", 1), counted("soundtrack", 1)}, kinds)
	require.Equal(t, map[int64]int{0: 1, 1: 1, 500: 2, 6000: 1}, prices)

	categories, kinds, prices = count(t, f, ports.Query{Category: "RPG"})
	want := []ports.Count{counted("arcade", 2), counted("rpg", 2), counted("music", 1)}
	require.Equal(t, want, categories, "its own filter is left out")
	require.Equal(t, []ports.Count{counted("game", 2)}, kinds)
	require.Equal(t, map[int64]int{0: 1, 1: 1}, prices)

	q := ports.Query{Kind: catalog.Game, Prices: domain.PriceRange{Min: 1}}
	categories, kinds, prices = count(t, f, q)
	require.Equal(t, []ports.Count{counted("arcade", 1), counted("rpg", 1)}, categories)
	require.Equal(t, []ports.Count{counted("game", 2), counted("consumable", 1), counted("soundtrack", 1)}, kinds)
	require.Equal(t, map[int64]int{0: 1, 1: 1, 500: 1}, prices)

	// A count is what a list with that value finds.
	for minimum, n := range prices {
		for _, r := range domain.PriceRanges("USD") {
			if r.Min == minimum {
				require.Len(t, found(t, f, ports.Query{Kind: catalog.Game, Prices: r, Sort: ports.ByPrice}), n)
			}
		}
	}
	got, err := f.Search.Facets(t.Context(), ports.Query{Currency: "EUR", At: now})
	require.NoError(t, err)
	require.Equal(t, ports.Facets{}, got)
}

func facetsOfText(t *testing.T, f Fixture) {
	priced(t, f, of("rpg", "Orchard", catalog.Game), 100)
	priced(t, f, of("arcade", "Star Orchard", catalog.Game), 100)
	priced(t, f, of("music", "Orchads", catalog.Soundtrack), 100)
	priced(t, f, of("rpg", "Tide", catalog.Game), 100)
	categories, _, _ := count(t, f, ports.Query{Text: "orchard"})
	want := []ports.Count{counted("arcade", 1), counted("rpg", 1)}
	if f.Features.Similar {
		want = []ports.Count{counted("arcade", 1), counted("music", 1), counted("rpg", 1)}
	}
	require.Equal(t, want, categories)
	q := ports.Query{Text: "orchard", Sort: ports.ByRelevance, Page: page.Request{Limit: 1}}
	require.Len(t, found(t, f, q), len(want), "they count all pages")
}

func facetsOfBundles(t *testing.T, f Fixture) {
	one := add(t, f, draft("One", catalog.Game), 1, now).Snapshot().ID
	two := add(t, f, draft("Two", catalog.Game), 1, now).Snapshot().ID
	three := add(t, f, draft("Three", catalog.Game), 1, now).Snapshot().ID
	addBundle(t, f, "One and two", now, one, two)
	addBundle(t, f, "Two and three", now, two, three)
	_, kinds, prices := count(t, f, ports.Query{Bundles: true})
	require.Equal(t, []ports.Count{counted("bundle", 2)}, kinds)
	require.Equal(t, map[int64]int{1: 2}, prices)
	_, kinds, _ = count(t, f, ports.Query{Bundles: true, Holding: one})
	require.Equal(t, []ports.Count{counted("bundle", 1)}, kinds)
}

func slugOfTitle(t *testing.T, f Fixture) {
	require.NotEqual(t, id.Nil, game(t, f, "Star Orchard", "", 0))
	for _, c := range []struct {
		title, want string
		needs       func(Features) bool
	}{
		{"Star  Orchard!", "star-orchard", always},
		{" 1942 ", "1942", always},
		{"S.T.A.L.K.E.R. 2", "s-t-a-l-k-e-r-2", always},
		{"!!!", "", always},
		{"ゼルダの伝説", "", always},
		{"Ведьмак 3", "", always},
		{"Witcher 3: Ведьмак", "witcher-3", always},
		{"😀", "", always},
		{strings.Repeat("x", domain.MaxSlug+1), strings.Repeat("x", domain.MaxSlug), always},
		{strings.Repeat("x", domain.MaxSlug-1) + " y", strings.Repeat("x", domain.MaxSlug-1), always},
		{"Pokémon", "pokemon", folds},
		{"Ｆｕｌｌ Ｗｉｄｔｈ", "full-width", folds},
		{"ŁÓDŹ", "lodz", transliterates},
		{"Straße", "strasse", transliterates},
	} {
		got, err := f.Products.Slug(t.Context(), c.title)
		require.NoError(t, err)
		require.Equal(t, c.needs(f.Features), c.want == got, "%q: %q", c.title, got)
		d := draft("Any", catalog.Game)
		d.Slug = got
		_, err = domain.NewSellable(id.V7{}.NewID(), d, now)
		require.NoError(t, err, "it is a slug")
	}
}
