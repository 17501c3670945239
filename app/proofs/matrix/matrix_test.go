//go:build failpoints

package matrix_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store/probe"
	"coinslot/platform/storetest"

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
	for name, seen := range passed {
		for point := range seen {
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
	var started, succeeded, kills atomic.Int32
	run := func(t *testing.T, c cell) {
		t.Helper()
		started.Add(1)
		if c.kill {
			kills.Add(1)
		}
		base.cell(t, c)
		succeeded.Add(1) // not reached by a cell that fails
	}
	t.Run("cells", func(t *testing.T) {
		for name, seen := range passed {
			for point, times := range seen {
				kill := os.Getenv(killAll) != ""
				first := 1
				if scenarios[name].repeatsPurchase() && !kill {
					first += passed["pm_ok"][point]
				}
				for n := first; n <= min(times, maxOccurrence(point)); n++ {
					t.Run(fmt.Sprintf("%s/%s#%d", name, point, n), func(t *testing.T) {
						t.Parallel()
						run(t, cell{name, fmt.Sprintf("%s#%d", point, n), kill})
					})
				}
			}
		}
		for _, point := range slices.Sorted(maps.Keys(reached)) {
			if os.Getenv(killAll) != "" {
				break
			}
			t.Run("kill -9/"+point, func(t *testing.T) {
				t.Parallel()
				run(t, cell{reached[point], point + "#1", true})
			})
		}
	})
	fmt.Printf("crash matrix: %d cells over %d points and %d scenarios, %d of them with kill -9: %d violations\n",
		started.Load(), len(reached), len(scenarios), kills.Load(), started.Load()-succeeded.Load())
}

// maxOccurrence returns how many occurrences of a point get a cell: one for background work, which repeats.
func maxOccurrence(point string) int {
	if strings.Contains(point, "Backlog") || strings.Contains(point, "Stuck") {
		return 1
	}
	return 2
}

type cell struct {
	scenario string
	armed    string
	kill     bool
}

func (m *matrixBase) cell(t *testing.T, c cell) {
	r, buyer := m.open(t, c.scenario)

	store := m.launch(t, r, c)
	buyer.resume(t, func() bool { return store.crashed() })
	store.stop(t)

	store = m.launch(t, r, cell{c.scenario, "", c.kill})
	buyer.resume(t, func() bool { return false })
	buyer.checkOutcome(t)
	harness.Eventually(t, "everything settles", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
	store.stop(t)
}

// open creates a database, a provider and a buyer for a scenario.
func (m *matrixBase) open(t *testing.T, name string) (*harness.Store, *matrixBuyer) {
	t.Helper()
	r := &harness.Store{Database: m.clone(t)}
	r.StartProvider(t, undecidedFor)
	s := scenarios[name]
	if s.dispute != "" {
		r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 100, "outcome": "`+s.dispute+`"}]}`)
	}
	return r, &matrixBuyer{
		base: m, r: r, scenario: s,
		keys: [3]string{harness.NewKey(), harness.NewKey(), harness.NewKey()},
	}
}

// rehearse runs a scenario without a crash and returns how often it passed each failpoint.
func (m *matrixBase) rehearse(t *testing.T, name string) map[string]int {
	t.Helper()
	r, buyer := m.open(t, name)
	store := m.launch(t, r, cell{scenario: name})
	defer store.stop(t)
	buyer.resume(t, func() bool { return false })
	harness.Eventually(t, "a sweep", func() bool { return store.points.Passed()["checkout.Finder.Stuck"+probe.After] > 0 })
	seen := store.points.Passed()
	buyer.checkOutcome(t)
	harness.Eventually(t, "everything settles", func() bool { return r.Drained(t) })
	r.VerifyInvariants(t)
	return seen
}

// matrixBase is the database that each cell clones: a catalog and a buyer with a game and a consumable in the cart.
type matrixBase struct {
	source *harness.Store
	token  string
	body   harness.Object
}

func newMatrixBase(t *testing.T) *matrixBase {
	t.Helper()
	r := &harness.Store{Database: storetest.Open(t)}
	r.StartProvider(t, 0)
	cfg := r.Config(t)
	cfg.Tokens.AccessTTL = time.Hour // valid for the whole test
	server, stop := r.Start(t, cfg, true)
	r.URL = "http://" + server.Address()
	buyer := r.NewBuyer(t)
	items := []string{buyer.Add("tidewright"), buyer.Add("dragon-treat")}
	m := &matrixBase{source: r, body: buyer.Purchase("pm_ok", items...), token: buyer.Token}
	stop()
	r.Disconnect(t)
	require.NoError(t, r.Database.DB.Close()) // a database with connections cannot be cloned
	return m
}

// resume repeats the buyer's requests with the same keys until the purchase has ended or stop returns true.
func (b *matrixBuyer) resume(t *testing.T, stop func() bool) {
	t.Helper()
	harness.Eventually(t, "the purchase ends", func() bool { return stop() || b.step(t) })
}

// matrixBuyer buys both products.
type matrixBuyer struct {
	base     *matrixBase
	r        *harness.Store
	scenario scenario
	keys     [3]string
	orderID  string
	bought   bool
}

// step sends one request and reports whether the purchase has ended.
func (b *matrixBuyer) step(t *testing.T) bool {
	t.Helper()
	if b.bought {
		return b.afterPurchase(t)
	}
	path, key, body := "/v1/checkouts", b.keys[0], maps.Clone(b.base.body)
	body["payment_method"] = b.scenario.token
	if b.scenario.retry && b.orderID != "" {
		path, key, body = "/v1/orders/"+b.orderID+"/payments", b.keys[1], harness.Object{"payment_method": "pm_ok"}
	}
	answer, err := b.send(t, path, key, body)
	if err != nil {
		return false
	}
	switch answer.Status {
	case http.StatusCreated:
		b.orderID, b.bought = answer.Text("id"), true
		return b.afterPurchase(t)
	case http.StatusPaymentRequired:
		b.orderID = answer.Text("order_id")
		return !b.scenario.retry
	case http.StatusAccepted:
		b.orderID = answer.Text("id")
		b.confirm(t, answer)
	}
	return false
}

// afterPurchase awaits the dispute or requests the refund of the scenario, and reports whether it has ended.
func (b *matrixBuyer) afterPurchase(t *testing.T) bool {
	t.Helper()
	if b.scenario.dispute != "" && b.r.Count(t,
		`SELECT count(*) FROM billing.disputes WHERE status = '`+b.scenario.dispute+`'`) == 0 {
		return false
	}
	if !b.scenario.refund {
		return true
	}
	answer, err := b.send(t, "/v1/orders/"+b.orderID+"/refunds", b.keys[2], harness.Object{"reason": "bored"})
	return err == nil && (answer.Status == http.StatusCreated || answer.Body["code"] == "refund-failed")
}

func (b *matrixBuyer) confirm(t *testing.T, answer harness.Reply) {
	t.Helper()
	action, ok := answer.Body["next_action"].(harness.Object)
	if !ok {
		return
	}
	response, err := http.Post(action["url"].(string), "application/json",
		strings.NewReader(`{"result":"success"}`)) //nolint:noctx // a test's own provider
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
}

// checkOutcome repeats the first request and compares the response with the order, the provider, the library and the
// cart.
func (b *matrixBuyer) checkOutcome(t *testing.T) {
	t.Helper()
	body := maps.Clone(b.base.body)
	body["payment_method"] = b.scenario.token
	var answer harness.Reply
	harness.Eventually(t, "the restarted store responds", func() bool {
		var err error
		answer, err = b.send(t, "/v1/checkouts", b.keys[0], body)
		require.NoError(t, err)
		return answer.Status != http.StatusServiceUnavailable // 503 asks the client to retry
	})
	want, taken := http.StatusCreated, 1
	if b.scenario.finalStatus == "declined" {
		want, taken = http.StatusPaymentRequired, 0
	}
	require.Equal(t, want, answer.Status, string(answer.Raw))
	require.Equal(t, "true", answer.Header.Get("Idempotent-Replayed"))
	harness.Eventually(t, "the order and the library reach their final states", func() bool {
		order := b.client(t).Get("/v1/orders/" + b.orderID).Is(http.StatusOK)
		return order.Text("status") == b.scenario.finalStatus &&
			len(b.client(t).Get("/v1/library").Is(http.StatusOK).Items("items")) == b.scenario.owned()
	})
	require.Len(t, b.client(t).Get("/v1/orders").Is(http.StatusOK).Items("items"), 1, "one order")
	require.Equal(t, taken, b.r.SucceededCharges(t, b.orderID))
	require.Equal(t, b.scenario.refund, b.r.Count(t, `SELECT count(*) FROM billing.refunds`) == 1,
		"one refund for all requests with the key")
	require.Len(t, b.client(t).Get("/v1/cart").Is(http.StatusOK).Items("items"), bought*(1-taken))
}
