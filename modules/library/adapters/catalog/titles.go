// Package catalog implements library's port Titles with the catalog.
package catalog

import (
	"context"

	"coinslot/modules/catalog"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"
)

// Titles implements ports.Titles.
type Titles struct{ quotes catalog.Quotes }

// NewTitles returns the adapter.
func NewTitles(quotes catalog.Quotes) *Titles { return &Titles{quotes} }

// Titles returns the current titles of products.
func (t *Titles) Titles(ctx context.Context, productIDs []id.ID) (map[id.ID]ports.Title, error) {
	quote, err := t.quotes.Quote(ctx, productIDs)
	out := make(map[id.ID]ports.Title, len(quote.Offers))
	for productID, offer := range quote.Offers {
		out[productID] = ports.Title{Text: offer.Title, Kind: string(offer.Kind), Requires: offer.Requires}
	}
	return out, err
}
