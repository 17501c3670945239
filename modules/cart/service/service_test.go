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
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func newID() id.ID { return id.V7{}.NewID() }

// shop is the catalog and the library.
type shop struct {
	mu     sync.Mutex
	offers map[id.ID]domain.Offer
	owned  map[id.ID]bool
}

// Offers tells what there is.
func (s *shop) Offers(_ context.Context, sellableIDs []id.ID) (map[id.ID]domain.Offer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[id.ID]domain.Offer{}
	for _, sellableID := range sellableIDs {
		if o, ok := s.offers[sellableID]; ok {
			out[sellableID] = o
		}
	}
	return out, nil
}

// Owns tells what is owned.
func (s *shop) Owns(context.Context, id.ID, []id.ID) (map[id.ID]bool, error) { return s.owned, nil }

func (s *shop) sell(cents int64, consumable bool) id.ID {
	sellableID := newID()
	s.offers[sellableID] = domain.Offer{
		ID: sellableID, Title: "x", Consumable: consumable, Available: true, Products: []id.ID{sellableID},
		Prices: []domain.Price{{Money: money.Of(cents, "USD"), Version: 1}},
	}
	return sellableID
}

func newService() (*service.Service, *shop) {
	store, s := memory.NewStore(), &shop{offers: map[id.ID]domain.Offer{}, owned: map[id.ID]bool{}}
	c := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return service.New(service.Deps{Work: store, Finder: store, Lines: store, Catalog: s, Library: s, Clock: c, IDs: id.V7{}, Currency: "USD"}), s
}

func TestACartShowsWhatItsItemsCostNow(t *testing.T) {
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
	for _, absent := range []service.AddItem{{SellableID: newID(), Quantity: 1}, {SellableID: game, Bundle: true, Quantity: 1}} {
		_, _, err = s.Add(t.Context(), ada, absent)
		require.ErrorIs(t, err, domain.ErrNoSellable)
	}
	shown, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, view.Items, shown.Items)
}

func TestItemsChangeAndGo(t *testing.T) {
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
	require.Equal(t, []cart.Line{{ID: line, SellableID: gems, Quantity: 9, Currency: "USD"}}, lines)
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
	require.NoError(t, s.RemoveLines(t.Context(), ada, []id.ID{line}))
	require.NoError(t, s.EraseAccount(t.Context(), ada))
}
