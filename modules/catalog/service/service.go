// Package service holds the use cases of catalog.
package service

import (
	"context"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
)

// Deps is what the use cases work with.
type Deps struct {
	Work     ports.UnitOfWork
	Products ports.ProductRepository
	Search   ports.Search
	Clock    clock.Clock
	IDs      id.Source
	Currency money.Currency // of requests that name none
}

// Service is catalog's use cases.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service { return &Service{deps} }

// Quote returns the offers of sellables, with their prices now.
func (s *Service) Quote(ctx context.Context, sellableIDs []id.ID) (catalog.Quote, error) {
	quote := catalog.Quote{At: s.Clock.Now(), Offers: map[id.ID]catalog.Offer{}}
	if len(sellableIDs) == 0 {
		return quote, nil
	}
	offers, err := s.Products.Offers(ctx, sellableIDs, quote.At)
	for _, offer := range offers {
		quote.Offers[offer.ID] = offer
	}
	return quote, err
}

// List returns a page of what is on sale. Without a sort it is by relevance to the query's text, or the newest first
// when there is none.
func (s *Service) List(ctx context.Context, q ports.Query) (page.Page[ports.Item], error) {
	return s.Search.List(ctx, s.complete(q))
}

// Facets counts what List finds on all pages.
func (s *Service) Facets(ctx context.Context, q ports.Query) (ports.Facets, error) {
	return s.Search.Facets(ctx, s.complete(q))
}

func (s *Service) complete(q ports.Query) ports.Query {
	q.At = s.Clock.Now()
	q.Currency = s.orDefault(q.Currency)
	switch {
	case q.Sort != "":
	case q.Text != "":
		q.Sort = ports.ByRelevance
	default:
		q.Sort = ports.ByNewest
	}
	return q
}

// Find returns a product, or with bundle a bundle, by ID or slug.
func (s *Service) Find(ctx context.Context, ref string, bundle bool, currency money.Currency) (ports.Item, error) {
	item, err := s.Products.Find(ctx, ref, s.orDefault(currency), s.Clock.Now())
	if err == nil && item.Sellable.IsBundle() != bundle {
		return ports.Item{}, domain.ErrNotFound
	}
	return item, err
}

// Bundles returns a page of the bundles on sale that hold a product, the newest first. A product that is not listed in
// the currency, because it is archived or has no price in it, is ErrNotFound.
func (s *Service) Bundles(ctx context.Context, productRef string, currency money.Currency,
	request page.Request,
) (page.Page[ports.Item], error) {
	product, err := s.Find(ctx, productRef, false, currency)
	if err != nil {
		return page.Page[ports.Item]{}, err
	}
	if !product.Listed() {
		return page.Page[ports.Item]{}, domain.ErrNotFound
	}
	return s.List(ctx, ports.Query{
		Bundles: true, Holding: product.Sellable.Snapshot().ID, Currency: currency, Page: request,
	})
}

// Prices returns the price versions of a sellable, the newest first; with a moment, only the one in force then.
func (s *Service) Prices(ctx context.Context, ref string, bundle bool, currency money.Currency,
	at *time.Time,
) ([]domain.Price, error) {
	item, err := s.Find(ctx, ref, bundle, currency)
	if err != nil {
		return nil, err
	}
	history, err := s.Products.PriceHistory(ctx, item.Sellable.Snapshot().ID, s.orDefault(currency))
	if err != nil || at == nil {
		return history, err
	}
	if p := domain.InForce(history, *at); p != nil {
		return []domain.Price{*p}, nil
	}
	return nil, nil
}

// Categories returns the categories of products on sale.
func (s *Service) Categories(ctx context.Context) ([]ports.Category, error) {
	return s.Search.Categories(ctx)
}

func (s *Service) orDefault(c money.Currency) money.Currency {
	if c == "" {
		return s.Currency
	}
	return c
}
