// Package world composes the use cases of every module, without fx, HTTP and jobs: for unit tests of purchases and for
// the simulation, over memory or over PostgreSQL.
package world

import (
	"context"
	"log/slog"
	"time"

	"coinslot/app/store/probe"
	"coinslot/modules/billing"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/platform/clock"
	"coinslot/platform/fanout"
	"coinslot/platform/id"
	"coinslot/platform/money"

	billingmemory "coinslot/modules/billing/adapters/memory"
	billingdomain "coinslot/modules/billing/domain"
	billingports "coinslot/modules/billing/ports"
	billingservice "coinslot/modules/billing/service"
	cartmemory "coinslot/modules/cart/adapters/memory"
	cartports "coinslot/modules/cart/ports"
	cartservice "coinslot/modules/cart/service"
	catalogmemory "coinslot/modules/catalog/adapters/memory"
	catalogports "coinslot/modules/catalog/ports"
	catalogservice "coinslot/modules/catalog/service"
	checkoutbilling "coinslot/modules/checkout/adapters/billing"
	checkoutmemory "coinslot/modules/checkout/adapters/memory"
	checkoutports "coinslot/modules/checkout/ports"
	checkoutservice "coinslot/modules/checkout/service"
	librarycatalog "coinslot/modules/library/adapters/catalog"
	librarymemory "coinslot/modules/library/adapters/memory"
	libraryports "coinslot/modules/library/ports"
	libraryservice "coinslot/modules/library/service"
)

// Stores are the storage ports of all modules.
type Stores struct {
	Catalog struct {
		catalogports.UnitOfWork
		catalogports.ProductRepository
		catalogports.Search
	}
	Cart struct {
		cartports.UnitOfWork
		cartports.Finder
		cartports.Lines
	}
	Library struct {
		libraryports.UnitOfWork
		libraryports.Grants
		libraryports.Finder
	}
	Billing struct {
		billingports.UnitOfWork
		billingports.PaymentReader
		billingports.Charges
		billingports.Documents
		Backlog billingports.Backlog
		Journal billingports.Journal
		billingports.Movements
		Events func() []billing.PaymentChanged // published events, oldest first
	}
	Checkout struct {
		checkoutports.Orders
		checkoutports.Finder
		checkoutports.Reviews
	}
	Together fanout.Together // nil: one call after the other
}

// Memory returns empty stores in memory.
func Memory() (out Stores) {
	products, carts, entitlements := catalogmemory.NewStore(), cartmemory.NewStore(), librarymemory.NewStore()
	payments, orders := billingmemory.NewStore(), checkoutmemory.NewStore()
	out.Catalog.UnitOfWork, out.Catalog.ProductRepository, out.Catalog.Search = products, products, products
	out.Cart.UnitOfWork, out.Cart.Finder, out.Cart.Lines = carts, carts, carts
	out.Library.UnitOfWork, out.Library.Grants, out.Library.Finder = entitlements, entitlements, entitlements
	out.Billing.UnitOfWork, out.Billing.PaymentReader, out.Billing.Documents = payments, payments, payments
	out.Billing.Movements, out.Billing.Charges = payments, payments
	out.Billing.Backlog, out.Billing.Journal, out.Billing.Events = payments.Backlog(), payments.Journal(), payments.Events
	out.Checkout.Orders, out.Checkout.Finder, out.Checkout.Reviews = orders, orders, orders
	return out
}

// Provider is a payment provider with its records.
type Provider interface {
	billingports.PaymentProvider
	billingports.ProviderRecords
	billingports.ProviderBalance
}

// Parts are the dependencies of a World.
type Parts struct {
	Stores         Stores
	Clock          clock.Clock
	IDs            id.Source
	Currency       money.Currency // default of carts and prices
	Provider       Provider
	Webhooks       billingports.Webhooks // nil: none are received
	Buyers         checkoutports.Buyers
	Taxes          checkoutports.Taxes
	Rig            probe.Rig
	PollAgainAfter time.Duration
	// RefundWindow limits the time in which buyers may request refunds; 0: no limit.
	RefundWindow time.Duration
	InReview     func(ctx context.Context, reason checkout.ReviewReason)
	// Checkout may replace dependencies of checkout; nil: none.
	Checkout func(deps *checkoutservice.Deps)
}

