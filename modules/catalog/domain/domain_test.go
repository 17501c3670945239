package domain_test

import (
	"strings"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newID() id.ID { return id.V7{}.NewID() }

func usd(n int64) money.Money { return money.Of(n, "USD") }

func draft() domain.Draft {
	return domain.Draft{Title: " Star  Orchard! ", Kind: catalog.Game, Category: "RPG"}
}

func TestASlugIsMadeFromTheTitle(t *testing.T) {
	t.Parallel()
	p, err := domain.NewSellable(newID(), draft(), now)
	require.NoError(t, err)
	require.Equal(t, "star-orchard", p.Snapshot().Slug)
	require.Equal(t, "rpg", p.Snapshot().Category)
	require.Equal(t, "Star  Orchard!", p.Snapshot().Title)
	require.False(t, p.IsBundle())
}

func TestADraftIsRefusedWithEveryViolation(t *testing.T) {
	t.Parallel()
	same := newID()
	for location, change := range map[string]func(*domain.Draft){
		"body.title":               func(d *domain.Draft) { d.Title, d.Slug = strings.Repeat("x", 201), "x" },
		"body.category":            func(d *domain.Draft) { d.Category = " " },
		"body.description":         func(d *domain.Draft) { d.Description = "a\x00b" },
		"body.slug":                func(d *domain.Draft) { d.Slug = "Not A Slug" },
		"body.kind":                func(d *domain.Draft) { d.Kind = "toy" },
		"body.requires_product_id": func(d *domain.Draft) { d.Kind = catalog.DLC },
		"body.product_ids":         func(d *domain.Draft) { d.Kind, d.Contents = catalog.Bundle, []id.ID{same, same} },
	} {
		d := draft()
		change(&d)
		_, err := domain.NewSellable(newID(), d, now)
		require.ErrorIs(t, err, domain.ErrInvalid, location)
		require.Equal(t, location, fault.Of(err).Fields[0].Location)
	}
	d := draft()
	d.Slug, d.Requires = newID().String(), newID()
	_, err := domain.NewSellable(newID(), d, now)
	require.Len(t, fault.Of(err).Fields, 2, "an ID is no slug, and a game requires nothing")
	d = draft()
	d.Kind, d.Contents = catalog.Bundle, []id.ID{newID()}
	_, err = domain.NewSellable(newID(), d, now)
	require.ErrorIs(t, err, domain.ErrInvalid, "one product is no bundle")
}

func TestChangesApplyWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Kind, d.Contents = catalog.Bundle, []id.ID{newID(), newID()}
	p, err := domain.NewSellable(newID(), d, now)
	require.NoError(t, err)
	title, bad, category, text := "New", "-", "Arcade", "words"
	require.NoError(t, p.Change(domain.Changes{Title: &title, Category: &category, Description: &text, Contents: []id.ID{newID(), newID()}}))
	before := p.Snapshot()
	require.Equal(t, "arcade", before.Category)
	require.ErrorIs(t, p.Change(domain.Changes{Title: &text, Slug: &bad}), domain.ErrInvalid)
	require.Equal(t, before, p.Snapshot())
	p.Archive(now)
	p.Archive(now.Add(time.Hour))
	require.Equal(t, now, *p.Snapshot().ArchivedAt)
	require.ErrorIs(t, p.Change(domain.Changes{Title: &title}), domain.ErrArchived)
}

func TestPriceVersionsCountUpAndNeverStartEarlierThanTheLast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var last *domain.Price
		at := now
		for range rapid.IntRange(1, 20).Draw(rt, "versions") {
			at = at.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "passes")) * time.Minute)
			from := at.Add(time.Duration(rapid.IntRange(-50, 100).Draw(rt, "from")) * time.Minute)
			next, err := domain.NextPrice(newID(), last, usd(rapid.Int64Range(0, 1e8).Draw(rt, "amount")), &from, at)
			switch {
			case from.Before(at):
				require.ErrorIs(rt, err, domain.ErrPriceInPast)
			case last != nil && from.Before(last.ValidFrom):
				require.ErrorIs(rt, err, domain.ErrPriceOrder)
			default:
				require.NoError(rt, err)
				if last != nil {
					require.Equal(rt, last.Version+1, next.Version)
				}
				last = &next
			}
		}
	})
}

func TestAPriceIsBounded(t *testing.T) {
	t.Parallel()
	for _, amount := range []int64{-1, 1_000_000_01} {
		_, err := domain.NextPrice(newID(), nil, usd(amount), nil, now)
		require.ErrorIs(t, err, domain.ErrInvalid)
		_, err = domain.ImportPrices(newID(), []domain.Price{{Money: usd(amount)}}, now)
		require.ErrorIs(t, err, domain.ErrInvalid)
	}
}

func TestAnImportedHistoryHasAnOrder(t *testing.T) {
	t.Parallel()
	history := []domain.Price{{Money: usd(2), ValidFrom: now.Add(-2 * time.Hour)}, {Money: usd(1), ValidFrom: now.Add(-time.Hour)}}
	got, err := domain.ImportPrices(newID(), history, now)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{got[0].Version, got[1].Version})
	history[1].ValidFrom = now.Add(-3 * time.Hour)
	_, err = domain.ImportPrices(newID(), history, now)
	require.ErrorIs(t, err, domain.ErrPriceOrder)
}
