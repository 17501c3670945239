package service_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"coinslot/modules/cart"
	"coinslot/modules/cart/adapters/memory"
	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/service"
	"coinslot/modules/catalog"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func newID() id.ID { return id.V7{}.NewID() }

// shop implements ports.Catalog and ports.Library.
type shop struct {
	mu     sync.Mutex
	offers map[id.ID]catalog.Offer
	owned  map[id.ID]id.ID
}

// Quote implements ports.Catalog.
func (s *shop) Quote(_ context.Context, sellableIDs []id.ID) (catalog.Quote, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := catalog.Quote{Offers: map[id.ID]catalog.Offer{}}
	for _, sellableID := range sellableIDs {
		if o, ok := s.offers[sellableID]; ok {
			out.Offers[sellableID] = o
		}
	}
	return out, nil
}

// Owns implements ports.Library.
func (s *shop) Owns(context.Context, id.ID, []id.ID) (map[id.ID]id.ID, error) { return s.owned, nil }

func (s *shop) sell(cents int64, consumable bool) id.ID {
	o := catalog.Offer{
		ID: newID(), Title: "x", Kind: catalog.Game, Available: true,
		Prices: []catalog.Price{{Money: money.Of(cents, "USD"), Version: 1}},
	}
	if consumable {
		o.Kind = catalog.Consumable
	}
	s.offers[o.ID] = o
	return o.ID
}

func newService() (*service.Service, *shop) {
	store, s := memory.NewStore(), &shop{offers: map[id.ID]catalog.Offer{}, owned: map[id.ID]id.ID{}}
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return service.New(service.Deps{
		Work: store, Finder: store, Lines: store, Catalog: s, Library: s, Clock: c,
		IDs: id.V7{}, Currency: "USD",
	}), s
}

func TestAdd_ReturnsCartWithCurrentPrices(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	ada, game, gems := newID(), shop.sell(1000, false), shop.sell(50, true)
	empty, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Empty(t, empty.Items)
	require.Equal(t, money.Zero("USD"), empty.Subtotal)
	_, changed, err := s.Add(t.Context(), ada, service.AddItem{SellableID: game, Quantity: 1})
	require.NoError(t, err)
	require.True(t, changed)
	view, _, err := s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 3, Version: 2})
	require.NoError(t, err)
	require.Equal(t, money.Of(1150, "USD"), view.Subtotal)
	require.Equal(t, int64(3), view.Version)
	_, changed, err = s.Add(t.Context(), ada, service.AddItem{SellableID: game, Quantity: 1})
	require.NoError(t, err)
	require.False(t, changed)
	_, _, err = s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 1, Version: 2})
	require.ErrorIs(t, err, domain.ErrStale)
	for _, absent := range []service.AddItem{
		{SellableID: newID(), Quantity: 1},
		{SellableID: game, Bundle: true, Quantity: 1},
	} {
		_, _, err = s.Add(t.Context(), ada, absent)
		require.ErrorIs(t, err, domain.ErrNoSellable)
	}
	shown, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, view.Items, shown.Items)
}

func TestChangeQuantityAndRemove_ReturnChangedCart(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	ada, gems := newID(), shop.sell(50, true)
	view, _, err := s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 1})
	require.NoError(t, err)
	line := view.Items[0].ID
	view, err = s.ChangeQuantity(t.Context(), ada, line, 9, view.Version)
	require.NoError(t, err)
	require.Equal(t, 9, view.Items[0].Quantity)
	_, err = s.ChangeQuantity(t.Context(), newID(), line, 9, 0)
	require.ErrorIs(t, err, domain.ErrNoItem)
	lines, err := s.Lines(t.Context(), ada, []id.ID{line, newID()})
	require.NoError(t, err)
	require.Equal(t, []cart.Line{{ID: line, SellableID: gems, Consumable: true, Quantity: 9, Currency: "USD"}}, lines)
	lines, err = s.Lines(t.Context(), newID(), []id.ID{line})
	require.NoError(t, err)
	require.Empty(t, lines)
	_, err = s.Remove(t.Context(), ada, newID(), 0)
	require.ErrorIs(t, err, domain.ErrNoItem)
	view, err = s.Remove(t.Context(), ada, line, 0)
	require.NoError(t, err)
	require.Empty(t, view.Items)
	_, _, err = s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 1})
	require.NoError(t, err)
	require.NoError(t, s.Clear(t.Context(), ada, 0))
	require.NoError(t, s.RemoveLines(t.Context(), ada, []cart.Bought{{LineID: line, Quantity: 1}}))
	require.NoError(t, s.EraseAccount(t.Context(), ada))
}

