package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	billingdomain "coinslot/modules/billing/domain"
)

// refund asks for money of an order back. Without a body it is all that is left.
func (c *client) refund(orderID string, body object) reply {
	c.t.Helper()
	if body == nil {
		body = object{}
	}
	body["reason"] = "bored"
	return c.keyed("/v1/orders/"+orderID+"/refunds", newKey(), body)
}

func amountOf(o any) int64 { return int64(o.(object)["amount"].(float64)) }

func sumOf(items []object, key string) (sum int64) {
	for _, item := range items {
		sum += amountOf(item[key])
	}
	return sum
}

// bundle puts a bundle into the cart and returns its item.
func (c *client) bundle(slug string) string {
	c.t.Helper()
	bundleID := c.get("/v1/bundles/" + slug).is(http.StatusOK).text("id")
	for _, item := range c.post("/v1/cart/items", object{"bundle_id": bundleID}).is(http.StatusCreated).items("items") {
		if item["bundle_id"] == bundleID {
			return item["id"].(string)
		}
	}
	require.Fail(c.t, "the bundle is not in the cart")
	return ""
}

// medusajs/medusa#16012 (check-then-act), hyperswitch#13182 (two $60 refunds on $100), medusa#16036 (zero refunds all):
// what goes back is at most what was captured.
func overRefund(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_ok", "tidewright").is(http.StatusCreated)
	total := amountOf(order.Body["total"])
	line := order.items("lines")[0]["id"]
	part := func(amount int64) object {
		return object{"items": []any{object{"line_id": line, "amount": object{"amount": amount, "currency": "USD"}}}}
	}
	for _, none := range []int64{0, -1} {
		clerk.refund(order.text("id"), part(none)).problem(http.StatusUnprocessableEntity, "invalid-request")
	}
	clerk.refund(order.text("id"), part(total+1)).problem(http.StatusConflict, "refund-exceeds-captured")
	require.Zero(t, count(t, r, "billing.refunds"))
	answers := make([]reply, 20)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() { answers[i] = clerk.refund(order.text("id"), part(total*6/10)) })
	}
	group.Wait()
	won := 0
	for _, answer := range answers {
		if answer.Status == http.StatusCreated {
			won++
			continue
		}
		answer.problem(http.StatusConflict, "refund-exceeds-captured")
	}
	require.Equal(t, 1, won)
	r.holds(t)
}

// medusajs/medusa#14818, #12789, #13972, vendure#3091, #2662, saleor#12348 (54.74 against 54.73): the lines add up to the
// total, at every rate, in the order, in its invoice and in what goes back.
func rounding(t *testing.T) {
	for _, included := range []bool{true, false} {
		r := startStore(t, nil, taxed(included, "25.5"))
		buyer := r.newBuyer(t)
		items := []string{
			buyer.add("star-orchard"), buyer.add("tidewright"), buyer.bundle("sleepy-stories"),
			buyer.add("mirrorfen"),
		}
		quote := buyer.post("/v1/checkouts/quote", object{"item_ids": items}).is(http.StatusOK)
		order := buyer.keyed("/v1/checkouts", newKey(), buyer.purchase("pm_ok", items...)).is(http.StatusCreated)
		lines := order.items("lines")
		total, tax := amountOf(order.Body["total"]), amountOf(order.Body["tax_total"])
		require.Equal(t, quote.Body["total"], order.Body["total"])
		require.Positive(t, tax)
		require.Equal(t, total, sumOf(lines, "line_total"))
		require.Equal(t, tax, sumOf(lines, "tax"))
		subtotal := amountOf(order.Body["subtotal"])
		if included {
			require.Equal(t, subtotal, total)
			require.Equal(t, (subtotal*2550*2+12550)/(2*12550), tax)
		} else {
			require.Equal(t, subtotal+tax, total)
			require.Equal(t, (subtotal*2550*2+10000)/(2*10000), tax)
		}
		invoice := buyer.get("/v1/invoices/" + order.Body["invoice"].(object)["id"].(string)).is(http.StatusOK)
		require.Equal(t, total, sumOf(invoice.items("lines"), "line_total"))
		back := int64(0)
		for _, line := range slices.Backward(lines) {
			back += amountOf(buyer.refund(order.text("id"),
				object{"line_ids": []any{line["id"]}}).is(http.StatusCreated).Body["amount"])
		}
		require.Equal(t, total, back)
		require.Equal(t, "refunded", buyer.get("/v1/orders/"+order.text("id")).is(http.StatusOK).text("status"))
		r.holds(t)
	}
}

