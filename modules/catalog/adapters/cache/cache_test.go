package cache_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/cache"
	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/ports/portstest"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestContract(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 100} {
		portstest.Run(t, func(t *testing.T) portstest.Fixture {
			store := memory.NewStore()
			shelf, err := cache.NewShelf(store, config.Catalog{Cache: size})
			require.NoError(t, err)
			return portstest.Fixture{Work: cache.NewUnitOfWork(store, shelf), Shelf: shelf}
		})
	}
}

// counted is a shelf that counts the looks at it. The hook runs after it was read.
type counted struct {
	ports.Shelf
	looks int
	hook  func()
}

// Find finds an item.
func (c *counted) Find(ctx context.Context, ref string, currency money.Currency, at time.Time) (ports.Item, error) {
	c.looks++
	item, err := c.Shelf.Find(ctx, ref, currency, at)
	if c.hook != nil {
		c.hook()
	}
	return item, err
}

type world struct {
	t      *testing.T
	store  *memory.Store
	behind *counted
	shelf  *cache.Shelf
	game   domain.Sellable
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: memory.NewStore()}
	w.behind = &counted{Shelf: w.store}
	var err error
	w.shelf, err = cache.NewShelf(w.behind, config.Catalog{Cache: 2})
	require.NoError(t, err)
	w.game, err = domain.NewSellable(id.V7{}.NewID(), domain.Draft{Title: "Game", Kind: catalog.Game, Category: "x"}, now)
	require.NoError(t, err)
	require.NoError(t, w.store.Do(t.Context(), func(ctx context.Context, s ports.Stores) error { return s.Sellables.Insert(ctx, w.game) }))
	return w
}

// rename changes the title through a unit of work.
func (w *world) rename(work ports.UnitOfWork, title string) {
	w.t.Helper()
	require.NoError(w.t, work.Do(w.t.Context(), func(ctx context.Context, s ports.Stores) error {
		game, err := s.Sellables.Lock(ctx, w.game.Snapshot().ID)
		if err != nil {
			return err
		}
		if err := game.Change(domain.Changes{Title: &title}); err != nil {
			return err
		}
		return s.Sellables.Update(ctx, game)
	}))
}

func (w *world) title(at time.Time) string {
	w.t.Helper()
	item, err := w.shelf.Find(w.t.Context(), "game", "USD", at)
	require.NoError(w.t, err)
	return item.Sellable.Snapshot().Title
}

func TestAnItemIsReadOnceASecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "Game", w.title(now))
	w.rename(w.store, "Renamed elsewhere, and the notice is lost")
	require.Equal(t, "Game", w.title(now.Add(999*time.Millisecond)))
	require.Equal(t, 1, w.behind.looks)
	require.Equal(t, "Renamed elsewhere, and the notice is lost", w.title(now.Add(time.Second)))
	require.Equal(t, 2, w.behind.looks)
}

func TestAWriteOfThisProcessIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, "Game", w.title(now))
	w.rename(cache.NewUnitOfWork(w.store, w.shelf), "Renamed")
	require.Equal(t, "Renamed", w.title(now))
}

func TestWhatWasReadBeforeAWriteIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behind.hook = func() {
		w.behind.hook = nil
		w.rename(cache.NewUnitOfWork(w.store, w.shelf), "Renamed")
	}
	require.Equal(t, "Game", w.title(now), "it was read before")
	require.Equal(t, "Renamed", w.title(now))
}

func TestWhatIsAbsentIsNotRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for looks := range 2 {
		_, err := w.shelf.Find(t.Context(), "absent", "USD", now)
		require.ErrorIs(t, err, domain.ErrNotFound)
		require.Equal(t, looks+1, w.behind.looks)
	}
}
