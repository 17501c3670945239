package service_test

import (
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func newService(t *testing.T) (*service.Service, *clock.Manual) {
	t.Helper()
	store, c := memory.NewStore(), clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return service.New(service.Deps{
		Work: store, Products: store, Search: store, Clock: c, IDs: id.V7{}, Currency: "USD",
	}), c
}

func add(t *testing.T, s *service.Service, title string, cents int64) ports.Item {
	t.Helper()
	price := money.Of(cents, "USD")
	item, err := s.Add(t.Context(), domain.Draft{Title: title, Kind: catalog.Game, Category: "rpg"}, &price)
	require.NoError(t, err)
	return item
}

func TestSetPrice_ValidFromInFuture_IsInForceFromThen(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	game := add(t, s, "Game", 1000).Sellable.Snapshot().ID
	later := c.Now().Add(time.Hour)
	set, err := s.SetPrice(t.Context(), game, false, money.Of(500, "USD"), &later)
	require.NoError(t, err)
	require.Equal(t, 2, set.Version)
	amount := func() int64 {
		quote, err := s.Quote(t.Context(), []id.ID{game})
		require.NoError(t, err)
		price, ok := quote.Offers[game].PriceIn("USD")
		require.True(t, ok)
		return price.Money.Amount()
	}
	require.Equal(t, int64(1000), amount())
	c.Advance(time.Hour)
	require.Equal(t, int64(500), amount())
	history, err := s.Prices(t.Context(), "game", false, "", nil)
	require.NoError(t, err)
	require.Len(t, history, 2)
	before := later.Add(-time.Minute)
	history, err = s.Prices(t.Context(), "game", false, "", &before)
	require.NoError(t, err)
	require.Equal(t, 1, history[0].Version)
	long := later.Add(-24 * time.Hour)
	history, err = s.Prices(t.Context(), "game", false, "", &long)
	require.NoError(t, err)
	require.Empty(t, history)
	_, err = s.Prices(t.Context(), "absent", false, "", nil)
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func TestFind_BundleAsProduct_IsNotFound(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	one, two := add(t, s, "One", 1), add(t, s, "Two", 2)
	contents := []id.ID{one.Sellable.Snapshot().ID, two.Sellable.Snapshot().ID}
	bundle, err := s.Add(t.Context(), domain.Draft{
		Title: "Both", Kind: catalog.Bundle, Category: "bundles",
		Contents: contents,
	}, nil)
	require.NoError(t, err)
	require.Nil(t, bundle.Price)
	bundleID := bundle.Sellable.Snapshot().ID
	_, err = s.Find(t.Context(), "both", false, "")
	require.ErrorIs(t, err, domain.ErrNotFound)
	_, err = s.SetPrice(t.Context(), bundleID, false, money.Of(1, "USD"), nil)
	require.ErrorIs(t, err, domain.ErrNotFound)
	_, err = s.Archive(t.Context(), bundleID, false, 0)
	require.ErrorIs(t, err, domain.ErrNotFound)
	_, err = s.SetPrice(t.Context(), bundleID, true, money.Of(1, "USD"), nil)
	require.NoError(t, err)
	listed, err := s.List(t.Context(), ports.Query{Bundles: true})
	require.NoError(t, err)
	require.Len(t, listed.Items, 1)
	require.Equal(t, contents, listed.Items[0].Sellable.Snapshot().Contents)
}

func TestBundles_ListsThoseOfAListedProduct(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	one, two := add(t, s, "One", 1).Sellable.Snapshot().ID, add(t, s, "Two", 2).Sellable.Snapshot().ID
	price := money.Of(2, "USD")
	bundle, err := s.Add(t.Context(), domain.Draft{
		Title: "Both", Kind: catalog.Bundle, Category: "bundles", Contents: []id.ID{one, two},
	}, &price)
	require.NoError(t, err)
	for _, ref := range []string{"one", one.String(), "two"} {
		p, err := s.Bundles(t.Context(), ref, "", page.Request{})
		require.NoError(t, err)
		require.Len(t, p.Items, 1)
		require.Equal(t, bundle.Sellable, p.Items[0].Sellable)
	}
	_, err = s.Add(t.Context(), domain.Draft{Title: "No price", Kind: catalog.Game, Category: "rpg"}, nil)
	require.NoError(t, err)
	for _, ref := range []string{"absent", "both", "no-price"} {
		_, err := s.Bundles(t.Context(), ref, "", page.Request{})
		require.ErrorIs(t, err, domain.ErrNotFound, ref)
	}
	_, err = s.Bundles(t.Context(), "one", "EUR", page.Request{})
	require.ErrorIs(t, err, domain.ErrNotFound, "it is not listed in euros")
	_, err = s.Archive(t.Context(), one, false, 0)
	require.NoError(t, err)
	_, err = s.Bundles(t.Context(), "one", "", page.Request{})
	require.ErrorIs(t, err, domain.ErrNotFound)
}

func TestChange_StaleVersion_IsRejected(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	game := add(t, s, "Game", 1).Sellable.Snapshot()
	title := "Changed"
	changed, err := s.Change(t.Context(), game.ID, false, game.Version, domain.Changes{Title: &title})
	require.NoError(t, err)
	require.Equal(t, game.Version+1, changed.Sellable.Snapshot().Version)
	_, err = s.Change(t.Context(), game.ID, false, game.Version, domain.Changes{Title: &title})
	require.ErrorIs(t, err, domain.ErrStale)
	archived, err := s.Archive(t.Context(), game.ID, false, 0)
	require.NoError(t, err)
	require.NotNil(t, archived.Sellable.Snapshot().ArchivedAt)
	listed, err := s.List(t.Context(), ports.Query{})
	require.NoError(t, err)
	require.Empty(t, listed.Items)
	_, err = s.Change(t.Context(), id.V7{}.NewID(), false, 0, domain.Changes{})
	require.ErrorIs(t, err, domain.ErrNotFound)
	categories, err := s.Categories(t.Context())
	require.NoError(t, err)
	require.Empty(t, categories)
}

func TestAdd_InvalidDraftOrPrice_AddsNothing(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	negative := money.Of(-1, "USD")
	_, err := s.Add(t.Context(), domain.Draft{Title: "Game", Kind: catalog.Game, Category: "x"}, &negative)
	require.ErrorIs(t, err, domain.ErrInvalid)
	_, err = s.Add(t.Context(), domain.Draft{}, nil)
	require.ErrorIs(t, err, domain.ErrInvalid)
	add(t, s, "Game", 1)
	_, err = s.Add(t.Context(), domain.Draft{Title: "Game", Kind: catalog.Game, Category: "x"}, nil)
	require.ErrorIs(t, err, domain.ErrSlugTaken)
	quote, err := s.Quote(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, quote.Offers)
}

func TestImport_SlugTwice_ImportsNone(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	one, two := s.NewID(), s.NewID()
	imports := map[id.ID]service.Import{
		one: {
			Draft:   domain.Draft{Title: "One", Kind: catalog.Game, Category: "x"},
			History: []domain.Price{{Money: money.Of(1, "USD"), ValidFrom: c.Now().Add(-time.Hour)}},
		},
		two: {Draft: domain.Draft{Title: "One", Kind: catalog.Game, Category: "x"}},
	}
	require.ErrorIs(t, s.Import(t.Context(), imports, []id.ID{one, two}), domain.ErrSlugTaken)
	empty, err := s.Empty(t.Context())
	require.NoError(t, err)
	require.True(t, empty)
	require.NoError(t, s.Import(t.Context(), imports, []id.ID{one}))
	item, err := s.Find(t.Context(), "one", false, "")
	require.NoError(t, err)
	require.Equal(t, money.Of(1, "USD"), item.Price.Money)
}