// taxed makes a store tax every game at one rate, in its prices or on top of them.
func taxed(included bool, percent string) fx.Option {
	return fx.Decorate(func(config.Taxes) config.Taxes {
		return config.Taxes{
			Mode: "table", PricesIncludeTax: included,
			Rates: []config.TaxRate{{Country: "AT", Percent: percent, From: "2020-01-01"}},
		}
	})
}

// lago-api#2643: lines of 6833, 6833, 5750 and 8500 at 20 % make an invoice of 33499; notes for each line must not add up
// to 33500.
func creditNoteCents(t *testing.T) {
	r := startStore(t, nil, taxed(false, "20"))
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	var items []string
	for i, price := range []int{6833, 6833, 5750, 8500} {
		title := fmt.Sprintf("Lago %d", i)
		product := clerk.post("/v1/admin/products",
			object{"title": title, "kind": "game", "category": "test", "price": object{"amount": price, "currency": "USD"}})
		items = append(items, buyer.add(product.is(http.StatusCreated).text("slug")))
	}
	order := buyer.keyed("/v1/checkouts", newKey(), buyer.purchase("pm_ok", items...)).is(http.StatusCreated)
	require.Equal(t, int64(33499), amountOf(order.Body["total"]))
	require.Equal(t, int64(5583), amountOf(order.Body["tax_total"]))
	var amounts, taxes int64
	for _, line := range order.items("lines") {
		note := buyer.refund(order.text("id"),
			object{"line_ids": []any{line["id"]}}).is(http.StatusCreated).Body["credit_note"].(object)["id"].(string)
		paper := buyer.get("/v1/credit-notes/" + note).is(http.StatusOK)
		require.Equal(t, order.Body["invoice"].(object)["id"], paper.Body["invoice_id"])
		amounts, taxes = amounts+amountOf(paper.Body["total"]), taxes+amountOf(paper.Body["tax_total"])
	}
	require.Equal(t, [2]int64{33499, 5583}, [2]int64{amounts, taxes})
	r.holds(t)
}

// vendure#4811, #5127: a partial refund moves no discount onto the rest, because each part's share is frozen.
func frozenDiscount(t *testing.T) {
	paper := discounted(t)
	all, err := billingdomain.PlanRefund(paper, nil, nil)
	require.NoError(t, err)
	one, err := billingdomain.PlanRefund(paper, nil, []billing.RefundItem{{LineID: paper.Lines[1].LineID}})
	require.NoError(t, err)
	require.Equal(t, all[1], one[0], "a line goes back as it would with all the others")
	require.Equal(t, int64(333), one[0].Discount.Amount(), "and takes its own share of the discount with it")

	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.keyed("/v1/checkouts", newKey(),
		buyer.purchase("pm_ok", buyer.bundle("puzzle-drawer"), buyer.add("kite-season"))).is(http.StatusCreated)
	parts := list(order.items("lines")[0], "parts")
	product := object{"line_id": order.items("lines")[0]["id"], "product_id": parts[0]["product_id"]}
	refund := buyer.refund(order.text("id"), object{"items": []any{product}}).is(http.StatusCreated)
	require.Equal(t, parts[0]["total"], refund.Body["amount"])
	after := buyer.get("/v1/orders/" + order.text("id")).is(http.StatusOK)
	require.Equal(t, "partially_refunded", after.text("status"))
	require.Equal(t, order.Body["lines"], after.Body["lines"])
	require.Equal(t, order.Body["total"], after.Body["total"])
	rest := buyer.refund(order.text("id"), nil).is(http.StatusCreated)
	require.Equal(t, amountOf(order.Body["total"]), amountOf(refund.Body["amount"])+amountOf(rest.Body["amount"]))
	r.holds(t)
}

