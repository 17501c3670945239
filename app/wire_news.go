package main

import (
	"context"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/identity"
	"coinslot/platform/jobs"

	"go.uber.org/fx"

	cartservice "coinslot/modules/cart/service"
	checkoutservice "coinslot/modules/checkout/service"
	libraryservice "coinslot/modules/library/service"
)

// newsModule is who hears of what. Each consumer has a kind of job of its own, so that one that fails is repeated
// without the others.
func newsModule() fx.Option {
	return fx.Module("news", fx.Provide(newRoutes, newWorkers))
}

type advanceOrder struct{ billing.PaymentChanged }

// Kind names the job.
func (advanceOrder) Kind() string { return "checkout.payment_changed" }

type eraseCart struct{ identity.AccountErased }

// Kind names the job.
func (eraseCart) Kind() string { return "cart.account_erased" }

type eraseOrders struct{ identity.AccountErased }

// Kind names the job.
func (eraseOrders) Kind() string { return "checkout.account_erased" }

type eraseLibrary struct{ identity.AccountErased }

// Kind names the job.
func (eraseLibrary) Kind() string { return "library.account_erased" }

func newRoutes() *jobs.Routes {
	r := jobs.NewRoutes()
	jobs.Send(r, func(e billing.PaymentChanged) jobs.Args { return advanceOrder{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseOrders{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseCart{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseLibrary{e} })
	return r
}

// consumers are the use cases that news leads to.
type consumers struct {
	fx.In

	Orders   checkout.Orders
	Checkout *checkoutservice.Service
	Cart     *cartservice.Service
	Library  *libraryservice.Service
}

func newWorkers(c consumers) *jobs.Workers {
	w := jobs.NewWorkers()
	jobs.Handle(w, func(ctx context.Context, a advanceOrder) error { return c.Orders.Advance(ctx, a.OrderID) })
	jobs.Handle(w, func(ctx context.Context, a eraseOrders) error { return c.Checkout.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseCart) error { return c.Cart.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseLibrary) error { return c.Library.EraseAccount(ctx, a.AccountID) })
	return w
}
