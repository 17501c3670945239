package portstest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func inReview(t *testing.T, f Fixture, reason checkout.ReviewReason) domain.Order {
	t.Helper()
	o := place(t, f, order(t, newID(), newID(), newID()))
	require.NoError(t, o.Review(reason, now.Add(time.Minute)))
	o.Release()
	return save(t, f, o)
}

func reviewing(t *testing.T, f Fixture) {
	o := inReview(t, f, checkout.ReviewMoreOutThanIn)
	require.Equal(t, o, stored(t, f, o))
	apply(t, &o, domain.Captured, now.Add(time.Hour))
	require.NoError(t, o.RefuseLines([]id.ID{o.Snapshot().Lines[1].ID}, now.Add(time.Hour)))
	o = save(t, f, o)
	require.Equal(t, o, stored(t, f, o), "a refused line is stored, and a review ends")
	require.Len(t, stored(t, f, o).RefusedLines(), 1)
}

func stuckInReview(t *testing.T, f Fixture) {
	unknown := inReview(t, f, checkout.ReviewPaymentUnknown)
	decided := inReview(t, f, checkout.ReviewDisputed)
	require.NoError(t, decided.Resolve(checkout.Accept, now.Add(time.Minute)))
	decided = save(t, f, decided)
	inReview(t, f, checkout.ReviewRefundFailed)
	at := func(after time.Duration) []id.ID {
		got, err := f.Finder.Stuck(t.Context(), now.Add(after), time.Second, 10)
		require.NoError(t, err)
		return got
	}
	require.Empty(t, at(time.Minute+29*time.Second))
	require.ElementsMatch(t, []id.ID{unknown.ID(), decided.ID()}, at(time.Minute+30*time.Second))
	unknown.Touch(now.Add(10 * time.Hour))
	save(t, f, unknown)
	require.NotContains(t, at(11*time.Hour-time.Second), unknown.ID())
	require.Contains(t, at(11*time.Hour), unknown.ID(), "it is polled once an hour at least")
}

func resolving(t *testing.T, f Fixture) {
	o := inReview(t, f, checkout.ReviewPaymentUnknown)
	staff, before := newID(), o
	require.NoError(t, o.Resolve(checkout.Accept, now.Add(time.Hour)))
	r := ports.Resolution{
		OrderID: o.ID(), AccountID: staff, Key: "key", BodyHash: []byte("hash"), Action: checkout.Accept, Reason: "why",
		At: now.Add(time.Hour),
	}
	_, found, err := f.Reviews.ResolutionByKey(t.Context(), staff, "key")
	require.NoError(t, err)
	require.False(t, found)
	require.NoError(t, f.Orders.Resolve(t.Context(), o, r))
	require.Equal(t, o.Stored(), stored(t, f, o))
	got, found, err := f.Reviews.ResolutionByKey(t.Context(), staff, "key")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, r, got)
	require.ErrorIs(t, f.Orders.Resolve(t.Context(), before, r), domain.ErrStale)
	other := inReview(t, f, checkout.ReviewPaymentUnknown)
	moved := other
	moved.Unresolve(now)
	require.NoError(t, moved.Resolve(checkout.Refund, now))
	require.ErrorIs(t, f.Orders.Resolve(t.Context(), moved, r), domain.ErrKeyReused)
	require.Equal(t, other, stored(t, f, other), "then nothing was changed")
	all, err := f.Reviews.Resolutions(t.Context(), o.ID())
	require.NoError(t, err)
	require.Equal(t, []ports.Resolution{r}, all)
	all, err = f.Reviews.Resolutions(t.Context(), other.ID())
	require.NoError(t, err)
	require.Empty(t, all)
}

