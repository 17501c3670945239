package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/modules/billing"
	"coinslot/modules/checkout/adapters/taxes"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	billingdomain "coinslot/modules/billing/domain"
)

// medusajs/medusa#16012 (check-then-act), hyperswitch#13182 (two $60 refunds on $100), medusa#16036 (an amount of zero
// refunds everything): refunds never exceed the captured amount.
func overRefund(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	total := harness.AmountOf(order.Body["total"])
	line := order.Items("lines")[0]["id"]
	part := func(amount int64) harness.Object {
		return harness.Object{"items": []any{harness.Object{
			"line_id": line,
			"amount":  harness.Object{"amount": amount, "currency": "EUR"},
		}}}
	}
	for _, none := range []int64{0, -1} {
		clerk.Refund(order.Text("id"), part(none)).Problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	clerk.Refund(order.Text("id"), part(total+1)).Problem(http.StatusConflict, "refund-exceeds-captured")
	require.Zero(t, harness.Count(t, r, "billing.refunds"))
	answers := make([]harness.Reply, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = clerk.Refund(order.Text("id"), part(total*6/10)) })
	}
	group.Wait()
	won := 0
	for _, answer := range answers {
		if answer.Status == http.StatusCreated {
			won++
			continue
		}
		answer.Problem(http.StatusConflict, "refund-exceeds-captured")
	}
	require.Equal(t, 1, won)
	r.VerifyInvariants(t)
}

// medusajs/medusa#14818, #12789, #13972, vendure#3091, #2662, saleor#12348 (54.74 instead of 54.73): the lines sum to
// the total, at every rate, in the order, its invoice and its refunds.
func rounding(t *testing.T) {
	for _, included := range []bool{true, false} {
		r := harness.Start(t, nil, withTax(included, "25.5"))
		buyer := r.NewBuyer(t)
		items := []string{
			buyer.Add("star-orchard"), buyer.Add("tidewright"), buyer.Bundle("sleepy-stories"),
			buyer.Add("mirrorfen"),
		}
		quote := buyer.Post("/v1/checkouts/quote", harness.Object{"item_ids": items}).Is(http.StatusOK)
		order := buyer.Keyed("/v1/checkouts", harness.NewKey(), buyer.Purchase("pm_ok", items...)).Is(http.StatusCreated)
		lines := order.Items("lines")
		total, tax := harness.AmountOf(order.Body["total"]), harness.AmountOf(order.Body["tax_total"])
		require.Equal(t, quote.Body["total"], order.Body["total"])
		require.Positive(t, tax)
		require.Equal(t, total, harness.SumOf(lines, "line_total"))
		require.Equal(t, tax, harness.SumOf(lines, "tax"))
		subtotal := harness.AmountOf(order.Body["subtotal"])
		if included {
			require.Equal(t, subtotal, total)
			require.Equal(t, (subtotal*2550*2+12550)/(2*12550), tax)
		} else {
			require.Equal(t, subtotal+tax, total)
			require.Equal(t, (subtotal*2550*2+10000)/(2*10000), tax)
		}
		invoice := buyer.Get("/v1/invoices/" + order.Body["invoice"].(harness.Object)["id"].(string)).Is(http.StatusOK)
		require.Equal(t, total, harness.SumOf(invoice.Items("lines"), "line_total"))
		back := int64(0)
		for _, line := range slices.Backward(lines) {
			back += harness.AmountOf(buyer.Refund(order.Text("id"),
				harness.Object{"line_ids": []any{line["id"]}}).Is(http.StatusCreated).Body["amount"])
		}
		require.Equal(t, total, back)
		buyer.AwaitOrder(order.Text("id"), "refunded")
		r.VerifyInvariants(t)
	}
}

// withTax sets one tax rate for all products, included in the prices or added to them.
func withTax(included bool, percent string) fx.Option {
	return harness.With(func(cfg *store.Config) {
		cfg.Taxes = taxes.Config{
			Mode: "table", PricesIncludeTax: included,
			Rates: []taxes.Rate{{Country: "AT", Percent: percent, From: "2020-01-01"}},
		}
	})
}

