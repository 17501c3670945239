//go:build failpoints

package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
)

// check holds every promise against what is there.
func (s *simulation) check() (ended, error) {
	out := ended{trace: s.trace, outcomes: map[checkout.Status]int{}, events: s.events}
	var all []error
	orders := map[id.ID]domain.Order{}
	for _, o := range s.allOrders() {
		orders[o.ID()] = o
		out.outcomes[o.Status()]++
		s.count(o)
		all = append(all, s.checkMoney(o), s.checkLines(o), s.checkPrices(o), s.checkCart(o))
	}
	for _, b := range s.buyers {
		all = append(all, s.checkAnswers(b, orders), s.checkLibrary(b))
	}
	all = append(all, s.checkHolds(orders), s.checkDocuments(), s.checkLedger(), s.checkPayouts(), s.barren)
	return out, errors.Join(all...)
}

// count counts what is rare of an order.
func (s *simulation) count(o domain.Order) {
	snapshot := o.Snapshot()
	for event, happened := range map[string]bool{
		"order of several lines":  len(snapshot.Lines) > 1,
		"order of several units":  slices.ContainsFunc(snapshot.Lines, func(l domain.Line) bool { return l.Quantity > 1 }),
		"order in EUR":            snapshot.Totals.Total.Currency() == "EUR",
		"line that added nothing": !o.GrantRefused() && len(o.RefusedLines()) > 0,
		"free order":              o.Settled() && snapshot.Totals.Total.IsZero(),
		"order that expired": o.Status() == checkout.Canceled &&
			snapshot.UpdatedAt.Sub(snapshot.CreatedAt) > 24*time.Hour,
	} {
		if happened {
			s.events[event]++
		}
	}
}

// checkMoney: every cent that the provider holds is owed to an order that was fulfilled, or the order is in review. Our
// books and the provider's have the same refunds.
func (s *simulation) checkMoney(o domain.Order) error {
	held, refunded, takenBack := int64(0), int64(0), int64(0)
	for _, c := range s.provider.chargesOf(o.ID()) {
		if s.provider.silent(c) {
			continue
		}
		if c.held() > 0 && o.Settled() && s.payment(c.request.PaymentID).Status != billing.Captured {
			return fmt.Errorf("order %s is %s, and the provider holds %d in a charge that is not its payment",
				o.ID(), o.Status(), c.held())
		}
		held += c.held()
		takenBack += c.takenBack()
		if !o.Settled() { // a bank has given it to the buyer
			held -= min(c.takenBack(), c.held())
		}
		refunded += c.refunded
	}
	for _, r := range s.refundsOf(o) {
		refunded -= r.Amount.Amount()
	}
	if refunded != 0 {
		return fmt.Errorf("order %s: our books and the provider's differ by %d in what was refunded", o.ID(), refunded)
	}
	if o.InReview() {
		return s.checkReview(o)
	}
	owed := int64(0)
	if o.Settled() {
		owed = o.Snapshot().Totals.Total.Amount() - o.Snapshot().Refunded - max(s.difference(o), 0)
	}
	if excess := max(-s.difference(o), 0); held > owed {
		held -= min(held-owed, excess, takenBack) // an accepted excess that a bank has given to the buyer
	}
	if held != owed {
		return fmt.Errorf("order %s is %s, and the provider holds %d instead of %d", o.ID(), o.Status(), held, owed)
	}
	return s.checkDispute(o)
}

// difference is what staff accepted as missing from an order's payment; less than nothing is what was captured beyond
// it.
func (s *simulation) difference(o domain.Order) int64 {
	summary := s.summaryOf(o)
	if summary.Payment == nil {
		return 0
	}
	return s.payment(summary.Payment.ID).Difference
}

func (s *simulation) summaryOf(o domain.Order) billing.PaymentSummary {
	summaries, _ := s.Billing.Summaries(context.Background(), []id.ID{o.ID()})
	return summaries[o.ID()]
}

