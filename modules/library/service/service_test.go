package service_test

import (
	"context"
	"errors"
	"log/slog"
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

// Titles returns one title for every product.
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
	return service.New(service.Deps{
		Work: store, Grants: store, Finder: store, Titles: titles{}, Clock: now, IDs: id.V7{},
		Log: slog.New(slog.DiscardHandler),
	})
}

// newGrant returns a grant with a line for each list of items.
func newGrant(accountID id.ID, lines ...[]library.Item) library.Grant {
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

// grant returns the positions of the refused lines.
func grant(t *testing.T, s *service.Service, g library.Grant) (refused []int) {
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

func TestGrant_Repeated_ChangesNothing(t *testing.T) {
	t.Parallel()
	s, ada, game := newService(), newID(), newID()
	g := newGrant(ada, durable(game), []library.Item{{ProductID: newID(), Consumable: true, Quantity: 5}})
	for range 3 {
		require.Empty(t, grant(t, s, g))
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

func TestGrant_LineAddsNothing_IsRefused(t *testing.T) {
	t.Parallel()
	a, b, c := newID(), newID(), newID()
	coins := []library.Item{{ProductID: newID(), Consumable: true, Quantity: 1}}
	for name, test := range map[string]struct {
		owned   []id.ID
		lines   [][]library.Item
		refused []int
	}{
		"second bundle adds nothing to the first one": {
			[]id.ID{a, c},
			[][]library.Item{durable(a, b), durable(b, c)},
			[]int{1},
		},
		"overlapping bundles that both add a game": {nil, [][]library.Item{durable(a, b), durable(b, c)}, nil},
		"the same game twice":                      {nil, [][]library.Item{durable(a), durable(a)}, []int{1}},
		"all products are owned": {
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
				require.Empty(t, grant(t, s, newGrant(ada, durable(game))))
			}
			g := newGrant(ada, test.lines...)
			require.Equal(t, test.refused, grant(t, s, g))
			require.Equal(t, test.refused, grant(t, s, g), "the same grant again")
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

func TestAdjust_CoveringOrderRefunded_RestoresAccess(t *testing.T) {
	t.Parallel()
	s, ada, game, other := newService(), newID(), newID(), newID()
	alone := newGrant(ada, durable(game))
	require.Empty(t, grant(t, s, alone))
	require.Empty(t, grant(t, s, newGrant(ada, durable(game, other))))
	refunded := library.Refunded{Key: library.Key{LineID: alone.Lines[0].LineID, ProductID: game}, Quantity: 1}
	require.NoError(t, s.Adjust(t.Context(), library.Adjustment{
		OrderID: alone.OrderID, AccountID: ada, Refunded: []library.Refunded{refunded}, Access: library.Full,
	}))
	require.Equal(t, []bool{true, true}, owns(t, s, ada, game, other), "the bundle has it, too")
}

func TestGrant_ErasedAccount_ReturnsErrAccountErased(t *testing.T) {
	t.Parallel()
	s, ada, game, late := newService(), newID(), newID(), newID()
	before := newGrant(ada, durable(game))
	require.Empty(t, grant(t, s, before))
	require.NoError(t, s.EraseAccount(t.Context(), ada))
	_, err := s.Grant(t.Context(), newGrant(ada, durable(late)))
	require.ErrorIs(t, err, library.ErrAccountErased)
	require.Empty(t, grant(t, s, before), "an earlier grant is complete")
	require.Equal(t, []bool{false, false}, owns(t, s, ada, game, late))
}

func TestFind_BaseGameNotUsable_IsMissing(t *testing.T) {
	t.Parallel()
	base, dlc, ada := newID(), newID(), newID()
	store := memory.NewStore()
	s := service.New(service.Deps{
		Work: store, Grants: store, Finder: store, Titles: extends{dlc, base},
		Clock: clock.NewManual(time.Now()), IDs: id.V7{}, Log: slog.New(slog.DiscardHandler),
	})
	require.Empty(t, grant(t, s, newGrant(ada, durable(dlc))))
	missing := func() bool {
		entry, err := s.Find(t.Context(), ada, dlc)
		require.NoError(t, err)
		return entry.MissingBase
	}
	require.True(t, missing())
	g := newGrant(ada, durable(base))
	require.Empty(t, grant(t, s, g))
	require.False(t, missing())
	for _, access := range []library.Access{library.Suspended, library.Full, library.Revoked} {
		adjustment := library.Adjustment{OrderID: g.OrderID, AccountID: ada, Access: access}
		require.NoError(t, s.Adjust(t.Context(), adjustment))
		require.Equal(t, access != library.Full, missing(), access)
	}
}

// extends is a DLC and its base game.
type extends [2]id.ID

// Titles implements ports.Titles.
func (e extends) Titles(_ context.Context, productIDs []id.ID) (map[id.ID]ports.Title, error) {
	out := map[id.ID]ports.Title{}
	for _, productID := range productIDs {
		out[productID] = ports.Title{Text: "Game", Kind: "game"}
	}
	out[e[0]] = ports.Title{Text: "More of it", Kind: "dlc", Requires: e[1]}
	return out, nil
}

// refusing inserts nothing at once, or loses the reply.
type refusing struct {
	*memory.Store
	lost bool
}

var errLost = errors.New("the reply was lost")

// InsertFirst implements ports.Grants.
func (r refusing) InsertFirst(ctx context.Context, accountID, orderID id.ID, e []domain.Entitlement) (bool, error) {
	if !r.lost {
		return false, nil
	}
	_, err := r.Store.InsertFirst(ctx, accountID, orderID, e)
	return false, errors.Join(errLost, err)
}

func TestGrant_NotInsertedAtOnce_IsGrantedOnce(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"refused": false, "reply lost": true} {
		store := memory.NewStore()
		s := service.New(service.Deps{
			Work: store, Grants: refusing{store, lost}, Finder: store, Titles: titles{},
			Clock: clock.NewManual(time.Now()), IDs: id.V7{}, Log: slog.New(slog.DiscardHandler),
		})
		ada, game := newID(), newID()
		require.Empty(t, grant(t, s, newGrant(ada, durable(game))), name)
		p, err := s.List(t.Context(), ada, page.Request{})
		require.NoError(t, err)
		require.Len(t, p.Items, 1, name)
	}
}
