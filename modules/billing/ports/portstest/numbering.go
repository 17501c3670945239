package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func number(ctx context.Context, f Fixture, batch int, fail error) error {
	return f.Work.Do(ctx, func(ctx context.Context, s ports.Stores) error {
		mine, err := s.Invoices.LockNumbering(ctx)
		if err != nil || !mine {
			return err
		}
		drafts, err := s.Invoices.Drafts(ctx, batch)
		if err != nil {
			return err
		}
		last, err := s.Invoices.LastNumbers(ctx, []string{"CN-AT-2026", "INV-AT-2026"})
		if err != nil {
			return err
		}
		return errors.Join(s.Invoices.Issue(ctx, domain.Issue(drafts, last, now)), fail)
	})
}

func capture(t *testing.T, f Fixture, accountID id.ID, n int) {
	t.Helper()
	for range n {
		applyStatus(t, f, insert(t, f, newID(), accountID, 1), billing.Captured)
	}
}

func numbers(t *testing.T, f Fixture, accountID id.ID) (out []int64) {
	t.Helper()
	p, err := f.Documents.Invoices(t.Context(), accountID, page.Request{Limit: 100})
	require.NoError(t, err)
	for _, i := range p.Items {
		out = append(out, i.Number)
	}
	return out
}

func numbering(t *testing.T, f Fixture) {
	ada := newID()
	waits := func() bool {
		drafts, _, err := f.Backlog.Unfinished(t.Context())
		require.NoError(t, err)
		return drafts
	}
	require.False(t, waits())
	capture(t, f, ada, 3)
	require.True(t, waits())
	require.Equal(t, []int64{0, 0, 0}, numbers(t, f, ada))
	require.NoError(t, number(t.Context(), f, 2, nil))
	require.Equal(t, []int64{0, 2, 1}, numbers(t, f, ada))
	require.NoError(t, number(t.Context(), f, 2, nil))
	require.Equal(t, []int64{3, 2, 1}, numbers(t, f, ada))
	p, err := f.Documents.Invoices(t.Context(), ada, page.Request{Limit: 1})
	require.NoError(t, err)
	want := charge(newID(), ada, 1).Invoice
	want.Lines[0].Parts[1].ProductID = p.Items[0].Content.Lines[0].Parts[1].ProductID
	require.Equal(t, want, p.Items[0].Content)
	require.Equal(t, seller, p.Items[0].Seller)
	require.Equal(t, now, p.Items[0].IssuedAt)
	require.Equal(t, "INV-AT-2026-000003", p.Items[0].FullNumber())
	require.Len(t, p.Items[0].Hash, 32)
}

func burnsNothing(t *testing.T, f Fixture) {
	ada := newID()
	capture(t, f, ada, 2)
	require.ErrorIs(t, number(t.Context(), f, 10, errAbort), errAbort)
	require.NoError(t, number(t.Context(), f, 10, nil))
	require.Equal(t, []int64{2, 1}, numbers(t, f, ada))
}

func parallelNumbering(t *testing.T, f Fixture) {
	const drafts, writers, rounds = 60, 8, 20
	ada := newID()
	capture(t, f, ada, drafts)
	for range rounds { // the first rounds may not overlap: the pool opens its connections in them
		var group sync.WaitGroup
		results, start := make([]error, writers), make(chan struct{})
		for i := range writers {
			group.Go(func() {
				<-start
				results[i] = number(context.Background(), f, 3, nil)
			})
		}
		close(start)
		group.Wait()
		require.NoError(t, errors.Join(results...))
	}
	for range drafts { // writers without the lock numbered nothing
		require.NoError(t, number(t.Context(), f, 3, nil))
	}
	got := numbers(t, f, ada)
	for i, n := range got {
		require.Equal(t, int64(drafts-i), n)
	}
}

func lostNumbers(t *testing.T, f Fixture) {
	ada := newID()
	capture(t, f, ada, 1)
	require.NoError(t, number(t.Context(), f, 10, nil))
	last := func() (last map[string]int64) {
		do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
			last, err = s.Invoices.LastNumbers(ctx, []string{"CN-AT-2026", "INV-AT-2026", "INV-DE-2026"})
			return err
		})
		return last
	}
	require.Equal(t, map[string]int64{"INV-AT-2026": 1}, last())
	lost := []domain.LostNumbers{{Series: "CN-AT-2026", First: 1, Last: 3}, {Series: "INV-AT-2026", First: 2, Last: 5}}
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Invoices.InsertLost(ctx, lost, now) })
	require.Equal(t, map[string]int64{"CN-AT-2026": 3, "INV-AT-2026": 5}, last())
	head, _, err := f.Journal.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.OrderedNumbers(last()), head.Numbers)
	capture(t, f, ada, 1)
	require.NoError(t, number(t.Context(), f, 10, nil))
	require.Equal(t, []int64{6, 1}, numbers(t, f, ada))
	require.Equal(t, int64(6), last()["INV-AT-2026"])
}
