package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// titlesOf returns the titles that a list answers with, on all its pages.
func titlesOf(t *testing.T, c *harness.Client, path string, parameters ...string) (titles []string) {
	t.Helper()
	q := url.Values{}
	for i := 0; i < len(parameters); i += 2 {
		q.Set(parameters[i], parameters[i+1])
	}
	for {
		answer := c.Get(path + "?" + q.Encode()).Is(http.StatusOK)
		for _, item := range answer.Items("items") {
			titles = append(titles, item["title"].(string))
		}
		next, more := answer.Body["next_cursor"].(string)
		if !more {
			return titles
		}
		require.Contains(t, answer.Header.Get("Link"), `rel="next"`)
		q.Set("cursor", next)
	}
}

func searched(t *testing.T, c *harness.Client, text string) []string {
	t.Helper()
	return titlesOf(t, c, "/v1/products", "q", text)
}

const (
	searchDecision = "../decisions/0011-search-folds-in-postgresql.md"
	updateVariable = "COINSLOT_TEST_UPDATE" // set: the table in the decision is written instead of compared
)

// titlesAreFound is field case 36. The table of its searches is part of the decision.
func titlesAreFound(t *testing.T) {
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	for _, title := range harness.SearchTitles() {
		clerk.NewGame(title, 100)
	}
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	table := "| query | expected first hit | found by | rank |\n|---|---|---|---|\n"
	for _, c := range harness.SearchCases() {
		titles := searched(t, clerk, c.Query)
		if c.First == "" {
			require.Empty(t, titles, "%q", c.Query)
			require.Empty(t, titlesOf(t, clerk, "/v1/bundles", "q", c.Query), "%q", c.Query)
			table += fmt.Sprintf("| `%s` | nothing | | |\n", c.Query)
			continue
		}
		require.NotEmpty(t, titles, "%q", c.Query)
		require.Equal(t, c.First, titles[0], "%q", c.Query)
		require.Equal(t, c.Match, matchOf(t, conn, c), "%q", c.Query)
		rank := slices.Index(titles, c.First) + 1
		table += fmt.Sprintf("| `%s` | %s | %s | %d of %d |\n", c.Query, c.First, c.Match, rank, len(titles))
	}
	raw, err := os.ReadFile(searchDecision)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(raw), "<!-- searches -->\n")
	require.True(t, found)
	_, after, found := strings.Cut(rest, "<!-- /searches -->")
	require.True(t, found)
	want := before + "<!-- searches -->\n" + table + "<!-- /searches -->" + after
	if os.Getenv(updateVariable) != "" {
		require.NoError(t, os.WriteFile(searchDecision, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(raw), "run: %s=1 go test -run TestCase/36 ./app/e2e", updateVariable)
}

// matchOf returns how a case's title matches its query.
func matchOf(t *testing.T, conn *pgx.Conn, c harness.SearchCase) (match string) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `SELECT CASE
			WHEN search_key = catalog.search_key($1) THEN 'exact'
			WHEN starts_with(search_key, catalog.search_key($1)) THEN 'prefix'
			WHEN search_title_words @@ catalog.search_query($1) THEN 'title words'
			WHEN search_words @@ catalog.search_query($1) THEN 'description'
			ELSE 'similar' END
		FROM catalog.sellables WHERE title = $2`, c.Query, c.First).Scan(&match)
	require.NoError(t, err)
	return match
}

