package domain_test

import (
	"iter"
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

func TestNewSellable_NoSlug_HasItsID(t *testing.T) {
	t.Parallel()
	sellableID, d := newID(), draft()
	p, err := domain.NewSellable(sellableID, d, now)
	require.NoError(t, err)
	require.Equal(t, sellableID.String(), p.Snapshot().Slug)
	require.Equal(t, "rpg", p.Snapshot().Category)
	require.Equal(t, "Star  Orchard!", p.Snapshot().Title)
	require.False(t, p.IsBundle())
	title := "New"
	require.NoError(t, p.Change(domain.Changes{Title: &title}))
	require.Equal(t, sellableID.String(), p.Snapshot().Slug, "a slug does not follow the title")
}

func TestNewSellable_TitleWithoutVisibleCharacter_IsInvalid(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"\u0301", "\u0301\u0308 \u093f", "\u200b", "\u202e", "\ufe0f"} {
		d := draft()
		d.Title = title
		_, err := domain.NewSellable(newID(), d, now)
		require.ErrorIs(t, err, domain.ErrInvalid, "%q", title)
		require.Equal(t, "title", fault.Of(err).Fields[0].Location)
		require.Contains(t, fault.Of(err).Fields[0].Message, "combining marks")
	}
	for _, title := range []string{"?", "😀", "7", "हिन्दी", "e\u0301"} {
		d := draft()
		d.Title = title
		_, err := domain.NewSellable(newID(), d, now)
		require.NoError(t, err, "%q", title)
	}
}

func TestCheckSearchText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "star orch": "", strings.Repeat("ä", 200): "", strings.Repeat("a ", 20): "", "😀 %_\\": "",
		strings.Repeat("ä", 201): "at most 200 characters", strings.Repeat("a ", 21): "at most 20 words",
		"a\tb": "control characters", "a\x00": "control characters", "a\x7f": "control characters",
		"a\u0085": "control characters", "a\xff": "control characters",
	} {
		err := domain.CheckSearchText("query.q", text)
		if want == "" {
			require.NoError(t, err, "%q", text)
			continue
		}
		require.ErrorIs(t, err, domain.ErrInvalid, "%q", text)
		require.Equal(t, "query.q", fault.Of(err).Fields[0].Location)
		require.Contains(t, fault.Of(err).Fields[0].Message, want)
	}
}

func TestPriceRanges_EveryCurrency_HoldEachPriceOnce(t *testing.T) {
	t.Parallel()
	for _, currency := range []money.Currency{"USD", "EUR", "JPY", "KWD", "IDR"} {
		ranges := domain.PriceRanges(currency)
		for _, amount := range []int64{0, 1, 4, 5, 499, 500, 999, 1000, 5999, 6000, 60000, domain.MaxPrice(currency)} {
			holding := 0
			for _, r := range ranges {
				if r.Holds(amount) {
					holding++
				}
			}
			require.Equal(t, 1, holding, "%d %s", amount, currency)
		}
	}
	require.Equal(t, int64(500), domain.PriceRanges("USD")[2].Min)
	require.Equal(t, int64(500), domain.PriceRanges("JPY")[2].Min)
	require.Equal(t, int64(5000), domain.PriceRanges("KWD")[2].Min)
}

func TestPriceRange_UpperEndBelowLower_IsInvalid(t *testing.T) {
	t.Parallel()
	upper := int64(5)
	require.NoError(t, domain.PriceRange{Min: 5, Max: &upper}.Check("price_max"))
	require.NoError(t, domain.PriceRange{Min: 5}.Check("price_max"))
	require.ErrorIs(t, domain.PriceRange{Min: 6, Max: &upper}.Check("price_max"), domain.ErrInvalid)
}

