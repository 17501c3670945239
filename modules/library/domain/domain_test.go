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

// entitlements are those of one account to one game, by several orders.
type entitlements []domain.Entitlement

func (s *entitlements) buy(t *testing.T, game id.ID) library.Key {
	t.Helper()
	grant := library.Grant{OrderID: newID(), AccountID: newID(), Lines: []library.Line{
		{LineID: newID(), Items: []library.Item{{ProductID: game, Quantity: 1}}},
	}}
	always := func([]library.Item, func(id.ID) bool) bool { return true } // like a bundle with another game
	missing, refused := domain.Missing(grant, *s, always)
	require.Empty(t, refused)
	ready, changed := domain.Add([]domain.Entitlement{domain.New(newID(), grant, missing[0], now)}, *s, now)
	s.store(changed)
	*s = append(*s, ready...)
	return library.Key{LineID: ready[0].LineID, ProductID: game}
}

func (s *entitlements) store(changed []domain.Entitlement) {
	for _, c := range changed {
		for i, e := range *s {
			if e.ID == c.ID {
				(*s)[i] = c
			}
		}
	}
}

// adjust applies an adjustment to the order of a line.
func (s *entitlements) adjust(line library.Key, refunded bool, access library.Access) {
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

// active returns the lines with an active entitlement, and whether it is usable.
func (s entitlements) active() map[id.ID]bool {
	out := map[id.ID]bool{}
	for _, e := range s {
		if e.Active() {
			out[e.LineID] = e.Suspended == nil
		}
	}
	return out
}

func TestAdjust_ActiveRefunded_RestoresCoveredEntitlement(t *testing.T) {
	t.Parallel()
	var s entitlements
	game := newID()
	alone, bundle := s.buy(t, game), s.buy(t, game)
	require.Equal(t, map[id.ID]bool{alone.LineID: true}, s.active())
	s.adjust(alone, true, library.Full)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active())
	s.adjust(bundle, true, library.Full)
	require.Empty(t, s.active())
	s.adjust(alone, true, library.Full)
	require.Empty(t, s.active(), "refunded entitlements are not restored")
	again := s.buy(t, game)
	require.Equal(t, map[id.ID]bool{again.LineID: true}, s.active())
}

func TestAdjust_DisputeFlips_AccessFollows(t *testing.T) {
	t.Parallel()
	var s entitlements
	game := newID()
	line := s.buy(t, game)
	for range 2 {
		for _, c := range []struct {
			access library.Access
			want   map[id.ID]bool
		}{
			{library.Suspended, map[id.ID]bool{line.LineID: false}},
			{library.Full, map[id.ID]bool{line.LineID: true}},
			{library.Revoked, map[id.ID]bool{}},
			{library.Revoked, map[id.ID]bool{}},
			{library.Full, map[id.ID]bool{line.LineID: true}},
		} {
			s.adjust(line, false, c.access)
			require.Equal(t, c.want, s.active(), c.access)
		}
	}
	s.adjust(line, false, library.Revoked)
	s.adjust(line, false, library.Suspended)
	require.Equal(t, map[id.ID]bool{line.LineID: false}, s.active())
}

func TestAdjust_SuspendedEntitlement_YieldsToUsableOne(t *testing.T) {
	t.Parallel()
	var s entitlements
	game := newID()
	disputed := s.buy(t, game)
	s.adjust(disputed, false, library.Suspended)
	bundle := s.buy(t, game)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active())
	s.adjust(disputed, false, library.Full)
	require.Equal(t, map[id.ID]bool{bundle.LineID: true}, s.active(), "the active one is preferred")
	s.adjust(disputed, false, library.Suspended)
	s.adjust(bundle, true, library.Full)
	require.Equal(t, map[id.ID]bool{disputed.LineID: false}, s.active())
	s.adjust(disputed, false, library.Revoked)
	require.Empty(t, s.active())
}

func TestAdjust_RefundedUnits_AreTotals(t *testing.T) {
	t.Parallel()
	line := library.Key{LineID: newID(), ProductID: newID()}
	e := domain.Entitlement{
		ID: newID(), OrderID: newID(), LineID: line.LineID, ProductID: line.ProductID,
		Consumable: true, Quantity: 3,
	}
	all := entitlements{e}
	adjust := func(units int, access library.Access) domain.Entitlement {
		a := library.Adjustment{
			OrderID:  e.OrderID,
			Refunded: []library.Refunded{{Key: line, Quantity: units}}, Access: access,
		}
		all.store(domain.Adjust(a, all, now))
		return all[0]
	}
	for range 2 { // idempotent, because the quantity is the total
		got := adjust(2, library.Full)
		require.True(t, got.Active())
		require.Equal(t, 1, got.Left())
	}
	require.False(t, adjust(2, library.Revoked).Active())
	got := adjust(2, library.Full)
	require.True(t, got.Active(), "the dispute is won")
	require.Equal(t, 1, got.Left(), "refunded units stay refunded")
	got = adjust(3, library.Full)
	require.False(t, got.Active())
	require.Equal(t, domain.ReasonRefund, got.RevokeReason)
}
