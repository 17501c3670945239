// Package catalog is the door to products, bundles and their prices.
package catalog

import (
	"context"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Kind is what a sellable is.
type Kind string

// The kinds. Everything but a bundle is a product; a consumable is the only product that one may own more than once.
const (
	Game       Kind = "game"
	DLC        Kind = "dlc"
	Soundtrack Kind = "soundtrack"
	Consumable Kind = "consumable"
	Bundle     Kind = "bundle"
)

// Price is an immutable price version.
type Price struct {
	Money     money.Money
	Version   int
	ValidFrom time.Time
}

// Offer is a sellable as it is offered at a moment.
type Offer struct {
	ID        id.ID
	Slug      string
	Title     string
	Kind      Kind
	Requires  id.ID // the base game of a DLC, or id.Nil
	Available bool  // not archived
	Contents  []Content
	Prices    []Price // in force at the quote's moment, one for each currency
}

// Content is a product inside a bundle.
type Content struct {
	ProductID id.ID
	Title     string
	Kind      Kind
	Requires  id.ID
	Prices    []Price // of the product alone, in force at the quote's moment
}

// PriceIn returns the price in a currency.
func (o Offer) PriceIn(currency money.Currency) (Price, bool) {
	for _, p := range o.Prices {
		if p.Money.Currency() == currency {
			return p, true
		}
	}
	return Price{}, false
}

// ProductIDs returns the products that a buyer of this sellable gets: itself, or a bundle's contents.
func (o Offer) ProductIDs() []id.ID {
	if o.Kind != Bundle {
		return []id.ID{o.ID}
	}
	out := make([]id.ID, len(o.Contents))
	for i, c := range o.Contents {
		out[i] = c.ProductID
	}
	return out
}

// Quote is what sellables are and cost at a moment.
type Quote struct {
	At     time.Time
	Offers map[id.ID]Offer // absent: there is no such sellable
}

// Products returns what the quoted sellables give and the base games that those require: what Check asks about.
func (q Quote) Products() (out []id.ID) {
	for _, offer := range q.Offers {
		for _, p := range offer.Products() {
			out = append(out, p.ID)
			if p.Requires != id.Nil {
				out = append(out, p.Requires)
			}
		}
	}
	return out
}

// Quotes returns what sellables cost.
type Quotes interface {
	// Quote returns what these sellables are and cost now, never from a cache older than a second.
	Quote(ctx context.Context, sellableIDs []id.ID) (Quote, error)
}
