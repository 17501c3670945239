package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

// commands are the verbs that a summary may start with. A summary is a command of the caller.
var commands = []string{
	"Add", "Approve", "Archive", "Buy", "Cancel", "Change", "Choose", "Confirm", "Download", "Empty", "End", "Erase",
	"Get",
	"List", "Pay", "Propose",
	"Quote", "Receive", "Refresh",
	"Refund", "Register", "Reject", "Remove", "Request", "Resolve", "Set", "Sign", "Unarchive", "Verify", "Withdraw",
}

func TestOpenAPI_EachOperation_HasSummaryAndDescription(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	document := r.Guest(t).Get("/openapi.json").Is(http.StatusOK)
	described := 0
	for path, item := range document.Body["paths"].(harness.Object) {
		for method, operation := range item.(harness.Object) {
			summary, _ := operation.(harness.Object)["summary"].(string)
			verb, _, _ := strings.Cut(summary, " ")
			require.True(t, slices.Contains(commands, verb), "%s %s: %q is not a command", method, path, summary)
			require.NotContains(t, summary, "one's", "%s %s", method, path)
			require.NotEmpty(t, operation.(harness.Object)["description"], "%s %s", method, path)
			described++
		}
	}
	require.Greater(t, described, 60)
}

// operation is an operation of the document.
type operation struct {
	method, path string
	harness.Object
}

func (o operation) list(key string) []harness.Object { return harness.List(o.Object, key) }

func operationsOf(t *testing.T, document harness.Object) (out []operation) {
	t.Helper()
	for path, item := range document["paths"].(harness.Object) {
		for method, o := range item.(harness.Object) {
			out = append(out, operation{strings.ToUpper(method), path, o.(harness.Object)})
		}
	}
	require.Greater(t, len(out), 60)
	return out
}

func apiDocument(t *testing.T) (document harness.Object) {
	t.Helper()
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	api, err := store.API(cfg)
	require.NoError(t, err)
	raw, err := json.Marshal(api.OpenAPI())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &document))
	return document
}

// resolve returns the target of a reference within a document, or o if it is none.
func resolve(document, o harness.Object) harness.Object {
	reference, isReference := o["$ref"].(string)
	if !isReference {
		return o
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		document = document[key].(harness.Object)
	}
	return document
}

// No operation has a default response.
func TestOpenAPI_EachError_ListsItsCodes(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	errorParts := func(response harness.Object) []harness.Object {
		content := response["content"].(harness.Object)["application/problem+json"].(harness.Object)
		return harness.List(content["schema"].(harness.Object), "allOf")
	}
	for _, o := range operationsOf(t, document) {
		responses := o.Object["responses"].(harness.Object)
		require.NotContains(t, responses, "default", o.path)
		for _, status := range []string{"400", "422", "500", "503"} {
			require.Contains(t, responses, status, "%s %s", o.method, o.path)
		}
		for status, response := range responses {
			if status < "400" {
				continue
			}
			object := resolve(document, response.(harness.Object))
			require.NotEmpty(t, errorParts(object)[1]["properties"].(harness.Object)["code"].(harness.Object)["enum"],
				"%s %s %s", o.method, o.path, status)
			switch status {
			case "401":
				require.Contains(t, object["headers"], "WWW-Authenticate")
			case "503":
				require.Contains(t, object["headers"], "Retry-After")
			}
		}
	}
	checkout := document["paths"].(harness.Object)["/v1/checkouts"].(harness.Object)["post"].(harness.Object)
	declined := checkout["responses"].(harness.Object)["402"].(harness.Object)
	properties := errorParts(declined)[1]["properties"].(harness.Object)
	require.Equal(t, "string", properties["decline_code"].(harness.Object)["type"])
	require.Equal(t, "uuid", properties["order_id"].(harness.Object)["format"])
}

// Request objects reject unknown members; response objects may get new ones.
func TestOpenAPI_Objects_ClosedInRequestsOpenInResponses(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	var walk func(where string, o any, closed bool, seen map[string]bool) int
	walk = func(where string, o any, closed bool, seen map[string]bool) (objects int) {
		switch node := o.(type) {
		case []any:
			for _, each := range node {
				objects += walk(where, each, closed, seen)
			}
		case harness.Object:
			if reference, is := node["$ref"].(string); is {
				if seen[reference] {
					return 0
				}
				seen[reference], where, node = true, reference, resolve(document, node)
			}
			if _, has := node["properties"]; has && node["type"] == "object" {
				objects++
				_, limited := node["additionalProperties"]
				require.Equal(t, closed, limited, where)
			}
			for _, each := range node {
				objects += walk(where, each, closed, seen)
			}
		}
		return objects
	}
	requests, responses := 0, 0
	for _, o := range operationsOf(t, document) {
		requests += walk(o.path, o.Object["requestBody"], true, map[string]bool{})
		responses += walk(o.path, o.Object["responses"], false, map[string]bool{})
	}
	require.Greater(t, requests, 15)
	require.Greater(t, responses, 60)
}

func TestOpenAPI_NamesAndParameters(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	for name := range document["components"].(harness.Object)["schemas"].(harness.Object) {
		require.NotRegexp(t, `InputBody|OutputBody|DTO|^List[A-Z].*Body$`, name)
	}
	described := map[string]bool{}
	for _, tag := range harness.List(document, "tags") {
		require.NotEmpty(t, tag["description"])
		described[tag["name"].(string)] = true
	}
	require.NotEmpty(t, document["servers"])
	keyed := 0
	for _, o := range operationsOf(t, document) {
		for _, tag := range o.Object["tags"].([]any) {
			require.True(t, described[tag.(string)], "the tag %v of %s has no description", tag, o.path)
		}
		for _, p := range o.list("parameters") {
			require.NotEqual(t, "User-Agent", p["name"])
			if p["name"] == "Idempotency-Key" {
				require.Equal(t, true, p["required"], o.path)
				keyed++
			}
		}
		if body, has := o.Object["requestBody"].(harness.Object); has {
			require.NotEmpty(t, body["content"].(harness.Object)["application/json"].(harness.Object)["example"],
				"%s has no example", o.path)
		}
	}
	require.Equal(t, 5, keyed)
}

