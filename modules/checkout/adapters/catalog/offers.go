// Package catalog turns catalog's published interface into checkout's port.
package catalog

import (
	"context"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
)

// Offers is the bridge.
type Offers struct{ quotes catalog.Quotes }

// NewOffers returns the bridge.
func NewOffers(quotes catalog.Quotes) *Offers { return &Offers{quotes} }

// Offers tells what sellables are and cost now, and when that was.
func (o *Offers) Offers(ctx context.Context, sellableIDs []id.ID) (map[id.ID]domain.Offer, time.Time, error) {
	quote, err := o.quotes.Quote(ctx, sellableIDs)
	out := make(map[id.ID]domain.Offer, len(quote.Offers))
	for sellableID, offer := range quote.Offers {
		out[sellableID] = toOffer(offer)
	}
	return out, quote.At, err
}

func toOffer(o catalog.Offer) domain.Offer {
	out := domain.Offer{ID: o.ID, Title: o.Title, Bundle: o.Kind == catalog.Bundle, Available: o.Available}
	for _, p := range o.Prices {
		out.Prices = append(out.Prices, domain.Price{Money: p.Money, Version: p.Version})
	}
	if !out.Bundle {
		out.Products = []domain.Product{{ID: o.ID, Title: o.Title, Kind: string(o.Kind), Consumable: o.Kind == catalog.Consumable, Requires: o.Requires}}
		return out
	}
	for _, c := range o.Contents {
		p := domain.Product{ID: c.ProductID, Title: c.Title, Kind: string(c.Kind), Consumable: c.Kind == catalog.Consumable, Requires: c.Requires}
		for _, price := range c.Prices {
			p.Alone = append(p.Alone, price.Money)
		}
		out.Products = append(out.Products, p)
	}
	return out
}
