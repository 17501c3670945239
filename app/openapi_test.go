package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

// commands are the verbs that a summary begins with: it is what a caller tells the store to do.
var commands = []string{
	"Add", "Archive", "Buy", "Cancel", "Change", "Download", "Empty", "End", "Erase", "Get", "List", "Pay",
	"Quote", "Receive", "Refresh",
	"Refund", "Register", "Remove", "Resolve", "Set", "Sign", "Unarchive", "Verify", "Withdraw",
}

func TestOpenAPI_EachOperationIsDescribed(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	document := r.guest(t).get("/openapi.json").is(http.StatusOK)
	described := 0
	for path, item := range document.Body["paths"].(object) {
		for method, operation := range item.(object) {
			summary, _ := operation.(object)["summary"].(string)
			verb, _, _ := strings.Cut(summary, " ")
			require.True(t, slices.Contains(commands, verb), "%s %s: %q is no command", method, path, summary)
			require.NotContains(t, summary, "one's", "%s %s", method, path)
			require.NotEmpty(t, operation.(object)["description"], "%s %s", method, path)
			described++
		}
	}
	require.Greater(t, described, 60)
}

// operation is one of the document.
type operation struct {
	method, path string
	object
}

func (o operation) list(key string) []object { return list(o.object, key) }

func operationsOf(t *testing.T, document object) (out []operation) {
	t.Helper()
	for path, item := range document["paths"].(object) {
		for method, o := range item.(object) {
			out = append(out, operation{strings.ToUpper(method), path, o.(object)})
		}
	}
	require.Greater(t, len(out), 60)
	return out
}

func apiDocument(t *testing.T) (document object) {
	t.Helper()
	cfg, err := config.Load(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	api, err := apiOf(cfg)
	require.NoError(t, err)
	raw, err := json.Marshal(api.OpenAPI())
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &document))
	return document
}

// resolve follows a reference inside of a document.
func resolve(document, o object) object {
	reference, isReference := o["$ref"].(string)
	if !isReference {
		return o
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		document = document[key].(object)
	}
	return document
}

// TestOpenAPI_EachError_NamesItsCodes: no operation hides behind a default answer.
func TestOpenAPI_EachError_NamesItsCodes(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	for _, o := range operationsOf(t, document) {
		responses := o.object["responses"].(object)
		require.NotContains(t, responses, "default", o.path)
		for _, status := range []string{"400", "422", "500", "503"} {
			require.Contains(t, responses, status, "%s %s", o.method, o.path)
		}
		for status, response := range responses {
			if status < "400" {
				continue
			}
			answer := resolve(document, response.(object))
			parts := list(answer["content"].(object)["application/problem+json"].(object)["schema"].(object), "allOf")
			require.NotEmpty(t, parts[1]["properties"].(object)["code"].(object)["enum"], "%s %s %s", o.method, o.path, status)
			switch status {
			case "401":
				require.Contains(t, answer["headers"], "WWW-Authenticate")
			case "503":
				require.Contains(t, answer["headers"], "Retry-After")
			}
		}
	}
	declined := document["paths"].(object)["/v1/checkouts"].(object)["post"].(object)["responses"].(object)["402"].(object)
	properties := list(declined["content"].(object)["application/problem+json"].(object)["schema"].(object),
		"allOf")[1]["properties"].(object)
	require.Equal(t, "string", properties["decline_code"].(object)["type"])
	require.Equal(t, "uuid", properties["order_id"].(object)["format"])
}