// lago-api#2643: lines of 6833, 6833, 5750 and 8500 at 20 % make an invoice of 33499; the credit notes of each line
// must not sum to 33500.
func creditNoteCents(t *testing.T) {
	r := harness.Start(t, nil, withTax(false, "20"))
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	var items []string
	for i, price := range []int{6833, 6833, 5750, 8500} {
		title := fmt.Sprintf("Lago %d", i)
		product := clerk.Post("/v1/admin/products",
			harness.Object{
				"title": title, "kind": "game", "category": "test",
				"price": harness.Object{"amount": price, "currency": "EUR"},
			})
		items = append(items, buyer.Add(product.Is(http.StatusCreated).Text("slug")))
	}
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(), buyer.Purchase("pm_ok", items...)).Is(http.StatusCreated)
	require.Equal(t, int64(33499), harness.AmountOf(order.Body["total"]))
	require.Equal(t, int64(5583), harness.AmountOf(order.Body["tax_total"]))
	var amounts, taxes int64
	for _, line := range order.Items("lines") {
		refund := buyer.Refund(order.Text("id"), harness.Object{"line_ids": []any{line["id"]}}).Is(http.StatusCreated)
		noteID := refund.Body["credit_note"].(harness.Object)["id"].(string)
		note := buyer.Get("/v1/credit-notes/" + noteID).Is(http.StatusOK)
		require.Equal(t, order.Body["invoice"].(harness.Object)["id"], note.Body["invoice_id"])
		amounts, taxes = amounts+harness.AmountOf(note.Body["total"]), taxes+harness.AmountOf(note.Body["tax_total"])
	}
	require.Equal(t, [2]int64{33499, 5583}, [2]int64{amounts, taxes})
	r.VerifyInvariants(t)
}

// vendure#4811, #5127: a partial refund does not change the discount of the remaining lines. Each part's share is
// frozen.
func frozenDiscount(t *testing.T) {
	content := discounted()
	all, err := billingdomain.PlanRefund(content, nil, nil)
	require.NoError(t, err)
	one, err := billingdomain.PlanRefund(content, nil, []billing.RefundItem{{LineID: content.Lines[1].LineID}})
	require.NoError(t, err)
	require.Equal(t, all[1], one[0], "a line is refunded at the same amount alone and with all others")
	require.Equal(t, int64(333), one[0].Discount.Amount(), "with its own share of the discount")

	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
		buyer.Purchase("pm_ok", buyer.Bundle("puzzle-drawer"), buyer.Add("kite-season"))).Is(http.StatusCreated)
	parts := harness.List(order.Items("lines")[0], "parts")
	product := harness.Object{"line_id": order.Items("lines")[0]["id"], "product_id": parts[0]["product_id"]}
	refund := buyer.Refund(order.Text("id"), harness.Object{"items": []any{product}}).Is(http.StatusCreated)
	require.Equal(t, parts[0]["total"], refund.Body["amount"])
	buyer.AwaitOrder(order.Text("id"), "partially_refunded")
	after := buyer.Order(order.Text("id"))
	require.Equal(t, order.Body["lines"], after.Body["lines"])
	require.Equal(t, order.Body["total"], after.Body["total"])
	rest := buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	require.Equal(t, harness.AmountOf(order.Body["total"]),
		harness.AmountOf(refund.Body["amount"])+harness.AmountOf(rest.Body["amount"]))
	r.VerifyInvariants(t)
}

// discounted returns the invoice content of an order of three equal games with a discount of 9.99 on the order. The tax
// is rounded once.
func discounted() billing.InvoiceContent {
	content := billing.InvoiceContent{Total: money.Of(4998, "EUR")}
	for _, tax := range []int64{278, 278, 277} {
		content.Lines = append(content.Lines, billing.LineItem{
			LineID: id.V7{}.NewID(),
			Parts: []billing.LineItemPart{{
				ProductID: id.V7{}.NewID(), Discount: money.Of(333, "EUR"), Tax: money.Of(tax, "EUR"),
				Total: money.Of(1666, "EUR"),
			}},
		})
	}
	return content
}

