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

// check checks every invariant.
func (s *simulation) check() (result, error) {
	out := result{trace: s.trace, outcomes: map[checkout.Status]int{}, events: s.events}
	var all []error
	orders := map[id.ID]domain.Order{}
	for _, o := range s.allOrders() {
		orders[o.ID()] = o
		out.outcomes[o.Status()]++
		s.count(o)
		all = append(all, s.checkMoney(o), s.checkLines(o), s.checkPrices(o), s.checkCart(o))
	}
	for _, b := range s.buyers {
		all = append(all, s.checkResponses(b, orders), s.checkLibrary(b))
	}
	all = append(all, s.checkReservations(orders), s.checkDocuments(), s.checkLedger(), s.checkPayouts(), s.emptyGrant)
	return out, errors.Join(all...)
}

// count records the rare events of an order.
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

// checkMoney checks that the provider holds the total of a settled order less its refunds, and nothing for any other
// order, unless the order is in review. Billing and the provider must have the same refunds.
func (s *simulation) checkMoney(o domain.Order) error {
	held, refunded, disputed := int64(0), int64(0), int64(0)
	for _, c := range s.provider.chargesOf(o.ID()) {
		if s.provider.silent(c) {
			continue
		}
		if c.held() > 0 && o.Settled() && s.payment(c.request.PaymentID).Status != billing.Captured {
			return fmt.Errorf("order %s is %s, and the provider holds %d in a charge that is not captured in billing",
				o.ID(), o.Status(), c.held())
		}
		held += c.held()
		disputed += c.disputed()
		if !o.Settled() { // disputed amounts may have been returned to the buyer
			held -= min(c.disputed(), c.held())
		}
		refunded += c.refunded
	}
	for _, r := range s.refundsOf(o) {
		refunded -= r.Amount.Amount()
	}
	if refunded != 0 {
		return fmt.Errorf("order %s: the refunds of the provider exceed those of billing by %d", o.ID(), refunded)
	}
	if o.InReview() {
		return s.checkReview(o)
	}
	owed := int64(0)
	if o.Settled() {
		owed = o.Snapshot().Totals.Total.Amount() - o.Snapshot().Refunded - max(s.difference(o), 0)
	}
	if excess := max(-s.difference(o), 0); held > owed {
		held -= min(held-owed, excess, disputed) // an accepted excess that a dispute returned to the buyer
	}
	if held != owed {
		return fmt.Errorf("order %s is %s, and the provider holds %d instead of %d", o.ID(), o.Status(), held, owed)
	}
	return s.checkDispute(o)
}

// difference returns the difference between an order's total and its captured amount that staff accepted. It is
// negative if more was captured.
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

// checkReview checks that the reason for which an order is in review still holds.
func (s *simulation) checkReview(o domain.Order) error {
	summary, disputed := s.summaryOf(o), false
	for _, c := range s.provider.chargesOf(o.ID()) {
		disputed = disputed || strictest(c) != billing.DisputeWon
	}
	holds := false
	switch reason := o.Snapshot().Review.Reason; reason {
	case checkout.ReviewPaymentUnknown:
		holds = s.provider.silentAbout(o.ID())
	case checkout.ReviewAmountMismatch, checkout.ReviewMoreOutThanIn:
		holds = string(summary.State.Review) == string(reason)
	case checkout.ReviewDisputed:
		holds = disputed && (o.GrantRefused() || len(o.RefusedLines()) > 0)
	case checkout.ReviewRefundFailed:
		holds = slices.ContainsFunc(summary.Refunds,
			func(r billing.Refund) bool { return r.Status == billing.RefundFailed })
	case checkout.ReviewFulfilmentFailed:
	}
	if !holds {
		return fmt.Errorf("order %s is in review for %s, which does not hold", o.ID(), o.Snapshot().Review.Reason)
	}
	return nil
}

