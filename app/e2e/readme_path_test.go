package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path"
	"regexp"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/log"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// tracedRequest is the ID of the request whose path through the modules is recorded.
const tracedRequest = "the-traced-checkout"

// pathRecorder records the files of modules that a request runs through, in the order of first use. At each statement
// and provider call of the request it reads the stack of the request's goroutine.
type pathRecorder struct {
	t          *testing.T
	mu         sync.Mutex
	goroutines map[string]bool
	files      []string
}

// TraceQueryStart records the stack of a statement of the traced request.
func (r *pathRecorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if log.RequestID(ctx) == tracedRequest {
		r.add(string(debug.Stack()), true)
	}
	return ctx
}

// TraceQueryEnd does nothing.
func (r *pathRecorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart records the stacks of the functions that wait for a batch of the traced request. Each has a goroutine
// of its own, which was created by the one that called Together.
func (r *pathRecorder) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	if log.RequestID(ctx) != tracedRequest {
		return ctx
	}
	own := string(debug.Stack())
	r.add(own, true)
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err != nil {
		return ctx
	}
	stacks := strings.Split(all.String(), "\n\n")
	slices.SortFunc(stacks, func(a, b string) int { return number(a) - number(b) }) // in the order of their calls
	r.addCreatedBy(number(own), stacks)
	return ctx
}

// addCreatedBy records the stacks of the goroutines that a goroutine has created for Together, and of those that they
// have created.
func (r *pathRecorder) addCreatedBy(creator int, stacks []string) {
	for _, stack := range stacks {
		if by := created.FindStringSubmatch(stack); by != nil && atoi(by[1]) == creator {
			r.add(stack, true)
			r.addCreatedBy(number(stack), stacks)
		}
	}
}

// TraceBatchQuery does nothing.
func (r *pathRecorder) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (r *pathRecorder) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// number returns the number of a stack's goroutine; 0: it has none.
func number(stack string) int {
	name := goroutine.FindStringSubmatch(stack)
	if name == nil {
		return 0
	}
	return atoi(name[1])
}

func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// provider sets the provider's URL to a proxy that records the stacks of the callers waiting for it.
func (r *pathRecorder) provider(cfg *store.Config) {
	target, err := url.Parse(cfg.Payments.URL)
	require.NoError(r.t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		var all bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&all, 2); err == nil {
			for stack := range strings.SplitSeq(all.String(), "\n\n") {
				r.add(stack, false)
			}
		}
		proxy.ServeHTTP(w, request)
	}))
	r.t.Cleanup(server.Close)
	cfg.Payments.URL = server.URL
}

var (
	goroutine = regexp.MustCompile(`^goroutine (\d+) `)
	created   = regexp.MustCompile(`created by iter\.Pull\S* in goroutine (\d+)`)
	frame     = regexp.MustCompile(`(?m)^coinslot/(modules/[\w/]+)\.\S.*\n\t.*/(\w+\.go):\d+`)
)

// add records the files of a stack, outermost first. own marks a stack of the traced request. Other stacks are recorded
// only if their goroutine has sent a statement of that request.
func (r *pathRecorder) add(stack string, own bool) {
	name := goroutine.FindStringSubmatch(stack)
	if name == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if own {
		r.goroutines[name[1]] = true
	}
	if !r.goroutines[name[1]] {
		return
	}
	frames := frame.FindAllStringSubmatch(stack, -1)
	slices.Reverse(frames)
	for _, f := range frames {
		if file := f[1] + "/" + f[2]; !slices.Contains(r.files, file) {
			r.files = append(r.files, file)
		}
	}
}

// The README's list of files is the path of a checkout in the order of execution. It has a file of each package of
// checkout and billing on that path.
func TestREADME_CheckoutPath_ListsFilesInOrder(t *testing.T) {
	t.Parallel()
	passed := &pathRecorder{t: t, goroutines: map[string]bool{}}
	r := harness.Start(t, passed, harness.With(passed.provider))
	r.Webhooks.Drop() // the provider's response, not the webhook, updates the payment
	buyer := r.NewBuyer(t)
	buyer.Send(http.MethodPost, "/v1/checkouts", buyer.Purchase("pm_ok", buyer.Add("tidewright")), http.Header{
		"Idempotency-Key": {harness.NewKey()}, "X-Request-Id": {tracedRequest},
	}).Is(http.StatusCreated)

	list := regexp.MustCompile("(?m)^To follow `POST /v1/checkouts`, read in this order: .*$").
		FindString(source(t, "README.md"))
	var stepped, listed []string
	for _, link := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(list, -1) {
		file := link[1]
		listed = append(listed, path.Dir(file))
		switch {
		case strings.HasPrefix(file, "app/store/"):
			requireWires(t, file, passed.files)
		case returnsEarly(file):
			requireNamed(t, file, passed.files)
		default:
			stepped = append(stepped, file)
		}
	}
	require.Greater(t, len(stepped), 5)
	inOrder := slices.DeleteFunc(slices.Clone(passed.files), func(file string) bool {
		return !slices.Contains(stepped, file)
	})
	require.Equal(t, inOrder, stepped, "the checkout runs through %q", passed.files)
	for _, file := range passed.files {
		if strings.HasPrefix(file, "modules/checkout/") || strings.HasPrefix(file, "modules/billing/") {
			require.Contains(t, listed, path.Dir(file), "the README lists nothing of the folder of %s", file)
		}
	}
}

// returnsEarly reports whether a file cannot be on a recorded stack: functions of module roots and domains have
// returned before a statement is sent, and ports have no code.
func returnsEarly(file string) bool {
	folder := path.Dir(file)
	return path.Dir(folder) == "modules" || path.Base(folder) == "domain" || path.Base(folder) == "ports"
}

var exported = regexp.MustCompile(`(?m)^(?:func|type) ([A-Z]\w*)`)

// requireNamed asserts that a file on the path uses a declaration of another file.
func requireNamed(t *testing.T, file string, passed []string) {
	t.Helper()
	var names []string
	for _, m := range exported.FindAllStringSubmatch(source(t, file), -1) {
		names = append(names, m[1])
	}
	require.NotEmpty(t, names, file)
	folder := path.Dir(file)
	use := regexp.MustCompile(`\b` + path.Base(folder) + `\.(?:` + strings.Join(names, "|") + `)\b`)
	require.True(t, slices.ContainsFunc(passed, func(other string) bool {
		text := source(t, other)
		return strings.Contains(text, `"coinslot/`+folder+`"`) && use.MatchString(text)
	}), "no file on the checkout's path uses a declaration of %s", file)
}

// requireWires asserts that a file of the composition root imports each package of its module on the path.
func requireWires(t *testing.T, file string, passed []string) {
	t.Helper()
	module := "modules/" + strings.TrimSuffix(path.Base(file), ".go") + "/"
	for _, other := range passed {
		if strings.HasPrefix(other, module) {
			require.Contains(t, source(t, file), `"coinslot/`+path.Dir(other)+`"`)
		}
	}
}

func source(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile("../../" + file)
	require.NoError(t, err)
	return string(raw)
}
