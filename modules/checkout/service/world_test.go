package service_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/billing"
	"coinslot/modules/checkout/adapters/cart"
	"coinslot/modules/checkout/adapters/library"
	"coinslot/modules/checkout/adapters/memory"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"

	billingmemory "coinslot/modules/billing/adapters/memory"
	billingservice "coinslot/modules/billing/service"
	cartmemory "coinslot/modules/cart/adapters/memory"
	cartservice "coinslot/modules/cart/service"
	catalogmemory "coinslot/modules/catalog/adapters/memory"
	catalogdomain "coinslot/modules/catalog/domain"
	catalogservice "coinslot/modules/catalog/service"
	librarycatalog "coinslot/modules/library/adapters/catalog"
	librarymemory "coinslot/modules/library/adapters/memory"
	libraryservice "coinslot/modules/library/service"
)

// world is the whole store over memory: the use cases of every module, without any I/O.
type world struct {
	t        *testing.T
	clock    *clock.Manual
	buyer    id.ID
	erased   bool
	provider *billingmemory.Provider
	catalog  *catalogservice.Service
	cart     *cartservice.Service
	library  *libraryservice.Service
	billing  *billingservice.Service
	orders   *memory.Store
	checkout *service.Service
	failing  *failing
	payments *payments
	refunds  *refunds
	entered  []checkout.ReviewReason // the reviews that orders entered
}

// payments is billing, with the answers of a poll and of a resolution to set.
type payments struct {
	ports.Payments
	polled   *domain.Outcome
	resolve  func(checkout.Resolution) error
	resolved []checkout.Resolution
	review   checkout.ReviewReason // of every bill
}

// refunds is billing, with the answer to the refund of lines to set.
type refunds struct {
	ports.Refunds
	lines    *domain.Returning
	returned [][]id.ID
}

// Return returns what is set for lines, or asks billing.
func (r *refunds) Return(ctx context.Context, order domain.Order) (domain.Returning, error) {
	if r.lines != nil && !order.GrantRefused() {
		r.returned = append(r.returned, order.RefusedLines())
		return *r.lines, nil
	}
	return r.Refunds.Return(ctx, order)
}

// Poll returns what is set, or asks billing.
func (p *payments) Poll(ctx context.Context, orderID id.ID) (domain.Outcome, bool, error) {
	if p.polled != nil {
		return *p.polled, true, nil
	}
	return p.Payments.Poll(ctx, orderID)
}

// Resolve records the resolution and fails as it is told, or asks billing.
func (p *payments) Resolve(ctx context.Context, orderID id.ID, r checkout.Resolution) error {
	p.resolved = append(p.resolved, r)
	if p.resolve != nil {
		return p.resolve(r)
	}
	p.review = ""
	return p.Payments.Resolve(ctx, orderID, r)
}

