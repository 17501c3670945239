// Package portstest is the contract of catalog's ports. Every adapter runs it.
package portstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// Fixture is an empty store to test.
type Fixture struct {
	Work     ports.UnitOfWork
	Products ports.ProductRepository
	Search   ports.Search
	Features Features
}

// Features are what an adapter's search can do beyond the least that ports.Search promises. The suite asserts each of
// them, and that an adapter without it does not have it.
type Features struct {
	Folds          bool // case, accents, width and joiners in every script: Éclair, eclair
	Transliterates bool // letters without an accent that could be left out: Łódź, lodz
	Similar        bool // spelling mistakes
	Collates       bool // titles in the order of a language-neutral dictionary, numbers by their value
}

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	errAbort = errors.New("abort")
)

// Run runs the contract against stores that open makes.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, f Fixture){
		"what was added is found by ID and slug":           findable,
		"a slug is taken once":                             slugs,
		"references must exist and be of the right kind":   references,
		"a stale version is rejected":                      stale,
		"a failed transaction leaves nothing behind":       rollback,
		"what was handed out does not alias what is kept":  aliasing,
		"the price in force follows the moment":            pricesInForce,
		"a withdrawn price never starts":                   withdrawals,
		"a version is withdrawn once":                      withdrawnOnce,
		"a failed withdrawal leaves nothing behind":        withdrawalRollback,
		"parallel withdrawals have one winner":             parallelWithdrawals,
		"a price version is added once":                    priceOnce,
		"offers show prices, contents and availability":    offers,
		"every sort pages through everything exactly once": paging,
		"filters narrow the list":                          filters,
		"filters combine under every sort":                 everyFilter,
		"bundles are listed by a product that they hold":   bundlesOfProduct,
		"categories count what is on sale":                 categories,
		"other currencies, when no price is in one":        otherCurrencies,
		"parallel writers of one sellable have one winner": parallelWriters,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
	RunSearch(t, open)
}

func usd(n int64) money.Money { return money.Of(n, "USD") }

func draft(title string, kind catalog.Kind) domain.Draft {
	slug := strings.ToLower(strings.ReplaceAll(title, " ", "-"))
	return domain.Draft{Slug: slug, Title: title, Description: "About " + title, Kind: kind, Category: "rpg"}
}

func add(t *testing.T, f Fixture, d domain.Draft, cents int64, created time.Time) domain.Sellable {
	t.Helper()
	sellable, err := domain.NewSellable(id.V7{}.NewID(), d, created)
	require.NoError(t, err)
	price, err := domain.NextPrice(sellable.Snapshot().ID, nil, usd(cents), nil, now)
	require.NoError(t, err)
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return errors.Join(s.Sellables.Insert(ctx, sellable), s.Prices.Insert(ctx, price))
	}))
	return sellable
}

func insert(t *testing.T, f Fixture, d domain.Draft) error {
	t.Helper()
	sellable, err := domain.NewSellable(id.V7{}.NewID(), d, now)
	require.NoError(t, err)
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return s.Sellables.Insert(ctx, sellable)
	})
}

func findable(t *testing.T, f Fixture) {
	want := add(t, f, draft("Star Orchard", catalog.Game), 1999, now)
	for _, ref := range []string{"star-orchard", want.Snapshot().ID.String()} {
		item, err := f.Products.Find(t.Context(), ref, "USD", now)
		require.NoError(t, err)
		require.Equal(t, want, item.Sellable)
		require.Equal(t, usd(1999), item.Price.Money)
		item, err = f.Products.Find(t.Context(), ref, "EUR", now)
		require.NoError(t, err)
		require.Nil(t, item.Price)
	}
	for _, ref := range []string{"absent", id.V7{}.NewID().String()} {
		_, err := f.Products.Find(t.Context(), ref, "USD", now)
		require.ErrorIs(t, err, domain.ErrNotFound)
	}
	empty, err := f.Products.Empty(t.Context())
	require.NoError(t, err)
	require.False(t, empty)
}

