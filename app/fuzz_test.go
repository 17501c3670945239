package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fuzzRequests is how many requests TestFuzz sends; it sends a number of its own without.
const fuzzRequests = "COINSLOT_TEST_FUZZ_REQUESTS"

// wrong are values that hardly any member takes.
var wrong = []any{
	nil, true, -1, 1.5, 1e300, int64(1) << 62, "", "x", strings.Repeat("x", 300), "\u0000", "2026-13-45",
	[]any{},
	[]any{object{}},
	[]any{[]any{}, []any{}},
	[]any{"a", "a"},
	[]any{nil},
	[]any{1, "x", true},
	object{},
	object{"a": []any{object{}}},
}

// fuzzTarget is an operation of the served document.
type fuzzTarget struct {
	method, path string
	document     object
}

// fuzzer makes requests from the served document, each with members of a wrong type.
type fuzzer struct {
	components object
	rng        *rand.Rand
}

// resolve returns the component that an object of the document refers to, or the object itself.
func (f *fuzzer) resolve(o object) object {
	if ref, ok := o["$ref"].(string); ok {
		kind, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/components/"), "/")
		return f.components[kind].(object)[name].(object)
	}
	return o
}

// value is one that a schema takes, as far as its types go.
func (f *fuzzer) value(schema object) any {
	schema = f.resolve(schema)
	if examples, ok := schema["examples"].([]any); ok && len(examples) > 0 {
		return examples[0]
	}
	if enum, ok := schema["enum"].([]any); ok {
		return enum[0]
	}
	switch schema["type"] {
	case "object":
		out, properties := object{}, schema["properties"]
		if properties != nil {
			for name, member := range properties.(object) {
				out[name] = f.value(member.(object))
			}
		}
		return out
	case "array":
		return []any{f.value(schema["items"].(object))}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	return newKey()
}

// spoil replaces one value somewhere in v, or v itself, by a wrong one.
func (f *fuzzer) spoil(v any) any {
	if f.rng.IntN(4) == 0 {
		return f.wrong()
	}
	switch v := v.(type) {
	case object:
		if len(v) == 0 {
			return f.wrong()
		}
		out, names := maps.Clone(v), slices.Sorted(maps.Keys(v))
		name := names[f.rng.IntN(len(names))]
		out[name] = f.spoil(v[name])
		return out
	case []any:
		if len(v) == 0 {
			return f.wrong()
		}
		out := slices.Clone(v)
		i := f.rng.IntN(len(out))
		out[i] = f.spoil(out[i])
		return out
	}
	return f.wrong()
}

func (f *fuzzer) wrong() any { return wrong[f.rng.IntN(len(wrong))] }

func (f *fuzzer) text() string {
	return inJSON(f.wrong())
}

// inJSON writes a value.
func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // the values above are all JSON
	}
	return string(raw)
}

// send sends one request for an operation and returns the response, which the client has held against the document.
func (f *fuzzer) send(c *client, op fuzzTarget) reply {
	path, query, header := op.path, url.Values{}, http.Header{"Idempotency-Key": {newKey()}}
	parameters, _ := op.document["parameters"].([]any)
	for _, p := range parameters {
		p := f.resolve(p.(object))
		name := p["name"].(string)
		switch {
		case p["in"] == "path" && f.rng.IntN(2) == 0:
			path = strings.ReplaceAll(path, "{"+name+"}", newKey())
		case p["in"] == "path":
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(strings.ReplaceAll(f.text(), "/", "")))
		case p["in"] == "query" && f.rng.IntN(2) == 0:
			query.Set(name, f.text())
		case p["in"] == "header" && f.rng.IntN(4) == 0 && !strings.EqualFold(name, "User-Agent"):
			header.Set(name, strings.Trim(f.text(), "\x00"))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body any
	if content, ok := op.document["requestBody"].(object); ok {
		for _, media := range content["content"].(object) {
			body = inJSON(f.spoil(f.value(media.(object)["schema"].(object))))
		}
	}
	return c.send(op.method, path, body, header)
}

// operations of the served document, but for the one that ends the session that the fuzzer uses.
func fuzzed(document object) (out []fuzzTarget) {
	for _, path := range slices.Sorted(maps.Keys(document["paths"].(object))) {
		item := document["paths"].(object)[path].(object)
		for _, method := range slices.Sorted(maps.Keys(item)) {
			if method != "parameters" && (method != "delete" || path != "/v1/sessions/current") {
				out = append(out, fuzzTarget{strings.ToUpper(method), path, item[method].(object)})
			}
		}
	}
	return out
}

// The client holds every response against the document's schemas.
func TestFuzz_WrongTypedMembers_AreNeverA5xx(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	document := r.guest(t).get("/openapi.json").is(http.StatusOK).Body
	f := &fuzzer{components: document["components"].(object), rng: rand.New(rand.NewPCG(1, 1))}
	operations := fuzzed(document)
	callers := []*client{r.newBuyer(t), r.clerk(t)}
	n := 30 * len(operations)
	if text := os.Getenv(fuzzRequests); text != "" {
		var err error
		n, err = strconv.Atoi(text)
		require.NoError(t, err)
	}
	statuses := map[int]int{}
	for i := range n {
		op := operations[i%len(operations)]
		answer := f.send(callers[f.rng.IntN(len(callers))], op)
		require.Less(t, answer.Status, 500, "%s %s: %s", op.method, op.path, answer.Raw)
		responses := op.document["responses"].(object)
		require.True(t, responses[strconv.Itoa(answer.Status)] != nil || responses["default"] != nil, "%s %s answers %d, which is not documented", op.method, op.path, answer.Status)
		statuses[answer.Status]++
	}
	t.Logf("%d requests over %d operations: %v", n, len(operations), statuses)
	require.Positive(t, statuses[http.StatusUnprocessableEntity])
}

// Huma's own check of uniqueItems panicked on items that are objects or arrays.
func TestUniqueItems_OfWrongTypes_Are422(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	for _, items := range []string{`[{}]`, `[[],[]]`, `[{},{}]`, `[1,1]`} {
		buyer.post("/v1/checkouts/quote", `{"item_ids":`+items+`}`).problem(http.StatusUnprocessableEntity, "invalid-request")
		buyer.keyed("/v1/orders/"+newKey()+"/refunds", newKey(), `{"reason":"x","line_ids":`+items+`}`).problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	same := buyer.add("tidewright")
	buyer.post("/v1/checkouts/quote", object{"item_ids": []string{same, same}}).problem(http.StatusUnprocessableEntity, "invalid-request")
}
