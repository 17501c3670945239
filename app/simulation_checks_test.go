//go:build failpoints

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"

	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
)

// check holds every promise against what is there.
func (s *simulation) check() (ended, error) {
	out := ended{trace: s.trace, outcomes: map[checkout.Status]int{}}
	var all []error
	orders := map[id.ID]domain.Order{}
	for _, o := range s.allOrders() {
		orders[o.ID()] = o
		out.outcomes[o.Status()]++
		all = append(all, s.checkMoney(o), s.checkGoods(o))
	}
	for _, b := range s.buyers {
		all = append(all, s.checkAnswers(b, orders))
	}
	all = append(all, s.checkHolds(orders), s.checkPapers(), s.checkEntitlements(orders), s.checkLedger())
	return out, errors.Join(all...)
}

// checkMoney: the provider holds the money of completed orders, once, and of no others but of those that a person
// looks at, because the provider never said or the bank decides about what cannot be granted.
func (s *simulation) checkMoney(o domain.Order) error {
	held, times, back, silent, disputed := int64(0), 0, int64(0), false, false
	for _, c := range s.provider.charges {
		if c.request.OrderID != o.ID() {
			continue
		}
		silent = silent || c.silent
		disputed = disputed || c.dispute == billing.DisputeOpened || c.dispute == billing.DisputeLost
		back += c.refunded
		if c.captured() && c.request.Amount.Amount() > c.refunded {
			held += c.request.Amount.Amount() - c.refunded
			times++
		}
	}
	bills, _ := s.books.Bills(context.Background(), []id.ID{o.ID()})
	for _, r := range bills[o.ID()].Refunds {
		if r.Status == billing.RefundSucceeded {
			back -= r.Amount.Amount()
		}
	}
	if back != 0 {
		return fmt.Errorf("order %s: our books and the provider's differ by %d in what went back", o.ID(), back)
	}
	want := int64(0)
	if o.Settled() {
		want = o.Snapshot().Totals.Total.Amount() - o.Aftermath().Refunded
	}
	if o.Status() == checkout.ManualReview {
		if !silent && (!disputed || !o.GrantRefused()) {
			return fmt.Errorf("order %s waits for a person although the provider and the bank have said everything", o.ID())
		}
		return nil
	}
	if held != want || times > 1 {
		return fmt.Errorf("order %s is %s, and the provider holds %d in %d charges instead of %d", o.ID(), o.Status(), held, times, want)
	}
	return s.checkDispute(o, bills[o.ID()].Dispute)
}

// checkDispute: the order knows how its charge's dispute stands.
func (s *simulation) checkDispute(o domain.Order, ours *billing.Dispute) error {
	for _, c := range s.provider.charges {
		if c.request.OrderID != o.ID() || c.dispute == "" || !c.captured() || !o.Settled() {
			continue
		}
		if ours == nil || ours.Status != c.dispute || o.Aftermath().Dispute != domain.Dispute(c.dispute) {
			return fmt.Errorf("the dispute of order %s is %s, and the order says %q", o.ID(), c.dispute, o.Aftermath().Dispute)
		}
	}
	return nil
}

// due are the products that an order gives, as its money says by now.
func (s *simulation) due(o domain.Order) map[id.ID]bool {
	out := map[id.ID]bool{}
	if !o.Settled() || o.Aftermath().Dispute.Access() != domain.Open {
		return out
	}
	back := map[domain.Reference]int64{}
	bills, _ := s.books.Bills(context.Background(), []id.ID{o.ID()})
	for _, r := range bills[o.ID()].Refunds {
		for _, l := range r.Lines {
			if r.Status == billing.RefundSucceeded {
				back[domain.Reference{LineID: l.LineID, ProductID: l.ProductID}] += l.Amount.Amount()
			}
		}
	}
	gone := o.Gone(back)
	for _, l := range o.Snapshot().Lines {
		for _, p := range l.Gives {
			if !slices.Contains(gone, domain.Reference{LineID: l.ID, ProductID: p.ID}) {
				out[p.ID] = true
			}
		}
	}
	return out
}

// checkGoods: what was paid for and not given back is in the library, and out of the cart.
func (s *simulation) checkGoods(o domain.Order) error {
	if !o.Settled() || s.erased[o.Snapshot().AccountID] {
		return nil
	}
	ctx := context.Background()
	for productID := range s.due(o) {
		if _, err := s.entitled.Find(ctx, o.Snapshot().AccountID, productID); err != nil {
			return fmt.Errorf("order %s gives %s, which may not be used", o.ID(), productID)
		}
	}
	left, _ := s.stores[0].cart.Lines(ctx, o.Snapshot().AccountID, o.CartLineIDs())
	if len(left) > 0 {
		return fmt.Errorf("order %s is completed, and its lines are still in the cart", o.ID())
	}
	return nil
}