func slugs(t *testing.T, f Fixture) {
	require.NoError(t, insert(t, f, draft("Same", catalog.Game)))
	require.ErrorIs(t, insert(t, f, draft("Same", catalog.Game)), domain.ErrSlugTaken)
}

func references(t *testing.T, f Fixture) {
	game := add(t, f, draft("Game", catalog.Game), 1, now).Snapshot().ID
	music := add(t, f, draft("Music", catalog.Soundtrack), 1, now).Snapshot().ID
	dlc := draft("More", catalog.DLC)
	for ref, want := range map[id.ID]error{
		game: nil, music: domain.ErrUnknownItems, id.V7{}.NewID(): domain.ErrUnknownItems,
	} {
		dlc.Requires, dlc.Slug = ref, "more-of-"+ref.String()
		require.ErrorIs(t, insert(t, f, dlc), want)
	}
	bundle := draft("Bundle", catalog.Bundle)
	bundle.Contents = []id.ID{game, id.V7{}.NewID()}
	require.ErrorIs(t, insert(t, f, bundle), domain.ErrUnknownItems)
	bundle.Contents = []id.ID{music, game}
	require.NoError(t, insert(t, f, bundle))
	item, err := f.Products.Find(t.Context(), "bundle", "USD", now)
	require.NoError(t, err)
	require.Equal(t, []id.ID{music, game}, item.Sellable.Snapshot().Contents)
	require.Equal(t, "Music", item.Contents[0].Title)
	nested := draft("Nested", catalog.Bundle)
	nested.Contents = []id.ID{game, item.Sellable.Snapshot().ID}
	require.ErrorIs(t, insert(t, f, nested), domain.ErrUnknownItems)
}

func stale(t *testing.T, f Fixture) {
	sellable := add(t, f, draft("Game", catalog.Game), 1, now)
	update := func() error {
		return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return s.Sellables.Update(ctx, sellable)
		})
	}
	require.NoError(t, update())
	require.ErrorIs(t, update(), domain.ErrStale)
}

func rollback(t *testing.T, f Fixture) {
	sellable, err := domain.NewSellable(id.V7{}.NewID(), draft("Game", catalog.Game), now)
	require.NoError(t, err)
	err = f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		return errors.Join(s.Sellables.Insert(ctx, sellable), errAbort)
	})
	require.ErrorIs(t, err, errAbort)
	empty, err := f.Products.Empty(t.Context())
	require.NoError(t, err)
	require.True(t, empty)
}

func aliasing(t *testing.T, f Fixture) {
	sellable := add(t, f, draft("Game", catalog.Game), 1, now)
	item, err := f.Products.Find(t.Context(), "game", "USD", now)
	require.NoError(t, err)
	title := "Changed"
	require.NoError(t, item.Sellable.Change(domain.Changes{Title: &title}))
	again, err := f.Products.Find(t.Context(), "game", "USD", now)
	require.NoError(t, err)
	require.Equal(t, sellable, again.Sellable)
}

func setPrice(t *testing.T, f Fixture, sellableID id.ID, cents int64, from time.Time) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		last, err := s.Prices.Last(ctx, sellableID, "USD")
		if err != nil {
			return err
		}
		p, err := domain.NextPrice(sellableID, last, usd(cents), &from, now)
		if err != nil {
			return err
		}
		return s.Prices.Insert(ctx, p)
	})
}

func pricesInForce(t *testing.T, f Fixture) {
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	require.NoError(t, setPrice(t, f, sellableID, 500, now.Add(time.Hour)))
	require.NoError(t, setPrice(t, f, sellableID, 900, now.Add(2*time.Hour)))
	err := setPrice(t, f, sellableID, 800, now.Add(time.Minute))
	require.NoError(t, err, "a correction until the scheduled price starts")
	for at, want := range map[time.Duration]int64{
		0: 1000, time.Minute: 800, time.Hour - time.Second: 800, time.Hour: 500, 3 * time.Hour: 900,
	} {
		item, err := f.Products.Find(t.Context(), "game", "USD", now.Add(at))
		require.NoError(t, err)
		require.Equal(t, usd(want), item.Price.Money, at)
	}
	for at, want := range map[time.Duration]int64{time.Hour - time.Microsecond: 800, time.Hour: 500} {
		offers, err := f.Products.Offers(t.Context(), []id.ID{sellableID}, now.Add(at))
		require.NoError(t, err)
		require.Equal(t, usd(want), offers[0].Prices[0].Money, "an offer is exact: it decides what an order costs")
	}
	history, err := f.Products.PriceHistory(t.Context(), sellableID, "USD")
	require.NoError(t, err)
	versions := []int{history[0].Version, history[1].Version, history[2].Version, history[3].Version}
	require.Equal(t, []int{4, 3, 2, 1}, versions)
}