// Bills returns billing's, with the reason for a review that is set.
func (p *payments) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]ports.Bill, error) {
	bills, err := p.Payments.Bills(ctx, orderIDs)
	for orderID, b := range bills {
		if p.review != "" {
			b.Review = p.review
			bills[orderID] = b
		}
	}
	return bills, err
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ids := id.V7{}
	w := &world{
		t: t, clock: clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), buyer: ids.NewID(),
		provider: billingmemory.NewProvider(), orders: memory.NewStore(),
	}
	log := slog.New(slog.DiscardHandler)
	shelf := catalogmemory.NewStore()
	w.catalog = catalogservice.New(catalogservice.Deps{
		Work: shelf, Products: shelf, Search: shelf, Clock: w.clock,
		IDs: ids, Currency: "USD",
	})
	entitlements := librarymemory.NewStore()
	w.library = libraryservice.New(libraryservice.Deps{
		Work: entitlements, Shelf: entitlements, Titles: librarycatalog.NewTitles(w.catalog), Clock: w.clock, IDs: ids,
	})
	carts := cartmemory.NewStore()
	w.cart = cartservice.New(cartservice.Deps{
		Work: carts, Finder: carts, Lines: carts, Catalog: w.catalog, Library: w.library, Clock: w.clock,
		IDs: ids, Currency: "USD",
	})
	books := billingmemory.NewStore()
	w.billing = billingservice.New(billingservice.Deps{
		Work: books, Books: books, Backlog: books.Backlog(), Papers: books, Journal: books.Journal(),
		Provider: w.provider, Charges: w.provider,
		Clock: w.clock, IDs: ids, Log: log,
		Limits: billingservice.Limits{Batch: 10, Parallel: 1, WatchFor: 15 * time.Minute, KeepFor: 72 * time.Hour},
	})
	w.payments = &payments{Payments: billing.NewPayments(w.billing)}
	w.refunds = &refunds{Refunds: billing.NewRefunds(w.billing)}
	w.failing = &failing{Library: library.NewLibrary(w.library), Carts: cart.NewCarts(w.cart)}
	w.checkout = service.New(service.Deps{
		Orders: w.orders, Finder: w.orders, Reviews: w.orders, Carts: carter{w.failing},
		Catalog: w.catalog, Library: w.failing,
		Buyers: w, Payments: w.payments, Refunds: w.refunds, Taxes: w, Clock: w.clock, IDs: ids, Log: log,
		Limits: service.Limits{
			Patience: 5 * time.Second, ActionWithin: 10 * time.Minute, GiveUpAfter: 10 * time.Minute,
			DeclinedFor: 24 * time.Hour, RefundWindow: window, Parallel: 1,
		},
		InReview: func(_ context.Context, reason checkout.ReviewReason) { w.entered = append(w.entered, reason) },
	})
	return w
}

// window is for how long buyers may ask for their money back.
const window = 14 * 24 * time.Hour

// Buyer tells who the buyer is.
func (w *world) Buyer(context.Context, id.ID) (ports.Buyer, bool, error) {
	return ports.Buyer{Name: "Ada", Email: "ada@example.com", Country: "AT", Language: "de"}, !w.erased, nil
}

// Tax taxes everything at a fifth of its net price.
func (w *world) Tax(country string, _ time.Time) domain.Tax {
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
func (f *failing) Adjust(ctx context.Context, order domain.Order, refunded []domain.Unit, access domain.Access) error {
	if f.adjust != nil {
		return f.adjust
	}
	return f.Library.Adjust(ctx, order, refunded, access)
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
func (w *world) sell(d catalogdomain.Draft, cents int64) id.ID {
	w.t.Helper()
	d.Category = "test"
	price := money.Of(cents, "USD")
	item, err := w.catalog.Add(w.t.Context(), d, &price)
	require.NoError(w.t, err)
	return item.Sellable.Snapshot().ID
}

func (w *world) game(title string, cents int64) id.ID {
	w.t.Helper()
	return w.sell(catalogdomain.Draft{Title: title, Kind: catalog.Game}, cents)
}

// put puts something into the cart and returns its line.
func (w *world) put(sellableID id.ID, bundle bool, quantity int) id.ID {
	w.t.Helper()
	view, _, err := w.cart.Add(w.t.Context(), w.buyer,
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
func (w *world) order(key, method string, lineIDs ...id.ID) service.PlaceOrder {
	w.t.Helper()
	quote, err := w.checkout.Quote(w.t.Context(), w.buyer, lineIDs)
	require.NoError(w.t, err)
	return service.PlaceOrder{
		AccountID: w.buyer, CartLineIDs: lineIDs, Expected: quote.Totals.Total,
		Method: method, Key: key,
	}
}

func (w *world) place(c service.PlaceOrder) service.View {
	w.t.Helper()
	view, err := w.checkout.Place(w.t.Context(), c)
	require.NoError(w.t, err)
	return view
}

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

func (w *world) pay(orderID id.ID, key, method string) (service.View, error) {
	return w.checkout.Pay(w.t.Context(), service.PayOrder{AccountID: w.buyer, OrderID: orderID, Method: method, Key: key})
}

func (w *world) owns(productID id.ID) bool {
	w.t.Helper()
	owned, err := w.library.Owns(w.t.Context(), w.buyer, []id.ID{productID})
	require.NoError(w.t, err)
	_, ok := owned[productID]
	return ok
}

func (w *world) inCart() int {
	w.t.Helper()
	view, err := w.cart.Show(w.t.Context(), w.buyer)
	require.NoError(w.t, err)
	return len(view.Items)
}
