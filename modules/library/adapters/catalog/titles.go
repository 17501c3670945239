// Package catalog asks the catalog how products are called.
package catalog

import (
	"context"

	"coinslot/modules/catalog"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"
)

// Titles names products.
type Titles struct{ quotes catalog.Quotes }

// NewTitles returns the bridge.
func NewTitles(quotes catalog.Quotes) *Titles { return &Titles{quotes} }

// Titles names products.
func (t *Titles) Titles(ctx context.Context, productIDs []id.ID) (map[id.ID]ports.Title, error) {
	quote, err := t.quotes.Quote(ctx, productIDs)
	out := make(map[id.ID]ports.Title, len(quote.Offers))
	for productID, offer := range quote.Offers {
		out[productID] = ports.Title{Text: offer.Title, Kind: string(offer.Kind), Requires: offer.Requires}
	}
	return out, err
}
