// Package portstest has the contract tests of library's ports. Every adapter runs them.
package portstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"coinslot/modules/library"
	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store.
type Fixture struct {
	Work   ports.UnitOfWork
	Grants ports.Grants
	Finder ports.Finder
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

// Run runs the contract tests, each with a store of its own that open returns.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"inserted entitlements are owned, listed and found":        owned,
		"one active entitlement per game, several per consumable":  once,
		"one entitlement per line and product":                     linesOnce,
		"held entitlements include revoked ones of the order":      held,
		"failed transaction is rolled back":                        rollback,
		"stored values do not alias arguments":                     aliasing,
		"erasure revokes all entitlements":                         erasure,
		"account lock serializes writers":                          lock,
		"concurrent grant and erasure leave no active entitlement": erasureRace,
		"refunded units are stored":                                units,
		"suspended entitlement is owned but not usable":            suspended,
		"revoked entitlement can be restored unless owned":         restored,
		"list pages have every item once":                          paging,
		"first entitlements are inserted at once":                  firstOnes,
		"first entitlements are refused beside held ones":          refusedOnes,
		"concurrent grants of a game have one winner":              parallel,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func newID() id.ID { return id.V7{}.NewID() }

func entitlement(accountID, productID id.ID, consumable bool) domain.Entitlement {
	grant := library.Grant{OrderID: newID(), AccountID: accountID}
	return domain.New(newID(), grant, domain.LineItem{
		LineID: newID(), Item: library.Item{ProductID: productID, Consumable: consumable, Quantity: 1},
	}, now)
}

func insert(t *testing.T, f Fixture, entitlements ...domain.Entitlement) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error {
		return e.Insert(ctx, entitlements)
	})
}

func owned(t *testing.T, f Fixture) {
	ada, game, gems := newID(), newID(), newID()
	want := entitlement(ada, game, false)
	require.NoError(t, insert(t, f, want, entitlement(ada, gems, true)))
	got, err := f.Finder.Owned(t.Context(), ada, []id.ID{game, gems, newID()})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]id.ID{game: want.OrderID}, got)
	got, err = f.Finder.Owned(t.Context(), newID(), []id.ID{game})
	require.NoError(t, err)
	require.Empty(t, got)
	found, err := f.Finder.Find(t.Context(), ada, game)
	require.NoError(t, err)
	require.Equal(t, want, found)
	_, err = f.Finder.Find(t.Context(), newID(), game)
	require.ErrorIs(t, err, domain.ErrNotOwned)
}

func once(t *testing.T, f Fixture) {
	ada, game, gems := newID(), newID(), newID()
	require.NoError(t, insert(t, f, entitlement(ada, game, false), entitlement(ada, gems, true)))
	require.NoError(t, insert(t, f, entitlement(ada, gems, true)))
	require.NoError(t, insert(t, f, entitlement(newID(), game, false)))
	require.ErrorIs(t, insert(t, f, entitlement(ada, newID(), false), entitlement(ada, game, false)),
		domain.ErrAlreadyActive)
	p, err := f.Finder.List(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Len(t, p.Items, 3, "the failed insert has no effect")
}

func linesOnce(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), true)
	require.NoError(t, insert(t, f, e))
	e.ID = newID()
	require.ErrorIs(t, insert(t, f, e), domain.ErrAlreadyActive)
}

func held(t *testing.T, f Fixture) {
	ada := newID()
	active, other := entitlement(ada, newID(), false), entitlement(ada, newID(), false)
	require.NoError(t, insert(t, f, active, other, entitlement(newID(), active.ProductID, false)))
	revoked := entitlement(ada, newID(), false)
	revoked.Revoke(domain.ReasonRefund, now)
	require.NoError(t, insert(t, f, revoked))
	heldBy := func(orderID id.ID) (out []domain.Entitlement) {
		require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) (err error) {
			out, err = e.Held(ctx, ada, orderID, []id.ID{active.ProductID, revoked.ProductID})
			return err
		}))
		return out
	}
	require.Equal(t, []domain.Entitlement{active}, heldBy(newID()))
	require.Equal(t, []domain.Entitlement{active, revoked}, heldBy(revoked.OrderID))
	covered := entitlement(ada, active.ProductID, false)
	covered.Revoke(domain.ReasonCovered, now)
	require.NoError(t, insert(t, f, covered))
	require.Equal(t, []domain.Entitlement{active, covered}, heldBy(newID()))
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error {
		locked, err := e.LockOrder(ctx, ada, covered.OrderID)
		require.Equal(t, []domain.Entitlement{active, covered}, locked)
		return err
	}))
}

func rollback(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		return errors.Join(s.Insert(ctx, []domain.Entitlement{e}), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	_, err = f.Finder.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
}

func aliasing(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	argument := []domain.Entitlement{e}
	require.NoError(t, insert(t, f, argument...))
	argument[0].ProductID = newID()
	found, err := f.Finder.Find(t.Context(), e.AccountID, e.ProductID)
	require.NoError(t, err)
	require.Equal(t, e, found)
}

func erasure(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	require.NoError(t, insert(t, f, e))
	for range 2 {
		require.NoError(t, f.Work.Do(t.Context(),
			func(ctx context.Context, s ports.Entitlements) error { return s.RevokeAll(ctx, e.AccountID, now) }))
	}
	_, err := f.Finder.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		for accountID, want := range map[id.ID]bool{e.AccountID: true, newID(): false} {
			erased, err := s.Lock(ctx, accountID)
			require.NoError(t, err)
			require.Equal(t, want, erased)
		}
		return nil
	}))
}