func TestNewSellable_InvalidDraft_ReturnsEveryViolation(t *testing.T) {
	t.Parallel()
	same := newID()
	for location, change := range map[string]func(*domain.Draft){
		"title":               func(d *domain.Draft) { d.Title, d.Slug = strings.Repeat("x", 201), "x" },
		"category":            func(d *domain.Draft) { d.Category = " " },
		"description":         func(d *domain.Draft) { d.Description = "a\x00b" },
		"slug":                func(d *domain.Draft) { d.Slug = "Not A Slug" },
		"kind":                func(d *domain.Draft) { d.Kind = "toy" },
		"requires_product_id": func(d *domain.Draft) { d.Kind = catalog.DLC },
		"product_ids":         func(d *domain.Draft) { d.Kind, d.Contents = catalog.Bundle, []id.ID{same, same} },
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

func TestChange_OneInvalidField_ChangesNothing(t *testing.T) {
	t.Parallel()
	d := draft()
	d.Kind, d.Contents = catalog.Bundle, []id.ID{newID(), newID()}
	p, err := domain.NewSellable(newID(), d, now)
	require.NoError(t, err)
	title, bad, category, text := "New", "-", "Arcade", "words"
	require.NoError(t, p.Change(domain.Changes{
		Title: &title, Category: &category, Description: &text,
		Contents: []id.ID{newID(), newID()},
	}))
	before := p.Snapshot()
	require.Equal(t, "arcade", before.Category)
	require.ErrorIs(t, p.Change(domain.Changes{Title: &text, Slug: &bad}), domain.ErrInvalid)
	require.Equal(t, before, p.Snapshot())
	p.Archive(now)
	p.Archive(now.Add(time.Hour))
	require.Equal(t, now, *p.Snapshot().ArchivedAt)
	require.ErrorIs(t, p.Change(domain.Changes{Title: &title}), domain.ErrArchived)
}

func TestNextPrice_CountsVersions_RejectsPastStart(t *testing.T) {
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

func TestNextPrice_AboveTheBoundOfItsCurrency_IsInvalid(t *testing.T) {
	t.Parallel()
	for code, c := range map[money.Currency]struct {
		highest int64
		written string
	}{
		"USD": {1_000_000_00, "1000000.00 USD"},
		"KWD": {1_000_000_000, "1000000.000 KWD"},
		"JPY": {100_000_000, "100000000 JPY"},
		"KRW": {1_000_000_000, "1000000000 KRW"},
		"VND": {10_000_000_000, "10000000000 VND"},
		"COP": {1_000_000_000_000, "10000000000.00 COP"},
		"IDR": {1_000_000_000_000, "10000000000.00 IDR"},
		"LBP": {10_000_000_000_000, "100000000000.00 LBP"},
		"IRR": {10_000_000_000_000, "100000000000.00 IRR"},
	} {
		_, err := domain.NextPrice(newID(), nil, money.Of(c.highest, code), nil, now)
		require.NoError(t, err, code)
		for _, amount := range []int64{-1, c.highest + 1} {
			_, err := domain.NextPrice(newID(), nil, money.Of(amount, code), nil, now)
			require.ErrorIs(t, err, domain.ErrInvalid)
			require.Contains(t, fault.Of(err).Fields[0].Message, c.written)
			_, err = domain.ImportPrices(newID(), []domain.Price{{Money: money.Of(amount, code)}}, now)
			require.ErrorIs(t, err, domain.ErrInvalid)
		}
	}
}

// A full order of the dearest things, taxed at 100 %, is still counted exactly.
func TestMaxPrice_LeavesRoomForAFullOrder(t *testing.T) {
	t.Parallel()
	for code := range allCodes() {
		full, err := money.Of(domain.MaxPrice(code), code).Times(999 * 100 * 2)
		require.NoError(t, err, code)
		require.Positive(t, full.Amount(), code)
	}
}

// allCodes yields every text of three capital letters.
func allCodes() iter.Seq[money.Currency] {
	return func(yield func(money.Currency) bool) {
		for i := range 26 * 26 * 26 {
			if !yield(money.Currency([]byte{byte('A' + i/676), byte('A' + i/26%26), byte('A' + i%26)})) {
				return
			}
		}
	}
}

func TestImportPrices_UnorderedHistory_IsRejected(t *testing.T) {
	t.Parallel()
	history := []domain.Price{
		{Money: usd(2), ValidFrom: now.Add(-2 * time.Hour)},
		{Money: usd(1), ValidFrom: now.Add(-time.Hour)},
	}
	got, err := domain.ImportPrices(newID(), history, now)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, []int{got[0].Version, got[1].Version})
	history[1].ValidFrom = now.Add(-3 * time.Hour)
	_, err = domain.ImportPrices(newID(), history, now)
	require.ErrorIs(t, err, domain.ErrPriceOrder)
}

func TestInForce(t *testing.T) {
	t.Parallel()
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	withdrawn := now
	versions := []domain.Price{
		{Version: 1, ValidFrom: at(0)},
		{Version: 2, ValidFrom: at(4)},
		{Version: 3, ValidFrom: at(1)},
		{Version: 4, ValidFrom: at(6), Withdrawn: &withdrawn},
		{Version: 5, ValidFrom: at(1)},
	}
	for hour, want := range map[int]int{0: 1, 1: 5, 3: 5, 4: 2, 9: 2} {
		require.Equal(t, want, domain.InForce(versions, at(hour)).Version, hour)
	}
	require.Nil(t, domain.InForce(versions, at(-1)))
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	price := domain.Price{Version: 2, ValidFrom: now.Add(domain.WithdrawalMargin)}
	started := domain.Price{Version: 1, ValidFrom: now.Add(domain.WithdrawalMargin - 1)}
	_, err := started.Withdraw(now)
	require.ErrorIs(t, err, domain.ErrPriceInForce)
	changed, err := price.Withdraw(now)
	require.NoError(t, err)
	require.True(t, changed)
	changed, err = price.Withdraw(now.Add(time.Hour))
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, now, *price.Withdrawn)
}

func TestNewSellable_ProductSoldWithoutArchived_IsInvalid(t *testing.T) {
	t.Parallel()
	_, err := domain.NewSellable(newID(), domain.Draft{
		Title: "Game", Kind: catalog.Game, Category: "rpg",
		SoldWithoutArchived: true,
	}, now)
	require.ErrorIs(t, err, domain.ErrInvalid)
}
