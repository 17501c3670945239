//go:build failpoints

package matrix_test

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/store/probe"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	billingports "coinslot/modules/billing/ports"
	cartports "coinslot/modules/cart/ports"
	checkoutports "coinslot/modules/checkout/ports"
	libraryports "coinslot/modules/library/ports"
)

// killAll makes every cell kill a process. Otherwise most cells return an error from the failpoint in this process.
const killAll = "COINSLOT_TEST_KILL_ALL"

// scenario is a course of a purchase.
type scenario struct {
	token       string
	finalStatus string // of the order
	retry       bool   // the buyer retries the declined payment
	refund      bool   // the buyer requests a refund
	dispute     string // outcome of a dispute; empty: no dispute
}

// bought is the number of purchased products: a game and a consumable.
const bought = 2

// owned returns the number of products that the buyer owns at the end.
func (s scenario) owned() int {
	if s.finalStatus == "declined" || s.finalStatus == "refunded" || s.dispute == "lost" {
		return 0
	}
	return bought
}

// repeatsPurchase reports whether the scenario begins as pm_ok does. Unless every cell kills a process, the points of
// that purchase get their cells in pm_ok only.
func (s scenario) repeatsPurchase() bool { return s.refund || s.dispute != "" }

var scenarios = map[string]scenario{
	"pm_ok":                {token: "pm_ok", finalStatus: "completed"},
	"declined, then paid":  {token: "pm_declined", finalStatus: "completed", retry: true},
	"requires_action":      {token: "pm_requires_action", finalStatus: "completed"},
	"timeout then success": {token: "pm_timeout_then_success", finalStatus: "completed"},
	"timeout then decline": {token: "pm_timeout_then_decline", finalStatus: "declined"},
	"lost webhook":         {token: "pm_lost_webhook", finalStatus: "completed"},
	"duplicate webhook":    {token: "pm_duplicate_webhook", finalStatus: "completed"},
	"refunded":             {token: "pm_ok", finalStatus: "refunded", refund: true},
	"a refund that fails":  {token: "pm_refund_fails", finalStatus: "completed", refund: true},
	"disputed and lost":    {token: "pm_ok", finalStatus: "completed", dispute: "lost"},
}

// uncovered maps the port calls that no scenario makes to the use case that makes them.
var uncovered = map[string]string{
	"checkout.Finder.List":               "lists an account's orders",
	"checkout.Finder.Known":              "quotes, and explains a line that is not in the cart",
	"checkout.Finder.Open":               "erases an account",
	"cart.Lines.Put":                     "adds to a cart, before a purchase",
	"checkout.Finder.History":            "shows a timeline",
	"checkout.Payments.Cancel":           "cancels an order",
	"checkout.Refunds.Return":            "refunds lines that cannot be granted",
	"checkout.Finder.Any":                "finds an order for the staff",
	"checkout.Orders.Erase":              "erases an account",
	"checkout.Orders.Resolve":            "resolves an order in review",
	"checkout.Payments.Poll":             "polls an order in review",
	"checkout.Payments.Settlement":       "shows an order in review",
	"checkout.Payments.Resolve":          "resolves an order in review",
	"billing.PaymentReader.Attempts":     "resolves an order in review",
	"checkout.Payments.History":          "shows a timeline",
	"billing.PaymentReader.Transactions": "lists an account's transactions",
	"billing.PaymentReader.History":      "shows a timeline",
	"billing.PaymentProvider.Cancel":     "cancels an order",
	"billing.PaymentProvider.Name":       "is a constant",
}

// probedCalls returns the methods of all ports that have failpoints.
func probedCalls() (out []string) {
	for prefix, port := range map[string]reflect.Type{
		"checkout.Orders":         reflect.TypeFor[checkoutports.Orders](),
		"checkout.Finder":         reflect.TypeFor[checkoutports.Finder](),
		"checkout.Carts":          reflect.TypeFor[checkoutports.Carts](),
		"checkout.Catalog":        reflect.TypeFor[checkoutports.Catalog](),
		"checkout.Library":        reflect.TypeFor[checkoutports.Library](),
		"checkout.Buyers":         reflect.TypeFor[checkoutports.Buyers](),
		"checkout.Payments":       reflect.TypeFor[checkoutports.Payments](),
		"checkout.Refunds":        reflect.TypeFor[checkoutports.Refunds](),
		"billing.UnitOfWork":      reflect.TypeFor[billingports.UnitOfWork](),
		"billing.Charges":         reflect.TypeFor[billingports.Charges](),
		"billing.PaymentReader":   reflect.TypeFor[billingports.PaymentReader](),
		"billing.Backlog":         reflect.TypeFor[billingports.Backlog](),
		"billing.PaymentProvider": reflect.TypeFor[billingports.PaymentProvider](),
		"library.Grants":          reflect.TypeFor[libraryports.Grants](),
		"library.UnitOfWork":      reflect.TypeFor[libraryports.UnitOfWork](),
		"cart.Lines":              reflect.TypeFor[cartports.Lines](),
	} {
		for i := range port.NumMethod() {
			out = append(out, prefix+"."+port.Method(i).Name)
		}
	}
	slices.Sort(out)
	return out
}