// discounted is the paper of an order of three equal games with a discount of 9.99 on all of it.
func discounted(t *testing.T) billing.Paper {
	t.Helper()
	q := domain.Quoted{
		Offers: map[id.ID]domain.Offer{}, Discount: 999,
		Tax: domain.Tax{Included: true, Rates: map[string]domain.Rate{"game": 2000}},
	}
	for range 3 {
		offer := domain.Offer{
			ID: id.V7{}.NewID(), Available: true,
			Prices: []domain.Price{{Money: money.Of(1999, "USD"), Version: 1}},
		}
		offer.Products = []domain.Product{{ID: offer.ID, Kind: "game"}}
		q.Offers[offer.ID] = offer
		q.Selected = append(q.Selected, domain.Selected{
			CartLineID: id.V7{}.NewID(), SellableID: offer.ID,
			Quantity: 1, Currency: "USD",
		})
	}
	b, err := domain.NewBasket(q, id.V7{}.NewID)
	require.NoError(t, err)
	paper := billing.Paper{Total: b.Totals.Total}
	for _, l := range b.Lines {
		p := l.Gives[0]
		paper.Lines = append(paper.Lines, billing.PaperLine{
			LineID: l.ID,
			Parts:  []billing.PaperPart{{ProductID: p.ID, Discount: p.Discount, Tax: p.Tax, Total: p.Total}},
		})
	}
	return paper
}

// medusajs/medusa#10491, #10842 (a second refund is blocked): partial refunds go on until nothing is left.
func refundsUntilNothingIsLeft(t *testing.T) {
	r := startStore(t, nil)
	buyer, clerk := r.newBuyer(t), r.clerk(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	total := amountOf(order.Body["total"])
	left := total
	for i := 0; left > 0; i++ {
		line := order.items("lines")[i%2]["id"]
		amount := object{"amount": 271, "currency": "USD"}
		answer := clerk.refund(order.text("id"), object{"items": []any{object{"line_id": line, "amount": amount}}})
		if answer.Status == http.StatusConflict { // less than that is left of the line
			remaining := amountOf(answer.problem(http.StatusConflict, "refund-exceeds-captured").Body["remaining"])
			if remaining == 0 {
				continue
			}
			answer = clerk.refund(order.text("id"), object{"line_ids": []any{line}})
		}
		left -= amountOf(answer.is(http.StatusCreated).Body["amount"])
	}
	require.Zero(t, left)
	after := buyer.get("/v1/orders/" + order.text("id")).is(http.StatusOK)
	require.Equal(t, "refunded", after.text("status"))
	require.Equal(t, total, sumOf(after.items("refunds"), "amount"))
	require.Empty(t, buyer.get("/v1/library").is(http.StatusOK).items("items"))
	buyer.refund(order.text("id"), nil).problem(http.StatusConflict, "refund-exceeds-captured")
	eventually(t, "every credit note is numbered", func() bool { return count(t, r, "billing.invoice_drafts") == 0 })
	r.holds(t)
}

// antiwork/gumroad#6833 (won, then lost: 672 buyers kept access), #5394 (access never restored, bundles included).
func disputeFlips(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	owned := func() int { return len(buyer.get("/v1/library").is(http.StatusOK).items("items")) }
	for program, c := range map[string]struct {
		ends  string
		owned int
	}{"won_then_lost": {"lost", 0}, "lost_then_won": {"won", 3}} {
		r.arm(t, `{"for": {"next": 1}, "do": [{"verb": "dispute", "ms": 200, "outcome": "`+program+`"}]}`)
		order := buyer.keyed("/v1/checkouts", newKey(),
			buyer.purchase("pm_ok", buyer.bundle("puzzle-drawer"))).is(http.StatusCreated)
		orderID := order.text("id")
		disputed := func(status string) func() bool {
			return func() bool {
				dispute, there := buyer.get("/v1/orders/" + orderID).is(http.StatusOK).Body["dispute"].(object)
				return there && dispute["status"] == status
			}
		}
		eventually(t, "the dispute is opened", disputed("opened"))
		eventually(t, "access is withheld", func() bool { return owned() == 0 })
		eventually(t, "the bank has decided twice", func() bool {
			return disputed(c.ends)() && count(t, r, "billing.disputes WHERE turns = 3 AND order_id = '"+orderID+"'") == 1
		})
		eventually(t, "access follows", func() bool { return owned() == c.owned })
		if c.ends == "lost" {
			buyer.refund(orderID, nil).problem(http.StatusConflict, "payment-disputed")
			require.Equal(t, 1, count(t, r, "billing.journal_postings p JOIN billing.journal_entries e ON e.id = p.entry_id WHERE account = 'dispute_losses' AND amount > 0 AND order_id = '"+orderID+"'"))
		} else {
			buyer.refund(orderID, nil).is(http.StatusCreated)
			require.Zero(t, owned())
		}
	}
	r.holds(t)
}

// saleor#2235: an erased customer's invoices stay whole and lawful, nothing else personal does, and the ledger balances.
func deletedCustomer(t *testing.T) {
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	order := buyer.checkout("pm_ok", "tidewright", "star-orchard").is(http.StatusCreated)
	buyer.refund(order.text("id"), object{"line_ids": []any{order.items("lines")[0]["id"]}}).is(http.StatusCreated)
	buyer.checkout("pm_requires_action", "brassica").is(http.StatusAccepted)
	eventually(t, "the papers are issued", func() bool { return count(t, r, "billing.invoices") == 2 })
	before := hashes(t, r)
	buyer.delete("/v1/me", object{"password": testPassword}).is(http.StatusNoContent)
	eventually(t, "everybody hears of it", func() bool {
		return count(t, r, "billing.erased_accounts") == 1 &&
			count(t, r, "library.entitlements WHERE ended_at IS NULL") == 0 &&
			count(t, r, "checkout.orders WHERE status = 'requires_action'") == 0
	})
	require.Equal(t, before, hashes(t, r))
	require.Equal(t, 2, count(t, r, "billing.invoices WHERE paper ->> 'buyer_name' <> '' AND paper ->> 'buyer_email' <> ''"))
	require.Zero(t, count(t, r, "billing.payments WHERE last4 <> '' OR brand <> '' OR paper IS NOT NULL"))
	require.Zero(t, count(t, r, "billing.refunds WHERE reason <> ''"))
	r.holds(t)
}

func hashes(t *testing.T, r *running) (out []string) {
	t.Helper()
	rows, err := postgres.All[struct{ Hash string }](t.Context(), r.Database.DB,
		`SELECT encode(content_hash, 'hex') AS hash FROM billing.invoices ORDER BY id`)
	require.NoError(t, err)
	for _, row := range rows {
		out = append(out, row.Hash)
	}
	return out
}

// asOwner runs statements as the database's owner.
func (r *running) asOwner(t *testing.T, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), statements)
	require.NoError(t, err)
}

