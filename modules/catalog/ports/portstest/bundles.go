package portstest

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func addBundle(t *testing.T, f Fixture, title string, created time.Time, contents ...id.ID) id.ID {
	t.Helper()
	d := draft(title, catalog.Bundle)
	d.Contents = contents
	return add(t, f, d, 100, created).Snapshot().ID
}

func update(t *testing.T, f Fixture, sellableID id.ID, change func(s *domain.Sellable) error) {
	t.Helper()
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		sellable, err := s.Sellables.Lock(ctx, sellableID)
		if err != nil {
			return err
		}
		if err := change(&sellable); err != nil {
			return err
		}
		return s.Sellables.Update(ctx, sellable)
	}))
}

func archive(t *testing.T, f Fixture, sellableID id.ID) {
	t.Helper()
	update(t, f, sellableID, func(s *domain.Sellable) error { s.Archive(now); return nil })
}

func bundlesOfProduct(t *testing.T, f Fixture) {
	game := add(t, f, draft("Game", catalog.Game), 1, now).Snapshot().ID
	music := add(t, f, draft("Music", catalog.Soundtrack), 1, now).Snapshot().ID
	other := add(t, f, draft("Other", catalog.Game), 1, now).Snapshot().ID
	both := addBundle(t, f, "Both", now, game, music)
	three := addBundle(t, f, "Three", now.Add(time.Second), other, music, game)
	addBundle(t, f, "Without", now, other, music)
	archive(t, f, addBundle(t, f, "Gone", now, game, other))
	unpriced := draft("Unpriced", catalog.Bundle)
	unpriced.Contents = []id.ID{game, music}
	require.NoError(t, insert(t, f, unpriced))

	holding := func(productID id.ID, limit int) (ids []id.ID) {
		q := ports.Query{
			Bundles: true, Holding: productID, Sort: ports.ByNewest, Currency: "USD", At: now,
			Page: page.Request{Limit: limit},
		}
		for {
			p, err := f.Search.List(t.Context(), q)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Items), limit)
			for _, item := range p.Items {
				ids = append(ids, item.Sellable.Snapshot().ID)
			}
			if q.Page.Cursor = p.Next; p.Next == "" {
				return ids
			}
		}
	}
	for _, limit := range []int{1, 10} {
		require.Equal(t, []id.ID{three, both}, holding(game, limit))
	}
	require.Empty(t, holding(both, 10), "no bundle holds a bundle")
	require.Empty(t, holding(id.V7{}.NewID(), 10))

	archive(t, f, other)
	require.Equal(t, []id.ID{both}, holding(game, 10), "a bundle with an archived product is not sold")
	without := true
	update(t, f, three, func(s *domain.Sellable) error {
		return s.Change(domain.Changes{SoldWithoutArchived: &without})
	})
	require.Equal(t, []id.ID{three, both}, holding(game, 10))
	require.Empty(t, holding(other, 10), "the bundle is sold without it")
}
