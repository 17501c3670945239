package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/app/proofs/world"
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"

	cartservice "coinslot/modules/cart/service"
	catalogdomain "coinslot/modules/catalog/domain"
)

// fixture is the use cases of every module over memory, without any I/O.
type fixture struct {
	*world.World
	stores   world.Stores
	t        *testing.T
	clock    *clock.Manual
	buyer    id.ID
	erased   bool
	provider *memory.Provider
	failing  *failing
	payments *payments
	refunds  *refunds
	entered  []checkout.ReviewReason // the reviews that orders entered
}

// payments is billing, with the outcome of a poll, the error of a resolution and the reason for a review to set.
type payments struct {
	ports.Payments
	polled   *domain.Outcome
	resolve  func(checkout.Resolution) error
	resolved []checkout.Resolution
	review   checkout.ReviewReason // of every order
}

// refunds is billing, with the answer to the refund of lines to set.
type refunds struct {
	ports.Refunds
	payments ports.Payments
	lines    *domain.Return
	returned [][]id.ID
}

// Return returns what is set for lines, or asks billing.
func (r *refunds) Return(ctx context.Context, order domain.Order) (domain.Return, ports.Payment, error) {
	if r.lines != nil && !order.GrantRefused() {
		r.returned = append(r.returned, order.RefusedLines())
		payments, err := r.payments.Of(ctx, []id.ID{order.ID()})
		return *r.lines, payments[order.ID()], err
	}
	return r.Refunds.Return(ctx, order)
}

// Poll returns what is set, or asks billing.
func (p *payments) Poll(ctx context.Context, orderID id.ID) (ports.Payment, error) {
	if p.polled == nil {
		return p.Payments.Poll(ctx, orderID)
	}
	payments, err := p.Of(ctx, []id.ID{orderID})
	payment := payments[orderID]
	payment.Outcome = *p.polled
	return payment, err
}

// Resolve records the resolution and fails as it is told, or asks billing.
func (p *payments) Resolve(ctx context.Context, orderID id.ID, r checkout.Resolution) (ports.Payment, error) {
	p.resolved = append(p.resolved, r)
	if p.resolve != nil {
		return ports.Payment{}, p.resolve(r)
	}
	p.review = ""
	return p.Payments.Resolve(ctx, orderID, r)
}

// Of returns billing's payments, with the reason for a review that is set.
func (p *payments) Of(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Payment, error) {
	all, err := p.Payments.Of(ctx, orderIDs)
	for orderID, payment := range all {
		if p.review != "" {
			payment.Review = p.review
			all[orderID] = payment
		}
	}
	return all, err
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	ids := id.V7{}
	w := &fixture{
		t: t, clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), buyer: ids.NewID(),
		provider: memory.NewProvider(),
	}
	stores := world.Memory()
	w.stores = stores
	w.World = world.New(world.Parts{
		Stores: stores, Clock: w.clock, IDs: ids, Currency: "USD", Provider: w.provider, Buyers: w, Taxes: w,
		PollAgainAfter: 15 * time.Minute, RefundWindow: window,
		InReview: func(_ context.Context, reason checkout.ReviewReason) { w.entered = append(w.entered, reason) },
		Checkout: func(deps *service.Deps) {
			w.payments = &payments{Payments: deps.Payments}
			w.refunds = &refunds{Refunds: deps.Refunds, payments: w.payments}
			w.failing = &failing{Library: deps.Library, Carts: deps.Carts}
			deps.Payments, deps.Refunds, deps.Library, deps.Carts = w.payments, w.refunds, w.failing, carter{w.failing}
		},
	})
	return w
}

// window is for how long buyers may ask for their money back.
const window = 14 * 24 * time.Hour

// Buyer tells who the buyer is.
func (w *fixture) Buyer(context.Context, id.ID) (ports.Buyer, bool, error) {
	return ports.Buyer{Name: "Ada", Email: "ada@example.com", Country: "AT", Language: "de"}, !w.erased, nil
}