// checkAnswers: what a buyer was told is true, and one key is one order at the price agreed to.
func (s *simulation) checkAnswers(b *simBuyer, orders map[id.ID]domain.Order) error {
	byKey := map[string]id.ID{}
	for _, a := range b.answers {
		now := orders[a.order].Status()
		if other, known := byKey[a.key]; known && other != a.order && a.key != "" {
			return fmt.Errorf("key %s made orders %s and %s", a.key, other, a.order)
		}
		byKey[a.key] = a.order
		if a.total != a.agreed {
			return fmt.Errorf("order %s costs %d, and its buyer agreed to %d", a.order, a.total, a.agreed)
		}
		lie := false
		switch a.status {
		case checkout.Completed:
			lie = now != checkout.Completed && now != checkout.PartiallyRefunded && now != checkout.Refunded
		case checkout.Refunded, checkout.Canceled:
			lie = now != a.status
		case checkout.Declined:
			lie = now != checkout.Declined && now != checkout.Canceled && !b.asked[a.order]
		case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.PartiallyRefunded, checkout.ManualReview:
		}
		if lie {
			return fmt.Errorf("a buyer was told that order %s is %s, and it is %s", a.order, a.status, now)
		}
	}
	for _, told := range b.back {
		bills, _ := s.books.Bills(context.Background(), []id.ID{told.order})
		if !slices.ContainsFunc(bills[told.order].Refunds, func(r billing.Refund) bool { return r.ID == told.refund && r.Status == billing.RefundSucceeded }) {
			return fmt.Errorf("a buyer was told that refund %s of order %s had gone back, and it has not", told.refund, told.order)
		}
	}
	return nil
}

// checkHolds: no two orders hold one cart line.
func (s *simulation) checkHolds(orders map[id.ID]domain.Order) error {
	holder := map[id.ID]id.ID{}
	for orderID := range maps.Keys(orders) {
		o := orders[orderID]
		if o.Snapshot().Released {
			continue
		}
		for _, line := range o.CartLineIDs() {
			if other, held := holder[line]; held {
				return fmt.Errorf("orders %s and %s hold cart line %s", other, orderID, line)
			}
			holder[line] = orderID
		}
	}
	return nil
}

// checkPapers: one invoice for each captured payment and one credit note for each of its refunds, each series numbered
// without a gap.
func (s *simulation) checkPapers() error {
	ctx := context.Background()
	numbers, want := map[string]map[int64]bool{}, map[string]int{}
	count := func(i billingdomain.Invoice) {
		if numbers[i.Series] == nil {
			numbers[i.Series] = map[int64]bool{}
		}
		numbers[i.Series][i.Number] = true
		want[i.Series]++
	}
	for _, b := range s.buyers {
		invoices, _ := s.books.Invoices(ctx, b.account, page.Request{Limit: 100})
		perOrder := map[id.ID]int{}
		for _, i := range invoices.Items {
			count(i)
			perOrder[i.OrderID]++
		}
		transactions, _ := s.books.Transactions(ctx, billingports.Transactions{AccountID: b.account, Page: page.Request{Limit: 100}})
		for _, tx := range transactions.Items {
			if tx.Status == string(billing.Captured) && perOrder[tx.OrderID] != 1 {
				return fmt.Errorf("order %s has %d invoices", tx.OrderID, perOrder[tx.OrderID])
			}
			if tx.Status != string(billing.RefundSucceeded) {
				continue
			}
			bills, _ := s.books.Bills(ctx, []id.ID{tx.OrderID})
			sale := slices.ContainsFunc(bills[tx.OrderID].Refunds, func(r billing.Refund) bool { return r.ID == tx.ID && len(r.Lines) > 0 })
			note, err := s.books.Paper(ctx, billingdomain.CreditNoteKind, b.account, tx.ID)
			if (err == nil) != sale || (err == nil && note.Paper.Total != tx.Amount) {
				return fmt.Errorf("refund %s of %s has a credit note of %s (%w)", tx.ID, tx.Amount, note.Paper.Total, err)
			}
			if err == nil {
				count(note)
			}
		}
	}
	for series, n := range want {
		for number := range int64(n) {
			if !numbers[series][number+1] || len(numbers[series]) != n {
				return fmt.Errorf("series %s has %d papers, numbered %v", series, n, numbers[series])
			}
		}
	}
	return nil
}

// checkLedger: the journal balances, is sealed to its end, and says of the provider what the provider says.
func (s *simulation) checkLedger() error {
	ctx, journal := context.Background(), s.books.Journal()
	balances, _ := journal.Balances(ctx, s.clock.Now())
	sum, clearing := int64(0), int64(0)
	for _, b := range balances {
		sum += b.Amount.Amount()
		if b.Account == billingdomain.ProviderClearing || b.Account == billingdomain.DisputeReserve || b.Account == billingdomain.DisputeLosses {
			clearing += b.Amount.Amount()
		}
	}
	held := int64(0)
	for _, c := range s.provider.charges {
		if c.captured() && !c.silent {
			held += c.request.Amount.Amount() - c.refunded
		}
	}
	if sum != 0 || clearing != held {
		return fmt.Errorf("the ledger is off by %d, and holds %d at the provider, which holds %d", sum, clearing, held)
	}
	chain, _ := journal.Verify(ctx, 0, 10_000)
	if len(chain.Broken) > 0 || chain.Sealed != chain.Entries {
		return fmt.Errorf("the journal's chain is %+v", chain)
	}
	return nil
}

// checkEntitlements: a product is owned once, through an order that gives it.
func (s *simulation) checkEntitlements(orders map[id.ID]domain.Order) error {
	for _, b := range s.buyers {
		owned, _ := s.entitled.List(context.Background(), b.account, page.Request{Limit: 100})
		seen := map[id.ID]bool{}
		for _, e := range owned.Items {
			if seen[e.ProductID] {
				return fmt.Errorf("account %s owns %s twice", b.account, e.ProductID)
			}
			seen[e.ProductID] = true
			if !s.due(orders[e.OrderID])[e.ProductID] {
				return fmt.Errorf("account %s owns %s through order %s, which is %s and does not give it", b.account, e.ProductID, e.OrderID, orders[e.OrderID].Status())
			}
		}
	}
	return nil
}
