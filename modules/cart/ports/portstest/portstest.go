// Package portstest has the contract tests of cart's ports. Every adapter runs them.
package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"coinslot/modules/cart"
	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store.
type Fixture struct {
	Work   ports.UnitOfWork
	Finder ports.Finder
	Lines  ports.Lines
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

// Run runs the contract tests, each with a store of its own that open returns.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"first lock inserts the cart":                  made,
		"saved lines are found in order":               saved,
		"lines can be changed and removed":             changes,
		"failed transaction is rolled back":            rollback,
		"returned values do not alias the store":       aliasing,
		"erased cart is not found or inserted again":   erasure,
		"concurrent adds are all stored":               parallelAdds,
		"concurrent add and erasure leave no cart":     erasureRace,
		"reserved line is not changed by adds":         reservations,
		"single lines are selected and removed":        oneByOne,
		"concurrent change does not restore a removal": removals,
		"line is put into an unchanged cart only":      puts,
		"concurrent puts have one winner":              parallelPuts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func newID() id.ID { return id.V7{}.NewID() }

func fresh(accountID id.ID) domain.Cart { return domain.NewCart(newID(), accountID, now) }

func offer(consumable bool) domain.Offer {
	return domain.Offer{
		ID: newID(), Consumable: consumable, Available: true,
		Prices: []domain.Price{{Money: money.Of(999, "USD"), Version: 3}},
	}
}

func change(ctx context.Context, f Fixture, accountID id.ID, fn func(c *domain.Cart) error) error {
	return f.Work.Do(ctx, func(ctx context.Context, carts ports.Carts) error {
		c, err := carts.Lock(ctx, fresh(accountID))
		if err != nil {
			return err
		}
		if err := fn(&c); err != nil {
			return err
		}
		return carts.Save(ctx, c)
	})
}

func add(offers ...domain.Offer) func(c *domain.Cart) error {
	return func(c *domain.Cart) error {
		for _, o := range offers {
			if _, err := c.Add(newID(), o, 1, "USD", now); err != nil {
				return err
			}
		}
		return nil
	}
}

func find(t *testing.T, f Fixture, accountID id.ID) domain.Cart {
	t.Helper()
	c, found, err := f.Finder.Find(t.Context(), accountID)
	require.NoError(t, err)
	require.True(t, found)
	return c
}

func made(t *testing.T, f Fixture) {
	ada := newID()
	_, found, err := f.Finder.Find(t.Context(), ada)
	require.NoError(t, err)
	require.False(t, found)
	first := fresh(ada)
	for range 2 {
		require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, carts ports.Carts) error {
			c, err := carts.Lock(ctx, first)
			require.NoError(t, err)
			require.Equal(t, first, c)
			return nil
		}))
	}
	require.Equal(t, first, find(t, f, ada))
}

func saved(t *testing.T, f Fixture) {
	ada := newID()
	one, two := offer(true), offer(false)
	var want domain.Cart
	require.NoError(t, change(t.Context(), f, ada, func(c *domain.Cart) error {
		err := add(one, two)(c)
		want = *c
		return err
	}))
	got := find(t, f, ada)
	require.Equal(t, want.Lines(), got.Lines())
	require.Equal(t, want.Version()+1, got.Version())
}

func changes(t *testing.T, f Fixture) {
	ada := newID()
	one, two := offer(true), offer(false)
	require.NoError(t, change(t.Context(), f, ada, add(one, two)))
	lines := find(t, f, ada).Lines()
	require.NoError(t, change(t.Context(), f, ada, func(c *domain.Cart) error {
		c.Remove(lines[1].ID)
		return c.ChangeQuantity(lines[0].ID, 7)
	}))
	got := find(t, f, ada).Lines()
	require.Len(t, got, 1)
	require.Equal(t, 7, got[0].Quantity)
	require.NoError(t, change(t.Context(), f, ada, func(c *domain.Cart) error {
		c.Clear()
		return nil
	}))
	require.Empty(t, find(t, f, ada).Lines())
}

func rollback(t *testing.T, f Fixture) {
	ada := newID()
	require.ErrorIs(t, f.Work.Do(t.Context(), func(ctx context.Context, carts ports.Carts) error {
		c, err := carts.Lock(ctx, fresh(ada))
		require.NoError(t, err)
		return errors.Join(carts.Save(ctx, c), errAbort)
	}), errAbort)
	_, found, err := f.Finder.Find(t.Context(), ada)
	require.NoError(t, err)
	require.False(t, found)
}

func aliasing(t *testing.T, f Fixture) {
	ada := newID()
	require.NoError(t, change(t.Context(), f, ada, add(offer(true))))
	before := find(t, f, ada)
	c := find(t, f, ada)
	require.NoError(t, c.ChangeQuantity(c.Lines()[0].ID, 5))
	c.Clear()
	require.Equal(t, before, find(t, f, ada))
}

func erasure(t *testing.T, f Fixture) {
	ada := newID()
	require.NoError(t, change(t.Context(), f, ada, add(offer(true))))
	for range 2 {
		require.NoError(t, f.Work.Do(t.Context(),
			func(ctx context.Context, carts ports.Carts) error { return carts.Erase(ctx, ada, now) }))
	}
	_, found, err := f.Finder.Find(t.Context(), ada)
	require.NoError(t, err)
	require.False(t, found)
	require.ErrorIs(t, change(t.Context(), f, ada, add(offer(true))), domain.ErrErased, "it is not inserted again")
	_, found, err = f.Finder.Find(t.Context(), ada)
	require.NoError(t, err)
	require.False(t, found)
}