// slugsOfAnyScript is field case 41: SmartStoreNET#680.
func slugsOfAnyScript(t *testing.T) {
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	slugOf := func(productID string) string {
		return clerk.Get("/v1/products/" + productID).Is(http.StatusOK).Text("slug")
	}
	for title, want := range map[string]string{
		"Pokémon": "pokemon", "ŁÓDŹ": "lodz", "Straße": "strasse", "Counter-Strike 1.6": "counter-strike-1-6",
		"Witcher 3: Ведьмак": "witcher-3", "ゼルダの伝説": "", "Ведьмак 3": "", "!!!": "", "😀": "",
	} {
		productID := clerk.NewGame(title, 100)
		slug := slugOf(productID)
		if want == "" {
			want = productID
		}
		require.Equal(t, want, slug, title)
		require.Equal(t, productID, clerk.Get("/v1/products/"+slug).Is(http.StatusOK).Text("id"))
		renamed := clerk.Send(http.MethodPatch, "/v1/admin/products/"+productID, harness.Object{"title": "New " + title}, nil)
		require.Equal(t, slug, renamed.Is(http.StatusOK).Text("slug"), "a slug does not follow the title")
	}
	game := harness.Object{"title": "Pokemon!", "kind": "game", "category": "test"}
	clerk.Post("/v1/admin/products", game).Problem(http.StatusConflict, "slug-taken")
	marks := harness.Object{"title": "\u0301\u0308", "kind": "game", "category": "test"}
	refused := clerk.Post("/v1/admin/products", marks).Problem(http.StatusUnprocessableEntity, "invalid-request")
	require.Equal(t, "body.title", refused.Items("errors")[0]["location"])
	require.Contains(t, refused.Items("errors")[0]["message"], "combining marks")
}

func TestSearch_Relevance_RanksAndPages(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	for _, title := range []string{"Quill", "Quillwork", "Night Quill", "Quill Garden", "Quil", "Unrelated"} {
		clerk.NewGame(title, 100)
	}
	clerk.Post("/v1/admin/products", harness.Object{
		"title": "Inkwell", "kind": "game", "category": "test", "description": "Dip the quill.",
		"price": harness.Object{"amount": 100, "currency": "EUR"},
	}).Is(http.StatusCreated)
	want := []string{"Quill", "Quill Garden", "Quillwork", "Night Quill", "Inkwell", "Quil"}
	require.Equal(t, want, searched(t, clerk, "quill"))
	for _, limit := range []string{"1", "2", "4"} {
		require.Equal(t, want, titlesOf(t, clerk, "/v1/products", "q", "quill", "limit", limit))
	}
	byTitle := titlesOf(t, clerk, "/v1/products", "q", "quill", "sort", "title")
	require.Equal(t, []string{"Inkwell", "Night Quill", "Quil", "Quill", "Quill Garden", "Quillwork"}, byTitle)

	first := clerk.Get("/v1/products?q=quill&limit=2").Is(http.StatusOK)
	clerk.NewGame("Quill Forge", 100) // between the pages, and before the first one's end
	cursor := first.Text("next_cursor")
	require.Equal(t, want[2:], titlesOf(t, clerk, "/v1/products", "q", "quill", "limit", "2", "cursor", cursor))
	clerk.Get("/v1/products?q=quills&limit=2&cursor="+cursor).Problem(http.StatusBadRequest, "bad-cursor")
	clerk.Get("/v1/products?q=quill&price_min=1&cursor="+cursor).Problem(http.StatusBadRequest, "bad-cursor")
	clerk.Get("/v1/products?q=quill&facets=true&cursor=" + cursor).Is(http.StatusOK)
}

func TestSearch_Facets_CountWhatTheirFiltersFind(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	for _, list := range []string{"/v1/products", "/v1/bundles"} {
		plain := guest.Get(list + "?limit=1").Is(http.StatusOK)
		require.NotContains(t, plain.Body, "facets", "only when they are asked for")
		for _, filter := range [][]string{{}, {"q", "star"}, {"kind", "game"}, {"price_min", "500", "price_max", "1999"}} {
			q := url.Values{"facets": {"true"}, "limit": {"1"}}
			for i := 0; i < len(filter); i += 2 {
				q.Set(filter[i], filter[i+1])
			}
			answer := guest.Get(list + "?" + q.Encode()).Is(http.StatusOK)
			facets := answer.Body["facets"].(harness.Object)
			for _, name := range []string{"category", "kind"} {
				for _, count := range harness.List(facets, name) {
					found := titlesOf(t, guest, list, append([]string{name, count["value"].(string)}, without(filter, name)...)...)
					require.InDelta(t, count["count"], len(found), 0, "%s %v %v", list, filter, count)
				}
			}
			for _, count := range harness.List(facets, "price") {
				parameters := []string{"price_min", text(count["price_min"])}
				if highest, bounded := count["price_max"].(float64); bounded {
					parameters = append(parameters, "price_max", text(highest))
				}
				found := titlesOf(t, guest, list, append(without(filter, "price"), parameters...)...)
				require.InDelta(t, count["count"], len(found), 0, "%s %v %v", list, filter, count)
			}
		}
	}
	all := guest.Get("/v1/products?facets=true").Is(http.StatusOK).Body["facets"].(harness.Object)
	for _, name := range []string{"category", "kind", "price"} {
		require.NotEmpty(t, all[name])
	}
}

