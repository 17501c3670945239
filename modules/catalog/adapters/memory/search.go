package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// match is an item that a query finds, and where it stands.
type match struct {
	item     ports.Item
	position ports.Position
}

// List returns a page of what is on sale.
func (s *Store) List(_ context.Context, q ports.Query) (out page.Page[ports.Item], err error) {
	start, ok, err := q.Position()
	if err != nil {
		return out, err
	}
	found := s.find(q)
	slices.SortFunc(found, func(a, b match) int { return compare(a.position, b.position) })
	if ok {
		found = slices.DeleteFunc(found, func(m match) bool { return compare(m.position, start) <= 0 })
	}
	cut := page.Cut(found, q.Page.Size(), func(m match) string { return page.Encode(m.position) })
	return page.Map(cut, func(m match) ports.Item { return m.item }), nil
}

// find returns all that a query finds, in no order.
func (s *Store) find(q ports.Query) (out []match) {
	text := newFolded(q.Text)
	if q.Text != "" && text.key == "" {
		return nil
	}
	s.cell.View(func(st *state) {
		for _, p := range st.sellables {
			item := st.item(p, q.Currency, q.At)
			m, matches := text.rank(p)
			if matches && item.Listed() && passes(item, q) {
				out = append(out, match{item, q.PositionOf(item, m)})
			}
		}
	})
	return out
}

func passes(item ports.Item, q ports.Query) bool {
	p := item.Sellable.Snapshot()
	return item.Sellable.IsBundle() == q.Bundles && (q.Kind == "" || p.Kind == q.Kind) &&
		(q.Category == "" || p.Category == strings.ToLower(q.Category)) && q.Prices.Holds(item.Price.Money.Amount()) &&
		holds(item, q.Holding)
}

// holds reports whether a bundle is sold and gives a product; id.Nil asks for none.
func holds(i ports.Item, productID id.ID) bool {
	if productID == id.Nil {
		return true
	}
	contents, sold := i.Sold()
	return sold && slices.ContainsFunc(contents, func(c ports.ContentItem) bool { return c.ProductID == productID })
}

func compare(a, b ports.Position) int {
	byID := bytes.Compare(a.ID[:], b.ID[:])
	switch a.Sort {
	case ports.ByTitle:
		return cmp.Or(strings.Compare(lower(a.Title), lower(b.Title)), byID)
	case ports.ByPrice:
		return cmp.Or(cmp.Compare(a.Price, b.Price), byID)
	case ports.ByPriceDesc:
		return cmp.Or(cmp.Compare(b.Price, a.Price), -byID)
	case ports.ByRelevance:
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.Key, b.Key), byID)
	case ports.ByNewest:
	}
	return cmp.Or(b.At.Compare(a.At), -byID)
}

// Facets counts what List finds.
func (s *Store) Facets(_ context.Context, q ports.Query) (out ports.Facets, err error) {
	categories, kinds, prices := q, q, q
	categories.Category, kinds.Kind, prices.Prices = "", "", domain.PriceRange{}
	out.Categories = counts(s.find(categories), func(p domain.Snapshot) string { return p.Category })
	out.Categories = out.Categories[:min(len(out.Categories), ports.MaxCategories)]
	out.Kinds = counts(s.find(kinds), func(p domain.Snapshot) string { return string(p.Kind) })
	priced := s.find(prices)
	for _, r := range domain.PriceRanges(q.Currency) {
		n := 0
		for _, m := range priced {
			if r.Holds(m.item.Price.Money.Amount()) {
				n++
			}
		}
		if n > 0 {
			out.Prices = append(out.Prices, ports.PriceCount{Range: r, Count: n})
		}
	}
	return out, nil
}

func counts(found []match, valueOf func(domain.Snapshot) string) (out []ports.Count) {
	byValue := map[string]int{}
	for _, m := range found {
		byValue[valueOf(m.item.Sellable.Snapshot())]++
	}
	for value, n := range byValue {
		out = append(out, ports.Count{Value: value, Count: n})
	}
	slices.SortFunc(out, func(a, b ports.Count) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Value, b.Value))
	})
	return out
}

// Categories returns the categories of products on sale, by name.
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