// Tax taxes everything at a fifth of its net price.
func (w *fixture) Tax(country string, _ time.Time) domain.Tax {
	return domain.Tax{
		Country: country, Included: true,
		Rates: map[string]domain.Rate{"game": 2000, "dlc": 2000, "consumable": 2000, "soundtrack": 1000},
	}
}

// failing is the library and the cart, until they are told to fail.
type failing struct {
	ports.Library
	Carts  ports.Carts
	grant  error
	remove error
	adjust error
}

// Adjust fails, or adjusts.
func (f *failing) Adjust(ctx context.Context, order domain.Order, adjustment domain.Adjustment) error {
	if f.adjust != nil {
		return f.adjust
	}
	return f.Library.Adjust(ctx, order, adjustment)
}

// Grant fails, or gives.
func (f *failing) Grant(ctx context.Context, order domain.Order) ([]id.ID, error) {
	if f.grant != nil {
		return nil, f.grant
	}
	return f.Library.Grant(ctx, order)
}

type carter struct{ *failing }

// Selected returns lines of the cart.
func (c carter) Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Selected, error) {
	return c.Carts.Selected(ctx, accountID, lineIDs)
}

// Remove fails, or removes.
func (c carter) Remove(ctx context.Context, order domain.Order) error {
	if c.remove != nil {
		return c.remove
	}
	return c.Carts.Remove(ctx, order)
}

// Reserve marks lines.
func (c carter) Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID) error {
	return c.Carts.Reserve(ctx, accountID, lineIDs)
}

// Release ends that.
func (c carter) Release(ctx context.Context, accountID id.ID, lineIDs []id.ID) error {
	return c.Carts.Release(ctx, accountID, lineIDs)
}

// sell puts a product or a bundle on the shelf.
func (w *fixture) sell(d catalogdomain.Draft, cents int64) id.ID {
	w.t.Helper()
	d.Category = "test"
	price := money.Of(cents, "USD")
	item, err := w.Catalog.Add(w.t.Context(), d, &price)
	require.NoError(w.t, err)
	return item.Sellable.Snapshot().ID
}

func (w *fixture) game(title string, cents int64) id.ID {
	w.t.Helper()
	return w.sell(catalogdomain.Draft{Title: title, Kind: catalog.Game}, cents)
}

// put puts something into the cart and returns its line.
func (w *fixture) put(sellableID id.ID, bundle bool, quantity int) id.ID {
	w.t.Helper()
	view, _, err := w.Cart.Add(w.t.Context(), w.buyer,
		cartservice.AddItem{SellableID: sellableID, Bundle: bundle, Quantity: quantity})
	require.NoError(w.t, err)
	for _, item := range view.Items {
		if item.SellableID == sellableID {
			return item.ID
		}
	}
	require.Fail(w.t, "the line is not in the cart")
	return id.Nil
}

// order is a wish to buy lines at what they cost now.
func (w *fixture) order(key, method string, lineIDs ...id.ID) service.PlaceOrder {
	w.t.Helper()
	quote, err := w.Checkout.Quote(w.t.Context(), w.buyer, lineIDs)
	require.NoError(w.t, err)
	return service.PlaceOrder{
		AccountID: w.buyer, CartLineIDs: lineIDs, Expected: quote.Totals.Total,
		Method: method, Key: key,
	}
}

func (w *fixture) place(c service.PlaceOrder) service.View {
	w.t.Helper()
	view, err := w.Checkout.Place(w.t.Context(), c)
	require.NoError(w.t, err)
	return view
}

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

func (w *fixture) pay(orderID id.ID, key, method string) (service.View, error) {
	return w.Checkout.Pay(w.t.Context(), service.PayOrder{AccountID: w.buyer, OrderID: orderID, Method: method, Key: key})
}

func (w *fixture) owns(productID id.ID) bool {
	w.t.Helper()
	owned, err := w.Library.Owns(w.t.Context(), w.buyer, []id.ID{productID})
	require.NoError(w.t, err)
	_, ok := owned[productID]
	return ok
}

func (w *fixture) inCart() int {
	w.t.Helper()
	view, err := w.Cart.Show(w.t.Context(), w.buyer)
	require.NoError(w.t, err)
	return len(view.Items)
}