// World is the use cases of one process of the store.
type World struct {
	Catalog  *catalogservice.Service
	Cart     *cartservice.Service
	Library  *libraryservice.Service
	Billing  *billingservice.Service
	Checkout *checkoutservice.Service
}

// New composes the modules.
func New(p Parts) *World {
	w := &World{}
	log := slog.New(slog.DiscardHandler)
	w.Catalog = catalogservice.New(catalogservice.Deps{
		Work: p.Stores.Catalog, Products: p.Stores.Catalog, Search: p.Stores.Catalog, Clock: p.Clock, IDs: p.IDs,
		Currency: p.Currency,
	})
	w.Library = libraryservice.New(libraryservice.Deps{
		Work: probe.LibraryWork(p.Stores.Library.UnitOfWork, p.Rig), Finder: p.Stores.Library.Finder,
		Grants: probe.Grants(p.Stores.Library.Grants, p.Rig),
		Titles: librarycatalog.NewTitles(w.Catalog), Clock: p.Clock, IDs: p.IDs, Log: log,
	})
	w.Cart = cartservice.New(cartservice.Deps{
		Work: p.Stores.Cart.UnitOfWork, Finder: p.Stores.Cart.Finder, Lines: probe.CartLines(p.Stores.Cart.Lines, p.Rig),
		Catalog: w.Catalog, Library: w.Library, Clock: p.Clock, IDs: p.IDs, Currency: p.Currency,
		Together: p.Stores.Together,
	})
	w.Billing = billingservice.New(billingservice.Deps{
		Work:    probe.BillingWork(p.Stores.Billing.UnitOfWork, p.Rig),
		Reader:  probe.PaymentReader(p.Stores.Billing.PaymentReader, p.Rig),
		Charges: probe.Charges(p.Stores.Billing.Charges, p.Rig),
		Backlog: probe.Backlog(p.Stores.Billing.Backlog, p.Rig), Documents: p.Stores.Billing.Documents,
		Journal: p.Stores.Billing.Journal, Provider: probe.Provider(p.Provider, p.Rig), Records: p.Provider,
		Balance: p.Provider, Movements: p.Stores.Billing.Movements, Currency: p.Currency,
		Webhooks: p.Webhooks, Clock: p.Clock, IDs: p.IDs, Log: log,
		SealKeys: billingdomain.SealKeys{{ID: "world", Secret: []byte("a key of the seals of the world")}},
		Limits:   billingservice.Limits{Batch: 10, Parallel: 1, PollAgainAfter: p.PollAgainAfter, RetryFor: 72 * time.Hour},
	})
	deps := checkoutservice.Deps{
		Orders: probe.Orders(p.Stores.Checkout.Orders, p.Rig), Finder: probe.OrderFinder(p.Stores.Checkout.Finder, p.Rig),
		Reviews: p.Stores.Checkout.Reviews, Carts: probe.Carts(cart.NewCarts(w.Cart), p.Rig),
		Catalog: probe.Catalog(w.Catalog, p.Rig), Library: probe.Library(library.NewLibrary(w.Library), p.Rig),
		Buyers: probe.Buyers(p.Buyers, p.Rig), Payments: probe.Payments(checkoutbilling.NewPayments(w.Billing), p.Rig),
		Refunds: probe.Refunds(checkoutbilling.NewRefunds(w.Billing), p.Rig), Taxes: p.Taxes,
		Clock: p.Clock, IDs: p.IDs, Log: log, InReview: p.InReview, Together: p.Stores.Together,
		Limits: checkoutservice.Limits{
			Patience: 5 * time.Second, ActionWithin: 10 * time.Minute, GiveUpAfter: 10 * time.Minute,
			DeclinedFor: 24 * time.Hour, RefundWindow: p.RefundWindow, Parallel: 1,
		},
	}
	if p.Checkout != nil {
		p.Checkout(&deps)
	}
	w.Checkout = checkoutservice.New(deps)
	return w
}

// PaymentChanged handles an event of billing as the store's job does.
func (w *World) PaymentChanged(ctx context.Context, event billing.PaymentChanged) error {
	return checkoutbilling.NewEvents(w.Checkout).PaymentChanged(ctx, event)
}