func searching(t *testing.T, f Fixture) {
	first, second := place(t, f, order(t, newID(), newID())), inReview(t, f, checkout.ReviewDisputed)
	for filter, want := range map[ports.Filter][]id.ID{
		{}:                                      {second.ID(), first.ID()},
		{Status: checkout.ManualReview}:         {second.ID()},
		{AccountID: first.Snapshot().AccountID}: {first.ID()},
		{Number: strings.ToLower(first.Snapshot().Number)}: {first.ID()},
		{OrderID: second.ID()}:                             {second.ID()},
		{OrderID: second.ID(), Status: checkout.Completed}: {},
		{Number: "CS-NONE"}:                                {},
	} {
		p, err := f.Reviews.Search(t.Context(), filter, page.Request{})
		require.NoError(t, err)
		require.Equal(t, want, append([]id.ID{}, page.Map(p, domain.Order.ID).Items...))
	}
	p, err := f.Reviews.Search(t.Context(), ports.Filter{}, page.Request{Limit: 1})
	require.NoError(t, err)
	p, err = f.Reviews.Search(t.Context(), ports.Filter{}, page.Request{Limit: 1, Cursor: p.Next})
	require.NoError(t, err)
	require.Equal(t, []id.ID{first.ID()}, page.Map(p, domain.Order.ID).Items)
	_, err = f.Reviews.Search(t.Context(), ports.Filter{}, page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
}

func expiring(t *testing.T, f Fixture) {
	place(t, f, order(t, newID(), newID()))
	o := place(t, f, order(t, newID(), newID()))
	apply(t, &o, domain.Declined, now.Add(time.Minute))
	o = save(t, f, o)
	for at, want := range map[time.Duration]int{time.Minute - time.Microsecond: 0, time.Minute: 1} {
		got, err := f.Reviews.Expired(t.Context(), now.Add(at), 10)
		require.NoError(t, err)
		require.Len(t, got, want)
	}
	require.NoError(t, o.Expire(now.Add(time.Hour)))
	save(t, f, o)
	got, err := f.Reviews.Expired(t.Context(), now.Add(time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, got)
}

func erasing(t *testing.T, f Fixture) {
	ada := newID()
	o := place(t, f, order(t, ada, newID()))
	apply(t, &o, domain.Declined, now)
	o = save(t, f, o)
	for range 2 {
		require.NoError(t, f.Orders.Erase(t.Context(), ada, now))
	}
	require.ErrorIs(t, f.Orders.Place(t.Context(), order(t, ada, newID()), attempt("late")), domain.ErrErased)
	_, found, err := f.Finder.ByKey(t.Context(), ada, "late")
	require.NoError(t, err)
	require.False(t, found)
	retried := o
	require.NoError(t, retried.Retry("pm_ok", now))
	require.ErrorIs(t, f.Orders.Retry(t.Context(), retried, attempt("retry")), domain.ErrErased)
	require.Equal(t, o, stored(t, f, o))
	place(t, f, order(t, newID(), newID()))
}

// erasureRace places orders while the account is erased: each is refused, or there when Erase has returned.
func erasureRace(t *testing.T, f Fixture) {
	for range 60 { // the first rounds connect, the others race
		eraseAndPlace(t, f)
	}
}

func eraseAndPlace(t *testing.T, f Fixture) {
	t.Helper()
	ada := newID()
	var group sync.WaitGroup
	results, orders := make([]error, 12), make([]domain.Order, 12)
	for i := range results {
		orders[i] = order(t, ada, newID())
		group.Go(func() { results[i] = f.Orders.Place(context.Background(), orders[i], attempt(orders[i].ID().String())) })
	}
	require.NoError(t, f.Orders.Erase(t.Context(), ada, now))
	open, err := f.Finder.Open(t.Context(), ada)
	require.NoError(t, err)
	group.Wait()
	for i, err := range results {
		if errors.Is(err, domain.ErrErased) {
			require.NotContains(t, open, orders[i].ID())
			continue
		}
		require.NoError(t, err)
		require.Contains(t, open, orders[i].ID())
	}
}