func withdrawals(t *testing.T, f Fixture) {
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	require.NoError(t, setPrice(t, f, sellableID, 500, now.Add(time.Hour)))
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		_, err := s.Prices.Find(ctx, sellableID, "USD", 3)
		require.ErrorIs(t, err, domain.ErrNoPrice)
		_, err = s.Prices.Find(ctx, sellableID, "EUR", 2)
		require.ErrorIs(t, err, domain.ErrNoPrice)
		price, err := s.Prices.Find(ctx, sellableID, "USD", 2)
		if err != nil {
			return err
		}
		_, err = price.Withdraw(now)
		require.NoError(t, err)
		return s.Prices.Withdraw(ctx, price)
	}))
	later := now.Add(2 * time.Hour)
	item, err := f.Products.Find(t.Context(), "game", "USD", later)
	require.NoError(t, err)
	require.Equal(t, usd(1000), item.Price.Money)
	offers, err := f.Products.Offers(t.Context(), []id.ID{sellableID}, later)
	require.NoError(t, err)
	require.Equal(t, usd(1000), offers[0].Prices[0].Money)
	list, err := f.Search.List(t.Context(), ports.Query{Sort: ports.ByPrice, Currency: "USD", At: later})
	require.NoError(t, err)
	require.Equal(t, usd(1000), list.Items[0].Price.Money)
	require.NoError(t, setPrice(t, f, sellableID, 700, now.Add(3*time.Hour)))
	history, err := f.Products.PriceHistory(t.Context(), sellableID, "USD")
	require.NoError(t, err)
	require.Equal(t, 3, history[0].Version, "a withdrawn version is never used again")
	require.Equal(t, now, *history[1].Withdrawn)
	require.Nil(t, history[2].Withdrawn)
}

func priceOnce(t *testing.T, f Fixture) {
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	again := domain.Price{SellableID: sellableID, Money: usd(1), Version: 1, ValidFrom: now, CreatedAt: now}
	err := f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error { return s.Prices.Insert(ctx, again) })
	require.ErrorIs(t, err, domain.ErrPriceRace)
}

func offers(t *testing.T, f Fixture) {
	game := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	dlc := draft("More", catalog.DLC)
	dlc.Requires = game
	dlcID := add(t, f, dlc, 500, now).Snapshot().ID
	bundle := draft("Both", catalog.Bundle)
	bundle.Contents = []id.ID{dlcID, game}
	bundleID := add(t, f, bundle, 1200, now).Snapshot().ID
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		sellable, err := s.Sellables.Lock(ctx, game)
		if err != nil {
			return err
		}
		sellable.Archive(now)
		return s.Sellables.Update(ctx, sellable)
	}))
	got, err := f.Products.Offers(t.Context(), []id.ID{game, bundleID, id.V7{}.NewID()}, now)
	require.NoError(t, err)
	byID := map[id.ID]catalog.Offer{}
	for _, o := range got {
		byID[o.ID] = o
	}
	price := func(n int64) []catalog.Price { return []catalog.Price{{Money: usd(n), Version: 1, ValidFrom: now}} }
	require.Equal(t, map[id.ID]catalog.Offer{
		game: {ID: game, Slug: "game", Title: "Game", Kind: catalog.Game, Prices: price(1000)},
		bundleID: {
			ID: bundleID, Slug: "both", Title: "Both", Kind: catalog.Bundle, Prices: price(1200),
			Contents: []catalog.Content{
				{ProductID: dlcID, Title: "More", Kind: catalog.DLC, Requires: game, Prices: price(500)},
				{ProductID: game, Title: "Game", Kind: catalog.Game, Prices: price(1000)},
			},
		},
	}, byID)
	without := true
	require.NoError(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		sellable, err := s.Sellables.Lock(ctx, bundleID)
		if err != nil {
			return err
		}
		if err := sellable.Change(domain.Changes{SoldWithoutArchived: &without}); err != nil {
			return err
		}
		return s.Sellables.Update(ctx, sellable)
	}))
	got, err = f.Products.Offers(t.Context(), []id.ID{bundleID}, now)
	require.NoError(t, err)
	require.True(t, got[0].Available)
	require.Len(t, got[0].Contents, 1, "it gives what is still sold")
	require.Equal(t, dlcID, got[0].Contents[0].ProductID)
	item, err := f.Products.Find(t.Context(), bundleID.String(), "USD", now)
	require.NoError(t, err)
	contents, sold := item.Sold()
	require.True(t, sold)
	require.Len(t, contents, 1)
	require.Len(t, item.Contents, 2)
}

