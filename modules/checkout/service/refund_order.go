package service

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
)

// RefundOrder is a command to refund an order: its buyer's, or staff's for any order.
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

// RefundView is a refund of an order.
type RefundView struct {
	OrderID  id.ID
	Refund   ports.Refund
	Replayed bool // an earlier call had made it
}

// Refund refunds an order and, once that has succeeded, revokes what was refunded. The same key again returns the
// refund that it made before, as it stands now, even when the order allows no new one.
func (s *Service) Refund(ctx context.Context, c RefundOrder) (RefundView, error) {
	refusal, err := s.mayRefund(ctx, c)
	if err != nil {
		return RefundView{}, err
	}
	result, err := s.Refunds.Refund(ctx, ports.RefundOrder{
		OrderID: c.OrderID, RequestedBy: c.AccountID, Key: c.Key, BodyHash: c.hash(), Items: c.Items, Reason: c.Reason,
		ReplayOnly: refusal != nil,
	})
	if refusal != nil && errors.Is(err, ports.ErrNoRefund) {
		return RefundView{}, refusal
	}
	if err != nil {
		return RefundView{}, fmt.Errorf("refund order %s: %w", c.OrderID, err)
	}
	// What the order cannot apply now, because another caller advances it, the event of the refund makes it apply.
	if err := unlessBusy(s.ApplyPayment(ctx, c.OrderID, result.Payment.Payment)); err != nil {
		s.Log.WarnContext(ctx, "an order could not apply its refund yet", "order", c.OrderID, "cause", err)
	}
	return RefundView{OrderID: c.OrderID, Refund: result.Refund, Replayed: result.Replayed}, nil
}

// mayRefund returns why the order allows no new refund, or nil.
func (s *Service) mayRefund(ctx context.Context, c RefundOrder) (refusal, err error) {
	var order domain.Order
	window := s.RefundWindow
	if c.Staff {
		window = 0
		order, err = s.Finder.Any(ctx, c.OrderID)
	} else {
		order, err = s.Finder.Find(ctx, c.AccountID, c.OrderID)
	}
	if err != nil {
		return nil, err
	}
	for _, item := range c.Items {
		if item.Amount != nil && !c.Staff {
			return domain.ErrStaffAmount, nil
		}
	}
	return order.Refundable(window, s.Clock.Now()), nil
}
