// Package portstest is the contract of checkout's ports. Every adapter runs it.
package portstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store to test.
type Fixture struct {
	Orders  ports.Orders
	Finder  ports.Finder
	Reviews ports.Reviews
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Run runs the contract against stores that open makes.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"a placed order is found by its buyer only":        found,
		"a key makes one order":                            keys,
		"a cart line is reserved by one order":             reserving,
		"a released cart line may be reserved again":       releasing,
		"a stale version is refused":                       stale,
		"a retry is stored whole or not at all":            retrying,
		"old keys of finished orders are deleted":          pruning,
		"the lease has one holder until it ends":           leasing,
		"an order keeps what was applied of its money":     applied,
		"stalled orders are found":                         stuck,
		"the history has each new status once":             history,
		"the history has a payment that was not saved":     unsavedPaid,
		"returned orders do not alias stored ones":         aliasing,
		"the list pages through everything once":           paging,
		"open orders are those that may still be canceled": openOrders,
		"parallel orders of one cart line: one succeeds":   parallelLines,
		"parallel calls with one key: one succeeds":        parallelKeys,
		"a review is stored with its order":                reviewing,
		"a review of an unknown payment is stalled":        stuckInReview,
		"a resolution is stored whole or not at all":       resolving,
		"orders of all accounts are searched":              searching,
		"declined orders expire":                           expiring,
		"an erased account gets no orders":                 erasing,
		"placing and erasing race":                         erasureRace,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// apply applies the first payment of an order.
func apply(t *testing.T, o *domain.Order, outcome domain.Outcome, at time.Time) {
	t.Helper()
	_, err := o.ApplyPayment(domain.Payment{Revision: 1, Attempt: 1, Outcome: outcome}, at)
	require.NoError(t, err)
}

func newID() id.ID { return id.V7{}.NewID() }

func order(t *testing.T, accountID id.ID, cartLineIDs ...id.ID) domain.Order {
	t.Helper()
	q := domain.Quoted{At: now, Offers: map[id.ID]domain.Offer{}}
	for i, lineID := range cartLineIDs {
		offer := domain.Offer{
			ID: newID(), Title: "Ξ", Bundle: i == 0, Available: true,
			Prices: []domain.Price{{Money: money.Of(500, "USD"), Version: 2}},
			Products: []domain.Product{
				{ID: newID(), Title: "a", Consumable: true},
				{ID: newID(), Title: "b", Requires: newID()},
			},
		}
		q.Offers[offer.ID] = offer
		q.Selected = append(q.Selected, domain.Selected{
			CartLineID: lineID, SellableID: offer.ID,
			Quantity: 2, Currency: "USD",
		})
	}
	q.Tax = domain.Tax{Country: "MC", Seller: "AT"}.Reverse()
	q.Business = domain.Business{
		Company: "Société", Address: domain.Address{Line1: "1 Quai", Line2: "B", PostalCode: "98000", City: "Monaco"},
		VATID: "FR53000004605", Reference: "ref",
	}
	b, err := domain.NewBasket(q, newID)
	require.NoError(t, err)
	order := domain.Place(newID(), accountID, b, "pm_ok", now)
	order.ReturnTo("https://shop.example/back")
	order.From("FR")
	return order
}

func attempt(key string) ports.Attempt {
	return ports.Attempt{Key: key, BodyHash: []byte("hash of " + key)}
}

func place(t *testing.T, f Fixture, o domain.Order) domain.Order {
	t.Helper()
	require.NoError(t, f.Orders.Place(t.Context(), o, attempt(o.ID().String())))
	return o
}

func save(t *testing.T, f Fixture, o domain.Order) domain.Order {
	t.Helper()
	require.NoError(t, f.Orders.Save(t.Context(), o))
	return o.Stored()
}

func stored(t *testing.T, f Fixture, o domain.Order) domain.Order {
	t.Helper()
	got, err := f.Finder.Find(t.Context(), o.Snapshot().AccountID, o.ID())
	require.NoError(t, err)
	return got
}

func found(t *testing.T, f Fixture) {
	ada := newID()
	want := place(t, f, order(t, ada, newID(), newID()))
	require.Equal(t, want, stored(t, f, want))
	for _, pair := range [][2]id.ID{{newID(), want.ID()}, {ada, newID()}} {
		_, err := f.Finder.Find(t.Context(), pair[0], pair[1])
		require.ErrorIs(t, err, domain.ErrNoOrder)
	}
}

func keys(t *testing.T, f Fixture) {
	ada, bob := newID(), newID()
	first := order(t, ada, newID())
	require.NoError(t, f.Orders.Place(t.Context(), first, attempt("key")))
	second := order(t, ada, newID())
	require.ErrorIs(t, f.Orders.Place(t.Context(), second, attempt("key")), domain.ErrKeyReused)
	_, err := f.Finder.Find(t.Context(), ada, second.ID())
	require.ErrorIs(t, err, domain.ErrNoOrder, "a refused order leaves nothing behind")
	require.NoError(t, f.Orders.Place(t.Context(), order(t, bob, newID()), attempt("key")), "keys belong to accounts")
	got, ok, err := f.Finder.ByKey(t.Context(), ada, "key")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, ports.Attempt{OrderID: first.ID(), Key: "key", BodyHash: []byte("hash of key")}, got)
	_, ok, err = f.Finder.ByKey(t.Context(), ada, "other")
	require.NoError(t, err)
	require.False(t, ok)
}

