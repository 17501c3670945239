package e2e_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/platform/log"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// TestCase holds bugs that the users of other stores reported, each under its number: go test -run 'TestCase/21' ./app/e2e
func TestCase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(t *testing.T){
		"01 the client completes while the webhook does":     clientAgainstWebhook,
		"02 the webhook comes before our answer":             webhookFirst,
		"03 a webhook comes three times":                     duplicateWebhook,
		"04 webhooks come out of order":                      reorderedWebhooks,
		"05 the webhook is lost":                             lostWebhook,
		"06 paid, and the answer is lost":                    lostAnswer,
		"07 money is taken after a cancel or a decline":      lateCapture,
		"08 an unknown outcome blocks another attempt":       unknownBlocks,
		"09 no more goes back than was captured":             overRefund,
		"10 parallel cart writes are not lost":               parallelCartWrites,
		"11 the price moves while the buyer pays":            movingPrice,
		"12 nothing is locked while the provider is asked":   slowProvider,
		"13 crossing orders do not deadlock":                 crossingOrders,
		"16 the lines add up to the total":                   rounding,
		"17 credit notes add up to their invoice":            creditNoteCents,
		"18 a partial refund moves no discount":              frozenDiscount,
		"19 refunds go on until nothing is left":             refundsUntilNothingIsLeft,
		"21 somebody else's things are not there":            matrixOfEveryOperation,
		"22 a cart add costs the same, always":               constantCart,
		"23 a free order completes and is invoiced":          freeOrder,
		"24 access follows a dispute":                        disputeFlips,
		"25 a product bought twice is refunded":              boughtTwice,
		"26 a webhook that was not taken is delivered again": redelivery,
		"27 an erased customer leaves papers and no trace":   deletedCustomer,
		"28 numbers have no gap":                             gaplessNumbers,
		"29 a slow gateway leaves the connection usable":     slowGatewayOnOneConnection,
		"30 nothing is paid for twice":                       paidTwice,
		"31 an account is erased while a payment is open":    erasedWhilePaying,
		"32 amounts have the digits of ISO 4217":             digitsOfTheStandard,
		"33 a retry after a decline is a new decision":       retryOfADecline,
		"34 an expansion outlives the refund of its game":    expansionWithoutItsGame,
		"35 a part of a quantity is refunded":                partOfAQuantity,
		"36 titles are found however they are typed":         titlesAreFound,
		"38 a scheduled price is withdrawn":                  scheduledPrice,
		"39 an archived product inside a bundle":             archivedContent,
		"41 a title of any script has a slug":                slugsOfAnyScript,
		"42 what is added while paying stays":                addedWhilePaying,
		"43 a refund in the provider's dashboard is booked":  refundedInTheDashboard,
		"44 another amount is reviewed and resolved":         anotherAmount,
		"45 a dispute after a full refund is seen":           disputedAfterTheRefund,
		"46 a retry has the tax of its own day":              taxOfTheRetry,
		"48 the country changes before the payment":          countryChangedBeforePaying,
		"49 refunds of odd amounts add up":                   roundedRefunds,
		"50 a confirmation fails, succeeds or never comes":   branchesOfAConfirmation,
		"51 a key is used on two endpoints":                  keyOnTwoEndpoints,
		"52 a bundle beside its game, one of them refunded":  bundleBesideItsGame,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
}

// vendure-ecommerce/vendure#2187, #3398, #4152: every add is there.
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

// counted is the ID of the requests whose statements are counted.
const counted = "counted"

// counter keeps the statements that the counted requests send to PostgreSQL. What goes on beside them, webhooks and
// the numbering of invoices, carries other IDs.
type counter struct {
	mu  sync.Mutex
	log []string
}

// TraceQueryStart keeps a statement.
func (c *counter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	if log.RequestID(ctx) == counted {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.log = append(c.log, strings.Join(strings.Fields(data.SQL), " "))
	}
	return ctx
}

// TraceQueryEnd is nothing to a counter.
func (c *counter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// post sends a counted request and returns its statements.
func (c *counter) post(buyer *harness.Client, path string, body harness.Object) []string {
	c.mu.Lock()
	c.log = nil
	c.mu.Unlock()
	buyer.Get("/v1/me").Is(http.StatusOK) // so that the session has just been asked after
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
	var costs []int
	for _, slug := range slugs {
		productID := buyer.Product(slug).Text("id")
		costs = append(costs, len(c.post(buyer, "/v1/cart/items", harness.Object{"product_id": productID})))
	}
	for _, cost := range costs {
		require.Equal(t, costs[0], cost, costs)
	}
	require.Equal(t, 8, costs[0])
}

// medusajs/medusa#5584, #12429: a total of 0 skips the provider, and still there is an invoice.
func freeOrder(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_declined", buyer.Add("oddments"), buyer.Add("prologue-to-vell"))).Is(http.StatusCreated)
	require.Equal(t, "completed", order.Text("status"))
	require.InDelta(t, 0, order.Body["total"].(harness.Object)["amount"], 0)
	require.Empty(t, r.Charges(t, order.Text("id")), "the provider never heard of it")
	invoiceOf(t, buyer, order)
}

// TestTheRoundTripsOfACheckout names every statement that one purchase costs, however many things it is of, so that none
// slips in.
func TestTheRoundTripsOfACheckout(t *testing.T) {
	t.Parallel()
	c := &counter{}
	r := harness.Start(t, c)
	buyer := r.NewBuyer(t)
	items := []string{buyer.Add("tidewright"), buyer.Add("dragon-treat"), buyer.Add("brassica")}
	// Without a webhook, which might write the capture down first.
	statements := c.post(buyer, "/v1/checkouts", buyer.Purchase("pm_lost_webhook", items...))
	var got []string
	for _, s := range statements {
		got = append(got, label(s))
	}
	require.Equal(t, []string{
		"find the key", "read the lines", "quote", "find what is owned", "find the buyer",
		"reserve consumables", "place the order",
		"begin", "lock the account", "write the payment down", "commit",
		"begin", "lock the payment", "book the capture", "draft the invoice", "write the capture down", "commit",
		"save the order", "find the buyer", "begin", "lock the account", "find what is held", "grant", "commit",
		"clear the cart", "save the order", "read the bill",
	}, got, strings.Join(statements, "\n"))
}

func label(statement string) string {
	for _, known := range [][2]string{
		{"FROM checkout.attempts", "find the key"},
		{"UPDATE cart.carts", "clear the cart"},
		{"SET reserved_at = $3", "reserve consumables"},
		{"lock_account", "lock the account"},
		{"INSERT INTO checkout.orders", "place the order"},
		{"UPDATE checkout.orders", "save the order"},
		{"INSERT INTO billing.payments", "write the payment down"},
		{"billing.payments WHERE id", "lock the payment"},
		{"UPDATE billing.payments", "write the capture down"},
		{"INSERT INTO billing.journal_entries", "book the capture"},
		{"INSERT INTO billing.invoice_drafts", "draft the invoice"},
		{"AS wanted (order_id)", "read the bill"},
		{"INSERT INTO library.entitlements", "grant"},
		{"end_reason = 'covered'", "find what is held"},
		{"FROM library.entitlements", "find what is owned"},
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
