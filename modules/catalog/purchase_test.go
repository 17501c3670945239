package catalog_test

import (
	"testing"

	"coinslot/modules/catalog"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// shop names products and bundles by a letter.
type shop struct {
	offers map[string]catalog.Offer
	names  map[id.ID]string
}

func newShop() shop {
	s := shop{offers: map[string]catalog.Offer{}, names: map[id.ID]string{}}
	for _, game := range []string{"A", "B", "C"} {
		s.add(game, catalog.Game, id.Nil)
	}
	s.add("D", catalog.DLC, s.offers["A"].ID)
	s.add("K", catalog.Consumable, id.Nil)
	for name, contents := range map[string][]string{
		"X": {"A", "B"}, "Y": {"A", "B"}, "Z": {"B", "C"}, "W": {"C", "A"}, "V": {"A", "D"}, "U": {"A", "K"},
	} {
		o := s.add(name, catalog.Bundle, id.Nil)
		for _, c := range contents {
			p := s.offers[c]
			o.Contents = append(o.Contents, catalog.Content{ProductID: p.ID, Kind: p.Kind, Requires: p.Requires})
		}
		s.offers[name] = o
	}
	return s
}

func (s shop) add(name string, kind catalog.Kind, requires id.ID) catalog.Offer {
	o := catalog.Offer{
		ID: id.V7{}.NewID(), Title: name, Kind: kind, Requires: requires, Available: true,
		Prices: []catalog.Price{{Money: money.Of(100, "EUR"), Version: 1}},
	}
	s.offers[name], s.names[o.ID] = o, name
	return o
}

// items makes a purchase whose lines have the IDs of their sellables.
func (s shop) items(names ...string) (out []catalog.Item) {
	for _, name := range names {
		out = append(out, catalog.Item{LineID: s.offers[name].ID, Offer: s.offers[name], Currency: "EUR"})
	}
	return out
}

func (s shop) owned(order id.ID, names ...string) map[id.ID]id.ID {
	out := map[id.ID]id.ID{}
	for _, name := range names {
		out[s.offers[name].ID] = order
	}
	return out
}

// say writes problems as "line code cover".
func (s shop) say(problems []catalog.Problem) (out []string) {
	for _, p := range problems {
		text := s.names[p.LineID] + " " + string(p.Code)
		if p.CoveredBy.LineID != id.Nil {
			text += " " + s.names[p.CoveredBy.LineID]
		}
		if p.CoveredBy.OrderID != id.Nil {
			text += " order"
		}
		out = append(out, text)
	}
	return out
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := newShop()
	for name, c := range map[string]struct{ buy, own, want []string }{
		"a game":                      {buy: []string{"A"}},
		"an owned game":               {[]string{"A"}, []string{"A"}, []string{"A already-owned order"}},
		"a bundle that adds one game": {buy: []string{"X"}, own: []string{"A"}},
		"a bundle of owned games":     {[]string{"X"}, []string{"A", "B"}, []string{"X already-owned order"}},
		"two bundles alike and a game of theirs": {
			[]string{"X", "Y", "A"},
			nil,
			[]string{"X already-owned Y", "Y already-owned X", "A already-owned X"},
		},
		"bundles that overlap":                  {buy: []string{"X", "Z"}},
		"bundles that overlap in what is owned": {buy: []string{"X", "Z"}, own: []string{"B"}},
		"a ring of bundles": {[]string{"X", "Z", "W"}, nil, []string{
			"X already-owned Z", "Z already-owned X", "W already-owned X",
		}},
		"a game beside its bundle":            {[]string{"A", "X"}, nil, []string{"A already-owned X"}},
		"half owned, half in another line":    {[]string{"X", "Z"}, []string{"A"}, []string{"X already-owned Z"}},
		"consumables":                         {buy: []string{"K", "U"}, own: []string{"A"}},
		"a dlc without its game":              {[]string{"D"}, nil, []string{"D missing-base-game"}},
		"a dlc whose game is owned":           {buy: []string{"D"}, own: []string{"A"}},
		"a dlc beside its game":               {buy: []string{"D", "A"}},
		"a dlc beside a bundle with its game": {buy: []string{"D", "X"}},
		"a bundle of a game and its dlc":      {buy: []string{"V"}},
		"an owned dlc without its game":       {[]string{"D"}, []string{"D"}, []string{"D already-owned order"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, s.say(catalog.Check(s.items(c.buy...), s.owned(id.V7{}.NewID(), c.own...))))
		})
	}
}

func TestCheck_Archived_IsUnavailable(t *testing.T) {
	t.Parallel()
	s := newShop()
	items := s.items("A", "X", "D")
	items[1].Offer.Available = false
	require.Equal(t, []string{"X item-unavailable"}, s.say(catalog.Check(items, nil)), "it covers nothing")
	items[0].Currency = "USD"
	require.Equal(t, []string{"A item-unavailable", "X item-unavailable", "D missing-base-game"},
		s.say(catalog.Check(items, nil)))
	require.Equal(t, catalog.ItemUnavailable, catalog.Check([]catalog.Item{{Currency: "EUR"}}, nil)[0].Code,
		"unknown to the catalog")
}

// Random purchases: what Check accepts is granted line by line without a refund, in any order.
func TestCheck_RandomPurchases_AgreesWithFulfilment(t *testing.T) {
	t.Parallel()
	s := newShop()
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"A", "B", "C", "D", "K", "U", "V", "W", "X", "Y", "Z"}
		buy := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 6, rapid.ID[string]).Draw(t, "buy")
		own := rapid.SliceOfNDistinct(rapid.SampledFrom(names[:4]), 0, 4, rapid.ID[string]).Draw(t, "own")
		items, owned := s.items(buy...), s.owned(id.V7{}.NewID(), own...)
		problems := catalog.Check(items, owned)
		covered := map[id.ID]bool{}
		for _, p := range problems {
			covered[p.LineID] = covered[p.LineID] || p.Code == catalog.AlreadyOwned
		}
		refused := 0
		for _, item := range rapid.Permutation(items).Draw(t, "order") {
			products := item.Offer.Products()
			if !catalog.Adds(products, func(p id.ID) bool { _, ok := owned[p]; return ok }) {
				refused++
				require.True(t, covered[item.LineID], "fulfilment refuses a line that was let pass")
			}
			for _, p := range products {
				if p.Durable() {
					owned[p.ID] = id.Nil
				}
			}
		}
		if len(covered) == 0 {
			require.Zero(t, refused)
		}
	})
}
