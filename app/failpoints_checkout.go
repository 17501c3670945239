//go:build failpoints

package main

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

type probedOrders struct {
	inner ports.Orders
	hook  hook
}

func probeOrders(p ports.Orders, h hook) ports.Orders { return probedOrders{p, h} }

// Place adds an order.
func (p probedOrders) Place(ctx context.Context, order domain.Order, attempt ports.Attempt) error {
	return call(ctx, p.hook, "checkout.Orders.Place", func() error { return p.inner.Place(ctx, order, attempt) })
}

// Erase stores an account's tombstone.
func (p probedOrders) Erase(ctx context.Context, accountID id.ID, at time.Time) error {
	return call(ctx, p.hook, "checkout.Orders.Erase", func() error { return p.inner.Erase(ctx, accountID, at) })
}

// Save stores an order.
func (p probedOrders) Save(ctx context.Context, order domain.Order) error {
	return call(ctx, p.hook, "checkout.Orders.Save", func() error { return p.inner.Save(ctx, order) })
}

// Retry stores an order's next attempt.
func (p probedOrders) Retry(ctx context.Context, order domain.Order, attempt ports.Attempt) error {
	return call(ctx, p.hook, "checkout.Orders.Retry", func() error { return p.inner.Retry(ctx, order, attempt) })
}

// Resolve stores a resolution.
func (p probedOrders) Resolve(ctx context.Context, order domain.Order, r ports.Resolution) error {
	return call(ctx, p.hook, "checkout.Orders.Resolve", func() error { return p.inner.Resolve(ctx, order, r) })
}

// Claim takes the lease.
func (p probedOrders) Claim(ctx context.Context, orderID id.ID, now time.Time) (domain.Order, error) {
	return ask(ctx, p.hook, "checkout.Orders.Claim",
		func() (domain.Order, error) { return p.inner.Claim(ctx, orderID, now) })
}

type probedOrderFinder struct {
	inner ports.Finder
	hook  hook
}

func probeOrderFinder(p ports.Finder, h hook) ports.Finder { return probedOrderFinder{p, h} }

// ByKey returns an attempt.
func (p probedOrderFinder) ByKey(ctx context.Context, accountID id.ID, key string) (ports.Attempt, bool, error) {
	return look(ctx, p.hook, "checkout.Finder.ByKey",
		func() (ports.Attempt, bool, error) { return p.inner.ByKey(ctx, accountID, key) })
}

// Find returns an order.
func (p probedOrderFinder) Find(ctx context.Context, accountID, orderID id.ID) (domain.Order, error) {
	return ask(ctx, p.hook, "checkout.Finder.Find",
		func() (domain.Order, error) { return p.inner.Find(ctx, accountID, orderID) })
}

// Any returns an order, whose ever it is.
func (p probedOrderFinder) Any(ctx context.Context, orderID id.ID) (domain.Order, error) {
	return ask(ctx, p.hook, "checkout.Finder.Any", func() (domain.Order, error) { return p.inner.Any(ctx, orderID) })
}

// List returns orders.
func (p probedOrderFinder) List(ctx context.Context, accountID id.ID,
	request page.Request,
) (page.Page[domain.Order], error) {
	return ask(ctx, p.hook, "checkout.Finder.List",
		func() (page.Page[domain.Order], error) { return p.inner.List(ctx, accountID, request) })
}

