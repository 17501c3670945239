// Package service holds the use cases of checkout.
package service

import (
	"context"
	"log/slog"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Deps is what the use cases work with.
type Deps struct {
	Orders   ports.Orders
	Finder   ports.Finder
	Carts    ports.Carts
	Catalog  ports.Catalog
	Library  ports.Library
	Buyers   ports.Buyers
	Payments ports.Payments
	Clock    clock.Clock
	IDs      id.Source
	Log      *slog.Logger
}

// Service is checkout's use cases.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service { return &Service{deps} }

// View is an order with what there is about its money.
type View struct {
	Order    domain.Snapshot
	Bill     ports.Bill
	Replayed bool // an earlier call had made it
}

func (s *Service) view(ctx context.Context, order domain.Order) (View, error) {
	bills, err := s.Payments.Bills(ctx, []id.ID{order.ID()})
	return View{Order: order.Snapshot(), Bill: bills[order.ID()]}, err
}

// Order returns one of an account's orders.
func (s *Service) Order(ctx context.Context, accountID, orderID id.ID) (View, error) {
	order, err := s.Finder.Find(ctx, accountID, orderID)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, order)
}

// List returns a page of an account's orders, the newest first.
func (s *Service) List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[View], error) {
	orders, err := s.Finder.List(ctx, accountID, request)
	if err != nil {
		return page.Page[View]{}, err
	}
	orderIDs := page.Map(orders, domain.Order.ID).Items
	bills, err := s.Payments.Bills(ctx, orderIDs)
	return page.Map(orders, func(o domain.Order) View { return View{Order: o.Snapshot(), Bill: bills[o.ID()]} }), err
}
