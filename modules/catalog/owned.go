package catalog

import (
	"context"
	"maps"
	"slices"

	"coinslot/platform/id"
	"coinslot/platform/mutant"
)

// Owns returns those of the products that an account owns, with the order of each.
type Owns func(ctx context.Context, productIDs []id.ID) (map[id.ID]id.ID, error)

// QuoteOwned returns the quote of sellables, and which of its products are owned, as Check needs them. It asks for the
// sellables themselves together with the quote, and afterwards for what bundles contain and DLCs require. It returns
// the errors of quotes and owns. together is a fanout.Together.
func QuoteOwned(ctx context.Context, together func(ctx context.Context, fns ...func(ctx context.Context) error) error,
	quotes Quotes, owns Owns, sellableIDs []id.ID,
) (quote Quote, owned map[id.ID]id.ID, err error) {
	err = together(ctx,
		func(ctx context.Context) (err error) {
			quote, err = quotes.Quote(ctx, sellableIDs)
			return err
		},
		func(ctx context.Context) (err error) {
			owned, err = owns(ctx, sellableIDs)
			return err
		})
	beside := slices.DeleteFunc(quote.Products(), func(productID id.ID) bool {
		return slices.Contains(sellableIDs, productID) || mutant.On("ask-only-who-owns-the-sellables")
	})
	if err != nil || len(beside) == 0 {
		return quote, owned, err
	}
	more, err := owns(ctx, beside)
	if err != nil {
		return quote, owned, err
	}
	maps.Copy(more, owned)
	return quote, more, nil
}
