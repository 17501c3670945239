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

// simSellable is a sellable of the simulation's catalog.
type simSellable struct {
	id         id.ID
	bundle     bool
	consumable bool
	archived   bool
	scheduled  []catalogservice.PriceRef
}

var simCurrencies = []money.Currency{"USD", "EUR"}

// currency returns the default currency of carts. A sellable without a price in it sets the other one.
func (s *simulation) currency() money.Currency { return simCurrencies[s.seed%3%2] }

// fillCatalog adds three games, a DLC, a consumable, a free game, a soundtrack priced in EUR only, and overlapping
// bundles.
func (s *simulation) fillCatalog() {
	a := s.addSellable(catalogdomain.Draft{Title: "A", Kind: catalog.Game}, 500, simCurrencies...)
	b := s.addSellable(catalogdomain.Draft{Title: "B", Kind: catalog.Game}, 1000, simCurrencies...)
	c := s.addSellable(catalogdomain.Draft{Title: "C", Kind: catalog.Game}, 1499, simCurrencies...)
	dlc := s.addSellable(catalogdomain.Draft{Title: "DLC of A", Kind: catalog.DLC, Requires: a}, 299, simCurrencies...)
	coins := s.addSellable(catalogdomain.Draft{Title: "Coins", Kind: catalog.Consumable}, 199, simCurrencies...)
	s.addSellable(catalogdomain.Draft{Title: "Free", Kind: catalog.Game}, 0, simCurrencies...)
	s.addSellable(catalogdomain.Draft{Title: "Songs", Kind: catalog.Soundtrack}, 799, "EUR")
	s.addSellable(catalogdomain.Draft{Title: "A and B", Kind: catalog.Bundle, Contents: []id.ID{a, b}},
		1200, simCurrencies...)
	s.addSellable(catalogdomain.Draft{
		Title: "B and C", Kind: catalog.Bundle, Contents: []id.ID{b, c},
		SoldWithoutArchived: true,
	}, 2000, simCurrencies...)
	s.addSellable(catalogdomain.Draft{Title: "C and more", Kind: catalog.Bundle, Contents: []id.ID{c, dlc, coins}},
		1800, simCurrencies...)
}

// addSellable adds a sellable with a price in each currency.
func (s *simulation) addSellable(d catalogdomain.Draft, cents int64, currencies ...money.Currency) id.ID {
	ctx, d := context.Background(), d
	d.Category = "test"
	first := money.Of(cents, currencies[0])
	item, err := s.stores[0].Catalog.Add(ctx, d, &first)
	if err != nil {
		panic(err)
	}
	sellable := &simSellable{
		id: item.Sellable.Snapshot().ID, bundle: d.Kind == catalog.Bundle,
		consumable: d.Kind == catalog.Consumable,
	}
	for _, currency := range currencies[1:] {
		if _, err := s.stores[0].Catalog.SetPrice(ctx, sellable.id, sellable.bundle,
			money.Of(cents*9/10, currency), nil); err != nil {
			panic(err)
		}
	}
	s.sellables = append(s.sellables, sellable)
	return sellable.id
}

// changeCatalog sets, schedules or withdraws a price, or archives or unarchives sellables.
func (s *simulation) changeCatalog() {
	ctx, service, sellable := context.Background(), s.stores[0].Catalog, s.sellables[s.rng.IntN(len(s.sellables))]
	switch n := s.rng.IntN(10); {
	case n < 3:
		_, _ = service.SetPrice(ctx, sellable.id, sellable.bundle, s.newPrice(), nil)
	case n < 6:
		at := s.clock.Now().Add(time.Duration(1+s.rng.IntN(20)) * time.Second)
		price, err := service.SetPrice(ctx, sellable.id, sellable.bundle, s.newPrice(), &at)
		if err == nil {
			sellable.scheduled = append(sellable.scheduled, catalogservice.PriceRef{
				SellableID: sellable.id, Bundle: sellable.bundle, Currency: price.Money.Currency(), Version: price.Version,
			})
		}
	case n < 7 && len(sellable.scheduled) > 0:
		_ = service.WithdrawPrice(ctx, sellable.scheduled[s.rng.IntN(len(sellable.scheduled))])
	case n < 8:
		_, _ = service.Archive(ctx, sellable.id, sellable.bundle, 0)
		sellable.archived = true
	default:
		for _, g := range s.sellables {
			if g.archived && s.rng.IntN(2) == 0 {
				_, _ = service.Unarchive(ctx, g.id, g.bundle, 0)
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

// Buyer returns an account's buyer, and false for an erased account.
func (s *simulation) Buyer(_ context.Context, accountID id.ID) (ports.Buyer, bool, error) {
	buyer := ports.Buyer{Name: "Ada", Email: "ada@example.com", Country: "AT"}
	for _, b := range s.buyers {
		if b.account == accountID {
			buyer.Country = b.country
		}
	}
	return buyer, !s.erased[accountID], nil
}

// Tax returns rates that depend on country, kind and hour. The seed decides whether prices include the tax.
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
