package portstest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"

	"github.com/stretchr/testify/require"
)

// put adds a sellable to a cart as it was read, and returns the line and whether it was stored.
func put(t *testing.T, f Fixture, read domain.Cart, o domain.Offer) (domain.Cart, bool) {
	t.Helper()
	after := domain.Restore(read.Snapshot())
	require.NoError(t, add(o)(&after))
	line, changed := after.ChangedSince(read)
	require.True(t, changed)
	stored, err := f.Lines.Put(t.Context(), read, line)
	require.NoError(t, err)
	return after, stored
}

func puts(t *testing.T, f Fixture) {
	ada, gem := newID(), offer(true)
	_, stored := put(t, f, fresh(ada), gem)
	require.False(t, stored, "there is no cart")
	require.NoError(t, change(t.Context(), f, ada, add(offer(false))))
	read := find(t, f, ada)
	for range 2 { // a new line, then another unit of it
		want, stored := put(t, f, read, gem)
		require.True(t, stored)
		require.Equal(t, want.Lines(), find(t, f, ada).Lines())
		require.Equal(t, read.Version()+1, find(t, f, ada).Version())
		_, stored = put(t, f, read, gem)
		require.False(t, stored, "the cart has changed")
		require.Equal(t, want.Lines(), find(t, f, ada).Lines())
		read = find(t, f, ada)
	}
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, carts ports.Carts) error {
		return carts.Erase(ctx, ada, now)
	}))
	_, stored = put(t, f, read, gem)
	require.False(t, stored, "the account is erased")
	_, found, err := f.Finder.Find(t.Context(), ada)
	require.NoError(t, err)
	require.False(t, found)
}

func parallelPuts(t *testing.T, f Fixture) {
	const writers = 8
	ada, gem := newID(), offer(true)
	require.NoError(t, change(t.Context(), f, ada, add(gem)))
	read := find(t, f, ada)
	var group sync.WaitGroup
	var won atomic.Int32
	results := make([]error, writers)
	for i := range writers {
		group.Go(func() {
			line := read.Lines()[0]
			line.Quantity = i + 2
			stored, err := f.Lines.Put(t.Context(), read, line)
			if stored {
				won.Add(1)
			}
			results[i] = err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	require.Equal(t, int32(1), won.Load())
	require.Equal(t, read.Version()+1, find(t, f, ada).Version())
}
