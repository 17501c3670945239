package portstest

import (
	"slices"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// RunSearch runs the contract of ports.Search alone, for an adapter whose search differs with its server.
func RunSearch(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"search_ranks_title_then_words_then_similar": ranking,
		"search_finds_what_is_typed":                 spelling,
		"search_text_without_letters_finds_nothing":  noWords,
		"search_initials_are_not_words":              initials,
		"search_sorts_change_the_order_not_the_set":  sortedMatches,
		"search_pages_show_each_match_once":          relevancePaging,
		"search_cursor_survives_writes":              cursorAfterWrites,
		"search_follows_the_title":                   renamed,
		"titles_are_sorted_as_in_a_dictionary":       titleOrder,
		"titles_of_any_length_have_a_cursor":         longTitles,
		"prices_are_filtered_in_their_currency":      priceFilter,
		"facets_count_what_other_filters_leave":      facets,
		"facets_count_what_the_text_finds":           facetsOfText,
		"facets_count_bundles":                       facetsOfBundles,
		"slug_is_transliterated_or_empty":            slugOfTitle,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// found returns the titles that a query finds on all pages, in their order.
func found(t *testing.T, f Fixture, q ports.Query) (titles []string) {
	t.Helper()
	q.At = now
	if q.Currency == "" {
		q.Currency = "USD"
	}
	if q.Sort == "" {
		q.Sort = ports.ByRelevance
	}
	for {
		p, err := f.Search.List(t.Context(), q)
		require.NoError(t, err)
		for _, item := range p.Items {
			titles = append(titles, item.Sellable.Snapshot().Title)
		}
		require.Less(t, len(titles), 1000, "the list does not end")
		if q.Page.Cursor = p.Next; p.Next == "" {
			return titles
		}
	}
}

// Found returns the titles that a text finds, by relevance.
func Found(t *testing.T, f Fixture, text string) []string {
	t.Helper()
	return found(t, f, ports.Query{Text: text})
}

// Titles returns the titles of all products in their order.
func Titles(t *testing.T, f Fixture) []string {
	t.Helper()
	return found(t, f, ports.Query{Sort: ports.ByTitle})
}

// AddGame adds a game without a description.
func AddGame(t *testing.T, f Fixture, title string) {
	t.Helper()
	game(t, f, title, "", 0)
}

// game adds a game under a slug of its own, the later ones newer.
func game(t *testing.T, f Fixture, title, description string, age time.Duration) id.ID {
	t.Helper()
	d := draft(title, catalog.Game)
	d.Slug, d.Description = "", description
	return add(t, f, d, 100, now.Add(-age)).Snapshot().ID
}

func ranking(t *testing.T, f Fixture) {
	game(t, f, "Harvest", "Plant an orchard.", 0)
	game(t, f, "Pear Orchards", "", time.Hour)
	game(t, f, "Star Orchard", "", time.Minute)
	game(t, f, "Orchard Nights", "", 0)
	game(t, f, "Orchardist", "", 0)
	game(t, f, "Orchard", "", 2*time.Hour)
	game(t, f, "Tide", "Of the sea.", 0)
	want := []string{"Orchard", "Orchardist", "Orchard Nights", "Pear Orchards", "Star Orchard", "Harvest"}
	require.Equal(t, want, found(t, f, ports.Query{Text: "orchard"}))
	require.Equal(t, want, found(t, f, ports.Query{Text: " ORCHARD "}))
	require.Equal(t, []string{"Star Orchard"}, found(t, f, ports.Query{Text: "orchard star"}))
	game(t, f, "Star Orchard Soundtrack", "", 0)
	require.Equal(t, []string{"Star Orchard", "Star Orchard Soundtrack"}, found(t, f, ports.Query{Text: "orchard star"}))
	require.Equal(t, []string{"Orchard Nights"}, found(t, f, ports.Query{Text: "orchard ni"}))
	require.Equal(t, []string{"Harvest"}, found(t, f, ports.Query{Text: "harv plant"}), "a word of each text")
	if f.Features.Similar {
		game(t, f, "Orchads", "", 3*time.Hour)
		want = append(want[:5:5], "Star Orchard Soundtrack", "Harvest", "Orchads")
		require.Equal(t, want, found(t, f, ports.Query{Text: "orchard"}))
		want = []string{"Orchads", "Orchard", "Orchard Nights", "Pear Orchards", "Star Orchard", "Star Orchard Soundtrack"}
		require.Equal(t, want, filter(found(t, f, ports.Query{Text: "orchads"}), func(title string) bool {
			return title != "Orchardist"
		}))
	}
}

// The features that a spelling needs.
func always(Features) bool           { return true }
func folds(f Features) bool          { return f.Folds }
func transliterates(f Features) bool { return f.Transliterates }
func similar(f Features) bool        { return f.Similar }

func spelling(t *testing.T, f Fixture) {
	for _, c := range []struct {
		title, typed string
		needs        func(Features) bool
	}{
		{"Counter-Strike 1.6", "Counter-Strike 1.6", always},
		{"Counter-Strike 1.6", "counter strike", always},
		{"Counter-Strike 1.6", "counterstrike", always},
		{"Counter-Strike 1.6", "strike-1.6", always},
		{"S.T.A.L.K.E.R.", "S.T.A.L.K.E.R.", always},
		{"S.T.A.L.K.E.R.", "stalker", always},
		{"F.E.A.R. 3", "F.E.A.R. 3", always},
		{"F.E.A.R. 3", "fear", always},
		{"F.E.A.R. 3", "3 fear", always},
		{"1-2-Switch", "1-2-Switch", always},
		{"1-2-Switch", "switch", always},
		{"AC/DC Live", "AC/DC Live", always},
		{"AC/DC Live", "live acdc", always},
		{"AC/DC Live", "live ac dc", always},
		{"Don’t Starve", "Don’t Starve", always},
		{"Don’t Starve", "don't starve", always},
		{"Don’t Starve", "starve dont", always},
		{"100% Orange_Juice", "100% orange_juice", always},
		{"Zelda™ II", "zelda ii", always},
		{"हिन्दी", "हिन्दी", always},
		{"ゼルダの伝説", "ゼルダ", always},
		{"Café Éclair", "CAFÉ ÉCLAIR", folds},
		{"Café Éclair", "eclair cafe", folds},
		{"Cafe", "café", folds},
		{"Poke\u0301mon", "pok\u00e9mon", folds},
		{"Łódź", "ŁÓDŹ", folds},
		{"Łódź", "lodz", transliterates},
		{"Lodz", "łódź", transliterates},
		{"Οδυσσεύς", "ΟΔΥΣΣΕΥΣ", folds},
		{"ΟΔΥΣΣΕΥΣ", "οδυσσ", folds},
		{"Ёлка", "ЕЛКА", folds},
		{"İstanbul", "istanbul", folds},
		{"Straße", "strasse", transliterates},
		{"STRASSE", "straße", transliterates},
		{"Ærø", "aero", transliterates},
		{"Ｆｕｌｌ　Ｗｉｄｔｈ", "full width", folds},
		{"می\u200cخواهم", "میخواهم", always},
		{"Star Orchard", "orchads", similar},
		{"Star Orchard", "star orchads", similar},
		{"Łódź Nights", "lodz nigths", func(f Features) bool { return f.Similar && f.Transliterates }},
	} {
		sellableID := game(t, f, c.title, "", 0)
		titles := found(t, f, ports.Query{Text: c.typed})
		if c.needs(f.Features) {
			require.Equal(t, []string{c.title}, titles, "%q", c.typed)
		} else {
			require.Empty(t, titles, "%q finds %q: declare the feature", c.typed, c.title)
		}
		archive(t, f, sellableID)
	}
}

func noWords(t *testing.T, f Fixture) {
	for _, title := range []string{"100% Juice", "Snake_Case", "😀 Smile", "Plain", "!!!"} {
		game(t, f, title, "", 0)
	}
	for _, text := range []string{"%", "_", "😀", "!!!", " ", "\\", "'", "- .", "\u200d", "\u0301", "%%", "*:"} {
		for _, sort := range []ports.Sort{ports.ByRelevance, ports.ByNewest, ports.ByTitle} {
			require.Empty(t, found(t, f, ports.Query{Text: text, Sort: sort}), "%q", text)
		}
		counts, err := f.Search.Facets(t.Context(), ports.Query{Text: text, Currency: "USD", At: now})
		require.NoError(t, err)
		require.Empty(t, counts.Categories)
	}
	require.Equal(t, []string{"Plain"}, found(t, f, ports.Query{Text: "plain !"}), "what is no word is left out")
	require.Empty(t, found(t, f, ports.Query{Text: "nothing' | plain:*"}), "there are no operators")
}

func initials(t *testing.T, f Fixture) {
	game(t, f, "Some Tall Ants Like Keeping Every Rose", "", 0)
	require.Empty(t, found(t, f, ports.Query{Text: "S.T.A.L.K.E.R."}))
}

func sortedMatches(t *testing.T, f Fixture) {
	game(t, f, "Star Orchard", "", time.Hour)
	game(t, f, "Orchard", "", 2*time.Hour)
	game(t, f, "Harvest", "In an orchard.", 0)
	game(t, f, "Orchads", "", 3*time.Hour)
	game(t, f, "Tide", "", 0)
	matches := found(t, f, ports.Query{Text: "orchard"})
	require.Len(t, matches, map[bool]int{true: 4, false: 3}[f.Features.Similar])
	for _, sort := range []ports.Sort{ports.ByNewest, ports.ByTitle, ports.ByPrice, ports.ByPriceDesc} {
		require.ElementsMatch(t, matches, found(t, f, ports.Query{Text: "orchard", Sort: sort}), sort)
	}
	require.Equal(t, "Harvest", found(t, f, ports.Query{Text: "orchard", Sort: ports.ByNewest})[0])
}

func relevancePaging(t *testing.T, f Fixture) {
	for i := range 4 { // twins differ in their IDs only
		at := time.Duration(i/2) * time.Hour
		game(t, f, "Orchard", "", at)
		game(t, f, "Orchard Nights", "", at)
		game(t, f, "Star Orchard", "", at)
		game(t, f, "Harvest", "In an orchard.", at)
		game(t, f, "Orchads", "", at)
	}
	whole, err := f.Search.List(t.Context(), ports.Query{
		Text: "orchard", Sort: ports.ByRelevance, Currency: "USD", At: now, Page: page.Request{Limit: 100},
	})
	require.NoError(t, err)
	require.Len(t, whole.Items, map[bool]int{true: 20, false: 16}[f.Features.Similar])
	for _, limit := range []int{1, 3, 7} {
		q := ports.Query{
			Text: "orchard", Sort: ports.ByRelevance, Currency: "USD", At: now, Page: page.Request{Limit: limit},
		}
		var items []ports.Item
		for first := true; first || q.Page.Cursor != ""; first = false {
			p, err := f.Search.List(t.Context(), q)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Items), limit)
			items, q.Page.Cursor = append(items, p.Items...), p.Next
		}
		require.Equal(t, whole.Items, items, limit)
	}
}

