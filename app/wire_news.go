package main

import (
	"context"
	"errors"

	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/identity"
	"coinslot/platform/config"
	"coinslot/platform/jobs"
	"coinslot/platform/postgres"

	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
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

type eraseBilling struct{ identity.AccountErased }

// Kind names the job.
func (eraseBilling) Kind() string { return "billing.account_erased" }

// sweep takes further whatever stands still.
type sweep struct{}

// Kind names the job.
func (sweep) Kind() string { return "sweep" }

func newRoutes() *jobs.Routes {
	r := jobs.NewRoutes()
	jobs.Send(r, func(e billing.PaymentChanged) jobs.Args { return advanceOrder{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseOrders{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseCart{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseLibrary{e} })
	jobs.Send(r, func(e identity.AccountErased) jobs.Args { return eraseBilling{e} })
	return r
}

// consumers are the use cases that news leads to.
type consumers struct {
	fx.In

	Orders   checkout.Orders
	Checkout *checkoutservice.Service
	Cart     *cartservice.Service
	Library  *libraryservice.Service
	Billing  *billingservice.Service
	DB       *postgres.DB
	Sweeper  config.Sweeper
}

const sweeping = 0x7377656570 // "sweep"

// sweep runs on one replica at a time: the money first, because orders follow it.
func (c consumers) sweep(ctx context.Context, _ sweep) error {
	_, err := c.DB.Exclusive(ctx, sweeping, func(ctx context.Context) error {
		return errors.Join(c.Billing.Sweep(ctx), c.Checkout.Sweep(ctx))
	})
	return err
}

func newWorkers(c consumers) *jobs.Workers {
	w := jobs.NewWorkers()
	jobs.Handle(w, c.sweep)
	jobs.Repeat(w, c.Sweeper.Interval, sweep{})
	jobs.Handle(w, func(ctx context.Context, a advanceOrder) error { return c.Orders.Advance(ctx, a.OrderID) })
	jobs.Handle(w, func(ctx context.Context, a eraseOrders) error { return c.Checkout.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseCart) error { return c.Cart.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseBilling) error { return c.Billing.EraseAccount(ctx, a.AccountID) })
	jobs.Handle(w, func(ctx context.Context, a eraseLibrary) error { return c.Library.EraseAccount(ctx, a.AccountID) })
	return w
}