// points returns the failpoints of a call.
func points(name string) []string {
	if strings.Contains(name, "UnitOfWork") {
		return []string{name + probe.Before, name + probe.Commit, name + probe.After}
	}
	return []string{name + probe.Before, name + probe.After}
}

const (
	budget       = 300 * time.Millisecond // payments.timeout: all attempts of one charge
	undecidedFor = 700 * time.Millisecond // how long the provider leaves a timed-out payment undecided
	leaseExpired = 15 * time.Second       // clock offset of a restarted store
)

// TestCrashMatrix crashes the store at every failpoint of every scenario, restarts it, resumes the purchase, and checks
// the responses, the provider's charges and all invariants.
func TestCrashMatrix(t *testing.T) {
	t.Parallel()
	base := newMatrixBase(t)
	var mu sync.Mutex
	passed := map[string]map[string]int{}
	t.Run("rehearsals", func(t *testing.T) {
		for name := range scenarios {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				seen := base.rehearse(t, name)
				mu.Lock()
				defer mu.Unlock()
				passed[name] = seen
			})
		}
	})
	reached := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(passed)) {
		for point := range passed[name] {
			if reached[point] == "" || name == "pm_ok" {
				reached[point] = name
			}
		}
	}
	for _, name := range probedCalls() {
		for _, point := range points(name) {
			require.True(t, reached[point] != "" || uncovered[name] != "", "no scenario reaches %q", point)
		}
	}
	all := cells(passed, reached, os.Getenv(killAll) != "")
	var started, crashed, kills, succeeded, foreground, missed atomic.Int32
	t.Run("cells", func(t *testing.T) {
		for i, some := range slices.Collect(slices.Chunk(all, cellsPerDatabase)) {
			t.Run(fmt.Sprintf("database %d", i+1), func(t *testing.T) {
				t.Parallel()
				d := base.open(t)
				for _, c := range some {
					sound := t.Run(c.String(), func(t *testing.T) {
						started.Add(1)
						if c.kill {
							kills.Add(1)
						}
						if !background(c.armed) {
							foreground.Add(1)
						}
						switch {
						case d.cell(t, c):
							crashed.Add(1)
						case !background(c.armed):
							missed.Add(1)
							t.Logf("%s was not reached", c)
						}
						succeeded.Add(1) // not reached by a cell that fails
					})
					require.True(t, sound, "the cells after %s need a sound database", c)
				}
			})
		}
	})
	fmt.Printf("crash matrix: %d cells over %d points and %d scenarios, %d of them with kill -9, %d crashed: "+
		"%d violations\n", started.Load(), len(reached), len(scenarios), kills.Load(), crashed.Load(),
		started.Load()-succeeded.Load())
	require.LessOrEqual(t, 20*missed.Load(), foreground.Load(), "nearly every request and event reaches its failpoint")
}

// cells returns a cell for each occurrence of a point in a scenario, and one with kill -9 for each point.
func cells(passed map[string]map[string]int, reached map[string]string, killAll bool) (out []cell) {
	for _, name := range slices.Sorted(maps.Keys(passed)) {
		for _, point := range slices.Sorted(maps.Keys(passed[name])) {
			first := 1
			if scenarios[name].repeatsPurchase() && !killAll {
				first += passed["pm_ok"][point]
			}
			for n := first; n <= min(passed[name][point], maxOccurrence(point)); n++ {
				out = append(out, cell{name, fmt.Sprintf("%s#%d", point, n), killAll})
			}
		}
	}
	if killAll {
		return out
	}
	for _, point := range slices.Sorted(maps.Keys(reached)) {
		out = append(out, cell{reached[point], point + "#1", true})
	}
	return out
}

// maxOccurrence returns how many occurrences of a point get a cell: one for background work, which repeats.
func maxOccurrence(point string) int {
	if background(point) {
		return 1
	}
	return 2
}

// background reports whether a point belongs to periodic work. A purchase may settle before the next round reaches it.
func background(point string) bool {
	return strings.Contains(point, "Backlog") || strings.Contains(point, "Stuck")
}

type cell struct {
	scenario string
	armed    string
	kill     bool
}

func (c cell) String() string {
	if c.kill {
		return "kill -9/" + c.scenario + "/" + c.armed
	}
	return c.scenario + "/" + c.armed
}

const cellsPerDatabase = 12

// database is a copy of the base with its own provider. Its cells run one after another, each with its own buyer.
type database struct {
	*harness.Store

	base        *matrixBase
	connections *store.Connections // of the stores in this process
	cells       int
}

