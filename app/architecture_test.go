package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const own = "coinslot/"

// pure lists what roots and domains may import besides the standard library.
var pure = []string{
	own + "platform/money", own + "platform/id", own + "platform/fault", own + "platform/text",
	own + "platform/state", own + "platform/mutant", own + "platform/vatid",
}

// calls lists the modules whose root each module may import.
var calls = map[string][]string{
	"checkout": {"cart", "catalog", "library", "billing", "identity"},
	"cart":     {"catalog", "library"},
	"library":  {"catalog"},
}

// below lists the packages of app that each package may import.
var below = map[string][]string{
	own + "app":               {"cli"},
	own + "app/cluster/local": {"cluster"},
	own + "app/cli":           {"bulk", "inbox", "mockpay", "samples", "status", "store", "verify"},
	own + "app/bulk":          {"store"},
	own + "app/verify":        {"store"},
	own + "app/store":         {"status", "store/probe"},
	own + "app/proofs/world":  {"store/probe"},
	own + "app/e2e/harness":   {"cli", "inbox", "mockpay", "samples", "store", "verify"},
}

// homes lists the packages that may import a framework.
var homes = map[string][]string{
	"go.uber.org/fx":                {"app", "platform/"},
	"github.com/uptrace/bun":        {"/adapters/postgres", "platform/postgres"},
	"github.com/labstack/echo":      {"/adapters/rest", "platform/web"},
	"github.com/danielgtaylor/huma": {"/adapters/rest", "platform/web"},
	"github.com/jackc/pgx":          {"platform/postgres", "platform/jobs", "platform/storetest", "app"},
}

// forbidden returns why a package may not import another, or "" if it may.
func forbidden(from, to string) string {
	for framework, places := range homes {
		if strings.HasPrefix(to, framework) &&
			!slices.ContainsFunc(places, func(place string) bool { return strings.Contains(from, place) }) {
			return framework + " may be imported only by " + strings.Join(places, ", ")
		}
	}
	fromModule, fromLayer := split2(from)
	toModule, toLayer := split2(to)
	switch {
	case strings.HasPrefix(from, own+"app/mockpay") && strings.HasPrefix(to, own) && to != own+"platform/money":
		return "mockpay imports nothing of the store but platform/money"
	case from == own+"app/inbox" && strings.HasPrefix(to, own):
		return "the inbox imports nothing of the store"
	case strings.HasPrefix(to, own+"app/") && !slices.Contains(below[from], strings.TrimPrefix(to, own+"app/")):
		return "inside app, imports go from cli to store"
	case strings.HasPrefix(from, own+"platform") && (toModule != "" || strings.HasPrefix(to, own+"app")):
		return "the platform imports neither modules nor app"
	case fromModule == "":
		return ""
	case toModule == fromModule:
		return inside(fromLayer, toLayer)
	case toModule != "":
		return across(fromModule, fromLayer, toModule, toLayer)
	}
	return outside(fromLayer, to)
}

// split2 returns the module and the layer of a package, such as checkout and adapters/rest.
func split2(pkg string) (module, layer string) {
	rest, ok := strings.CutPrefix(pkg, own+"modules/")
	if !ok {
		return "", ""
	}
	module, layer, _ = strings.Cut(rest, "/")
	return module, layer
}

// order lists the layers of a module; each may import those before it.
var order = []string{"", "domain", "ports", "service", "adapters"}

func rank(layer string) int {
	first, _, _ := strings.Cut(layer, "/")
	return slices.Index(order, first)
}

func inside(from, to string) string {
	if rank(from) < rank(to) {
		return "inside a module, imports go from adapters to service to ports to domain to root"
	}
	return ""
}

func across(fromModule, fromLayer, toModule, toLayer string) string {
	switch {
	case toLayer != "":
		return "only the root of another module may be imported"
	case fromLayer == "" || fromLayer == "domain":
		return "only ports, service and adapters may import another module"
	case !slices.Contains(calls[fromModule], toModule):
		return fromModule + " may not import " + toModule
	}
	return ""
}

func outside(layer, to string) string {
	if module, inside := split2(to); module != "" && inside == "" {
		return "" // across has allowed it
	}
	standard := !strings.Contains(strings.SplitN(to, "/", 2)[0], ".") && !strings.HasPrefix(to, own)
	if standard || strings.HasPrefix(layer, "adapters/") || strings.HasPrefix(layer, "ports/portstest") {
		return ""
	}
	allowed := slices.Clone(pure)
	switch layer {
	case "ports":
		allowed = append(allowed, own+"platform/page")
	case "service":
		allowed = append(allowed, own+"platform/page", own+"platform/clock", own+"platform/fanout",
			"github.com/hashicorp/golang-lru/v2")
	}
	if !slices.Contains(allowed, to) {
		return "this layer imports the standard library and " + strings.Join(allowed, ", ")
	}
	return ""
}

func TestImports_AreAllowed(t *testing.T) {
	t.Parallel()
	edges, packages := 0, map[string]bool{}
	for _, tag := range []string{"", "failpoints", "bench", "mutants"} {
		for _, line := range imports(t, tag, "{{.Imports}}") {
			from, ours := line[0], 0
			packages[from] = true
			for _, to := range line[1:] {
				edges++
				require.Empty(t, forbidden(from, to), "%s imports %s", from, to)
				if strings.HasPrefix(to, own) && to != own+"platform/mutant" {
					ours++
				}
			}
			if !strings.HasPrefix(from, own+"app") {
				require.LessOrEqual(t, ours, 8, "%s imports too many of our packages", from)
			}
		}
		for _, line := range imports(t, tag, "{{.TestImports}} {{.XTestImports}}") {
			for _, to := range line[1:] {
				edges++
				require.Empty(t, forbiddenInTest(line[0], to), "a test of %s imports %s", line[0], to)
			}
		}
	}
	require.Greater(t, len(packages), 60)
	require.Greater(t, edges, 2000)
}

