package service

import (
	"context"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
)

// priced is a purchase at the prices of now, with why it may not be bought.
type priced struct {
	basket domain.Basket
	buyer  *ports.Buyer // nil: the account has been erased
}

// price asks what the selected lines cost now and whether their buyer may buy them: the decision of a quote, a checkout
// and a retry.
func (s *Service) price(ctx context.Context, accountID id.ID, selected []domain.Selected,
	business domain.Business,
) (priced, error) {
	sellableIDs := make([]id.ID, len(selected))
	for i, line := range selected {
		sellableIDs[i] = line.SellableID
	}
	owns := func(ctx context.Context, productIDs []id.ID) (map[id.ID]id.ID, error) {
		return s.Library.Owns(ctx, accountID, productIDs)
	}
	var quote catalog.Quote
	var owned map[id.ID]id.ID
	var buyer ports.Buyer
	var found bool
	err := s.Together(ctx,
		func(ctx context.Context) (err error) {
			quote, owned, err = catalog.QuoteOwned(ctx, s.Together, s.Catalog, owns, sellableIDs)
			return err
		},
		func(ctx context.Context) (err error) {
			buyer, found, err = s.Buyers.Buyer(ctx, accountID)
			return err
		})
	if err != nil {
		return priced{}, err
	}
	tax, business, err := s.taxFor(ctx, buyer.Country, business, quote.At)
	if err != nil {
		return priced{}, err
	}
	items, offers := make([]catalog.Item, len(selected)), map[id.ID]domain.Offer{}
	for i, line := range selected {
		offer := quote.Offers[line.SellableID]
		items[i] = catalog.Item{LineID: line.CartLineID, Offer: offer, Currency: line.Currency}
		offers[line.SellableID] = toOffer(offer)
	}
	out := priced{}
	out.basket, err = domain.NewBasket(domain.Quoted{
		Selected: selected, At: quote.At, Offers: offers, Problems: toProblems(catalog.Check(items, owned)),
		Tax: tax, Business: business,
	}, s.IDs.NewID)
	if found {
		out.buyer = &buyer
	}
	return out, err
}

func toProblems(problems []catalog.Problem) []domain.Problem {
	out := make([]domain.Problem, len(problems))
	for i, p := range problems {
		out[i] = domain.Problem{CartLineID: p.LineID, Fault: domain.Obstacle(string(p.Code))}
		switch {
		case p.Code != catalog.AlreadyOwned:
		case p.CoveredBy.LineID != id.Nil:
			out[i].CoveredBy = domain.Cover{Type: domain.CoverLine, ID: p.CoveredBy.LineID}
		case p.CoveredBy.OrderID != id.Nil:
			out[i].CoveredBy = domain.Cover{Type: domain.CoverOrder, ID: p.CoveredBy.OrderID}
		default:
			out[i].CoveredBy = domain.Cover{Type: domain.CoverLibrary}
		}
	}
	return out
}

// toOffer keeps of an offer what a price is made from.
func toOffer(o catalog.Offer) domain.Offer {
	out := domain.Offer{ID: o.ID, Title: o.Title, Bundle: o.Kind == catalog.Bundle, Available: o.Available}
	for _, p := range o.Prices {
		out.Prices = append(out.Prices, domain.Price{Money: p.Money, Version: p.Version})
	}
	if !out.Bundle {
		out.Products = []domain.Product{{
			ID: o.ID, Title: o.Title, Kind: string(o.Kind), Consumable: o.Kind == catalog.Consumable, Requires: o.Requires,
		}}
		return out
	}
	for _, c := range o.Contents {
		p := domain.Product{
			ID: c.ProductID, Title: c.Title, Kind: string(c.Kind),
			Consumable: c.Kind == catalog.Consumable, Requires: c.Requires,
		}
		for _, price := range c.Prices {
			p.Alone = append(p.Alone, price.Money)
		}
		out.Products = append(out.Products, p)
	}
	return out
}