// checkReview: an order is in review for a reason that stands.
func (s *simulation) checkReview(o domain.Order) error {
	summary, disputed := s.summaryOf(o), false
	for _, c := range s.provider.chargesOf(o.ID()) {
		disputed = disputed || strictest(c) != billing.DisputeWon
	}
	stands := false
	switch reason := o.Snapshot().Review.Reason; reason {
	case checkout.ReviewPaymentUnknown:
		stands = s.provider.silentAbout(o.ID())
	case checkout.ReviewAmountMismatch, checkout.ReviewMoreOutThanIn:
		stands = string(summary.State.Review) == string(reason)
	case checkout.ReviewDisputed:
		stands = disputed && (o.GrantRefused() || len(o.RefusedLines()) > 0)
	case checkout.ReviewRefundFailed:
		stands = slices.ContainsFunc(summary.Refunds, func(r billing.Refund) bool { return r.Status == billing.RefundFailed })
	case checkout.ReviewFulfilmentFailed:
	}
	if !stands {
		return fmt.Errorf("order %s is in review (%s) without that reason", o.ID(), o.Snapshot().Review.Reason)
	}
	return nil
}

// strictest is how a charge's disputes stand together: one that was lost counts most, then one that is open.
func strictest(c *simCharge) billing.DisputeStatus {
	out := billing.DisputeWon
	for _, d := range c.disputes {
		if d.status == billing.DisputeLost || (d.status == billing.DisputeOpened && out == billing.DisputeWon) {
			out = d.status
		}
	}
	return out
}

// checkDispute: the order knows how the disputes of the charge that paid for it stand. Another one came too late and
// was refunded.
func (s *simulation) checkDispute(o domain.Order) error {
	for _, c := range s.provider.chargesOf(o.ID()) {
		paid := c.captured() && s.payment(c.request.PaymentID).Status == billing.Captured
		if len(c.disputes) > 0 && o.Settled() && paid && o.Dispute() != domain.Dispute(strictest(c)) {
			return fmt.Errorf("the disputes of order %s are %s, and the order says %q", o.ID(),
				strictest(c), o.Dispute())
		}
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
		if !b.agreed[a.order][a.total] {
			return fmt.Errorf("order %s costs %s, and its buyer agreed to %v", a.order, a.total, b.agreed[a.order])
		}
		lie := false
		switch a.status {
		case checkout.Completed:
			lie = now != checkout.Completed && now != checkout.PartiallyRefunded && now != checkout.Refunded &&
				!orders[a.order].Snapshot().Review.Fulfilled
		case checkout.Refunded: // a bank may take the money a second time, the provider may speak of another amount
			lie = now != a.status && now != checkout.ManualReview
		case checkout.Canceled:
			lie = now != a.status && !lateMoney(orders[a.order])
		case checkout.Declined:
			lie = now != checkout.Declined && now != checkout.Canceled && !b.asked[a.order] && !lateMoney(orders[a.order])
		case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.PartiallyRefunded,
			checkout.ManualReview:
		}
		if lie {
			return fmt.Errorf("a buyer was told that order %s is %s, and it is %s", a.order, a.status, now)
		}
	}
	for _, told := range b.back {
		summaries, _ := s.Billing.Summaries(context.Background(), []id.ID{told.order})
		if !slices.ContainsFunc(summaries[told.order].Refunds,
			func(r billing.Refund) bool { return r.ID == told.refund && r.Status == billing.RefundSucceeded }) {
			return fmt.Errorf("a buyer was told that refund %s of order %s had gone back, and it has not",
				told.refund, told.order)
		}
	}
	return nil
}

// lateMoney reports whether an order is in review because of money that was captured too late: its refund failed, the
// bank took it as well, or the provider says that it was another amount.
func lateMoney(o domain.Order) bool {
	return o.InReview() && slices.Contains([]checkout.ReviewReason{
		checkout.ReviewRefundFailed, checkout.ReviewMoreOutThanIn, checkout.ReviewAmountMismatch,
	}, o.Snapshot().Review.Reason)
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
