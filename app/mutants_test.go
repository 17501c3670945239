//go:build failpoints

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

const mutantsVariable = "COINSLOT_TEST_MUTANTS"

// mutant is a rule, a dedupe or a lock that is taken out of the store.
type mutant struct {
	what     string
	file     string
	old, new string
	notices  []string // the go test arguments that must fail
	with     *mutant  // where two guards stand for one rule, and either alone suffices: the other one
}

var (
	bySimulation = []string{"-tags", "failpoints", "-run", "TestSimulation", "./app"}
	byCheckout   = []string{"-run", "TestContract", "./modules/checkout/adapters/postgres"}
	byBilling    = []string{"-run", "TestContract", "./modules/billing/adapters/postgres"}
	byLibrary    = []string{"-run", "TestContract", "./modules/library/adapters/postgres"}
	byCart       = []string{"-run", "TestContract", "./modules/cart/adapters/postgres"}
)

// mutants are the ways in which the store is broken.
var mutants = []mutant{
	{
		"the provider is asked with a new key each time", "modules/billing/service/charge.go",
		"Key: p.ID.String(), OrderID", "Key: fmt.Sprint(new(int)), OrderID", bySimulation, nil,
	},
	{
		"a payment is made although its attempt is there", "modules/billing/adapters/memory/memory.go",
		"if other.OrderID == p.OrderID && other.Attempt == p.Attempt {", "if other.Attempt < 0 {", bySimulation, nil,
	},
	{
		"a canceled attempt is not written down", "modules/billing/service/charge.go",
		"payment, err = st.Payments.Insert(ctx, never)\n\t\treturn err", "payment = never\n\t\treturn nil", bySimulation, nil,
	},
	{
		"an unknown outcome is taken for a decline", "modules/checkout/adapters/billing/payments.go",
		"billing.Unknown:        domain.Unclear,", "billing.Unknown:        domain.Refused,", bySimulation, nil,
	},
	{
		"a captured payment believes later news", "modules/billing/domain/payment.go",
		"case p.s.Status.Final():\n\t\treturn false", "case false:\n\t\treturn false", bySimulation, nil,
	},
	{
		"a late capture is not believed", "modules/billing/domain/payment.go",
		"return o.Status == billing.Captured", "return false", bySimulation, nil,
	},
	{
		"a late capture does not go back", "modules/billing/service/charge.go",
		`err = s.giveBack(ctx, st, payment, "captured late")`, "", bySimulation, nil,
	},
	{
		"nobody looks once more at a payment that ended", "modules/billing/service/charge.go",
		"payment.Watch(now.Add(s.WatchFor))", "", bySimulation, nil,
	},
	{
		"a refund is written down twice", "modules/billing/adapters/memory/memory.go",
		"if other.RequestedBy == r.RequestedBy && other.Key == r.Key && (", "if other.Key == \"none\" && (",
		[]string{"-run", "Test", "./modules/billing/adapters/memory"},
		nil,
	},
	{
		"a refund is asked for with a new key each time", "modules/billing/service/refund.go",
		"Key: r.ID.String(), ProviderRef", "Key: s.IDs.NewID().String(), ProviderRef", bySimulation, nil,
	},
	{
		"the capture does not draft an invoice", "modules/billing/service/charge.go",
		"err = st.Invoices.InsertDraft(ctx, domain.NewDraft(*payment, s.Sellers))", "", bySimulation, nil,
	},
	{
		"numbers begin at the count of drafts", "modules/billing/domain/invoice.go",
		"Number: last[series]", "Number: int64(i) + 1", bySimulation, nil,
	},
	{
		"a webhook's news is not told", "modules/billing/service/webhooks.go",
		"if err != nil || !changed {\n\t\treturn true, err\n\t}", "if err != nil || changed || !changed {\n\t\treturn true, err\n\t}",
		[]string{"-run", "Test", "./modules/billing/service"},
		nil,
	},
	{
		"a key may make two orders", "modules/checkout/adapters/memory/memory.go",
		"if _, used := s.attempts[key]; used {", "if _, used := s.attempts[key]; used && false {", bySimulation, nil,
	},
	{
		"two orders may hold one cart line", "modules/checkout/adapters/memory/memory.go",
		"if slices.Contains(domain.Restore(o).CartLineIDs(), l.CartLineID) {", "if l.Quantity < 0 {", bySimulation, nil,
	},
	{
		"a stale version is stored", "modules/checkout/adapters/memory/memory.go",
		"if s.orders[o.ID].Version != o.Version {", "if false {", bySimulation, nil,
	},
	{
		"late news moves an order back", "modules/checkout/domain/order.go",
		"if !o.Unpaid() && (!o.InReview() || outcome == Unclear || outcome == NeedsAction) {", "if outcome < 0 {",
		[]string{"-run", "Test", "./modules/checkout/..."},
		nil,
	},
	{
		"an order is canceled while its payment is not known", "modules/checkout/service/pay_order.go",
		"if outcome != domain.Abandoned && outcome != domain.Refused {", "if outcome > 99 {", bySimulation, nil,
	},
	{
		"a processing order may be paid again", "modules/checkout/domain/order.go",
		"case o.s.Status == checkout.Processing || o.s.Status == checkout.RequiresAction:\n\t\treturn ErrInProgress\n\tcase o.s.Status != checkout.Declined:",
		"case o.s.Status == checkout.Completed:",
		[]string{"-run", "Test", "./modules/checkout/service"},
		nil,
	},
	{
		"what is paid is not granted", "modules/checkout/service/advance.go",
		"err := s.Library.Grant(ctx, order)", "var err error", bySimulation, nil,
	},
	{
		"what was bought stays in the cart", "modules/checkout/service/advance.go",
		"err := s.Carts.Remove(ctx, order.Snapshot().AccountID, order.CartLineIDs()); err != nil", "false", bySimulation, nil,
	},
	{
		"a refused grant is not refunded", "modules/checkout/service/advance.go",
		"return s.refund(ctx, order)\n\t}\n\tif err != nil {", "order.Complete(s.Clock.Now())\n\t\treturn order, nil\n\t}\n\tif err != nil {", bySimulation, nil,
	},
	{
		"a refused grant is tried again while its money goes back", "modules/checkout/service/advance.go",
		"if order.GrantRefused() {", "if false {",
		[]string{"-run", "Test", "./modules/checkout/service"},
		nil,
	},
	{
		"a grant is given twice", "modules/library/domain/domain.go",
		"if given[key{item.LineID, item.ProductID}] {", "if false {",
		[]string{"-run", "Test", "./modules/library/..."},
		nil,
	},
	{
		"a product is granted although another order gave it", "modules/library/domain/domain.go",
		"if owned[item.ProductID] && !item.Optional && !item.Consumable {", "if false {",
		[]string{"-run", "Test", "./modules/library/..."},
		nil,
	},
	{
		"what one order no longer gives, another that gave the same does not give either", "modules/library/domain/domain.go",
		"best.open()", "", bySimulation, nil,
	},
	{
		"what was refunded is not taken back", "modules/checkout/service/refund_order.go",
		"err := s.Library.Adjust(ctx, order, order.Gone(back), aftermath.Dispute.Access()); err != nil", "false", bySimulation, nil,
	},
	{
		"money that was taken late counts as the price of the order", "modules/checkout/service/refund_order.go",
		"!r.Succeeded || len(r.Lines) == 0 {", "!r.Succeeded {", bySimulation, nil,
	},
	{
		"news of a refund or a dispute does not reach a completed order", "modules/checkout/service/advance.go",
		"if err != nil || !order.Settled() {\n\t\treturn err", "if err != nil || order.Settled() || !order.Settled() {\n\t\treturn err", bySimulation, nil,
	},
	{
		"more of a line goes back than is left", "modules/billing/domain/plan.go",
		"if remaining == 0 || asked.Amount() > remaining {", "if remaining == 0 {",
		[]string{"-run", "Test", "./modules/billing/domain"},
		nil,
	},
	{
		"the tax of a refund is rounded by itself", "modules/billing/domain/plan.go",
		"share, err := amount.Scale(l.done, l.part.Total.Amount())", "share, err := amount.Scale(l.done-before, l.part.Total.Amount())",
		[]string{"-run", "Test", "./modules/billing/domain"},
		nil,
	},
	{
		"a refund is not booked", "modules/billing/service/refund.go",
		"if err := post(ctx, st, entry); err != nil {", "if _ = entry; err != nil {", bySimulation, nil,
	},
	{
		"a refund has no credit note", "modules/billing/service/refund.go",
		"return st.Invoices.InsertDraft(ctx, note)", "_ = note\n\treturn nil", bySimulation, nil,
	},
	{
		"a refund that failed stays counted", "modules/billing/service/refund.go",
		"payment.Keep(refund)", "",
		[]string{"-run", "Test", "./modules/billing/service"},
		nil,
	},
	{
		"a capture is not booked", "modules/billing/service/charge.go",
		"return post(ctx, st, entry)", "_ = entry\n\treturn nil", bySimulation, nil,
	},
	{
		"older news of a dispute wins", "modules/billing/domain/dispute.go",
		"if news.Status == d.s.Status || news.At.Before(d.s.NewsAt) {", "if news.Status == d.s.Status {", bySimulation, nil,
	},
	{
		"an entry need not balance", "modules/billing/domain/ledger.go",
		"if sum != 0 {", "if false {",
		[]string{"-run", "Test", "./modules/billing/domain"},
		nil,
	},
	{
		"the total need not be the one agreed to", "modules/checkout/domain/basket.go",
		"if expected != b.Totals.Total {", "if false {", bySimulation, nil,
	},
	{
		"nobody sweeps orders", "modules/checkout/service/sweep.go",
		"err := s.Advance(ctx, orderID)", "var err error", bySimulation, nil,
	},
	{
		"what was read before a write is remembered", "platform/web/answers.go",
		"if a.forgets == before {", "if true {",
		[]string{"-run", "Test", "./platform/web"},
		nil,
	},
	// What PostgreSQL itself must hold.
	{"SQL: a key is unique", "migrations/checkout/0001_orders.sql", "CREATE UNIQUE INDEX attempts_key", "CREATE INDEX attempts_key", byCheckout, nil},
	{"SQL: a held cart line is unique", "migrations/checkout/0001_orders.sql", "CREATE UNIQUE INDEX order_lines_held", "CREATE INDEX order_lines_held", byCheckout, nil},
	{"SQL: an order is saved under its version only", "modules/checkout/adapters/postgres/orders.go", "WHERE id = $1 AND version = $2 RETURNING", "WHERE id = $1 AND $2 > 0 RETURNING", byCheckout, nil},
	{"SQL: a lease has one holder", "modules/checkout/adapters/postgres/orders.go", "AND (o.advancing_until IS NULL OR o.advancing_until <= $3)", "AND $3::timestamptz IS NOT NULL", byCheckout, nil},
	{"SQL: an attempt is one payment", "migrations/billing/0001_payments.sql", "UNIQUE (order_id, attempt)", "CHECK (attempt > 0)", byBilling, nil},
	{"SQL: a webhook is kept once", "migrations/billing/0001_payments.sql", "PRIMARY KEY (provider, event_id)", "CHECK (event_id <> '')", byBilling, nil},
	{
		"SQL: one writer numbers, and a number is unique in its series", "modules/billing/adapters/postgres/invoices.go",
		"pg_try_advisory_xact_lock($1)", "$1::bigint > 0", byBilling,
		&mutant{file: "migrations/billing/0001_payments.sql", old: "UNIQUE (series, number)", new: "CHECK (series <> '')"},
	},
	{"SQL: a payment is returned whole once", "migrations/billing/0003_papers.sql", "CREATE UNIQUE INDEX refunds_key ON billing.refunds (payment_id, key) WHERE requested_by IS NULL", "CREATE INDEX refunds_key ON billing.refunds (payment_id, key)", byBilling, nil},
	{"SQL: a key makes one refund", "migrations/billing/0003_papers.sql", "CREATE UNIQUE INDEX refunds_asked", "CREATE INDEX refunds_asked", byBilling, nil},
	{"SQL: a journal entry balances", "migrations/billing/0005_balance_check.sql", "bool_or(sum <> 0)", "bool_or(sum IS NULL)", byBilling, nil},
	{"SQL: an event is booked once", "migrations/billing/0004_ledger.sql", "CREATE UNIQUE INDEX journal_entries_source", "CREATE INDEX journal_entries_source", byBilling, nil},
	{"SQL: one writer seals", "modules/billing/adapters/postgres/ledger.go", "pg_try_advisory_xact_lock($1)", "$1::bigint > 0", byBilling, nil},
	{"SQL: a forgotten account stays forgotten", "modules/billing/adapters/postgres/store.go", "last4 = CASE WHEN e.account_id IS NULL THEN $7 ELSE '' END", "last4 = $7", byBilling, nil},
	{"SQL: no more goes back than was captured", "migrations/billing/0002_refunds.sql", "AND returned <= captured)", ")", byBilling, nil},
	{"SQL: a product is owned once", "migrations/library/0001_entitlements.sql", "CREATE UNIQUE INDEX entitlements_active", "CREATE INDEX entitlements_active", byLibrary, nil},
	{"SQL: a cart is locked", "modules/cart/adapters/postgres/store.go", "DO UPDATE SET version = carts.version", "DO NOTHING", byCart, nil},
	{"SQL: whoever takes bought lines out locks the cart", "modules/cart/adapters/postgres/store.go", "WHERE account_id = $1 FOR UPDATE),", "WHERE account_id = $1),", byCart, nil},
	{"SQL: a payment is locked", "modules/billing/adapters/postgres/store.go", "WHERE id = $1 FOR UPDATE`, paymentID", "WHERE id = $1`, paymentID", byBilling, nil},
	{
		"SQL: a refresh family is locked, and has one token that can be used", "modules/identity/adapters/postgres/store.go",
		"WHERE hash = $1) FOR UPDATE`, tokenHash", "WHERE hash = $1)`, tokenHash",
		[]string{"-run", "TestContract", "./modules/identity/adapters/postgres"},
		&mutant{file: "migrations/identity/0001_accounts.sql", old: "CREATE UNIQUE INDEX refresh_tokens_active", new: "CREATE INDEX refresh_tokens_active"},
	},
}

