package e2e_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/log"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestCase tests the field cases: bugs that users of other commerce systems reported. Each function cites its reports.
// Run one by its number: go test -run 'TestCase/21' ./app/e2e
func TestCase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T){
		"01 client and webhook complete concurrently":  clientAndWebhook,
		"02 webhook before response":                   webhookFirst,
		"03 webhook delivered three times":             duplicateWebhook,
		"04 webhooks out of order":                     reorderedWebhooks,
		"05 lost webhook":                              lostWebhook,
		"06 captured, response lost":                   lostAnswer,
		"07 captured after cancel or decline":          lateCapture,
		"08 unknown payment blocks another attempt":    unknownBlocks,
		"09 refunds do not exceed captured":            overRefund,
		"10 concurrent cart writes are not lost":       parallelCartWrites,
		"11 price changes during payment":              priceChange,
		"12 no transaction during provider call":       noTransactionDuringCall,
		"13 orders of the same lines do not deadlock":  crossingOrders,
		"16 lines sum to the total":                    rounding,
		"17 credit notes sum to their invoice":         creditNoteCents,
		"18 partial refund keeps the discount":         frozenDiscount,
		"19 repeated partial refunds":                  repeatedRefunds,
		"21 resources of another account":              accessOfEachOperation,
		"22 constant cost of adding to a cart":         constantCart,
		"23 free order is completed and invoiced":      freeOrder,
		"24 access follows a dispute":                  reversedDispute,
		"25 product bought twice is refunded":          boughtTwice,
		"26 failed webhook is delivered again":         redelivery,
		"27 erased customer keeps only invoices":       erasedCustomer,
		"28 invoice numbers without gaps":              gaplessNumbers,
		"29 slow gateway leaves the connection usable": slowGateway,
		"30 nothing is paid for twice":                 paidTwice,
		"31 account erased during payment":             erasedDuringPayment,
		"32 amounts have the digits of ISO 4217":       amountDigits,
		"33 retry after a decline is validated again":  retryAfterDecline,
		"34 expansion stays when its game is refunded": expansionWithoutGame,
		"35 refund of a part of the quantity":          partialQuantity,
		"36 titles are found however they are typed":   titlesAreFound,
		"37 documents in every script":                 everyScript,
		"38 scheduled price is withdrawn":              scheduledPrice,
		"39 archived product in a bundle":              archivedContent,
		"41 title of any script has a slug":            slugsOfAnyScript,
		"42 items added during payment stay":           addedDuringPayment,
		"43 refund in the provider's dashboard":        dashboardRefund,
		"44 wrong amount is reviewed and resolved":     wrongAmount,
		"45 dispute after a full refund":               disputeAfterRefund,
		"46 retry has the tax of its own day":          taxOfRetry,
		"47 re-sealed journal does not match heads":    resealedJournal,
		"48 country changes before payment":            countryChanged,
		"49 refunds of odd amounts add up":             oddRefunds,
		"50 outcomes of a confirmation":                confirmationOutcomes,
		"51 same key on two endpoints":                 sameKeyOnTwoEndpoints,
		"52 bundle and its game, one refunded":         bundleAndItsGame,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// vendure-ecommerce/vendure#2187, #3398, #4152: concurrent additions to a cart are lost.
func parallelCartWrites(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	slugs := []string{
		"dragon-treat", "dragon-treat", "tidewright", "brassica", "hint-lantern", "hint-lantern",
		"oddments", "saltborn",
	}
	bodies := make([]harness.Object, len(slugs))
	for i, slug := range slugs {
		bodies[i] = harness.Object{"product_id": buyer.Product(slug).Text("id")}
	}
	statuses := make([]int, len(slugs))
	var group sync.WaitGroup
	for i := range slugs {
		group.Go(func() { statuses[i] = buyer.Post("/v1/cart/items", bodies[i]).Status })
	}
	group.Wait()
	for _, status := range statuses {
		require.Equal(t, http.StatusCreated, status)
	}
	quantity := 0.0
	items := buyer.Get("/v1/cart").Is(http.StatusOK).Items("items")
	for _, item := range items {
		quantity += item["quantity"].(float64)
	}
	require.Len(t, items, 6)
	require.InEpsilon(t, float64(len(slugs)), quantity, 0)
}

// counted is the request ID of the requests whose statements are counted.
const counted = "counted"

// trip is the statements of a round trip.
type trip []string

// counter records the round trips of requests with the ID counted. Webhooks and background work have other IDs.
type counter struct {
	mu  sync.Mutex
	log []trip
}

// add records a round trip, except that for the session, whose state is cached for a time.
func (c *counter) add(ctx context.Context, statements ...string) context.Context {
	if log.RequestID(ctx) == counted && !strings.Contains(statements[0], "FROM identity.sessions") {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.log = append(c.log, statements)
	}
	return ctx
}

// TraceQueryStart records a statement.
func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return c.add(ctx, strings.Join(strings.Fields(data.SQL), " "))
}

// TraceQueryEnd does nothing.
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart records the statements of a batch.
func (c *counter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	var statements trip
	for _, q := range data.Batch.QueuedQueries {
		statements = append(statements, strings.Join(strings.Fields(q.SQL), " "))
	}
	return c.add(ctx, statements...)
}