func reserving(t *testing.T, f Fixture) {
	ada, line := newID(), newID()
	place(t, f, order(t, ada, newID(), line))
	second := order(t, ada, line, newID())
	require.ErrorIs(t, f.Orders.Place(t.Context(), second, attempt("2")), domain.ErrCheckedOut)
	_, ok, err := f.Finder.ByKey(t.Context(), ada, "2")
	require.NoError(t, err)
	require.False(t, ok, "a refused call burns no key")
	for accountID, want := range map[id.ID]bool{ada: true, newID(): false} {
		known, err := f.Finder.Known(t.Context(), accountID, []id.ID{newID(), line})
		require.NoError(t, err)
		require.Equal(t, want, known)
	}
}

func releasing(t *testing.T, f Fixture) {
	ada, line := newID(), newID()
	first := place(t, f, order(t, ada, line))
	apply(t, &first, domain.Declined, now)
	first = save(t, f, first)
	require.Equal(t, first, stored(t, f, first))
	known, err := f.Finder.Known(t.Context(), ada, []id.ID{line})
	require.NoError(t, err)
	require.False(t, known)
	place(t, f, order(t, ada, line))
	require.NoError(t, first.Retry("pm_ok", now))
	require.ErrorIs(t, f.Orders.Retry(t.Context(), first, attempt("again")), domain.ErrCheckedOut)
}

func stale(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	save(t, f, o)
	require.ErrorIs(t, f.Orders.Save(t.Context(), o), domain.ErrStale)
	require.ErrorIs(t, f.Orders.Retry(t.Context(), o, attempt("retry")), domain.ErrStale)
	_, ok, err := f.Finder.ByKey(t.Context(), o.Snapshot().AccountID, "retry")
	require.NoError(t, err)
	require.False(t, ok)
}

func retrying(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	apply(t, &o, domain.Declined, now)
	o = save(t, f, o)
	dearer := o.Snapshot()
	dearer.Lines[0].PriceVersion, dearer.Lines[0].Title = 9, "renamed"
	o.Reprice(domain.Basket{
		QuotedAt: now.Add(time.Minute), Tax: domain.Tax{Country: "DE"}, Lines: dearer.Lines,
		Totals: dearer.Totals,
	})
	require.NoError(t, o.Retry("pm_other", now.Add(time.Minute)))
	o.ReturnTo("https://shop.example/again")
	require.ErrorIs(t, f.Orders.Retry(t.Context(), o, attempt(o.ID().String())), domain.ErrKeyReused)
	require.Equal(t, checkout.Declined, stored(t, f, o).Status())
	require.NoError(t, f.Orders.Retry(t.Context(), o, attempt("second")))
	require.Equal(t, o.Stored(), stored(t, f, o))
	got, ok, err := f.Finder.ByKey(t.Context(), o.Snapshot().AccountID, "second")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, o.ID(), got.OrderID)
}

func leasing(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	_, err := f.Orders.Claim(t.Context(), o.ID(), now.Add(domain.Lease-time.Microsecond))
	require.ErrorIs(t, err, domain.ErrAdvancing, "the caller that places an order has its lease")
	taken, err := f.Orders.Claim(t.Context(), o.ID(), now.Add(domain.Lease))
	require.NoError(t, err)
	require.Equal(t, now.Add(2*domain.Lease), *taken.Snapshot().AdvancingUntil)
	require.ErrorIs(t, f.Orders.Save(t.Context(), o), domain.ErrStale, "a caller that lost the lease cannot save")
	taken.Release()
	save(t, f, taken)
	_, err = f.Orders.Claim(t.Context(), o.ID(), now)
	require.NoError(t, err)
	_, err = f.Orders.Claim(t.Context(), newID(), now)
	require.ErrorIs(t, err, domain.ErrNoOrder)
}

func applied(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	apply(t, &o, domain.Captured, now)
	require.NoError(t, o.Complete(now))
	o.Release()
	o = save(t, f, o)
	line := o.Snapshot().Lines[0]
	_, err := o.ApplyPayment(domain.Payment{
		Revision: 7, Attempt: 1, Outcome: domain.Captured, Captured: 500, Dispute: domain.DisputeLost,
		Refunded: map[domain.Reference]domain.Refunded{{LineID: line.ID, ProductID: line.Gives[0].ID}: {Amount: 10}},
	}, now)
	require.NoError(t, err)
	o = save(t, f, o)
	got := stored(t, f, o)
	require.Equal(t, o, got)
	require.Equal(t, int64(7), got.Snapshot().PaymentRevision)
	require.Equal(t, int64(10), got.Snapshot().Refunded)
	claimed, err := f.Orders.Claim(t.Context(), o.ID(), now)
	require.NoError(t, err)
	require.Equal(t, checkout.PartiallyRefunded, claimed.Status())
	_, err = f.Orders.Claim(t.Context(), o.ID(), now)
	require.ErrorIs(t, err, domain.ErrAdvancing, "a settled order has a lease as well")
}

