package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// RefundOrder is a wish to get money of an order back: its buyer's, or the staff's for anybody.
type RefundOrder struct {
	AccountID id.ID // who asks
	Staff     bool
	OrderID   id.ID
	Items     []ports.RefundItem // none: all that is left
	Reason    string
	Key       string
}

func (c RefundOrder) hash() []byte {
	parts := []string{"refund", c.OrderID.String(), c.Reason}
	for _, item := range c.Items {
		parts = append(parts, item.LineID.String(), item.ProductID.String())
		if item.Amount != nil {
			parts = append(parts, item.Amount.String())
		}
		if item.Quantity > 0 {
			parts = append(parts, "quantity", strconv.Itoa(item.Quantity))
		}
		parts = append(parts, ";")
	}
	return hash(parts...)
}

// RefundView is a refund with what became of its order.
type RefundView struct {
	OrderID  id.ID
	Refund   ports.Refund
	Replayed bool // an earlier call had made it
}

// Refund gives money of an order back and, once it has gone, takes back what it had paid for. The same key again
// returns the refund that it made before, as it stands now.
func (s *Service) Refund(ctx context.Context, c RefundOrder) (RefundView, error) {
	request := ports.RefundRequest{
		OrderID: c.OrderID, RequestedBy: c.AccountID, Key: c.Key, BodyHash: c.hash(), Items: c.Items, Reason: c.Reason,
	}
	known, replayed, err := s.Refunds.ByKey(ctx, request)
	if err != nil {
		return RefundView{}, err
	}
	if !replayed {
		if err := s.mayRefund(ctx, c); err != nil {
			return RefundView{}, err
		}
	}
	refund := known
	if !replayed || !known.Final {
		if refund, err = s.Refunds.Refund(ctx, request); err != nil {
			return RefundView{}, fmt.Errorf("refund order %s: %w", c.OrderID, err)
		}
	}
	if refund.Succeeded {
		s.settle(ctx, c.OrderID)
	}
	bills, err := s.Payments.Bills(ctx, []id.ID{c.OrderID})
	for _, r := range bills[c.OrderID].Refunds {
		if r.ID == refund.ID {
			refund = r // with its credit note
		}
	}
	return RefundView{OrderID: c.OrderID, Refund: refund, Replayed: replayed}, err
}

// mayRefund says why a refund is refused. An order hears of its dispute a moment after the money does, so one that is
// disputed is looked at again once it has followed.
func (s *Service) mayRefund(ctx context.Context, c RefundOrder) error {
	find, window := func() (domain.Order, error) { return s.Finder.Find(ctx, c.AccountID, c.OrderID) }, s.RefundWindow
	if c.Staff {
		find, window = func() (domain.Order, error) { return s.Finder.Any(ctx, c.OrderID) }, 0
	}
	order, err := find()
	if err != nil {
		return err
	}
	for _, item := range c.Items {
		if item.Amount != nil && !c.Staff {
			return domain.ErrStaffAmount
		}
	}
	if err := order.Refundable(window, s.Clock.Now()); !errors.Is(err, domain.ErrDisputed) {
		return err
	}
	s.settle(ctx, c.OrderID)
	if order, err = find(); err != nil {
		return err
	}
	return order.Refundable(window, s.Clock.Now())
}

// settle makes an order be as its money says, so that whoever asks for a refund finds it so. What cannot be done now the
// money's news does: it is a job.
func (s *Service) settle(ctx context.Context, orderID id.ID) {
	const tries = 3
	for range tries {
		err := s.Advance(ctx, orderID)
		if err == nil {
			return
		}
		if unlessBusy(err) != nil {
			s.Log.WarnContext(ctx, "an order does not follow its money yet", "order", orderID, "cause", err)
			return
		}
	}
}

