package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

func (s *state) item(p domain.Snapshot, currency money.Currency, at time.Time) ports.Item {
	item := ports.Item{Sellable: domain.Restore(p), Price: s.inForce(p.ID, currency, at)}
	for _, productID := range p.Contents {
		item.Contents = append(item.Contents, ports.ContentItem{
			ProductID: productID, Title: s.sellables[productID].Title, Price: s.inForce(productID, currency, at),
			Archived: s.sellables[productID].ArchivedAt != nil,
		})
	}
	return item
}

// Find returns one item by ID or slug.
func (s *Store) Find(_ context.Context, ref string, currency money.Currency,
	at time.Time,
) (item ports.Item, err error) {
	err = domain.ErrNotFound
	s.cell.View(func(st *state) {
		for _, p := range st.sellables {
			if p.Slug == ref || p.ID.String() == strings.ToLower(ref) {
				item, err = st.item(p, currency, at), nil
			}
		}
	})
	return item, err
}

// PriceHistory returns the versions in a currency, the newest first.
func (s *Store) PriceHistory(_ context.Context, sellableID id.ID,
	currency money.Currency,
) (out []domain.Price, err error) {
	s.cell.View(func(st *state) { out = st.history(sellableID, currency) })
	return out, nil
}

// Offers returns these sellables with their prices in force at a moment.
func (s *Store) Offers(_ context.Context, sellableIDs []id.ID, at time.Time) (out []catalog.Offer, err error) {
	s.cell.View(func(st *state) {
		for _, sellableID := range sellableIDs {
			if p, ok := st.sellables[sellableID]; ok {
				out = append(out, st.offer(p, at))
			}
		}
	})
	return out, nil
}

func (s *state) offer(p domain.Snapshot, at time.Time) catalog.Offer {
	o := catalog.Offer{
		ID: p.ID, Slug: p.Slug, Title: p.Title, Kind: p.Kind, Requires: p.Requires,
		Available: p.ArchivedAt == nil,
	}
	o.Prices = s.pricesInForce(p.ID, at)
	archived := map[id.ID]bool{}
	for _, productID := range p.Contents {
		c := s.sellables[productID]
		archived[productID] = c.ArchivedAt != nil
		o.Contents = append(o.Contents, catalog.Content{
			ProductID: c.ID, Title: c.Title, Kind: c.Kind, Requires: c.Requires, Prices: s.pricesInForce(c.ID, at),
		})
	}
	return domain.BundleOffer(o, archived, p.SoldWithoutArchived)
}

func (s *state) pricesInForce(sellableID id.ID, at time.Time) (out []catalog.Price) {
	currencies := map[money.Currency]bool{}
	for _, price := range s.prices {
		currency := price.Money.Currency()
		if price.SellableID != sellableID || currencies[currency] {
			continue
		}
		currencies[currency] = true
		if now := s.inForce(sellableID, currency, at); now != nil {
			out = append(out, catalog.Price{Money: now.Money, Version: now.Version, ValidFrom: now.ValidFrom})
		}
	}
	slices.SortFunc(out, func(a, b catalog.Price) int { return cmp.Compare(a.Money.Currency(), b.Money.Currency()) })
	return out
}

// Slug returns the slug of a title. It knows no letters but those of ASCII.
func (s *Store) Slug(_ context.Context, title string) (string, error) {
	slug := strings.Join(words(title), "-")
	latin := strings.ContainsFunc(slug, func(r rune) bool { return 'a' <= r && r <= 'z' })
	other := strings.ContainsFunc(title, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
	if !latin && other {
		return "", nil
	}
	return strings.TrimRight(slug[:min(len(slug), domain.MaxSlug)], "-"), nil
}

// words returns the words of ASCII letters and digits of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(lower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// lower lower-cases the letters of ASCII.
func lower(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// Empty reports whether the catalog holds nothing at all.
func (s *Store) Empty(context.Context) (empty bool, err error) {
	s.cell.View(func(st *state) { empty = len(st.sellables) == 0 })
	return empty, nil
}

// OtherCurrencies returns the currencies of all prices when none is in this currency.
func (s *Store) OtherCurrencies(_ context.Context, currency money.Currency) (out []money.Currency, err error) {
	s.cell.View(func(st *state) {
		for _, p := range st.prices {
			if !slices.Contains(out, p.Money.Currency()) {
				out = append(out, p.Money.Currency())
			}
		}
	})
	if slices.Contains(out, currency) {
		return nil, nil
	}
	slices.Sort(out)
	return out, nil
}