func stuck(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	at := func(after, patience time.Duration) []id.ID {
		got, err := f.Finder.Stuck(t.Context(), now.Add(after), patience, 10)
		require.NoError(t, err)
		return got
	}
	require.Empty(t, at(domain.Lease-time.Second, time.Second), "it has a lease")
	require.Equal(t, []id.ID{o.ID()}, at(domain.Lease, time.Second), "its lease has ended")
	apply(t, &o, domain.Unknown, now.Add(time.Minute))
	o.Release()
	o = save(t, f, o)
	require.Empty(t, at(time.Minute+29*time.Second, time.Second), "the longer it takes, the less often it is polled")
	require.Equal(t, []id.ID{o.ID()}, at(time.Minute+30*time.Second, time.Second))
	require.Empty(t, at(time.Minute+30*time.Second, time.Hour))
	older := place(t, f, order(t, newID(), newID()))
	require.Equal(t, []id.ID{older.ID(), o.ID()}, at(time.Hour, time.Second), "the longest stalled come first")
	limited, err := f.Finder.Stuck(t.Context(), now.Add(time.Hour), time.Second, 1)
	require.NoError(t, err)
	require.Equal(t, []id.ID{older.ID()}, limited)
	apply(t, &o, domain.Declined, now)
	save(t, f, o)
	apply(t, &older, domain.Captured, now)
	require.NoError(t, older.RefuseGrant(now))
	require.NoError(t, older.Review(checkout.ReviewRefundFailed, now))
	older = save(t, f, older)
	require.Equal(t, older, stored(t, f, older))
	require.Empty(t, at(time.Hour, time.Second), "an order that has ended or is in review is not stalled")
}

func history(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	o = save(t, f, o)
	apply(t, &o, domain.Declined, now.Add(time.Second))
	o = save(t, f, o)
	require.NoError(t, o.Retry("pm_ok", now.Add(2*time.Second)))
	require.NoError(t, f.Orders.Retry(t.Context(), o, attempt("again")))
	got, err := f.Finder.History(t.Context(), o.ID())
	require.NoError(t, err)
	require.Equal(t, []ports.Entry{
		{At: now, What: "order", Result: "pending"},
		{At: now.Add(time.Second), What: "order", Result: "declined"},
		{At: now.Add(2 * time.Second), What: "order", Result: "pending"},
	}, got)
}

func aliasing(t *testing.T, f Fixture) {
	o := place(t, f, order(t, newID(), newID()))
	got := stored(t, f, o)
	got.Snapshot().Lines[0].Title = "changed"
	apply(t, &got, domain.Captured, now)
	require.Equal(t, o, stored(t, f, o))
}

func paging(t *testing.T, f Fixture) {
	ada := newID()
	var want, got []id.ID
	for range 5 {
		want = append([]id.ID{place(t, f, order(t, ada, newID())).ID()}, want...)
	}
	request := page.Request{Limit: 2}
	for range want {
		p, err := f.Finder.List(t.Context(), ada, request)
		require.NoError(t, err)
		got = append(got, page.Map(p, domain.Order.ID).Items...)
		if request.Cursor = p.Next; p.Next == "" {
			break
		}
	}
	require.Equal(t, want, got)
}

func openOrders(t *testing.T, f Fixture) {
	ada := newID()
	var want []id.ID
	for outcome, open := range map[domain.Outcome]bool{
		domain.Unknown: true, domain.RequiresAction: true, domain.Declined: true, domain.Captured: false,
		domain.Canceled: false, domain.Mismatched: false,
	} {
		o := place(t, f, order(t, ada, newID()))
		apply(t, &o, outcome, now)
		save(t, f, o)
		if open {
			want = append(want, o.ID())
		}
	}
	got, err := f.Finder.Open(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func race(t *testing.T, f Fixture, loser error, racer func(i int) (domain.Order, ports.Attempt)) {
	t.Helper()
	const racers = 12
	var group sync.WaitGroup
	results := make([]error, racers)
	for i := range racers {
		o, a := racer(i)
		group.Go(func() { results[i] = f.Orders.Place(context.Background(), o, a) })
	}
	group.Wait()
	winners := 0
	for _, err := range results {
		if err == nil {
			winners++
			continue
		}
		require.ErrorIs(t, err, loser)
	}
	require.Equal(t, 1, winners)
}

func parallelLines(t *testing.T, f Fixture) {
	ada, line := newID(), newID()
	race(t, f, domain.ErrCheckedOut, func(int) (domain.Order, ports.Attempt) {
		return order(t, ada, line), attempt(newID().String())
	})
}

func parallelKeys(t *testing.T, f Fixture) {
	ada := newID()
	race(t, f, domain.ErrKeyReused, func(int) (domain.Order,
		ports.Attempt,
	) {
		return order(t, ada, newID()), attempt("one key")
	})
}