// Modules share the schemas of equal objects, so that generated clients have one type for them. Bodies named after
// their operation may be equal.
func TestOpenAPI_SameMembers_ShareOneSchema(t *testing.T) {
	t.Parallel()
	schemas := apiDocument(t)["components"].(harness.Object)["schemas"].(harness.Object)
	names := map[string]string{}
	for name, schema := range schemas {
		if strings.HasSuffix(name, "Request") || strings.HasSuffix(name, "Result") {
			continue
		}
		shape, err := json.Marshal(withoutTexts(schema))
		require.NoError(t, err)
		require.Empty(t, names[string(shape)], "it has the members of %s", name)
		names[string(shape)] = name
	}
	require.Greater(t, len(names), 30)
	require.Contains(t, schemas, "Cover")
}

// withoutTexts removes descriptions and examples from a schema.
func withoutTexts(o any) any {
	switch node := o.(type) {
	case []any:
		out := make([]any, len(node))
		for i, each := range node {
			out[i] = withoutTexts(each)
		}
		return out
	case harness.Object:
		out := harness.Object{}
		for key, each := range node {
			if key != "description" && key != "examples" {
				out[key] = withoutTexts(each)
			}
		}
		return out
	}
	return o
}

// The test makes a purchase with the examples of the document. It replaces their IDs by those of the responses.
func TestOpenAPI_Examples_AreValidRequests(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, clerk := r.Guest(t), r.Clerk(t)
	examples := map[string]operation{}
	for _, o := range operationsOf(t, buyer.Get("/openapi.json").Is(http.StatusOK).Body) {
		examples[o.Object["operationId"].(string)] = o
	}
	known := map[string]string{samples.Password: harness.TestPassword}
	send := func(c *harness.Client, id string, status int) harness.Reply {
		o := examples[id]
		require.NotNil(t, o.Object, id)
		path := o.path
		header := http.Header{}
		for _, p := range o.list("parameters") {
			switch p["in"] {
			case "path":
				path = strings.Replace(path, "{"+p["name"].(string)+"}", fmt.Sprint(p["example"]), 1)
			case "header":
				if p["required"] == true {
					header.Set(p["name"].(string), harness.NewKey())
				}
			}
		}
		var body any
		if content, has := o.Object["requestBody"].(harness.Object); has {
			body = content["content"].(harness.Object)["application/json"].(harness.Object)["example"]
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		text := string(raw)
		for placeholder, actual := range known {
			path, text = strings.ReplaceAll(path, placeholder, actual), strings.ReplaceAll(text, placeholder, actual)
		}
		if body == nil {
			return c.Send(o.method, path, nil, header).Is(status)
		}
		return c.Send(o.method, path, text, header).Is(status)
	}
	send(buyer, "register", http.StatusCreated)
	session := send(buyer, "sign-in", http.StatusCreated)
	buyer.Token, known[web.SampleRefreshToken] = session.Text("access_token"), session.Text("refresh_token")
	buyer.Token = send(buyer, "refresh-session", http.StatusOK).Text("access_token")
	send(buyer, "update-me", http.StatusOK)
	cart := send(buyer, "add-cart-item", http.StatusCreated)
	known[web.SampleItem] = cart.Items("items")[0]["id"].(string)
	send(buyer, "change-cart-item", http.StatusOK)
	require.EqualValues(t, 1299, send(buyer, "quote-checkout", http.StatusOK).Body["total"].(harness.Object)["amount"])
	order := send(buyer, "checkout", http.StatusCreated)
	known[web.SampleOrder] = order.Text("id")
	for _, id := range []string{
		"get-order", "get-order-timeline", "list-orders", "list-library", "get-library-product",
		"list-invoices", "list-transactions", "get-cart", "get-product", "list-product-prices", "list-categories",
	} {
		send(buyer, id, http.StatusOK)
	}
	send(buyer, "refund-order", http.StatusCreated)
	for _, id := range []string{"add-product", "add-bundle"} {
		send(clerk, id, http.StatusCreated)
	}
	for _, id := range []string{"change-product", "change-bundle"} {
		send(clerk, id, http.StatusOK)
	}
	for _, id := range []string{"set-product-price", "set-bundle-price"} {
		send(clerk, id, http.StatusCreated)
	}
	send(buyer, "change-password", http.StatusNoContent)
}

func TestCodesPage_ListsEachCode(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	guest := r.Guest(t)
	document, page := guest.Get("/openapi.json").Is(http.StatusOK), guest.Get("/docs/codes").Is(http.StatusOK)
	found := regexp.MustCompile(`"code":\{"enum":\[([^\]]*)\]`).FindAllStringSubmatch(string(document.Raw), -1)
	require.NotEmpty(t, found)
	for _, enum := range found {
		for code := range strings.SplitSeq(strings.ReplaceAll(enum[1], `"`, ""), ",") {
			require.Contains(t, string(page.Raw), `<tr id="`+code+`">`)
		}
	}
	for _, code := range []string{"method-not-allowed", "headers-too-large", "payment-declined"} {
		require.Contains(t, string(page.Raw), "<code>"+code+"</code>")
	}
	require.Contains(t, string(page.Raw), "the request is not valid HTTP",
		"net/http's rejection of a malformed request has its own description")
}
