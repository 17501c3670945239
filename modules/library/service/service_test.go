package service_test

import (
	"context"
	"slices"
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

// grant makes a grant of lines, each of which gives some products.
func grant(accountID id.ID, lines ...[]library.Item) library.Grant {
	g := library.Grant{OrderID: newID(), AccountID: accountID}
	for _, items := range lines {
		g.Lines = append(g.Lines, library.Line{LineID: newID(), Items: items})
	}
	return g
}

func durable(productIDs ...id.ID) (out []library.Item) {
	for _, productID := range productIDs {
		out = append(out, library.Item{ProductID: productID, Quantity: 1})
	}
	return out
}

// give grants, and returns the positions of the lines that were refused.
func give(t *testing.T, s *service.Service, g library.Grant) (refused []int) {
	t.Helper()
	granted, err := s.Grant(t.Context(), g)
	require.NoError(t, err)
	for i, line := range g.Lines {
		if slices.Contains(granted.Refused, line.LineID) {
			refused = append(refused, i)
		}
	}
	return refused
}

func owns(t *testing.T, s *service.Service, accountID id.ID, productIDs ...id.ID) (out []bool) {
	t.Helper()
	owned, err := s.Owns(t.Context(), accountID, productIDs)
	require.NoError(t, err)
	for _, productID := range productIDs {
		_, has := owned[productID]
		out = append(out, has)
	}
	return out
}

func TestGrant_again_changes_nothing(t *testing.T) {
	t.Parallel()
	s, ada, game := newService(), newID(), newID()
	g := grant(ada, durable(game), []library.Item{{ProductID: newID(), Consumable: true, Quantity: 5}})
	for range 3 {
		require.Empty(t, give(t, s, g))
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
	owned, err := s.Owns(t.Context(), ada, nil)
	require.NoError(t, err)
	require.Empty(t, owned)
}

func TestGrant_refuses_lines_that_add_nothing(t *testing.T) {
	t.Parallel()
	a, b, c := newID(), newID(), newID()
	coins := []library.Item{{ProductID: newID(), Consumable: true, Quantity: 1}}
	for name, test := range map[string]struct {
		owned   []id.ID
		lines   [][]library.Item
		refused []int
	}{
		"the second bundle, by what the first one gave": {
			[]id.ID{a, c},
			[][]library.Item{durable(a, b), durable(b, c)},
			[]int{1},
		},
		"bundles that overlap and both add": {nil, [][]library.Item{durable(a, b), durable(b, c)}, nil},
		"the same game twice":               {nil, [][]library.Item{durable(a), durable(a)}, []int{1}},
		"everything": {
			[]id.ID{a, b},
			[][]library.Item{durable(a), durable(a, b)},
			[]int{0, 1},
		},
		"consumables always add": {
			[]id.ID{a},
			[][]library.Item{coins, append(durable(a), coins...)},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, ada := newService(), newID()
			for _, game := range test.owned {
				require.Empty(t, give(t, s, grant(ada, durable(game))))
			}
			g := grant(ada, test.lines...)
			require.Equal(t, test.refused, give(t, s, g))
			require.Equal(t, test.refused, give(t, s, g), "the same grant again")
			for i, line := range test.lines {
				for _, item := range line {
					if !item.Consumable {
						require.Equal(t, []bool{true}, owns(t, s, ada, item.ProductID), i)
					}
				}
			}
		})
	}
}

func TestGrant_survives_the_refund_of_what_covered_it(t *testing.T) {
	t.Parallel()
	s, ada, game, other := newService(), newID(), newID(), newID()
	alone := grant(ada, durable(game))
	require.Empty(t, give(t, s, alone))
	require.Empty(t, give(t, s, grant(ada, durable(game, other))))
	back := library.Refunded{Key: library.Key{LineID: alone.Lines[0].LineID, ProductID: game}, Quantity: 1}
	require.NoError(t, s.Adjust(t.Context(), library.Adjustment{
		OrderID: alone.OrderID, AccountID: ada, Refunded: []library.Refunded{back}, Access: library.Full,
	}))
	require.Equal(t, []bool{true, true}, owns(t, s, ada, game, other), "the bundle gives it")
}

func TestGrant_to_an_erased_account(t *testing.T) {
	t.Parallel()
	s, ada, game, late := newService(), newID(), newID(), newID()
	before := grant(ada, durable(game))
	require.Empty(t, give(t, s, before))
	require.NoError(t, s.EraseAccount(t.Context(), ada))
	_, err := s.Grant(t.Context(), grant(ada, durable(late)))
	require.ErrorIs(t, err, library.ErrAccountErased)
	require.Empty(t, give(t, s, before), "what was granted before needs nothing more")
	require.Equal(t, []bool{false, false}, owns(t, s, ada, game, late))
}

func TestLibrary_names_the_missing_base_game(t *testing.T) {
	t.Parallel()
	base, dlc, ada := newID(), newID(), newID()
	store := memory.NewStore()
	s := service.New(service.Deps{
		Work: store, Shelf: store, Titles: extends{dlc, base},
		Clock: clock.NewManual(time.Now()), IDs: id.V7{},
	})
	require.Empty(t, give(t, s, grant(ada, durable(dlc))))
	missing := func() bool {
		entry, err := s.Find(t.Context(), ada, dlc)
		require.NoError(t, err)
		return entry.MissingBase
	}
	require.True(t, missing())
	g := grant(ada, durable(base))
	require.Empty(t, give(t, s, g))
	require.False(t, missing())
	for _, access := range []library.Access{library.Suspended, library.Full, library.Ended} {
		require.NoError(t, s.Adjust(t.Context(), library.Adjustment{OrderID: g.OrderID, AccountID: ada, Access: access}))
		require.Equal(t, access != library.Full, missing(), access)
	}
}

// extends names products of which one extends another.
type extends [2]id.ID

// Titles names products.
func (e extends) Titles(_ context.Context, productIDs []id.ID) (map[id.ID]ports.Title, error) {
	out := map[id.ID]ports.Title{}
	for _, productID := range productIDs {
		out[productID] = ports.Title{Text: "Game", Kind: "game"}
	}
	out[e[0]] = ports.Title{Text: "More of it", Kind: "dlc", Requires: e[1]}
	return out, nil
}