func erasureRace(t *testing.T, f Fixture) {
	for range 20 {
		ada := newID()
		var group sync.WaitGroup
		var added, erased error
		group.Go(func() { added = change(t.Context(), f, ada, add(offer(true))) })
		group.Go(func() {
			erased = f.Work.Do(t.Context(),
				func(ctx context.Context, carts ports.Carts) error { return carts.Erase(ctx, ada, now) })
		})
		group.Wait()
		require.NoError(t, erased)
		if added != nil {
			require.ErrorIs(t, added, domain.ErrErased)
		}
		_, found, err := f.Finder.Find(t.Context(), ada)
		require.NoError(t, err)
		require.False(t, found, "an erased account has a cart")
	}
}

func all(lineIDs ...id.ID) (out []ports.Removal) {
	for _, lineID := range lineIDs {
		bought := cart.Bought{LineID: lineID, Quantity: domain.MaxQuantity}
		out = append(out, ports.Removal{Bought: bought, RestID: newID()})
	}
	return out
}

// reservations reserves a line. Units that are added later become a new line, and units beyond the bought ones stay.
func reservations(t *testing.T, f Fixture) {
	ada, gems, game := newID(), offer(true), offer(false)
	require.NoError(t, change(t.Context(), f, ada, add(gems, game)))
	first := find(t, f, ada).Lines()[0]
	require.NoError(t, f.Lines.Reserve(t.Context(), newID(), []id.ID{first.ID}, &now), "a line of another account")
	require.False(t, find(t, f, ada).Lines()[0].Reserved)
	for range 2 {
		require.NoError(t, f.Lines.Reserve(t.Context(), ada, []id.ID{first.ID, newID()}, &now))
	}
	require.NoError(t, change(t.Context(), f, ada, add(gems, gems)))
	lines := find(t, f, ada).Lines()
	require.Len(t, lines, 3)
	quantities := map[bool]int{}
	for _, l := range lines {
		if l.SellableID == gems.ID {
			quantities[l.Reserved] += l.Quantity
		}
	}
	require.Equal(t, map[bool]int{true: 1, false: 2}, quantities)
	require.NoError(t, f.Lines.Reserve(t.Context(), ada, []id.ID{first.ID}, nil))
	require.NoError(t, change(t.Context(), f, ada, func(c *domain.Cart) error { return c.ChangeQuantity(first.ID, 5) }))
	bought := ports.Removal{Bought: cart.Bought{LineID: first.ID, Quantity: 2}, RestID: newID()}
	for range 2 { // the second removal changes nothing
		require.NoError(t, f.Lines.Remove(t.Context(), ada, []ports.Removal{bought}))
		rest, err := f.Lines.Selected(t.Context(), ada, []id.ID{first.ID, bought.RestID})
		require.NoError(t, err)
		require.Len(t, rest, 1)
		require.Equal(t, bought.RestID, rest[0].ID)
		require.Equal(t, 3, rest[0].Quantity)
		require.Equal(t, first.Seen, rest[0].Seen)
	}
}

func parallelAdds(t *testing.T, f Fixture) {
	const buyers = 16
	ada, gems := newID(), offer(true)
	var group sync.WaitGroup
	results := make([]error, buyers)
	for i := range buyers {
		group.Go(func() { results[i] = change(context.Background(), f, ada, add(gems, offer(false))) })
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	c := find(t, f, ada)
	require.Len(t, c.Lines(), buyers+1)
	require.Equal(t, int64(buyers+1), c.Version())
	total := 0
	for _, l := range c.Lines() {
		total += l.Quantity
	}
	require.Equal(t, 2*buyers, total)
}

func oneByOne(t *testing.T, f Fixture) {
	ada, bob := newID(), newID()
	require.NoError(t, change(t.Context(), f, ada, add(offer(true), offer(false), offer(false))))
	require.NoError(t, change(t.Context(), f, bob, add(offer(true))))
	lines := find(t, f, ada).Lines()
	foreign := find(t, f, bob).Lines()[0].ID
	wanted := []id.ID{lines[0].ID, lines[2].ID, foreign, newID()}
	got, err := f.Lines.Selected(t.Context(), ada, wanted)
	require.NoError(t, err)
	require.ElementsMatch(t, []domain.Line{lines[0], lines[2]}, got)
	for range 2 { // the second removal changes nothing
		require.NoError(t, f.Lines.Remove(t.Context(), ada, all(wanted...)))
		require.Equal(t, lines[1:2], find(t, f, ada).Lines())
		require.Equal(t, int64(3), find(t, f, ada).Version())
	}
	require.Len(t, find(t, f, bob).Lines(), 1)
	require.NoError(t, f.Lines.Remove(t.Context(), newID(), all(wanted...)))
}

// removals changes a line while another transaction removes it. The later one must see the result of the earlier one.
func removals(t *testing.T, f Fixture) {
	ada := newID()
	for range 60 {
		require.NoError(t, change(t.Context(), f, ada, add(offer(true), offer(true))))
		line := find(t, f, ada).Lines()[0]
		var group sync.WaitGroup
		removed, changed, start := error(nil), error(nil), make(chan struct{})
		group.Go(func() {
			<-start
			removed = f.Lines.Remove(context.Background(), ada, all(line.ID))
		})
		group.Go(func() {
			<-start
			changed = change(context.Background(), f, ada, func(c *domain.Cart) error {
				if err := c.ChangeQuantity(line.ID, 9); err != nil && !errors.Is(err, domain.ErrNoItem) {
					return err
				}
				return nil
			})
		})
		close(start)
		group.Wait()
		require.NoError(t, errors.Join(removed, changed))
		for _, l := range find(t, f, ada).Lines() {
			require.NotEqual(t, line.ID, l.ID)
		}
	}
}