// strictest returns the combined status of a charge's disputes: lost if any is lost, else opened if any is open.
func strictest(c *simCharge) billing.DisputeStatus {
	out := billing.DisputeWon
	for _, d := range c.disputes {
		if d.status == billing.DisputeLost || (d.status == billing.DisputeOpened && out == billing.DisputeWon) {
			out = d.status
		}
	}
	return out
}

// checkDispute checks that the order has the combined dispute status of the charge that paid for it. Other charges were
// captured late and refunded.
func (s *simulation) checkDispute(o domain.Order) error {
	for _, c := range s.provider.chargesOf(o.ID()) {
		paid := c.captured() && s.payment(c.request.PaymentID).Status == billing.Captured
		if len(c.disputes) > 0 && o.Settled() && paid && o.Dispute() != domain.Dispute(strictest(c)) {
			return fmt.Errorf("the disputes of order %s are %s, and the order has %q", o.ID(),
				strictest(c), o.Dispute())
		}
	}
	return nil
}

// checkResponses checks that final responses still hold, and that each key created one order at an accepted total.
func (s *simulation) checkResponses(b *simBuyer, orders map[id.ID]domain.Order) error {
	byKey := map[string]id.ID{}
	for _, a := range b.responses {
		now := orders[a.order].Status()
		if other, known := byKey[a.key]; known && other != a.order && a.key != "" {
			return fmt.Errorf("key %s created orders %s and %s", a.key, other, a.order)
		}
		byKey[a.key] = a.order
		if !b.accepted[a.order][a.total] {
			return fmt.Errorf("order %s has a total of %s, and its buyer accepted %v", a.order, a.total, b.accepted[a.order])
		}
		contradicted := false
		switch a.status {
		case checkout.Completed:
			contradicted = now != checkout.Completed && now != checkout.PartiallyRefunded && now != checkout.Refunded &&
				!orders[a.order].Snapshot().Review.Fulfilled
		case checkout.Refunded: // a dispute or a corrected amount may follow
			contradicted = now != a.status && now != checkout.ManualReview
		case checkout.Canceled:
			contradicted = now != a.status && !lateCaptureInReview(orders[a.order])
		case checkout.Declined:
			contradicted = now != checkout.Declined && now != checkout.Canceled && !b.retried[a.order] &&
				!lateCaptureInReview(orders[a.order])
		case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.PartiallyRefunded,
			checkout.ManualReview:
		}
		if contradicted {
			return fmt.Errorf("a response reported order %s as %s, and it is %s", a.order, a.status, now)
		}
	}
	for _, r := range b.refunds {
		summaries, _ := s.Billing.Summaries(context.Background(), []id.ID{r.order})
		if !slices.ContainsFunc(summaries[r.order].Refunds,
			func(b billing.Refund) bool { return b.ID == r.refund && b.Status == billing.RefundSucceeded }) {
			return fmt.Errorf("a response reported refund %s of order %s as succeeded, and it is not",
				r.refund, r.order)
		}
	}
	return nil
}

// lateCaptureInReview reports whether an order is in review because of a late capture: its refund failed, it was also
// disputed, or the provider changed its amount.
func lateCaptureInReview(o domain.Order) bool {
	return o.InReview() && slices.Contains([]checkout.ReviewReason{
		checkout.ReviewRefundFailed, checkout.ReviewMoreOutThanIn, checkout.ReviewAmountMismatch,
	}, o.Snapshot().Review.Reason)
}

// checkReservations checks that each cart line is reserved by at most one order.
func (s *simulation) checkReservations(orders map[id.ID]domain.Order) error {
	reservedBy := map[id.ID]id.ID{}
	for orderID := range maps.Keys(orders) {
		o := orders[orderID]
		if o.Snapshot().Released {
			continue
		}
		for _, line := range o.CartLineIDs() {
			if other, held := reservedBy[line]; held {
				return fmt.Errorf("orders %s and %s both reserve cart line %s", other, orderID, line)
			}
			reservedBy[line] = orderID
		}
	}
	return nil
}