// lock starts a second transaction while the first one holds the account's lock. The second must wait for the first.
func lock(t *testing.T, f Fixture) {
	ada := newID()
	openConnections(t, f)
	var order []string
	started, done := make(chan struct{}), make(chan error, 1)
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error {
		_, err := e.Lock(ctx, ada)
		if err != nil {
			return err
		}
		go func() {
			close(started)
			done <- f.Work.Do(context.WithoutCancel(ctx), func(ctx context.Context, e ports.Entitlements) error {
				erased, err := e.Lock(ctx, ada)
				order = append(order, fmt.Sprint("second, erased: ", erased))
				return err
			})
		}()
		<-started
		for range 100 { // time for a second transaction that does not wait
			if _, err := e.Held(ctx, ada, newID(), []id.ID{newID()}); err != nil {
				return err
			}
		}
		order = append(order, "first")
		return e.RevokeAll(ctx, ada, now)
	}))
	require.NoError(t, <-done)
	require.Equal(t, []string{"first", "second, erased: true"}, order)
}

// openConnections opens pooled connections, so that a race does not wait for one.
func openConnections(t *testing.T, f Fixture) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			errs[i] = f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) (err error) {
				for range 50 {
					_, heldErr := e.Held(ctx, newID(), newID(), []id.ID{newID()})
					err = errors.Join(err, heldErr)
				}
				return err
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
}

func erasureRace(t *testing.T, f Fixture) {
	for range 20 {
		e := entitlement(newID(), newID(), false)
		var group sync.WaitGroup
		var granted, erased error
		group.Go(func() {
			granted = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
				erased, err := s.Lock(ctx, e.AccountID)
				if err != nil || erased {
					return err
				}
				return s.Insert(ctx, []domain.Entitlement{e})
			})
		})
		group.Go(func() {
			erased = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
				if _, err := s.Lock(ctx, e.AccountID); err != nil {
					return err
				}
				return s.RevokeAll(ctx, e.AccountID, now)
			})
		})
		group.Wait()
		require.NoError(t, granted)
		require.NoError(t, erased)
		owned, err := f.Finder.Owned(t.Context(), e.AccountID, []id.ID{e.ProductID})
		require.NoError(t, err)
		require.Empty(t, owned, "an erased account has an active entitlement")
	}
}

func units(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), true)
	e.Quantity = 3
	require.NoError(t, insert(t, f, e))
	e.Refunded = 2
	require.NoError(t, update(t, f, e))
	found, err := f.Finder.Find(t.Context(), e.AccountID, e.ProductID)
	require.NoError(t, err)
	require.Equal(t, e, found)
	require.Equal(t, 1, found.Left())
}

func update(t *testing.T, f Fixture, e domain.Entitlement) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		return s.Update(ctx, []domain.Entitlement{e})
	})
}

func suspended(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	other := entitlement(newID(), e.ProductID, false)
	require.NoError(t, insert(t, f, e, other))
	e.Suspended = &now
	require.NoError(t, update(t, f, e))
	_, err := f.Finder.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	p, err := f.Finder.List(t.Context(), e.AccountID, page.Request{})
	require.NoError(t, err)
	require.Empty(t, p.Items)
	owned, err := f.Finder.Owned(t.Context(), e.AccountID, []id.ID{e.ProductID})
	require.NoError(t, err)
	require.Contains(t, owned, e.ProductID)
	usable := func(accountID id.ID) map[id.ID]bool {
		usable, err := f.Finder.Usable(t.Context(), accountID, []id.ID{e.ProductID, newID()})
		require.NoError(t, err)
		return usable
	}
	require.Empty(t, usable(e.AccountID))
	require.Equal(t, map[id.ID]bool{e.ProductID: true}, usable(other.AccountID))
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		got, err := s.LockOrder(ctx, e.AccountID, e.OrderID)
		require.Equal(t, []domain.Entitlement{e}, got)
		return err
	}))
}

func restored(t *testing.T, f Fixture) {
	first := entitlement(newID(), newID(), false)
	require.NoError(t, insert(t, f, first))
	revoked := first
	revoked.Revoke(domain.ReasonDispute, now)
	require.NoError(t, update(t, f, revoked))
	_, err := f.Finder.Find(t.Context(), first.AccountID, first.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	require.NoError(t, update(t, f, first))
	got, err := f.Finder.Find(t.Context(), first.AccountID, first.ProductID)
	require.NoError(t, err)
	require.Equal(t, first, got)
	require.NoError(t, update(t, f, revoked))
	require.NoError(t, insert(t, f, entitlement(first.AccountID, first.ProductID, false)))
	require.ErrorIs(t, update(t, f, first), domain.ErrAlreadyActive)
}

func paging(t *testing.T, f Fixture) {
	ada := newID()
	var want []id.ID
	for range 5 {
		e := entitlement(ada, newID(), false)
		require.NoError(t, insert(t, f, e))
		want = append([]id.ID{e.ID}, want...)
	}
	var got []id.ID
	request := page.Request{Limit: 2}
	for range want {
		p, err := f.Finder.List(t.Context(), ada, request)
		require.NoError(t, err)
		for _, e := range p.Items {
			got = append(got, e.ID)
		}
		if request.Cursor = p.Next; p.Next == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err := f.Finder.List(t.Context(), ada, page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
}

func parallel(t *testing.T, f Fixture) {
	const racers = 8
	ada, game := newID(), newID()
	var group sync.WaitGroup
	results := make([]error, racers)
	for i := range racers {
		group.Go(func() {
			results[i] = f.Work.Do(context.Background(), func(ctx context.Context, s ports.Entitlements) error {
				return s.Insert(ctx, []domain.Entitlement{entitlement(ada, game, false)})
			})
		})
	}
	group.Wait()
	winners := 0
	for _, err := range results {
		if err == nil {
			winners++
			continue
		}
		require.ErrorIs(t, err, domain.ErrAlreadyActive)
	}
	require.Equal(t, 1, winners)
}