func paging(t *testing.T, f Fixture) {
	const n = 7
	for i := range n {
		title, at := fmt.Sprintf("Game %d", (i*3)%n), now.Add(time.Duration(i/3)*time.Second)
		add(t, f, draft(title, catalog.Game), int64(100*(i/2)), at)
	}
	for _, sort := range []ports.Sort{ports.ByTitle, ports.ByPrice, ports.ByPriceDesc, ports.ByNewest} {
		q := ports.Query{Sort: sort, Currency: "USD", At: now, Page: page.Request{Limit: 3}}
		seen := map[id.ID]bool{}
		for pages := 0; ; pages++ {
			require.Less(t, pages, n, "the list does not end")
			p, err := f.Search.List(t.Context(), q)
			require.NoError(t, err)
			for _, item := range p.Items {
				require.False(t, seen[item.Sellable.Snapshot().ID], "%s shows an item twice", sort)
				seen[item.Sellable.Snapshot().ID] = true
			}
			if q.Page.Cursor = p.Next; p.Next == "" {
				break
			}
		}
		require.Len(t, seen, n, sort)
	}
	first, err := f.Search.List(t.Context(), ports.Query{
		Sort: ports.ByTitle, Currency: "USD", At: now, Page: page.Request{Limit: 1},
	})
	require.NoError(t, err)
	_, err = f.Search.List(t.Context(), ports.Query{
		Sort: ports.ByPrice, Currency: "USD", At: now, Page: page.Request{Cursor: first.Next},
	})
	require.ErrorIs(t, err, page.ErrCursor)
}

func categories(t *testing.T, f Fixture) {
	add(t, f, draft("One", catalog.Game), 1, now)
	two := draft("Two", catalog.Game)
	two.Category = "Arcade"
	add(t, f, two, 1, now)
	add(t, f, draft("Three", catalog.Game), 1, now)
	got, err := f.Search.Categories(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ports.Category{{Name: "arcade", ProductCount: 1}, {Name: "rpg", ProductCount: 2}}, got)
}

func parallelWriters(t *testing.T, f Fixture) {
	const racers = 8
	sellableID := add(t, f, draft("Game", catalog.Game), 1, now).Snapshot().ID
	var group sync.WaitGroup
	results := make([]error, racers)
	for i := range racers {
		group.Go(func() {
			results[i] = f.Work.Do(context.Background(), func(ctx context.Context, s ports.Stores) error {
				if _, err := s.Sellables.Lock(ctx, sellableID); err != nil {
					return err
				}
				last, err := s.Prices.Last(ctx, sellableID, "USD")
				if err != nil {
					return err
				}
				p, err := domain.NextPrice(sellableID, last, usd(int64(i)), nil, now)
				if err != nil {
					return err
				}
				return s.Prices.Insert(ctx, p)
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	history, err := f.Products.PriceHistory(t.Context(), sellableID, "USD")
	require.NoError(t, err)
	require.Equal(t, racers+1, history[0].Version)
}
