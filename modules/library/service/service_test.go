package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/library"
	"coinslot/modules/library/adapters/memory"
	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/modules/library/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

type titles struct{}

// Titles names every product alike.
func (titles) Titles(_ context.Context, productIDs []id.ID) (map[id.ID]ports.Title, error) {
	out := map[id.ID]ports.Title{}
	for _, productID := range productIDs {
		out[productID] = ports.Title{Text: "Game", Kind: "game"}
	}
	return out, nil
}

func newID() id.ID { return id.V7{}.NewID() }

func newService() *service.Service {
	store := memory.NewStore()
	now := clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return service.New(service.Deps{Work: store, Shelf: store, Titles: titles{}, Clock: now, IDs: id.V7{}})
}

func grant(accountID id.ID, items ...library.Item) library.Grant {
	return library.Grant{OrderID: newID(), AccountID: accountID, Items: items}
}

func durable(productID id.ID) library.Item {
	return library.Item{LineID: newID(), ProductID: productID, Quantity: 1}
}

func TestAGrantGivesOnceHoweverOftenItIsTold(t *testing.T) {
	t.Parallel()
	s, ada, game := newService(), newID(), newID()
	g := grant(ada, durable(game), library.Item{LineID: newID(), ProductID: newID(), Consumable: true, Quantity: 5})
	for range 3 {
		require.NoError(t, s.Grant(t.Context(), g))
	}
	p, err := s.List(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Len(t, p.Items, 2)
	require.Equal(t, "Game", p.Items[0].Title.Text)
	entry, err := s.Find(t.Context(), ada, game)
	require.NoError(t, err)
	require.Equal(t, g.OrderID, entry.OrderID)
	_, err = s.Find(t.Context(), newID(), game)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	_, err = s.List(t.Context(), ada, page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
}

func TestWhatIsOwnedThroughAnotherOrderIsRefusedUnlessABundleHoldsIt(t *testing.T) {
	t.Parallel()
	s, ada, game, other := newService(), newID(), newID(), newID()
	require.NoError(t, s.Grant(t.Context(), grant(ada, durable(game))))
	require.ErrorIs(t, s.Grant(t.Context(), grant(ada, durable(other), durable(game))), library.ErrAlreadyOwned)
	owned, err := s.Owns(t.Context(), ada, []id.ID{game, other})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]bool{game: true}, owned, "a refused grant gives nothing")
	optional := durable(game)
	optional.Optional = true
	require.NoError(t, s.Grant(t.Context(), grant(ada, optional, durable(other))))
	owned, err = s.Owns(t.Context(), ada, []id.ID{game, other})
	require.NoError(t, err)
	require.Len(t, owned, 2)
	owned, err = s.Owns(t.Context(), ada, nil)
	require.NoError(t, err)
	require.Empty(t, owned)
}

func TestTwoLinesOfOneOrderGiveAProductOnce(t *testing.T) {
	t.Parallel()
	s, ada, game := newService(), newID(), newID()
	twice := grant(ada, durable(game), durable(game))
	for range 2 { // the same grant again is no other order's
		require.NoError(t, s.Grant(t.Context(), twice))
	}
	p, err := s.List(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Len(t, p.Items, 1)
}

func TestAnErasedAccountOwnsNothingEvenWhatComesLate(t *testing.T) {
	t.Parallel()
	s, ada, game, late := newService(), newID(), newID(), newID()
	require.NoError(t, s.Grant(t.Context(), grant(ada, durable(game))))
	require.NoError(t, s.EraseAccount(t.Context(), ada))
	require.NoError(t, s.Grant(t.Context(), grant(ada, durable(late))))
	owned, err := s.Owns(t.Context(), ada, []id.ID{game, late})
	require.NoError(t, err)
	require.Empty(t, owned)
}
