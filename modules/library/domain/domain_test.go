package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/library"
	"coinslot/modules/library/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newID() id.ID { return id.V7{}.NewID() }

// shelf is what one account has to one game, through one order after the other.
type shelf []domain.Entitlement

func (s *shelf) buy(t *testing.T, game id.ID) library.Key {
	t.Helper()
	grant := library.Grant{OrderID: newID(), AccountID: newID(), Lines: []library.Line{
		{LineID: newID(), Items: []library.Item{{ProductID: game, Quantity: 1}}},
	}}
	always := func([]library.Item, func(id.ID) bool) bool { return true } // as a bundle that adds something else
	missing, refused := domain.Missing(grant, *s, always)
	require.Empty(t, refused)
	ready, changed := domain.Add([]domain.Entitlement{domain.New(newID(), grant, missing[0], now)}, *s, now)
	s.store(changed)
	*s = append(*s, ready...)
	return library.Key{LineID: ready[0].LineID, ProductID: game}
}

func (s *shelf) store(changed []domain.Entitlement) {
	for _, c := range changed {
		for i, e := range *s {
			if e.ID == c.ID {
				(*s)[i] = c
			}
		}
	}
}

// adjust tells the shelf how things stand with the order of a line.
func (s *shelf) adjust(line library.Key, refunded bool, access library.Access) {
	a := library.Adjustment{Access: access}
	for _, e := range *s {
		if e.LineID == line.LineID {
			a.OrderID = e.OrderID
		}
	}
	if refunded {
		a.Refunded = []library.Refunded{{Key: line, Quantity: 1}}
	}
	s.store(domain.Adjust(a, *s, now))
}

// active returns the lines whose entitlement is active, and whether it may be used.
func (s shelf) active() map[id.ID]bool {
	out := map[id.ID]bool{}
	for _, e := range s {
		if e.Active() {
			out[e.LineID] = e.Suspended == nil
		}
	}
	return out
}

func TestWhenOneOrderIsRefundedAnotherThatGaveTheSameTakesItsPlace(t *testing.T) {
	t.Parallel()
	var s shelf
	game := newID()
	alone, bundle := s.buy(t, game), s.buy(t, game)
	require.Equal(t, map[id.ID]bool{alone.LineID: true}, s.active())
	s.adjust(alone, true, library.Full)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active())
	s.adjust(bundle, true, library.Full)
	require.Empty(t, s.active())
	s.adjust(alone, true, library.Full)
	require.Empty(t, s.active(), "what was refunded does not come back")
	again := s.buy(t, game)
	require.Equal(t, map[id.ID]bool{again.LineID: true}, s.active())
}

func TestAccessFollowsTheDisputeHoweverOftenItTurns(t *testing.T) {
	t.Parallel()
	var s shelf
	game := newID()
	line := s.buy(t, game)
	for range 2 {
		for _, c := range []struct {
			access library.Access
			want   map[id.ID]bool
		}{
			{library.Suspended, map[id.ID]bool{line.LineID: false}},
			{library.Full, map[id.ID]bool{line.LineID: true}},
			{library.Ended, map[id.ID]bool{}},
			{library.Ended, map[id.ID]bool{}},
			{library.Full, map[id.ID]bool{line.LineID: true}},
		} {
			s.adjust(line, false, c.access)
			require.Equal(t, c.want, s.active(), c.access)
		}
	}
	s.adjust(line, false, library.Ended)
	s.adjust(line, false, library.Suspended)
	require.Equal(t, map[id.ID]bool{line.LineID: false}, s.active())
}

func TestWhatIsWithheldGivesWayToWhatIsNot(t *testing.T) {
	t.Parallel()
	var s shelf
	game := newID()
	disputed := s.buy(t, game)
	s.adjust(disputed, false, library.Suspended)
	bundle := s.buy(t, game)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active())
	s.adjust(disputed, false, library.Full)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active(), "the one that is active stays so")
	s.adjust(disputed, false, library.Suspended)
	s.adjust(bundle, true, library.Full)
	require.Equal(t, map[id.ID]bool{disputed.LineID: false}, s.active())
	s.adjust(disputed, false, library.Ended)
	require.Empty(t, s.active())
}

func TestAdjust_units(t *testing.T) {
	t.Parallel()
	line := library.Key{LineID: newID(), ProductID: newID()}
	e := domain.Entitlement{
		ID: newID(), OrderID: newID(), LineID: line.LineID, ProductID: line.ProductID,
		Consumable: true, Quantity: 3,
	}
	all := shelf{e}
	adjust := func(units int, access library.Access) domain.Entitlement {
		a := library.Adjustment{
			OrderID:  e.OrderID,
			Refunded: []library.Refunded{{Key: line, Quantity: units}}, Access: access,
		}
		all.store(domain.Adjust(a, all, now))
		return all[0]
	}
	for range 2 { // the quantity is the total, so that the same adjustment again changes nothing
		got := adjust(2, library.Full)
		require.True(t, got.Active())
		require.Equal(t, 1, got.Left())
	}
	require.False(t, adjust(2, library.Ended).Active())
	got := adjust(2, library.Full)
	require.True(t, got.Active(), "the bank has decided for the store")
	require.Equal(t, 1, got.Left(), "what was refunded stays refunded")
	got = adjust(3, library.Full)
	require.False(t, got.Active())
	require.Equal(t, domain.EndRefund, got.EndReason)
}
