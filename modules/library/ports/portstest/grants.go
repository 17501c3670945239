package portstest

import (
	"context"
	"errors"
	"testing"

	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// insertFirst inserts entitlements of the order of the first one, and reports whether they were inserted.
func insertFirst(t *testing.T, f Fixture, entitlements ...domain.Entitlement) bool {
	t.Helper()
	first := entitlements[0]
	inserted, err := f.Grants.InsertFirst(t.Context(), first.AccountID, first.OrderID, entitlements)
	if inserted {
		require.NoError(t, err)
	}
	if !errors.Is(err, domain.ErrAlreadyActive) {
		require.NoError(t, err)
	}
	return inserted
}

func firstOnes(t *testing.T, f Fixture) {
	ada := newID()
	game, gems := entitlement(ada, newID(), false), entitlement(ada, newID(), true)
	gems.OrderID = game.OrderID
	require.NoError(t, insert(t, f, entitlement(newID(), game.ProductID, false), entitlement(ada, gems.ProductID, true)))
	require.True(t, insertFirst(t, f, game, gems))
	found, err := f.Finder.Find(t.Context(), ada, game.ProductID)
	require.NoError(t, err)
	require.Equal(t, game, found)
	require.False(t, insertFirst(t, f, game, gems), "the order has been granted")
}

func refusedOnes(t *testing.T, f Fixture) {
	ada := newID()
	active, revoked := entitlement(ada, newID(), false), entitlement(ada, newID(), false)
	revoked.Revoke(domain.ReasonRefund, now)
	covered := entitlement(ada, newID(), false)
	covered.Revoke(domain.ReasonCovered, now)
	require.NoError(t, insert(t, f, active, revoked, covered))
	other := entitlement(ada, newID(), false)
	for name, held := range map[string]domain.Entitlement{"active": active, "covered": covered, "of the order": revoked} {
		again := entitlement(ada, held.ProductID, false)
		again.OrderID, other.OrderID = held.OrderID, held.OrderID
		require.False(t, insertFirst(t, f, other, again), name)
	}
	require.True(t, insertFirst(t, f, entitlement(ada, revoked.ProductID, false)), "refunded in another order")
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error {
		_, err := e.Lock(ctx, ada)
		return errors.Join(err, e.RevokeAll(ctx, ada, now))
	}))
	require.False(t, insertFirst(t, f, other), "the account is erased")
	owned, err := f.Finder.Owned(t.Context(), ada,
		[]id.ID{active.ProductID, revoked.ProductID, covered.ProductID, other.ProductID})
	require.NoError(t, err)
	require.Empty(t, owned)
}
