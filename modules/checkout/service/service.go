// Package service holds the use cases of checkout.
package service

import (
	"context"
	"log/slog"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/fanout"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Deps is what the use cases work with.
type Deps struct {
	Orders   ports.Orders
	Finder   ports.Finder
	Reviews  ports.Reviews
	Carts    ports.Carts
	Catalog  ports.Catalog
	Library  ports.Library
	Buyers   ports.Buyers
	Payments ports.Payments
	Refunds  ports.Refunds
	Taxes    ports.Taxes
	Registry ports.VATRegistry // nil: VAT IDs are checked by their check digits alone
	Clock    ports.Clock
	Mailer   ports.Mailer // nil: the store sends no mail
	IDs      id.Source
	Log      *slog.Logger
	// InReview counts orders that enter manual review; nil: they are not counted.
	InReview  func(ctx context.Context, reason checkout.ReviewReason)
	Documents ports.Documents
	Together  fanout.Together
	Limits
}

// Limits bound how long an order may stay in a status.
type Limits struct {
	Patience     time.Duration // without a change before a sweep advances it
	ActionWithin time.Duration // before the buyer has confirmed the payment
	GiveUpAfter  time.Duration // before it goes to manual review
	DeclinedFor  time.Duration // after a decline, before the order is canceled
	KeepKeys     time.Duration // after the end of an order, before the keys of its repeated payments are deleted
	VerifiedOnly bool          // accounts without a confirmed address may not buy
	RefundWindow time.Duration // after the payment, for buyers to ask for their money back
	Parallel     int           // how many orders a sweep advances at once
	// ReturnsTo reports whether the provider's page may lead buyers back to a URL; nil: to none.
	ReturnsTo func(returnURL string) bool
}

// pollPatience is how old an unresolved state must be for a read of its buyer to ask the provider.
const pollPatience = time.Second

// Service is checkout's use cases.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service {
	if deps.Together == nil {
		deps.Together = fanout.InTurn
	}
	return &Service{deps}
}

// View is an order with its payment summary.
type View struct {
	Order    domain.Snapshot
	Payment  ports.Summary
	Replayed bool // an earlier call had made it
}

func (s *Service) view(ctx context.Context, order domain.Order) (View, error) {
	payments, err := s.Payments.Of(ctx, []id.ID{order.ID()})
	return View{Order: order.Snapshot(), Payment: payments[order.ID()].Summary}, err
}

// Order returns one of an account's orders. Reading one that is unfinished advances it.
func (s *Service) Order(ctx context.Context, accountID, orderID id.ID) (View, error) {
	order, err := s.Finder.Find(ctx, accountID, orderID)
	if err != nil {
		return View{}, err
	}
	if order.Unfinished() && order.Idle(s.Clock.Now(), pollPatience) {
		advanced, err := s.resume(ctx, order.ID(), &run{})
		if err != nil {
			s.Log.DebugContext(ctx, "an order could not be advanced while it was read", "order", orderID, "cause", err)
			return s.view(ctx, order)
		}
		order = advanced
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
	payments, err := s.Payments.Of(ctx, orderIDs)
	return page.Map(orders, func(o domain.Order) View {
		return View{Order: o.Snapshot(), Payment: payments[o.ID()].Summary}
	}), err
}