// TraceBatchQuery does nothing.
func (c *counter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (c *counter) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// post sends a counted request and returns its round trips.
func (c *counter) post(buyer *harness.Client, path string, body harness.Object) []trip {
	c.mu.Lock()
	c.log = nil
	c.mu.Unlock()
	buyer.Send(http.MethodPost, path, body,
		http.Header{"X-Request-Id": {counted}, "Idempotency-Key": {harness.NewKey()}}).Is(http.StatusCreated)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log
}

// medusajs/medusa#10751 (10 to 15 s to add), #2465: the number of queries does not grow with the cart.
func constantCart(t *testing.T) {
	c := &counter{}
	r := harness.Start(t, c)
	buyer := r.NewBuyer(t)
	slugs := []string{"star-orchard", "tidewright", "brassica", "saltborn", "oddments", "mirrorfen"}
	buyer.Add("prologue-to-vell") // inserts the cart
	for _, slug := range slugs {
		productID := buyer.Product(slug).Text("id")
		trips := c.post(buyer, "/v1/cart/items", harness.Object{"product_id": productID})
		require.Equal(t, []string{"read the cart + quote", "put the line + quote + find entitlements"}, labels(trips))
		require.Equal(t, 1, commits(trips))
	}
	// What a bundle contains is known after its quote.
	bundleID := buyer.Get("/v1/bundles/starter-purse").Is(http.StatusOK).Text("id")
	require.Len(t, c.post(buyer, "/v1/cart/items", harness.Object{"bundle_id": bundleID}), 3)
}

// medusajs/medusa#5584, #12429: an order with a total of 0 has no charge, but an invoice.
func freeOrder(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_declined", buyer.Add("oddments"), buyer.Add("prologue-to-vell"))).Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))
	require.InDelta(t, 0, order.Body["total"].(harness.Object)["amount"], 0)
	require.Empty(t, r.Charges(t, order.Text("id")), "no charge is sent")
	requireInvoice(t, buyer, order)
}

// The list has every round trip of a checkout, with its statements. Their number does not depend on the number of
// items. Each statement that writes is a transaction of its own.
func TestCheckout_SendsTheseStatements(t *testing.T) {
	t.Parallel()
	c := &counter{}
	r := harness.Start(t, c)
	buyer := r.NewBuyer(t)
	items := []string{buyer.Add("tidewright"), buyer.Add("dragon-treat"), buyer.Add("brassica")}
	// Without a webhook, which might record the capture before the response does.
	trips := c.post(buyer, "/v1/checkouts", buyer.Purchase("pm_lost_webhook", items...))
	require.Equal(t, []string{
		"find the key + read the lines", "quote + find entitlements + find the buyer", "place the order",
		"insert the payment", "settle the payment", "find the buyer", "grant", "clear the cart", "save the order",
	}, labels(trips), trips)
	require.Equal(t, 5, commits(trips))
	bundle := buyer.Post("/v1/cart/items", harness.Object{
		"bundle_id": buyer.Get("/v1/bundles/starter-purse").Is(http.StatusOK).Text("id"),
	}).Is(http.StatusCreated).Items("items")[0]["id"].(string)
	trips = c.post(buyer, "/v1/checkouts", buyer.Purchase("pm_lost_webhook", bundle))
	require.Len(t, trips, 10, "what a bundle contains is known after its quote")
	require.Equal(t, 5, commits(trips))
}

// commits returns how often the request waits until the database has stored a transaction durably, of statements
// without an explicit transaction.
func commits(trips []trip) (n int) {
	for _, statements := range trips {
		if slices.ContainsFunc(statements, func(statement string) bool {
			return !strings.HasPrefix(statement, "SELECT") && !strings.Contains(statement, postgres.AsyncCommit)
		}) {
			n++
		}
	}
	return n
}

// labels returns short names of the statements of each round trip.
func labels(trips []trip) (out []string) {
	for _, statements := range trips {
		var names []string
		for _, s := range statements {
			names = append(names, label(s))
		}
		out = append(out, strings.Join(names, " + "))
	}
	return out
}

// label returns a short name of a known statement, or the statement.
func label(statement string) string {
	for _, known := range [][2]string{
		{"FROM checkout.attempts", "find the key"},
		{"DELETE FROM cart.lines", "clear the cart"},
		{"INSERT INTO cart.lines", "put the line"},
		{"FROM cart.carts c WHERE c.account_id = $1", "read the cart"},
		{"SET reserved_at = $3", "reserve consumables"},
		{"INSERT INTO checkout.orders", "place the order"},
		{"UPDATE checkout.orders", "save the order"},
		{"INSERT INTO billing.payments", "insert the payment"},
		{"UPDATE billing.payments", "settle the payment"},
		{"INSERT INTO library.entitlements", "grant"},
		{"FROM library.entitlements", "find entitlements"},
		{"FROM catalog.sellables", "quote"},
		{"FROM identity.accounts", "find the buyer"},
		{"FROM cart.lines", "read the lines"},
	} {
		if strings.Contains(statement, known[0]) {
			return known[1]
		}
	}
	return statement
}
