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
	"strings"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/log"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// followed is the ID of the request whose path through the modules is recorded.
const followed = "the-followed-checkout"

// trail records through which files of modules a request passes: at each of its statements and calls of the provider it
// reads the stack of the request's goroutine. Files are in the order in which they are first passed.
type trail struct {
	t          *testing.T
	mu         sync.Mutex
	goroutines map[string]bool
	files      []string
}

// TraceQueryStart sees every statement of the store's pool before it is sent.
func (r *trail) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if log.RequestID(ctx) == followed {
		r.add(string(debug.Stack()), true)
	}
	return ctx
}

// TraceQueryEnd does nothing.
func (r *trail) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// provider puts a proxy in front of the provider, which reads the stacks of the callers that wait for it.
func (r *trail) provider(cfg *store.Config) {
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
	frame     = regexp.MustCompile(`(?m)^coinslot/(modules/[\w/]+)\.\S.*\n\t.*/(\w+\.go):\d+`)
)

// add records the files of a stack, the outermost first. Stacks of goroutines that have not sent a statement of the
// followed request are of other requests, unless own says that this one is.
func (r *trail) add(stack string, own bool) {
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

// TestREADME_FollowsACheckout: what the README lists to follow a checkout is what a checkout passes, in this order, and
// has a file of every package of checkout and billing that it passes.
func TestREADME_FollowsACheckout(t *testing.T) {
	t.Parallel()
	passed := &trail{t: t, goroutines: map[string]bool{}}
	r := harness.Start(t, passed, harness.With(passed.provider))
	r.Webhooks.Drop() // so that the provider's answer always settles the payment, and never its webhook
	buyer := r.NewBuyer(t)
	buyer.Send(http.MethodPost, "/v1/checkouts", buyer.Purchase("pm_ok", buyer.Add("tidewright")), http.Header{
		"Idempotency-Key": {harness.NewKey()}, "X-Request-Id": {followed},
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
	require.Equal(t, inOrder, stepped, "the checkout passes %q", passed.files)
	for _, file := range passed.files {
		if strings.HasPrefix(file, "modules/checkout/") || strings.HasPrefix(file, "modules/billing/") {
			require.Contains(t, listed, path.Dir(file), "the README lists nothing of the folder of %s", file)
		}
	}
}

// returnsEarly tells the files that no stack can show: those of roots and domains send no statement and have returned
// when one is sent, and ports have no code.
func returnsEarly(file string) bool {
	folder := path.Dir(file)
	return path.Dir(folder) == "modules" || path.Base(folder) == "domain" || path.Base(folder) == "ports"
}

var exported = regexp.MustCompile(`(?m)^(?:func|type) ([A-Z]\w*)`)

// requireNamed looks for a passed file that names a declaration of a file.
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
	}), "no file that the checkout passes names what %s declares", file)
}

// requireWires makes sure that a file of the composition root, which runs at the start, imports each package of its
// module that was passed.
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