// imports returns the imports of each package, built with a tag, from a field of go list.
func imports(t *testing.T, tag, field string) (out [][]string) {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", tag, "-f", "{{.ImportPath}} "+field, own+"...")
	raw, err := cmd.Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(raw)) {
		out = append(out, strings.Fields(strings.NewReplacer("[", " ", "]", " ").Replace(line)))
	}
	return out
}

// tools lists what the tests of every layer may import.
var tools = []string{
	own + "platform/postgres/pgtest", own + "platform/storetest", own + "platform/clock", own + "platform/log",
	own + "platform/page", "github.com/stretchr/testify/require", "pgregory.net/rapid",
}

// forbiddenInTest returns why a test of a package may not import another, or "". A test may also import its own
// package, the contract suites and the memory adapters of its module, and the exceptions in excused.
func forbiddenInTest(from, to string) string {
	fromModule, fromLayer := split2(from)
	toModule, toLayer := split2(to)
	switch {
	case slices.Contains(tools, to), from == to:
		return ""
	case fromModule == "" && !strings.HasPrefix(from, own+"app/mockpay"):
		return "" // tests of app may import everything
	case slices.ContainsFunc(excused[from], func(allowed string) bool { return strings.HasPrefix(to, allowed) }):
		return ""
	case fromModule == toModule && fromModule != "" && fromLayer != "domain" &&
		(toLayer == "adapters/memory" || toLayer == "ports/portstest"):
		return ""
	}
	return forbidden(from, to)
}

// excused lists additional imports of the tests of single packages.
var excused = map[string][]string{
	// the client of mockpay is tested against mockpay
	own + "modules/billing/adapters/mockpay": {own + "app/mockpay"},
	// a purchase is tested with the services of the modules that checkout calls, over memory adapters
	own + "modules/checkout/service": {own + "modules/", own + "app/proofs/world"},
	// sessions are tested with real tokens
	own + "modules/identity/service": {own + "modules/identity/adapters/jwt"},
}

// Negative control of TestImports_AreAllowed, which would also pass if forbidden allowed everything.
func TestImports_ForbiddenEdges_AreRejected(t *testing.T) {
	t.Parallel()
	const checkout = own + "modules/checkout"
	for _, edge := range [][2]string{
		{checkout, own + "modules/cart"},
		{checkout, "github.com/uptrace/bun"},
		{checkout, own + "platform/page"},
		{checkout + "/domain", checkout + "/ports"},
		{checkout + "/domain", own + "platform/clock"},
		{checkout + "/domain", "golang.org/x/text/unicode/norm"},
		{checkout + "/ports", checkout + "/service"},
		{checkout + "/ports", own + "platform/postgres"},
		{checkout + "/domain", own + "modules/billing"},
		{own + "modules/billing/service", checkout},
		{checkout + "/service", own + "platform/web"},
		{checkout + "/service", checkout + "/adapters/postgres"},
		{checkout + "/adapters/billing", own + "modules/billing/domain"},
		{checkout + "/adapters/billing", own + "modules/billing/service"},
		{checkout + "/adapters/rest", "github.com/uptrace/bun"},
		{checkout + "/adapters/postgres", "github.com/labstack/echo/v4"},
		{checkout + "/adapters/postgres", "go.uber.org/fx"},
		{own + "modules/billing/adapters/checkout", checkout},
		{own + "modules/library/adapters/cart", own + "modules/cart"},
		{own + "modules/identity/adapters/catalog", own + "modules/catalog"},
		{own + "platform/web", own + "modules/identity"},
		{own + "platform/jobs", own + "app"},
		{own + "app/store", own + "app/cli"},
		{own + "app/samples", own + "app/store"},
		{own + "app/mockpay", own + "platform/fault"},
		{own + "app/mockpay", own + "modules/billing"},
		{own + "app/inbox", own + "platform/mail"},
		{own + "platform/money", own + "modules/billing"},
		{own + "platform/fault", "github.com/labstack/echo/v4"},
	} {
		require.NotEmpty(t, forbidden(edge[0], edge[1]), "%s may import %s", edge[0], edge[1])
	}
	require.Empty(t, forbidden(own+"app/mockpay", own+"platform/money"))
	for _, edge := range [][2]string{
		{checkout + "/domain", own + "modules/billing/domain"},
		{own + "modules/cart/service", own + "modules/catalog/adapters/memory"},
		{checkout + "/domain", checkout + "/adapters/postgres"},
		{own + "app/mockpay", own + "modules/billing"},
	} {
		require.NotEmpty(t, forbiddenInTest(edge[0], edge[1]), "a test of %s may import %s", edge[0], edge[1])
	}
	require.Empty(t, forbiddenInTest(checkout+"/service", checkout+"/adapters/memory"))
}

var declaration = regexp.MustCompile(`fault\.New\(fault\.(\w+), "([^"]+)"`)

// Several modules may declare a fault with the same code. It must have the same kind, and therefore the same HTTP
// status.
func TestFaults_OneCodeHasOneKind(t *testing.T) {
	t.Parallel()
	kinds, declared := map[string]string{}, 0
	check := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range declaration.FindAllStringSubmatch(string(source), -1) {
			declared++
			kind, code := m[1], m[2]
			require.Contains(t, []string{"", kind}, kinds[code], "%s declares %s as another kind", path, code)
			kinds[code] = kind
		}
		return err
	}
	for _, root := range []string{"../modules", "../platform"} {
		require.NoError(t, filepath.WalkDir(root, check))
	}
	require.Greater(t, declared, 80)
}
