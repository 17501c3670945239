package e2e_test

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

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// fuzzRequests is an environment variable: the number of requests that TestFuzz sends.
const fuzzRequests = "COINSLOT_TEST_FUZZ_REQUESTS"

// wrong are values that are invalid for most members.
var wrong = []any{
	nil, true, -1, 1.5, 1e300, int64(1) << 62, "", "x", strings.Repeat("x", 300), "\u0000", "2026-13-45",
	[]any{},
	[]any{harness.Object{}},
	[]any{[]any{}, []any{}},
	[]any{"a", "a"},
	[]any{nil},
	[]any{1, "x", true},
	harness.Object{},
	harness.Object{"a": []any{harness.Object{}}},
}

// fuzzer generates requests from the served document, with values of wrong types.
type fuzzer struct {
	document harness.Object
	rng      *rand.Rand
}

// value returns a value of the types of a schema.
func (f *fuzzer) value(schema harness.Object) any {
	schema = resolve(f.document, schema)
	if examples, ok := schema["examples"].([]any); ok && len(examples) > 0 {
		return examples[0]
	}
	if enum, ok := schema["enum"].([]any); ok {
		return enum[0]
	}
	switch schema["type"] {
	case "object":
		out, properties := harness.Object{}, schema["properties"]
		if properties != nil {
			for name, member := range properties.(harness.Object) {
				out[name] = f.value(member.(harness.Object))
			}
		}
		return out
	case "array":
		return []any{f.value(schema["items"].(harness.Object))}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	return harness.NewKey()
}

// corrupt replaces one value inside v, or v itself, by a wrong one.
func (f *fuzzer) corrupt(v any) any {
	if f.rng.IntN(4) == 0 {
		return f.wrong()
	}
	switch v := v.(type) {
	case harness.Object:
		if len(v) == 0 {
			return f.wrong()
		}
		out, names := maps.Clone(v), slices.Sorted(maps.Keys(v))
		name := names[f.rng.IntN(len(names))]
		out[name] = f.corrupt(v[name])
		return out
	case []any:
		if len(v) == 0 {
			return f.wrong()
		}
		out := slices.Clone(v)
		i := f.rng.IntN(len(out))
		out[i] = f.corrupt(out[i])
		return out
	}
	return f.wrong()
}

func (f *fuzzer) wrong() any { return wrong[f.rng.IntN(len(wrong))] }

func (f *fuzzer) text() string {
	return inJSON(f.wrong())
}

// inJSON returns the JSON of a value.
func inJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // all values can be marshaled
	}
	return string(raw)
}

// send sends one request for an operation and returns the validated response.
func (f *fuzzer) send(c *harness.Client, op operation) harness.Reply {
	path, query, header := op.path, url.Values{}, http.Header{"Idempotency-Key": {harness.NewKey()}}
	for _, p := range op.list("parameters") {
		p = resolve(f.document, p)
		name := p["name"].(string)
		switch {
		case p["in"] == "path" && f.rng.IntN(2) == 0:
			path = strings.ReplaceAll(path, "{"+name+"}", harness.NewKey())
		case p["in"] == "path":
			path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(strings.ReplaceAll(f.text(), "/", "")))
		case p["in"] == "query" && f.rng.IntN(2) == 0:
			query.Set(name, f.text())
		case p["in"] == "header" && f.rng.IntN(4) == 0:
			header.Set(name, strings.Trim(f.text(), "\x00"))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body any
	if content, ok := op.Object["requestBody"].(harness.Object); ok {
		for _, media := range content["content"].(harness.Object) {
			body = inJSON(f.corrupt(f.value(media.(harness.Object)["schema"].(harness.Object))))
		}
	}
	return c.Send(op.method, path, body, header)
}

// fuzzedOperations returns the operations of a document in a fixed order, without the one that ends the fuzzer's
// session.
func fuzzedOperations(t *testing.T, document harness.Object) []operation {
	t.Helper()
	all := slices.DeleteFunc(operationsOf(t, document), func(o operation) bool {
		return o.method == http.MethodDelete && o.path == "/v1/sessions/current"
	})
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// The client validates every response against the document's schemas.
func TestFuzz_WrongTypes_NeverReturn5xx(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	document := r.Guest(t).Get("/openapi.json").Is(http.StatusOK).Body
	f := &fuzzer{document: document, rng: rand.New(rand.NewPCG(1, 1))}
	operations := fuzzedOperations(t, document)
	callers := []*harness.Client{r.NewBuyer(t), r.Clerk(t)}
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
		require.Contains(t, op.Object["responses"], strconv.Itoa(answer.Status), "%s %s", op.method, op.path)
		statuses[answer.Status]++
	}
	t.Logf("%d requests over %d operations: %v", n, len(operations), statuses)
	require.Positive(t, statuses[http.StatusUnprocessableEntity])
}

// Huma's check of uniqueItems panicked on items that are objects or arrays.
func TestUniqueItems_WrongTypes_Return422(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	for _, items := range []string{`[{}]`, `[[],[]]`, `[{},{}]`, `[1,1]`} {
		buyer.Post("/v1/checkouts/quote", `{"item_ids":`+items+`}`).Problem(http.StatusUnprocessableEntity, "invalid-request")
		buyer.Keyed("/v1/orders/"+harness.NewKey()+"/refunds", harness.NewKey(),
			`{"reason":"x","line_ids":`+items+`}`).Problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	same := buyer.Add("tidewright")
	buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": []string{
		same,
		same,
	}}).Problem(http.StatusUnprocessableEntity, "invalid-request")
}
