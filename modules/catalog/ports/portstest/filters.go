package portstest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// sold is an item of a list, with what the filters compare.
type sold struct {
	title, category string
	kind            catalog.Kind
	cents           int64
	holds           id.ID
}

func (s sold) passes(q ports.Query) bool {
	return (s.kind == catalog.Bundle) == q.Bundles && (q.Kind == "" || q.Kind == s.kind) &&
		(q.Category == "" || q.Category == s.category) && q.Prices.Holds(s.cents) &&
		strings.HasPrefix(s.title, q.Text) && (q.Holding == id.Nil || q.Holding == s.holds)
}

// addVaried adds items whose values of the filters are independent.
func addVaried(t *testing.T, f Fixture) (all []sold) {
	t.Helper()
	var first id.ID
	for n := range 24 {
		item := sold{
			title: fmt.Sprintf("%s %d", []string{"Orchard", "Tide"}[n%2], 10+n), category: []string{"rpg", "music"}[n/2%2],
			kind: []catalog.Kind{catalog.Game, catalog.Soundtrack, catalog.Bundle}[n/4%3], cents: int64(n * 7 % 24 * 50),
		}
		d := of(item.category, item.title, item.kind)
		if item.kind == catalog.Bundle {
			item.holds = first
			d.Contents = []id.ID{first, add(t, f, draft(fmt.Sprintf("Other %d", 10+n), catalog.Game), 5000, now).Snapshot().ID}
			all = append(all, sold{fmt.Sprintf("Other %d", 10+n), "rpg", catalog.Game, 5000, id.Nil})
		}
		made := add(t, f, d, item.cents, now).Snapshot().ID
		if first == id.Nil {
			first = made
		}
		all = append(all, item)
	}
	return all
}

func everyFilter(t *testing.T, f Fixture) {
	all := addVaried(t, f)
	first := all[slices.IndexFunc(all, func(s sold) bool { return s.holds != id.Nil })].holds
	for _, q := range everyQuery(first) {
		var want []string
		for _, item := range slices.SortedFunc(slices.Values(all), func(a, b sold) int {
			if q.Sort == ports.ByTitle {
				return cmp.Compare(a.title, b.title)
			}
			return cmp.Compare(b.cents, a.cents)
		}) {
			if item.passes(q) {
				want = append(want, item.title)
			}
		}
		got := found(t, f, q)
		if q.Sort == ports.ByTitle {
			require.Equal(t, want, got, "%+v", q)
		} else { // equal prices are ordered by their IDs
			require.ElementsMatch(t, want, got, "%+v", q)
		}
	}
}

// everyQuery returns the combinations of the filters.
func everyQuery(product id.ID) (all []ports.Query) {
	for _, sort := range []ports.Sort{ports.ByTitle, ports.ByPriceDesc} {
		for _, text := range []string{"", "Orchard"} {
			for _, category := range []string{"", "music"} {
				for _, prices := range []domain.PriceRange{{}, {Min: 300}, {Min: 100, Max: upTo(600)}} {
					q := ports.Query{Sort: sort, Text: text, Category: category, Prices: prices, Page: page.Request{Limit: 4}}
					for _, kind := range []catalog.Kind{"", catalog.Soundtrack, catalog.Bundle} {
						q.Kind = kind
						all = append(all, q)
					}
					q.Kind, q.Bundles = "", true
					all = append(all, q)
					q.Holding = product
					all = append(all, q)
				}
			}
		}
	}
	return all
}
