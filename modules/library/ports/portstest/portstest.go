// Package portstest is the contract of library's ports. Every adapter runs it.
package portstest

import (
	"context"
	"errors"
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

// Fixture is an empty store to test.
type Fixture struct {
	Work  ports.UnitOfWork
	Shelf ports.Shelf
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

// Run runs the contract against stores that open makes.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"what was given is owned, listed and found":     owned,
		"a game is owned once, a consumable repeatedly": once,
		"a line gives each product once":                linesOnce,
		"an order's own entitlements are held":          held,
		"a failed transaction leaves nothing behind":    rollback,
		"what was handed out does not alias":            aliasing,
		"an erased account owns nothing":                erasure,
		"what is withheld is owned and cannot be used":  withheld,
		"what ended comes back unless it is owned":      comesBack,
		"the list pages through everything once":        paging,
		"parallel grants of a game have one winner":     parallel,
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
	return domain.New(newID(), grant, library.Item{LineID: newID(), ProductID: productID, Consumable: consumable, Quantity: 1}, now)
}

func insert(t *testing.T, f Fixture, entitlements ...domain.Entitlement) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error { return e.Insert(ctx, entitlements) })
}

func owned(t *testing.T, f Fixture) {
	ada, game, gems := newID(), newID(), newID()
	want := entitlement(ada, game, false)
	require.NoError(t, insert(t, f, want, entitlement(ada, gems, true)))
	got, err := f.Shelf.Owned(t.Context(), ada, []id.ID{game, gems, newID()})
	require.NoError(t, err)
	require.Equal(t, map[id.ID]bool{game: true}, got)
	got, err = f.Shelf.Owned(t.Context(), newID(), []id.ID{game})
	require.NoError(t, err)
	require.Empty(t, got)
	found, err := f.Shelf.Find(t.Context(), ada, game)
	require.NoError(t, err)
	require.Equal(t, want, found)
	_, err = f.Shelf.Find(t.Context(), newID(), game)
	require.ErrorIs(t, err, domain.ErrNotOwned)
}

func once(t *testing.T, f Fixture) {
	ada, game, gems := newID(), newID(), newID()
	require.NoError(t, insert(t, f, entitlement(ada, game, false), entitlement(ada, gems, true)))
	require.NoError(t, insert(t, f, entitlement(ada, gems, true)))
	require.NoError(t, insert(t, f, entitlement(newID(), game, false)))
	require.ErrorIs(t, insert(t, f, entitlement(ada, newID(), false), entitlement(ada, game, false)), library.ErrAlreadyOwned)
	p, err := f.Shelf.List(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Len(t, p.Items, 3, "a refused grant gives nothing")
}

func linesOnce(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), true)
	require.NoError(t, insert(t, f, e))
	e.ID = newID()
	require.ErrorIs(t, insert(t, f, e), library.ErrAlreadyOwned)
}

func held(t *testing.T, f Fixture) {
	ada := newID()
	active, other := entitlement(ada, newID(), false), entitlement(ada, newID(), false)
	require.NoError(t, insert(t, f, active, other, entitlement(newID(), active.ProductID, false)))
	ended := entitlement(ada, newID(), false)
	ended.End(domain.EndRefund, now)
	require.NoError(t, insert(t, f, ended))
	ask := func(orderID id.ID) (out []domain.Entitlement) {
		require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) (err error) {
			out, err = e.Held(ctx, ada, orderID, []id.ID{active.ProductID, ended.ProductID})
			return err
		}))
		return out
	}
	require.Equal(t, []domain.Entitlement{active}, ask(newID()))
	require.Equal(t, []domain.Entitlement{active, ended}, ask(ended.OrderID))
	covered := entitlement(ada, active.ProductID, false)
	covered.End(domain.EndCovered, now)
	require.NoError(t, insert(t, f, covered))
	require.Equal(t, []domain.Entitlement{active, covered}, ask(newID()))
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, e ports.Entitlements) error {
		around, err := e.Around(ctx, ada, covered.OrderID)
		require.Equal(t, []domain.Entitlement{active, covered}, around)
		return err
	}))
}

func rollback(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		return errors.Join(s.Insert(ctx, []domain.Entitlement{e}), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	_, err = f.Shelf.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
}

func aliasing(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	given := []domain.Entitlement{e}
	require.NoError(t, insert(t, f, given...))
	given[0].ProductID = newID()
	found, err := f.Shelf.Find(t.Context(), e.AccountID, e.ProductID)
	require.NoError(t, err)
	require.Equal(t, e, found)
}

func erasure(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	require.NoError(t, insert(t, f, e))
	for range 2 {
		require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error { return s.EndAll(ctx, e.AccountID, now) }))
	}
	_, err := f.Shelf.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		for accountID, want := range map[id.ID]bool{e.AccountID: true, newID(): false} {
			erased, err := s.Erased(ctx, accountID)
			require.NoError(t, err)
			require.Equal(t, want, erased)
		}
		return nil
	}))
}

func update(t *testing.T, f Fixture, e domain.Entitlement) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error { return s.Update(ctx, []domain.Entitlement{e}) })
}

func withheld(t *testing.T, f Fixture) {
	e := entitlement(newID(), newID(), false)
	require.NoError(t, insert(t, f, e, entitlement(newID(), e.ProductID, false)))
	e.Suspended = &now
	require.NoError(t, update(t, f, e))
	_, err := f.Shelf.Find(t.Context(), e.AccountID, e.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	p, err := f.Shelf.List(t.Context(), e.AccountID, page.Request{})
	require.NoError(t, err)
	require.Empty(t, p.Items)
	owned, err := f.Shelf.Owned(t.Context(), e.AccountID, []id.ID{e.ProductID})
	require.NoError(t, err)
	require.True(t, owned[e.ProductID])
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Entitlements) error {
		got, err := s.Around(ctx, e.AccountID, e.OrderID)
		require.Equal(t, []domain.Entitlement{e}, got)
		return err
	}))
}

func comesBack(t *testing.T, f Fixture) {
	first := entitlement(newID(), newID(), false)
	require.NoError(t, insert(t, f, first))
	ended := first
	ended.End(domain.EndDispute, now)
	require.NoError(t, update(t, f, ended))
	_, err := f.Shelf.Find(t.Context(), first.AccountID, first.ProductID)
	require.ErrorIs(t, err, domain.ErrNotOwned)
	require.NoError(t, update(t, f, first))
	got, err := f.Shelf.Find(t.Context(), first.AccountID, first.ProductID)
	require.NoError(t, err)
	require.Equal(t, first, got)
	require.NoError(t, update(t, f, ended))
	require.NoError(t, insert(t, f, entitlement(first.AccountID, first.ProductID, false)))
	require.ErrorIs(t, update(t, f, first), library.ErrAlreadyOwned)
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
		p, err := f.Shelf.List(t.Context(), ada, request)
		require.NoError(t, err)
		for _, e := range p.Items {
			got = append(got, e.ID)
		}
		if request.Cursor = p.Next; p.Next == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err := f.Shelf.List(t.Context(), ada, page.Request{Cursor: "!"})
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
		require.ErrorIs(t, err, library.ErrAlreadyOwned)
	}
	require.Equal(t, 1, winners)
}