// TestMutants breaks a copy of the store in each of these ways and sees that the proofs notice.
func TestMutants(t *testing.T) {
	if os.Getenv(mutantsVariable) == "" {
		t.Log("make mutants runs this: it compiles the store once for each mutant")
		return
	}
	tree := copyOfTree(t)
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	tried, survived := 0, 0
	for _, m := range mutants {
		if only := os.Getenv(mutantsVariable); only != "all" && !strings.Contains(m.what, only) {
			continue
		}
		tried++
		restore := m.apply(t, tree)
		verdict := m.run(t, tree)
		if verdict != "noticed" {
			survived++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", verdict, m.what, m.notices[len(m.notices)-1])
		restore()
	}
	require.NoError(t, table.Flush())
	fmt.Printf("mutants: %d of %d noticed\n", tried-survived, tried)
	require.Zero(t, survived)
}

// apply breaks the tree, and returns what mends it.
func (m mutant) apply(t *testing.T, tree string) (restore func()) {
	t.Helper()
	mend := func() {}
	if m.with != nil {
		mend = m.with.apply(t, tree)
	}
	path := filepath.Join(tree, m.file)
	original, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(original), m.old), "%s holds the rule once: %s", m.file, m.old)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(original), m.old, m.new, 1)), 0o600))
	return func() {
		mend()
		require.NoError(t, os.WriteFile(path, original, 0o600))
	}
}

// run runs the proof in the broken tree. A mutant that does not compile was not tried.
func (m mutant) run(t *testing.T, tree string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-count=1"}, m.notices...)...)
	cmd.Dir = tree
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return "SURVIVED"
	case strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "[setup failed]"):
		return "DOES NOT COMPILE: " + firstLines(string(out))
	}
	return "noticed"
}

func copyOfTree(t *testing.T) string {
	t.Helper()
	tree := t.TempDir()
	require.NoError(t, filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			if err == nil {
				return fs.SkipDir
			}
			return err
		}
		target := filepath.Join(tree, strings.TrimPrefix(path, ".."))
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, raw, 0o600)
	}))
	return tree
}