// follow brings a settled order in line with billing: access to what was refunded is revoked, access to what is disputed
// is withheld, and the order's status says so. It can be repeated: the version check rejects a writer that read older
// billing data. A dispute may turn back to where it was, so an order that has one is saved even when nothing seems to
// have changed; otherwise a slower writer with another view of the dispute would pass that check.
func (s *Service) follow(ctx context.Context, order domain.Order) (domain.Order, error) {
	bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
	if err != nil {
		return order, err
	}
	bill := bills[order.ID()]
	if order.GrantRefused() {
		return s.question(ctx, order, bill.Review)
	}
	aftermath := domain.Aftermath{Dispute: bill.Dispute}
	back := map[domain.Reference]domain.Back{}
	free := false // something was refunded that had cost nothing
	for _, r := range bill.Refunds {
		late := len(r.Lines) == 0 // it was never the price of this order
		if !r.Succeeded || (late && !mutant.On("count-a-late-capture-as-the-price")) {
			continue
		}
		aftermath.Refunded += r.Amount.Amount()
		free = free || r.Amount.IsZero()
		for _, l := range r.Lines {
			b := back[l.Reference]
			b.Amount, b.Quantity = b.Amount+l.Amount.Amount(), b.Quantity+l.Quantity
			back[l.Reference] = b
		}
	}
	aftermath.Refunded = min(aftermath.Refunded, order.Snapshot().Totals.Total.Amount())
	moved := order
	whole := order.Whole(aftermath.Refunded, bill.Captured, back)
	if err := moved.ApplyAftermath(aftermath, whole, s.Clock.Now()); err != nil {
		return order, err
	}
	same := aftermath == order.Aftermath() && moved.Status() == order.Status()
	if same && aftermath.Dispute == domain.NoDispute && !free {
		return s.question(ctx, order, bill.Review)
	}
	order = moved
	if mutant.On("adjust-no-entitlement") {
		return s.save(ctx, order, true)
	}
	if err := s.Library.Adjust(ctx, order, order.Refunded(back), aftermath.Dispute.Access()); err != nil {
		return order, fmt.Errorf("adjust what order %s gave: %w", order.ID(), err)
	}
	if bill.Review != "" {
		if err := s.review(ctx, &order, bill.Review); err != nil {
			return order, err
		}
	}
	return s.save(ctx, order, true)
}

// followEnded moves an order that gives nothing to manual review when the store holds money of it: what was captured too
// late and cannot be refunded, or what a bank gave back after staff had refunded the order.
func (s *Service) followEnded(ctx context.Context, order domain.Order) (domain.Order, error) {
	bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
	if err != nil {
		return order, err
	}
	return s.question(ctx, order, owed(bills[order.ID()]))
}

// questionEarlier moves an order that comes to its end to manual review when the money of an earlier attempt needs it: the
// event that told so may have come while the order was under way.
func (s *Service) questionEarlier(ctx context.Context, order *domain.Order) error {
	stops := order.Ended() || order.Settled()
	if order.Snapshot().Attempt == 1 || !stops || mutant.On("forget-the-money-of-an-earlier-attempt") {
		return nil
	}
	bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
	if err != nil {
		return fmt.Errorf("read the payments of order %s: %w", order.ID(), err)
	}
	bill := bills[order.ID()]
	reason := bill.Review
	if order.Ended() {
		reason = owed(bill)
	}
	if reason == "" {
		return nil
	}
	return s.review(ctx, order, reason)
}

// owed says why the money of an order that gives nothing needs a manual review, or nothing.
func owed(bill ports.Bill) checkout.ReviewReason {
	if bill.Review == "" && bill.Outcome == domain.Captured && bill.Left > 0 {
		return checkout.ReviewRefundFailed
	}
	return bill.Review
}

// question moves a settled order whose money needs it to manual review.
func (s *Service) question(ctx context.Context, order domain.Order,
	reason checkout.ReviewReason,
) (domain.Order, error) {
	if reason == "" {
		return order, nil
	}
	if err := s.review(ctx, &order, reason); err != nil {
		return order, err
	}
	return s.save(ctx, order, true)
}