// medusajs/medusa#10491, #10842 (a second refund is blocked): partial refunds are possible until the total is refunded.
func repeatedRefunds(t *testing.T) {
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	total := harness.AmountOf(order.Body["total"])
	left := total
	for i := 0; left > 0; i++ {
		line := order.Items("lines")[i%2]["id"]
		amount := harness.Object{"amount": 271, "currency": "EUR"}
		answer := clerk.Refund(order.Text("id"),
			harness.Object{"items": []any{harness.Object{"line_id": line, "amount": amount}}})
		if answer.Status == http.StatusConflict { // the line has less than that left
			remaining := harness.AmountOf(answer.Problem(http.StatusConflict, "refund-exceeds-captured").Body["remaining"])
			if remaining == 0 {
				continue
			}
			answer = clerk.Refund(order.Text("id"), harness.Object{"line_ids": []any{line}})
		}
		left -= harness.AmountOf(answer.Is(http.StatusCreated).Body["amount"])
	}
	require.Zero(t, left)
	buyer.AwaitOrder(order.Text("id"), "refunded")
	after := buyer.Order(order.Text("id"))
	require.Equal(t, total, harness.SumOf(after.Items("refunds"), "amount"))
	require.Empty(t, buyer.Get("/v1/library").Is(http.StatusOK).Items("items"))
	buyer.Refund(order.Text("id"), nil).Problem(http.StatusConflict, "refund-exceeds-captured")
	harness.Eventually(t, "every credit note is numbered",
		func() bool { return harness.Count(t, r, "billing.invoice_drafts") == 0 })
	r.VerifyInvariants(t)
}

