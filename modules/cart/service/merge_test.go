package service_test

import (
	"sync"
	"testing"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/service"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func quantities(v service.View) map[id.ID]int {
	out := map[id.ID]int{}
	for _, item := range v.Items {
		out[item.SellableID] += item.Quantity
	}
	return out
}

func add(t *testing.T, s *service.Service, accountID, sellableID id.ID, quantity int) service.View {
	t.Helper()
	v, _, err := s.Add(t.Context(), accountID, service.AddItem{SellableID: sellableID, Quantity: quantity})
	require.NoError(t, err)
	return v
}

func TestMerge_IsAUnion_AndRepeatable(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	guest, ada := newID(), newID()
	both, mine, theirs, treats := shop.sell(100, false), shop.sell(200, false), shop.sell(300, false), shop.sell(5, true)
	add(t, s, ada, both, 1)
	add(t, s, ada, mine, 1)
	add(t, s, ada, treats, 2)
	add(t, s, guest, theirs, 1)
	add(t, s, guest, treats, 3)
	before := add(t, s, guest, both, 1)
	require.Len(t, before.Items, 3)
	for range 2 {
		v, err := s.Merge(t.Context(), guest, ada)
		require.NoError(t, err)
		require.Equal(t, map[id.ID]int{both: 1, mine: 1, theirs: 1, treats: 5}, quantities(v))
	}
	left, err := s.Show(t.Context(), guest)
	require.NoError(t, err)
	require.Empty(t, left.Items)
	same, err := s.Merge(t.Context(), ada, ada)
	require.NoError(t, err)
	require.Len(t, same.Items, 4)
}

func TestMerge_TwoGuestsAtOnce_LosesNothing(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	ada, treats := newID(), shop.sell(5, true)
	guests := []id.ID{newID(), newID(), newID()}
	games := make([]id.ID, len(guests))
	for i, guest := range guests {
		games[i] = shop.sell(100, false)
		add(t, s, guest, games[i], 1)
		add(t, s, guest, treats, 2)
	}
	results := make([]error, 2*len(guests))
	var group sync.WaitGroup
	for i := range results { // each guest merges twice
		group.Go(func() { _, results[i] = s.Merge(t.Context(), guests[i/2], ada) })
	}
	group.Wait()
	for _, err := range results {
		require.NoError(t, err)
	}
	v, err := s.Show(t.Context(), ada)
	require.NoError(t, err)
	require.Equal(t, map[id.ID]int{games[0]: 1, games[1]: 1, games[2]: 1, treats: 6}, quantities(v))
}

func TestMerge_NotPossible_LeavesBothCarts(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	guest, ada, treats := newID(), newID(), shop.sell(5, true)
	add(t, s, ada, treats, 1)
	euros := shop.sell(100, false)
	o := shop.offers[euros]
	o.Prices[0].Money = money.Of(100, "EUR")
	shop.offers[euros] = o
	add(t, s, guest, euros, 1)
	_, err := s.Merge(t.Context(), guest, ada)
	require.ErrorIs(t, err, domain.ErrMixedCurrency)
	require.NoError(t, s.Clear(t.Context(), guest, 0))
	add(t, s, guest, treats, domain.MaxQuantity)
	_, err = s.Merge(t.Context(), guest, ada)
	require.ErrorIs(t, err, domain.ErrQuantity)
	for accountID, want := range map[id.ID]int{guest: domain.MaxQuantity, ada: 1} {
		v, err := s.Show(t.Context(), accountID)
		require.NoError(t, err)
		require.Equal(t, map[id.ID]int{treats: want}, quantities(v))
	}
}

func TestMerge_ReservedLine_StaysWithTheGuest(t *testing.T) {
	t.Parallel()
	s, shop := newService()
	guest, ada, treats := newID(), newID(), shop.sell(5, true)
	v := add(t, s, guest, treats, 2)
	require.NoError(t, s.Reserve(t.Context(), guest, []id.ID{v.Items[0].ID}))
	add(t, s, guest, treats, 3)
	v, err := s.Merge(t.Context(), guest, ada)
	require.NoError(t, err)
	require.Equal(t, map[id.ID]int{treats: 3}, quantities(v))
	v, err = s.Show(t.Context(), guest)
	require.NoError(t, err)
	require.Equal(t, map[id.ID]int{treats: 2}, quantities(v))
}