// TestOpenAPI_Objects_AreOpenInAnswersAndClosedInRequests walks every schema that is reached from either side.
func TestOpenAPI_Objects_AreOpenInAnswersAndClosedInRequests(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	var walk func(where string, o any, closed bool, seen map[string]bool) int
	walk = func(where string, o any, closed bool, seen map[string]bool) (objects int) {
		switch node := o.(type) {
		case []any:
			for _, each := range node {
				objects += walk(where, each, closed, seen)
			}
		case object:
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
	requests, answers := 0, 0
	for _, o := range operationsOf(t, document) {
		requests += walk(o.path, o.object["requestBody"], true, map[string]bool{})
		answers += walk(o.path, o.object["responses"], false, map[string]bool{})
	}
	require.Greater(t, requests, 15)
	require.Greater(t, answers, 60)
}

func TestOpenAPI_NamesAndParameters(t *testing.T) {
	t.Parallel()
	document := apiDocument(t)
	for name := range document["components"].(object)["schemas"].(object) {
		require.NotRegexp(t, `InputBody|OutputBody|DTO|^List[A-Z].*Body$`, name)
	}
	described := map[string]bool{}
	for _, tag := range list(document, "tags") {
		require.NotEmpty(t, tag["description"])
		described[tag["name"].(string)] = true
	}
	require.NotEmpty(t, document["servers"])
	keyed := 0
	for _, o := range operationsOf(t, document) {
		for _, tag := range o.object["tags"].([]any) {
			require.True(t, described[tag.(string)], "the tag %v of %s has no description", tag, o.path)
		}
		for _, p := range o.list("parameters") {
			require.NotEqual(t, "User-Agent", p["name"])
			if p["name"] == "Idempotency-Key" {
				require.Equal(t, true, p["required"], o.path)
				keyed++
			}
		}
		if body, has := o.object["requestBody"].(object); has {
			require.NotEmpty(t, body["content"].(object)["application/json"].(object)["example"], "%s has no example", o.path)
		}
	}
	require.Equal(t, 4, keyed)
}

// TestOpenAPI_Examples_WorkWhenSent plays a purchase with the examples as they stand. IDs that the store has just made
// replace those that stand in their place.
func TestOpenAPI_Examples_WorkWhenSent(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer, clerk := r.guest(t), r.clerk(t)
	examples := map[string]operation{}
	for _, o := range operationsOf(t, buyer.get("/openapi.json").is(http.StatusOK).Body) {
		examples[o.object["operationId"].(string)] = o
	}
	known := map[string]string{samplePassword: testPassword}
	send := func(c *client, id string, status int) reply {
		o := examples[id]
		require.NotNil(t, o.object, id)
		path := o.path
		header := http.Header{}
		for _, p := range o.list("parameters") {
			switch p["in"] {
			case "path":
				path = strings.Replace(path, "{"+p["name"].(string)+"}", fmt.Sprint(p["example"]), 1)
			case "header":
				if p["required"] == true {
					header.Set(p["name"].(string), newKey())
				}
			}
		}
		var body any
		if content, has := o.object["requestBody"].(object); has {
			body = content["content"].(object)["application/json"].(object)["example"]
		}
		raw, err := json.Marshal(body)
		require.NoError(t, err)
		text := string(raw)
		for placeholder, actual := range known {
			path, text = strings.ReplaceAll(path, placeholder, actual), strings.ReplaceAll(text, placeholder, actual)
		}
		if body == nil {
			return c.send(o.method, path, nil, header).is(status)
		}
		return c.send(o.method, path, text, header).is(status)
	}
	send(buyer, "register", http.StatusCreated)
	session := send(buyer, "sign-in", http.StatusCreated)
	buyer.token, known[web.SampleRefreshToken] = session.text("access_token"), session.text("refresh_token")
	buyer.token = send(buyer, "refresh-session", http.StatusOK).text("access_token")
	send(buyer, "update-me", http.StatusOK)
	cart := send(buyer, "add-cart-item", http.StatusCreated)
	known[web.SampleItem] = cart.items("items")[0]["id"].(string)
	send(buyer, "change-cart-item", http.StatusOK)
	require.EqualValues(t, 1299, send(buyer, "quote-checkout", http.StatusOK).Body["total"].(object)["amount"])
	order := send(buyer, "checkout", http.StatusCreated)
	known[web.SampleOrder] = order.text("id")
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

// TestCodes_Page_ListsEachCode of the document.
func TestCodes_Page_ListsEachCode(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	guest := r.guest(t)
	document, page := guest.get("/openapi.json").is(http.StatusOK), guest.get("/docs/codes").is(http.StatusOK)
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
		"what net/http refuses has the code of another fault, and a meaning of its own")
}
