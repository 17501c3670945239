//go:build failpoints

package simulation_test

import (
	"context"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"

	catalogdomain "coinslot/modules/catalog/domain"
	catalogservice "coinslot/modules/catalog/service"
)

// simGood is a sellable of the simulation's catalog.
type simGood struct {
	id         id.ID
	bundle     bool
	consumable bool
	archived   bool
	scheduled  []catalogservice.PriceRef
}

var simCurrencies = []money.Currency{"USD", "EUR"}

// currency returns the currency of empty carts; a good that is not sold in it makes a cart of the other one.
func (s *simulation) currency() money.Currency { return simCurrencies[s.seed%3%2] }

// stock fills the catalog: three games, a DLC, a consumable, a free game, a soundtrack that is sold in EUR alone, and
// bundles that overlap.
func (s *simulation) stock() {
	a := s.sell(catalogdomain.Draft{Title: "A", Kind: catalog.Game}, 500, simCurrencies...)
	b := s.sell(catalogdomain.Draft{Title: "B", Kind: catalog.Game}, 1000, simCurrencies...)
	c := s.sell(catalogdomain.Draft{Title: "C", Kind: catalog.Game}, 1499, simCurrencies...)
	dlc := s.sell(catalogdomain.Draft{Title: "DLC of A", Kind: catalog.DLC, Requires: a}, 299, simCurrencies...)
	coins := s.sell(catalogdomain.Draft{Title: "Coins", Kind: catalog.Consumable}, 199, simCurrencies...)
	s.sell(catalogdomain.Draft{Title: "Free", Kind: catalog.Game}, 0, simCurrencies...)
	s.sell(catalogdomain.Draft{Title: "Songs", Kind: catalog.Soundtrack}, 799, "EUR")
	s.sell(catalogdomain.Draft{Title: "A and B", Kind: catalog.Bundle, Contents: []id.ID{a, b}}, 1200, simCurrencies...)
	s.sell(catalogdomain.Draft{
		Title: "B and C", Kind: catalog.Bundle, Contents: []id.ID{b, c},
		SoldWithoutArchived: true,
	}, 2000, simCurrencies...)
	s.sell(catalogdomain.Draft{Title: "C and more", Kind: catalog.Bundle, Contents: []id.ID{c, dlc, coins}},
		1800, simCurrencies...)
}

// sell adds a sellable, at one price in each currency.
func (s *simulation) sell(d catalogdomain.Draft, cents int64, currencies ...money.Currency) id.ID {
	ctx, d := context.Background(), d
	d.Category = "test"
	first := money.Of(cents, currencies[0])
	item, err := s.stores[0].Catalog.Add(ctx, d, &first)
	if err != nil {
		panic(err)
	}
	good := &simGood{
		id: item.Sellable.Snapshot().ID, bundle: d.Kind == catalog.Bundle,
		consumable: d.Kind == catalog.Consumable,
	}
	for _, currency := range currencies[1:] {
		if _, err := s.stores[0].Catalog.SetPrice(ctx, good.id, good.bundle,
			money.Of(cents*9/10, currency), nil); err != nil {
			panic(err)
		}
	}
	s.goods = append(s.goods, good)
	return good.id
}

// changeCatalog does what the store's staff does: new prices, now or later, withdrawals, and what is not sold for a
// while.
func (s *simulation) changeCatalog() {
	ctx, shelf, good := context.Background(), s.stores[0].Catalog, s.goods[s.rng.IntN(len(s.goods))]
	switch n := s.rng.IntN(10); {
	case n < 3:
		_, _ = shelf.SetPrice(ctx, good.id, good.bundle, s.newPrice(), nil)
	case n < 6:
		at := s.clock.Now().Add(time.Duration(1+s.rng.IntN(20)) * time.Second)
		price, err := shelf.SetPrice(ctx, good.id, good.bundle, s.newPrice(), &at)
		if err == nil {
			good.scheduled = append(good.scheduled, catalogservice.PriceRef{
				SellableID: good.id, Bundle: good.bundle, Currency: price.Money.Currency(), Version: price.Version,
			})
		}
	case n < 7 && len(good.scheduled) > 0:
		_ = shelf.WithdrawPrice(ctx, good.scheduled[s.rng.IntN(len(good.scheduled))])
	case n < 8:
		_, _ = shelf.Archive(ctx, good.id, good.bundle, 0)
		good.archived = true
	default:
		for _, g := range s.goods {
			if g.archived && s.rng.IntN(2) == 0 {
				_, _ = shelf.Unarchive(ctx, g.id, g.bundle, 0)
				g.archived = false
			}
		}
	}
}

func (s *simulation) newPrice() money.Money {
	cents := int64(1 + s.rng.IntN(2500))
	if s.rng.IntN(20) == 0 {
		cents = 0
	}
	return money.Of(cents, simCurrencies[s.rng.IntN(len(simCurrencies))])
}

var simCountries = []string{"AT", "DE", "US"}

// Buyer tells who an account is.
func (s *simulation) Buyer(_ context.Context, accountID id.ID) (ports.Buyer, bool, error) {
	buyer := ports.Buyer{Name: "Ada", Email: "ada@example.com", Country: "AT"}
	for _, b := range s.buyers {
		if b.account == accountID {
			buyer.Country = b.country
		}
	}
	return buyer, !s.erased[accountID], nil
}

// Tax taxes by country, kind and hour. Whether prices contain the tax depends on the seed.
func (s *simulation) Tax(country string, at time.Time) domain.Tax {
	tax := domain.Tax{Country: country, Included: s.seed%2 == 0, Rates: map[string]domain.Rate{}}
	switch country {
	case "AT":
		tax.Rates["game"], tax.Rates["dlc"], tax.Rates["consumable"] = 2550, 1000, domain.Rate(700*(at.Hour()%2))
	case "DE":
		tax.Rates["game"], tax.Rates["dlc"], tax.Rates["soundtrack"] = domain.Rate(1900+100*(at.Hour()%2)), 1900, 700
	}
	return tax
}