// Known looks for cart lines.
func (p probedOrderFinder) Known(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (bool, error) {
	return ask(ctx, p.hook, "checkout.Finder.Known",
		func() (bool, error) { return p.inner.Known(ctx, accountID, cartLineIDs) })
}

// Open returns orders that may be canceled.
func (p probedOrderFinder) Open(ctx context.Context, accountID id.ID) ([]id.ID, error) {
	return ask(ctx, p.hook, "checkout.Finder.Open", func() ([]id.ID, error) { return p.inner.Open(ctx, accountID) })
}

// Stuck returns orders that stand still.
func (p probedOrderFinder) Stuck(ctx context.Context, now time.Time, patience time.Duration,
	limit int,
) ([]id.ID, error) {
	return ask(ctx, p.hook, "checkout.Finder.Stuck",
		func() ([]id.ID, error) { return p.inner.Stuck(ctx, now, patience, limit) })
}

// History returns an order's states.
func (p probedOrderFinder) History(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	return ask(ctx, p.hook, "checkout.Finder.History",
		func() ([]ports.Entry, error) { return p.inner.History(ctx, orderID) })
}

type probedCarts struct {
	inner ports.Carts
	hook  hook
}

func probeCarts(p ports.Carts, h hook) ports.Carts { return probedCarts{p, h} }

// Selected returns lines of the cart.
func (p probedCarts) Selected(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) ([]domain.Selected, error) {
	return ask(ctx, p.hook, "checkout.Carts.Selected",
		func() ([]domain.Selected, error) { return p.inner.Selected(ctx, accountID, cartLineIDs) })
}

// Remove removes what an order bought.
func (p probedCarts) Remove(ctx context.Context, order domain.Order) error {
	return call(ctx, p.hook, "checkout.Carts.Remove", func() error { return p.inner.Remove(ctx, order) })
}

// Reserve marks lines of the cart.
func (p probedCarts) Reserve(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error {
	return call(ctx, p.hook, "checkout.Carts.Reserve",
		func() error { return p.inner.Reserve(ctx, accountID, cartLineIDs) })
}

// Release ends that.
func (p probedCarts) Release(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error {
	return call(ctx, p.hook, "checkout.Carts.Release",
		func() error { return p.inner.Release(ctx, accountID, cartLineIDs) })
}

type probedCatalog struct {
	inner ports.Catalog
	hook  hook
}

func probeCatalog(p ports.Catalog, h hook) ports.Catalog { return probedCatalog{p, h} }

// Quote tells what sellables cost.
func (p probedCatalog) Quote(ctx context.Context, sellableIDs []id.ID) (catalog.Quote, error) {
	return ask(ctx, p.hook, "checkout.Catalog.Quote",
		func() (catalog.Quote, error) { return p.inner.Quote(ctx, sellableIDs) })
}

type probedLibrary struct {
	inner ports.Library
	hook  hook
}

func probeLibrary(p ports.Library, h hook) ports.Library { return probedLibrary{p, h} }

// Owns tells what the buyer owns.
func (p probedLibrary) Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error) {
	return ask(ctx, p.hook, "checkout.Library.Owns",
		func() (map[id.ID]id.ID, error) { return p.inner.Owns(ctx, accountID, productIDs) })
}

// Grant gives what an order gives.
func (p probedLibrary) Grant(ctx context.Context, order domain.Order) ([]id.ID, error) {
	return ask(ctx, p.hook, "checkout.Library.Grant", func() ([]id.ID, error) { return p.inner.Grant(ctx, order) })
}

// Adjust makes what an order gave be as its money says.
func (p probedLibrary) Adjust(ctx context.Context, order domain.Order, refunded []domain.Unit,
	access domain.Access,
) error {
	return call(ctx, p.hook, "checkout.Library.Adjust",
		func() error { return p.inner.Adjust(ctx, order, refunded, access) })
}

type probedBuyers struct {
	inner ports.Buyers
	hook  hook
}

func probeBuyers(p ports.Buyers, h hook) ports.Buyers { return probedBuyers{p, h} }

// Buyer tells who an account is.
func (p probedBuyers) Buyer(ctx context.Context, accountID id.ID) (ports.Buyer, bool, error) {
	return look(ctx, p.hook, "checkout.Buyers.Buyer",
		func() (ports.Buyer, bool, error) { return p.inner.Buyer(ctx, accountID) })
}

type probedPayments struct {
	inner ports.Payments
	hook  hook
}

func probePayments(p ports.Payments, h hook) ports.Payments { return probedPayments{p, h} }

// Charge makes an attempt.
func (p probedPayments) Charge(ctx context.Context, order domain.Order, buyer ports.Buyer) (domain.Outcome, error) {
	return ask(ctx, p.hook, "checkout.Payments.Charge",
		func() (domain.Outcome, error) { return p.inner.Charge(ctx, order, buyer) })
}

// Resume asks what became of an attempt.
func (p probedPayments) Resume(ctx context.Context, orderID id.ID) (domain.Outcome, bool, error) {
	return look(ctx, p.hook, "checkout.Payments.Resume",
		func() (domain.Outcome, bool, error) { return p.inner.Resume(ctx, orderID) })
}

// Poll asks what became of an attempt.
func (p probedPayments) Poll(ctx context.Context, orderID id.ID) (domain.Outcome, bool, error) {
	return look(ctx, p.hook, "checkout.Payments.Poll",
		func() (domain.Outcome, bool, error) { return p.inner.Poll(ctx, orderID) })
}

// Settlement returns both sides' figures.
func (p probedPayments) Settlement(ctx context.Context, orderID id.ID) (billing.Settlement, error) {
	return ask(ctx, p.hook, "checkout.Payments.Settlement", func() (billing.Settlement, error) {
		return p.inner.Settlement(ctx, orderID)
	})
}

// Resolve settles an order's money.
func (p probedPayments) Resolve(ctx context.Context, orderID id.ID, r checkout.Resolution) error {
	return call(ctx, p.hook, "checkout.Payments.Resolve", func() error { return p.inner.Resolve(ctx, orderID, r) })
}

// Cancel ends an attempt.
func (p probedPayments) Cancel(ctx context.Context, order domain.Order) (domain.Outcome, error) {
	return ask(ctx, p.hook, "checkout.Payments.Cancel",
		func() (domain.Outcome, error) { return p.inner.Cancel(ctx, order) })
}

type probedRefunds struct {
	inner ports.Refunds
	hook  hook
}

func probeRefunds(p ports.Refunds, h hook) ports.Refunds { return probedRefunds{p, h} }

// Return gives an order's money back.
func (p probedRefunds) Return(ctx context.Context, order domain.Order) (domain.Returning, error) {
	return ask(ctx, p.hook, "checkout.Refunds.Return",
		func() (domain.Returning, error) { return p.inner.Return(ctx, order) })
}

// Refund gives back what is asked for.
func (p probedRefunds) Refund(ctx context.Context, request ports.RefundRequest) (ports.Refund, error) {
	return ask(ctx, p.hook, "checkout.Refunds.Refund",
		func() (ports.Refund, error) { return p.inner.Refund(ctx, request) })
}

// ByKey returns a refund.
func (p probedRefunds) ByKey(ctx context.Context, request ports.RefundRequest) (ports.Refund, bool, error) {
	return look(ctx, p.hook, "checkout.Refunds.ByKey",
		func() (ports.Refund, bool, error) { return p.inner.ByKey(ctx, request) })
}

// Bills returns what there is about orders.
func (p probedPayments) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Bill, error) {
	return ask(ctx, p.hook, "checkout.Payments.Bills",
		func() (map[id.ID]ports.Bill, error) { return p.inner.Bills(ctx, orderIDs) })
}

// History returns what happened to an order's money.
func (p probedPayments) History(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	return ask(ctx, p.hook, "checkout.Payments.History",
		func() ([]ports.Entry, error) { return p.inner.History(ctx, orderID) })
}
