package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// StaffView is an order as staff sees it. Settlement is there for orders in manual review; it is absent as well when
// the provider cannot be asked.
type StaffView struct {
	View
	Settlement *ports.Settlement
}

// Search returns a page of all accounts' orders, the newest first.
func (s *Service) Search(ctx context.Context, filter ports.Filter, request page.Request) (page.Page[StaffView], error) {
	orders, err := s.Reviews.Search(ctx, filter, request)
	if err != nil {
		return page.Page[StaffView]{}, err
	}
	payments, err := s.Payments.Of(ctx, page.Map(orders, domain.Order.ID).Items)
	return page.Map(orders, func(o domain.Order) StaffView {
		return StaffView{View: View{Order: o.Snapshot(), Payment: payments[o.ID()].Summary}}
	}), err
}

// AnyOrder returns an order of any account. With an order in manual review come both sides' figures.
func (s *Service) AnyOrder(ctx context.Context, orderID id.ID) (StaffView, error) {
	order, err := s.Finder.Any(ctx, orderID)
	if err != nil {
		return StaffView{}, err
	}
	view, err := s.view(ctx, order)
	if err != nil || !order.InReview() {
		return StaffView{View: view}, err
	}
	settlement, err := s.Payments.Settlement(ctx, orderID)
	if err != nil {
		s.Log.WarnContext(ctx, "the provider's figures of an order in review cannot be read", "order", orderID, "cause", err)
		return StaffView{View: view}, nil
	}
	return StaffView{View: view, Settlement: &settlement}, nil
}

// ResolveOrder ends the manual review of an order.
type ResolveOrder struct {
	StaffID id.ID
	OrderID id.ID
	Action  checkout.Resolution
	Reason  string
	Key     string
}

// Resolve ends the manual review of an order as staff decided. The decision is saved before anything is done about the
// money, so that a crash cannot lose it; the same key again resumes it.
func (s *Service) Resolve(ctx context.Context, c ResolveOrder) (View, error) {
	resolution := ports.Resolution{
		OrderID: c.OrderID, AccountID: c.StaffID, Key: c.Key, Action: c.Action, Reason: c.Reason, At: s.Clock.Now(),
		BodyHash: hash("resolve", c.OrderID.String(), string(c.Action), c.Reason),
	}
	known, replayed, err := s.Reviews.ResolutionByKey(ctx, c.StaffID, c.Key)
	if err != nil {
		return View{}, err
	}
	if replayed && !bytes.Equal(known.BodyHash, resolution.BodyHash) {
		return View{}, domain.ErrKeyReused
	}
	order, err := s.Orders.Claim(ctx, c.OrderID, s.Clock.Now())
	if err != nil {
		return View{}, err
	}
	if replayed && (!order.InReview() || order.Resolving() != "") {
		view, err := s.finish(ctx, order, &run{})
		view.Replayed = true
		return view, err
	}
	if err := order.Resolve(c.Action, s.Clock.Now()); err != nil {
		_, release := s.save(ctx, order, true)
		return View{}, errors.Join(err, release)
	}
	if replayed {
		order, err = s.save(ctx, order, false)
	} else if err = s.Orders.Resolve(ctx, order, resolution); err == nil {
		order = order.Stored()
	}
	if err != nil {
		return View{}, fmt.Errorf("save the resolution of order %s: %w", c.OrderID, err)
	}
	view, err := s.finish(ctx, order, &run{})
	view.Replayed = replayed
	return view, err
}