// odoo#11859, OCA/server-tools#2040: a rollback burns no number; a hundred at once are 1 to 100.
func gaplessNumbers(t *testing.T) {
	const buyers, each = 10, 10
	r := startStore(t, nil)
	r.asOwner(t, `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not now''; END';
		CREATE TRIGGER refuse BEFORE INSERT ON billing.invoices FOR EACH STATEMENT EXECUTE FUNCTION refuse()`)
	var group sync.WaitGroup
	statuses := make([]int, buyers*each)
	for b := range buyers {
		buyer := r.newBuyer(t)
		for g, game := range buyer.paidGames()[:each] {
			body := buyer.purchase("pm_ok", buyer.add(game))
			group.Go(func() { statuses[b*each+g] = buyer.keyed("/v1/checkouts", newKey(), body).Status })
		}
	}
	group.Wait()
	for _, status := range statuses {
		require.Equal(t, http.StatusCreated, status)
	}
	require.Equal(t, buyers*each, count(t, r, "billing.invoice_drafts"),
		"numbering fails and is rolled back, again and again")
	require.Zero(t, count(t, r, "billing.invoices"))
	r.asOwner(t, `DROP TRIGGER refuse ON billing.invoices`)
	eventually(t, "all are numbered", func() bool { return count(t, r, "billing.invoices") == buyers*each })
	row, _, err := postgres.One[struct{ Low, High, Different int }](t.Context(), r.Database.DB,
		`SELECT min(number) AS low, max(number) AS high, count(DISTINCT number) AS different FROM billing.invoices`)
	require.NoError(t, err)
	require.Equal(t, [3]int{1, buyers * each, buyers * each}, [3]int{row.Low, row.High, row.Different})
	r.holds(t)
}
