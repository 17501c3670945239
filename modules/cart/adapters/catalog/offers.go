// Package catalog asks the catalog what the cart's sellables are and cost.
package catalog

import (
	"context"

	"coinslot/modules/cart/domain"
	"coinslot/modules/catalog"
	"coinslot/platform/id"
)

// Offers is the bridge.
type Offers struct{ quotes catalog.Quotes }

// NewOffers returns the bridge.
func NewOffers(quotes catalog.Quotes) *Offers { return &Offers{quotes} }

// Offers tells what sellables are and cost now.
func (o *Offers) Offers(ctx context.Context, sellableIDs []id.ID) (map[id.ID]domain.Offer, error) {
	quote, err := o.quotes.Quote(ctx, sellableIDs)
	out := make(map[id.ID]domain.Offer, len(quote.Offers))
	for sellableID, offer := range quote.Offers {
		out[sellableID] = toOffer(offer)
	}
	return out, err
}

func toOffer(o catalog.Offer) domain.Offer {
	out := domain.Offer{
		ID: o.ID, Title: o.Title, Bundle: o.Kind == catalog.Bundle, Consumable: o.Kind == catalog.Consumable,
		Available: o.Available, Products: o.ProductIDs(),
	}
	for _, p := range o.Prices {
		out.Prices = append(out.Prices, domain.Price{Money: p.Money, Version: p.Version})
	}
	if o.Requires != id.Nil {
		out.Requires = append(out.Requires, o.Requires)
	}
	own := map[id.ID]bool{}
	for _, c := range o.Contents {
		own[c.ProductID] = true
	}
	for _, c := range o.Contents {
		if c.Requires != id.Nil && !own[c.Requires] {
			out.Requires = append(out.Requires, c.Requires)
		}
	}
	return out
}