// open creates a database and its provider, which exist until the end of t.
func (m *matrixBase) open(t *testing.T) *database {
	t.Helper()
	r := &harness.Store{Database: m.clone(t)}
	r.StartProvider(t, undecidedFor)
	r.KeepConnections(t)
	connections, err := store.NewConnections(r.Config(t).Database)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connections.Close()) })
	return &database{Store: r, base: m, connections: connections}
}

// buyer returns the next buyer, for a scenario.
func (d *database) buyer(t *testing.T, name string) *matrixBuyer {
	t.Helper()
	s := scenarios[name]
	if s.dispute != "" {
		d.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 100, "outcome": "`+s.dispute+`"}]}`)
	}
	prepared := d.base.buyers[d.cells]
	d.cells++
	return &matrixBuyer{
		preparedBuyer: prepared, r: d.Store, scenario: s,
		keys: [3]string{harness.NewKey(), harness.NewKey(), harness.NewKey()},
	}
}

// cell crashes a store, starts another one, and reports whether the first one reached the armed failpoint.
func (d *database) cell(t *testing.T, c cell) (crashed bool) {
	t.Helper()
	buyer := d.buyer(t, c.scenario)
	running := d.launch(t, c.armed, c.kill, 0)
	buyer.resume(t, running.crashed)
	harness.Eventually(t, "a crash, or everything settles", func() bool { return running.crashed() || d.settled(t) })
	crashed = running.crashed()
	running.stop(t)

	running = d.launch(t, "", c.kill, leaseExpired)
	buyer.resume(t, func() bool { return false })
	buyer.checkOutcome(t)
	d.awaitSettled(t)
	d.VerifyInvariants(t)
	running.stop(t)
	return crashed
}

// settled reports whether no work of a purchase is left, nor a job of its events.
func (d *database) settled(t *testing.T) bool {
	t.Helper()
	return d.Drained(t) && d.Count(t, `SELECT count(*) FROM river.river_job WHERE `+due) == 0
}

const due = `state IN ('available', 'running', 'retryable')`

// awaitSettled waits until everything is settled, and fails with what is not.
func (d *database) awaitSettled(t *testing.T) {
	t.Helper()
	if !assert.Eventually(t, func() bool { return d.settled(t) }, time.Minute, 10*time.Millisecond) {
		require.Fail(t, "something does not settle", d.Text(t, `SELECT json_build_object('now', now(),
			'orders', (SELECT json_agg(o) FROM checkout.orders o WHERE status NOT IN ('completed', 'declined', 'refunded')
				OR advancing_until IS NOT NULL),
			'drafts', (SELECT json_agg(f) FROM billing.invoice_drafts f), 'refunds', (SELECT json_agg(r) FROM billing.refunds r),
			'jobs', (SELECT json_agg(j) FROM river.river_job j WHERE `+due+`))::text`))
	}
}

// rehearse runs a scenario without a crash and returns how often it passed each failpoint.
func (m *matrixBase) rehearse(t *testing.T, name string) map[string]int {
	t.Helper()
	d := m.open(t)
	buyer := d.buyer(t, name)
	running := d.launch(t, "", false, 0)
	defer running.stop(t)
	buyer.resume(t, func() bool { return false })
	harness.Eventually(t, "a sweep", func() bool {
		return running.points.Passed()["checkout.Finder.Stuck"+probe.After] > 0
	})
	d.awaitSettled(t)
	seen := running.points.Passed()
	buyer.checkOutcome(t)
	d.VerifyInvariants(t)
	return seen
}

// matrixBase is the database that the others are copies of: a catalog, and buyers with a game and a consumable in their
// carts.
type matrixBase struct {
	source *harness.Store
	buyers []preparedBuyer
}

// preparedBuyer is a buyer who has not bought yet.
type preparedBuyer struct {
	token string
	body  harness.Object // of the checkout
}

func newMatrixBase(t *testing.T) *matrixBase {
	t.Helper()
	r := &harness.Store{Database: storetest.Open(t)}
	r.StartProvider(t, 0)
	cfg := r.Config(t)
	cfg.Tokens.AccessTTL = time.Hour // valid for the whole test
	server, stop := r.Start(t, cfg, true, harness.MemoizedHashing())
	r.URL = "http://" + server.Address()
	m := &matrixBase{source: r}
	for range cellsPerDatabase {
		buyer := r.NewBuyer(t)
		items := []string{buyer.Add("tidewright"), buyer.Add("dragon-treat")}
		m.buyers = append(m.buyers, preparedBuyer{buyer.Token, buyer.Purchase("pm_ok", items...)})
	}
	stop()
	r.Disconnect(t)
	require.NoError(t, r.Database.DB.Close()) // a database with connections cannot be cloned
	return m
}