// without returns parameters but for those whose names begin so.
func without(parameters []string, name string) (out []string) {
	for i := 0; i < len(parameters); i += 2 {
		if !strings.HasPrefix(parameters[i], name) {
			out = append(out, parameters[i], parameters[i+1])
		}
	}
	return out
}

func TestSearch_BadInput_IsAClearProblem(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	for name, c := range map[string]struct {
		query    string
		status   int
		location string
		message  string
	}{
		"10,000 characters": {"q=" + strings.Repeat("x", 10_000), 422, "query.q", "200"},
		"300 words":         {"q=" + strings.Repeat("x+", 300), 422, "query.q", "200"},
		"21 words":          {"q=" + strings.Repeat("x+", 21), 422, "query.q", "at most 20 words"},
		"a tab":             {"q=a%09b", 422, "query.q", "control characters"},
		"an escape":         {"q=a%1bb", 422, "query.q", "control characters"},
		"a NUL":             {"q=a%00b", 400, "", ""},
		"no UTF-8":          {"q=a%ff", 400, "", ""},
		"relevance to what": {"sort=relevance", 422, "query.sort", "q"},
		"no such price":     {"price_min=2&price_max=1", 422, "query.price_max", "at least the lower end, 2"},
		"a negative price":  {"price_min=-1", 422, "query.price_min", ""},
		"a price of words":  {"price_max=cheap", 422, "query.price_max", ""},
		"facets of what":    {"facets=price", 422, "query.facets", ""},
		"a misspelt filter": {"price_maximum=1", 422, "query.price_maximum", ""},
	} {
		for _, list := range []string{"/v1/products?", "/v1/bundles?"} {
			code := map[int]string{400: "malformed-request", 422: "invalid-request"}[c.status]
			answer := guest.Get(list+c.query).Problem(c.status, code)
			if c.location != "" {
				require.Equal(t, c.location, answer.Items("errors")[0]["location"], name)
				require.Contains(t, answer.Items("errors")[0]["message"], c.message, name)
			}
		}
	}
	every := guest.Get("/v1/products?sort=relevance&price_min=2&price_max=1").Problem(422, "invalid-request")
	require.Len(t, every.Items("errors"), 2, "every violation at once")
	guest.Get("/v1/products?q=" + strings.Repeat("%C3%A4", 200)).Is(http.StatusOK)
	guest.Get("/v1/products?price_max=9007199254740991").Is(http.StatusOK)
}

func TestSearch_WithoutExtensions_TheStoreStartsAndSaysWhatIsOff(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	database, _ := storetest.OpenWithoutExtensions(t)
	r := &harness.Store{Database: database}
	r.StartProvider(t, 0)
	server, stop := r.Start(t, r.Config(t), true, fx.Decorate(func(*slog.Logger) *slog.Logger {
		return slog.New(slog.NewTextHandler(&output, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}))
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	clerk := r.Clerk(t)
	clerk.NewGame("Łódź", 100)
	clerk.NewGame("Café", 100)
	for typed, want := range map[string][]string{
		"ŁÓDŹ": {"Łódź"}, "cafe": {"Café"}, "tidewri": {"Tidewright"}, "lodz": nil, "orchads": nil,
	} {
		require.Equal(t, want, searched(t, clerk, typed), typed)
	}
	stop()
	const warning = "the search is reduced"
	require.Equal(t, 1, strings.Count(output.String(), warning), output.String())
	_, rest, _ := strings.Cut(output.String(), warning)
	reasons, _, _ := strings.Cut(rest, "\n")
	require.Contains(t, reasons, "unaccent")
	require.Contains(t, reasons, "pg_trgm")
}