func cursorAfterWrites(t *testing.T, f Fixture) {
	game(t, f, "Orchard B", "", 0)
	second := game(t, f, "Orchard D", "", 0)
	game(t, f, "Orchard F", "", 0)
	game(t, f, "Star Orchard", "", 0)
	q := ports.Query{Text: "orchard", Sort: ports.ByRelevance, Currency: "USD", At: now, Page: page.Request{Limit: 2}}
	p, err := f.Search.List(t.Context(), q)
	require.NoError(t, err)
	archive(t, f, second)
	game(t, f, "Orchard A", "", 0)
	game(t, f, "Orchard E", "", 0)
	q.Page.Cursor = p.Next
	require.Equal(t, []string{"Orchard E", "Orchard F", "Star Orchard"}, found(t, f, q))
	q.Sort = ports.ByNewest
	_, err = f.Search.List(t.Context(), q)
	require.ErrorIs(t, err, page.ErrCursor)
}

func renamed(t *testing.T, f Fixture) {
	sellableID := game(t, f, "Orchard", "Of apples.", 0)
	title, description := "Vineyard", "Of grapes."
	update(t, f, sellableID, func(s *domain.Sellable) error {
		return s.Change(domain.Changes{Title: &title, Description: &description})
	})
	require.Empty(t, found(t, f, ports.Query{Text: "orchard"}))
	require.Empty(t, found(t, f, ports.Query{Text: "apples"}))
	require.Equal(t, []string{title}, found(t, f, ports.Query{Text: "vine"}))
	require.Equal(t, []string{title}, found(t, f, ports.Query{Text: "grapes"}))
}

func titleOrder(t *testing.T, f Fixture) {
	want := []string{"apple", "Banana", "Eagle", "Éclair", "Elm", "Game 2", "Game 10", "zoo"}
	for _, title := range want {
		game(t, f, title, "", 0)
	}
	got := found(t, f, ports.Query{Sort: ports.ByTitle, Page: page.Request{Limit: 3}})
	if !f.Features.Collates {
		plain := func(title string) bool { return !slices.Contains([]string{"Éclair", "Game 2", "Game 10"}, title) }
		want, got = filter(want, plain), filter(got, plain)
	}
	require.Equal(t, want, got)
}

func filter(titles []string, keep func(string) bool) []string {
	return slices.DeleteFunc(titles, func(title string) bool { return !keep(title) })
}
