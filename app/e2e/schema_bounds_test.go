package e2e_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// The test sends values on both sides of the schemas' bounds, which must not be stricter than the store's validation.
func TestOpenAPI_RequestBounds_MatchValidation(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	clerk := r.Clerk(t)
	product := "/v1/admin/products/" + clerk.NewGame("Bounds", 1)
	send := func(method, path string, base harness.Object, member string, value any) harness.Reply {
		body := maps.Clone(base)
		body[member] = value
		if _, registers := body["handle"]; registers {
			name := "b-" + harness.NewKey()[24:]
			for key, fresh := range map[string]string{"handle": name, "email": name + "@example.com"} {
				if key != member {
					body[key] = fresh
				}
			}
		}
		return clerk.Send(method, path, body, nil)
	}
	register := harness.Object{"handle": "", "email": "", "display_name": "x", "password": harness.TestPassword}
	add := harness.Object{"title": "x", "slug": "", "kind": "game", "category": "x"}
	wide := func(n int) string { return strings.Repeat("ä", n-1) + "b" } // characters of two bytes
	for _, c := range []struct {
		method, path string
		base         harness.Object
		member       string
		valid        []any
		invalid      []any
	}{
		{http.MethodPost, "/v1/accounts", register, "password", []any{wide(12), wide(128)}, []any{wide(11), wide(129)}},
		{http.MethodPost, "/v1/accounts", register, "country", []any{"", "AT"}, []any{"at", "AUT", "A", " "}},
		{http.MethodPost, "/v1/accounts", register, "language", []any{"", "de"}, []any{"DE", "it", "deu"}},
		{http.MethodPost, "/v1/accounts", register, "display_name", []any{"x", wide(100)}, []any{"", wide(201)}},
		{http.MethodPost, "/v1/accounts", register, "email", []any{"zoë@bücher.example"}, []any{"", "x", "@x.example"}},
		{http.MethodPost, "/v1/accounts", register, "handle", []any{"äöü"}, []any{"", wide(31)}},
		{http.MethodPatch, "/v1/me", harness.Object{}, "country", []any{"AT", ""}, []any{"at"}},
		{http.MethodPatch, "/v1/me", harness.Object{}, "language", []any{"fr", ""}, []any{"it"}},
		{http.MethodPatch, "/v1/me", harness.Object{}, "display_name", []any{"x", wide(100)}, []any{""}},
		{http.MethodPost, "/v1/admin/products", add, "title", []any{wide(1), wide(200)}, []any{"", wide(201)}},
		{http.MethodPost, "/v1/admin/products", add, "category", []any{"y", wide(50)}, []any{"", wide(51)}},
		{
			http.MethodPost, "/v1/admin/products", add, "slug",
			[]any{"", "a", "a-1-b", strings.Repeat("z", 200)},
			[]any{"-a", "a-", "a--b", "A", "ä", " a", strings.Repeat("y", 201)},
		},
		{http.MethodPatch, product, harness.Object{}, "slug", []any{" a-2 ", "a-3"}, []any{"", "-a"}},
		{http.MethodPatch, product, harness.Object{}, "title", []any{"x", wide(200)}, []any{"", wide(201)}},
		{http.MethodPatch, product, harness.Object{}, "category", []any{"x", wide(50)}, []any{"", wide(51)}},
	} {
		for i, value := range c.valid {
			base := maps.Clone(c.base)
			if _, adds := base["slug"]; adds { // slugs are unique, and by default made from titles
				base["slug"] = "s-" + harness.NewKey()[24:]
			}
			if c.member == "slug" && value == "" {
				base["title"] = "No slug"
			}
			answer := send(c.method, c.path, base, c.member, value)
			require.Less(t, answer.Status, 300, "%s %s %d: %s", c.path, c.member, i, answer.Raw)
		}
		for _, value := range c.invalid {
			rejected := send(c.method, c.path, c.base, c.member, value).
				Problem(http.StatusUnprocessableEntity, "invalid-request")
			require.Equal(t, "body."+c.member, rejected.Items("errors")[0]["location"], "%v", value)
		}
	}
}