func TestShow_ReturnsProblemsOfEachItem(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	ada, order := newID(), newID()
	game, other, repriced := shop.sell(1000, false), shop.sell(500, false), shop.sell(100, false)
	bought, bundle := shop.sell(70, false), shop.sell(1200, false)
	o := shop.offers[bundle]
	o.Kind = catalog.Bundle
	o.Contents = []catalog.Content{{ProductID: game, Kind: catalog.Game}, {ProductID: newID(), Kind: catalog.Game}}
	shop.offers[bundle] = o
	shop.owned[bought] = order
	var view service.View
	for _, sellableID := range []id.ID{game, other, repriced, bundle, bought} {
		var err error
		view, _, err = s.Add(t.Context(), ada,
			service.AddItem{SellableID: sellableID, Bundle: sellableID == bundle, Quantity: 1})
		require.NoError(t, err)
	}
	bundleLine := view.Items[3].ID
	o = shop.offers[other]
	o.Available = false
	shop.offers[other] = o
	o = shop.offers[repriced]
	o.Prices = []catalog.Price{{Money: money.Of(110, "USD"), Version: 2}}
	shop.offers[repriced] = o
	view, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	var got []catalog.Problem
	for _, item := range view.Items {
		for _, p := range item.Problems {
			require.Equal(t, item.ID, p.LineID)
			p.LineID = item.SellableID
			got = append(got, p)
		}
	}
	require.Equal(t, []catalog.Problem{
		{LineID: game, Code: catalog.AlreadyOwned, CoveredBy: catalog.Cover{LineID: bundleLine}},
		{LineID: other, Code: catalog.ItemUnavailable},
		{LineID: repriced, Code: catalog.PriceChanged},
		{LineID: bought, Code: catalog.AlreadyOwned, CoveredBy: catalog.Cover{OrderID: order}},
	}, got)
}

func TestAdd_LineReserved_BecomesNewLine(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	ada, gems := newID(), shop.sell(50, true)
	view, _, err := s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 2})
	require.NoError(t, err)
	paying := view.Items[0].ID
	require.NoError(t, s.Reserve(t.Context(), ada, []id.ID{paying}))
	view, changed, err := s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 3})
	require.NoError(t, err)
	require.True(t, changed)
	require.Len(t, view.Items, 2)
	require.NoError(t, s.RemoveLines(t.Context(), ada, []cart.Bought{{LineID: paying, Quantity: 2}}))
	view, err = s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Len(t, view.Items, 1)
	require.Equal(t, 3, view.Items[0].Quantity)
	require.NoError(t, s.EraseAccount(t.Context(), ada))
	_, _, err = s.Add(t.Context(), ada, service.AddItem{SellableID: gems, Quantity: 1})
	require.ErrorIs(t, err, domain.ErrErased)
}

// racing changes the cart between the read and the write of an add.
type racing struct {
	*memory.Store
	change func()
}

// Put implements ports.Lines.
func (r *racing) Put(ctx context.Context, c domain.Cart, line domain.Line) (bool, error) {
	r.change()
	return r.Store.Put(ctx, c, line)
}

func TestAdd_CartChangesMeanwhile_BothChangesAreStored(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	first, other, gem := shop.sell(1000, false), shop.sell(2000, false), shop.sell(50, true)
	ada := newID()
	_, _, err := s.Add(t.Context(), ada, service.AddItem{SellableID: first, Quantity: 1})
	require.NoError(t, err)
	deps := s.Deps
	store, ok := deps.Lines.(*memory.Store)
	require.True(t, ok)
	deps.Lines = &racing{store, sync.OnceFunc(func() {
		_, _, err := s.Add(t.Context(), ada, service.AddItem{SellableID: other, Quantity: 1})
		require.NoError(t, err)
	})}
	view, changed, err := service.New(deps).Add(t.Context(), ada, service.AddItem{SellableID: gem, Quantity: 2})
	require.NoError(t, err)
	require.True(t, changed)
	require.Len(t, view.Items, 3)
	require.Equal(t, int64(4), view.Version)
	stored, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, view, stored)
}
