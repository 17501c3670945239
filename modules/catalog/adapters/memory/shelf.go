package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
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

// List returns a page of what is on the shelf.
func (s *Store) List(_ context.Context, q ports.Query) (out page.Page[ports.Item], err error) {
	start, ok, err := q.Position()
	if err != nil {
		return out, err
	}
	var items []ports.Item
	s.cell.View(func(st *state) {
		for _, p := range st.sellables {
			if item := st.item(p, q.Currency, q.At); matches(p, q) && item.Price != nil && holds(item, q.Holding) {
				items = append(items, item)
			}
		}
	})
	slices.SortFunc(items, func(a, b ports.Item) int {
		return compare(q.Sort, positionOf(q.Sort, a), positionOf(q.Sort, b))
	})
	if ok {
		items = slices.DeleteFunc(items, func(i ports.Item) bool {
			return compare(q.Sort, positionOf(q.Sort, i), start) <= 0
		})
	}
	return page.Cut(items, q.Page.Size(), func(i ports.Item) string {
		return ports.CursorOf(q.Sort, strings.ToLower(i.Sellable.Snapshot().Title), i)
	}), nil
}

func positionOf(sort ports.Sort, i ports.Item) ports.Position {
	s := i.Sellable.Snapshot()
	return ports.Position{
		Sort: sort, Title: strings.ToLower(s.Title), Price: i.Price.Money.Amount(),
		At: s.CreatedAt, ID: s.ID,
	}
}

func compare(sort ports.Sort, a, b ports.Position) int {
	byID := bytes.Compare(a.ID[:], b.ID[:])
	switch sort {
	case ports.ByTitle:
		return cmp.Or(strings.Compare(a.Title, b.Title), byID)
	case ports.ByPrice:
		return cmp.Or(cmp.Compare(a.Price, b.Price), byID)
	case ports.ByPriceDesc:
		return cmp.Or(cmp.Compare(b.Price, a.Price), -byID)
	case ports.ByNewest:
	}
	return cmp.Or(b.At.Compare(a.At), -byID)
}

func matches(p domain.Snapshot, q ports.Query) bool {
	if p.ArchivedAt != nil || (p.Kind == catalog.Bundle) != q.Bundles || (q.Kind != "" && p.Kind != q.Kind) ||
		(q.Category != "" && p.Category != strings.ToLower(q.Category)) {
		return false
	}
	words := ports.Words(p.Title + " " + p.Description)
	for _, prefix := range ports.Words(q.Text) {
		if !slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, prefix) }) {
			return false
		}
	}
	return true
}

// holds reports whether a bundle is sold and gives a product; id.Nil asks for none.
func holds(i ports.Item, productID id.ID) bool {
	if productID == id.Nil {
		return true
	}
	contents, sold := i.Sold()
	return sold && slices.ContainsFunc(contents, func(c ports.ContentItem) bool { return c.ProductID == productID })
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

// Categories returns the categories of products on the shelf, by name.
func (s *Store) Categories(context.Context) (out []ports.Category, err error) {
	counts := map[string]int{}
	s.cell.View(func(st *state) {
		for _, p := range st.sellables {
			if p.ArchivedAt == nil && p.Kind != catalog.Bundle {
				counts[p.Category]++
			}
		}
	})
	for name, count := range counts {
		out = append(out, ports.Category{Name: name, ProductCount: count})
	}
	slices.SortFunc(out, func(a, b ports.Category) int { return strings.Compare(a.Name, b.Name) })
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