// antiwork/gumroad#6833 (won, then lost: 672 buyers kept access), #5394 (access is not restored, also for bundles).
func reversedDispute(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	owned := func() int { return len(buyer.Get("/v1/library").Is(http.StatusOK).Items("items")) }
	for program, c := range map[string]struct {
		ends  string
		owned int
	}{"won_then_lost": {"lost", 0}, "lost_then_won": {"won", 3}} {
		r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 3600000, "outcome": "`+program+`"}]}`)
		order := buyer.Keyed("/v1/checkouts", harness.NewKey(),
			buyer.Purchase("pm_ok", buyer.Bundle("puzzle-drawer"))).Is(http.StatusCreated)
		orderID := order.Text("id")
		r.AdvanceProvider(t)
		disputed := func(status string) func() bool {
			return func() bool {
				dispute, there := buyer.Get("/v1/orders/" + orderID).Is(http.StatusOK).Body["dispute"].(harness.Object)
				return there && dispute["status"] == status
			}
		}
		harness.Eventually(t, "the dispute is opened", disputed("opened"))
		harness.Eventually(t, "access is withheld", func() bool { return owned() == 0 })
		for _, turns := range []string{"2", "3"} {
			r.AdvanceProvider(t)
			harness.Eventually(t, "the bank has decided", func() bool {
				return harness.Count(t, r, "billing.disputes WHERE turns = "+turns+" AND order_id = '"+orderID+"'") == 1
			})
		}
		harness.Eventually(t, "the order shows the second decision", disputed(c.ends))
		// Access that is withheld is not listed, but still keeps the product from being bought again.
		harness.Eventually(t, "access matches the decision", func() bool {
			return owned() == c.owned && harness.Count(t, r, "library.entitlements WHERE ended_at IS NULL") == c.owned
		})
		if c.ends == "lost" {
			buyer.Refund(orderID, nil).Problem(http.StatusConflict, "payment-disputed")
			require.Equal(t, 1, harness.Count(t, r,
				"billing.journal_postings p JOIN billing.journal_entries e ON e.id = p.entry_id "+
					"WHERE account = 'dispute_losses' AND amount > 0 AND order_id = '"+orderID+"'"))
		} else {
			buyer.Refund(orderID, nil).Is(http.StatusCreated)
			buyer.AwaitOwned(0)
		}
		harness.Eventually(t, "the bundle can be bought again",
			func() bool { return harness.Count(t, r, "library.entitlements WHERE ended_at IS NULL") == 0 })
	}
	r.VerifyInvariants(t)
}

// saleor#2235: an erased customer's invoices stay complete, all other personal data is deleted, and the ledger
// balances.
func erasedCustomer(t *testing.T) {
	r := harness.Start(t, nil)
	buyer := r.NewBuyer(t)
	order := buyer.Checkout("pm_ok", "tidewright", "star-orchard").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), harness.Object{"line_ids": []any{order.Items("lines")[0]["id"]}}).Is(http.StatusCreated)
	buyer.Checkout("pm_requires_action", "brassica").Is(http.StatusAccepted)
	harness.Eventually(t, "both documents are issued", func() bool { return harness.Count(t, r, "billing.invoices") == 2 })
	before := hashes(t, r)
	buyer.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).Is(http.StatusNoContent)
	harness.Eventually(t, "every module has handled the erasure", func() bool {
		return harness.Count(t, r, "billing.erased_accounts") == 1 &&
			harness.Count(t, r, "library.entitlements WHERE ended_at IS NULL") == 0 &&
			harness.Count(t, r, "checkout.orders WHERE status = 'requires_action'") == 0
	})
	require.Equal(t, before, hashes(t, r))
	require.Equal(t, 2, harness.Count(t, r,
		"billing.invoices WHERE paper ->> 'buyer_name' <> '' AND paper ->> 'buyer_email' <> ''"))
	require.Zero(t, harness.Count(t, r, "billing.payments WHERE last4 <> '' OR brand <> '' OR paper IS NOT NULL"))
	require.Zero(t, harness.Count(t, r, "billing.refunds WHERE reason <> ''"))
	r.VerifyInvariants(t)
}

func hashes(t *testing.T, r *harness.Store) (out []string) {
	t.Helper()
	rows, err := postgres.All[struct{ Hash string }](t.Context(), r.Database.DB,
		`SELECT encode(content_hash, 'hex') AS hash FROM billing.invoices ORDER BY id`)
	require.NoError(t, err)
	for _, row := range rows {
		out = append(out, row.Hash)
	}
	return out
}

// odoo#11859, OCA/server-tools#2040: a rollback uses no number. A hundred concurrent invoices are numbered 1 to 100.
func gaplessNumbers(t *testing.T) {
	const buyers, each = 10, 10
	r := harness.Start(t, nil)
	r.AsOwner(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END';
		CREATE TRIGGER refuse BEFORE INSERT ON billing.invoices FOR EACH STATEMENT EXECUTE FUNCTION refuse()`)
	var group sync.WaitGroup
	statuses := make([]int, buyers*each)
	for b := range buyers {
		buyer := r.NewBuyer(t)
		for g, game := range buyer.PaidGames()[:each] {
			body := buyer.Purchase("pm_ok", buyer.Add(game))
			group.Go(func() { statuses[b*each+g] = buyer.Keyed("/v1/checkouts", harness.NewKey(), body).Status })
		}
	}
	group.Wait()
	for _, status := range statuses {
		require.Equal(t, http.StatusCreated, status)
	}
	require.Equal(t, buyers*each, harness.Count(t, r, "billing.invoice_drafts"),
		"numbering fails and is rolled back repeatedly")
	require.Zero(t, harness.Count(t, r, "billing.invoices"))
	r.AsOwner(t, `DROP TRIGGER refuse ON billing.invoices`)
	harness.Eventually(t, "every invoice has its number",
		func() bool { return harness.Count(t, r, "billing.invoices") == buyers*each })
	row, _, err := postgres.One[struct{ Low, High, Different int }](t.Context(), r.Database.DB,
		`SELECT min(number) AS low, max(number) AS high, count(DISTINCT number) AS different FROM billing.invoices`)
	require.NoError(t, err)
	require.Equal(t, [3]int{1, buyers * each, buyers * each}, [3]int{row.Low, row.High, row.Different})
	r.VerifyInvariants(t)
}
