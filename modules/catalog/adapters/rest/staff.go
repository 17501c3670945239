package rest

import (
	"context"

	"coinslot/modules/catalog/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

func (h handlers) addProduct(ctx context.Context, in *productInput) (*output[productDTO], error) {
	price, err := amountOf(in.Body.Price)
	if err != nil {
		return nil, err
	}
	item, err := h.service.Add(ctx, in.draft(), price)
	if err != nil {
		return nil, err
	}
	return out(item, toProduct), nil
}

func (h handlers) addBundle(ctx context.Context, in *bundleInput) (*output[bundleDTO], error) {
	price, err := amountOf(in.Body.Price)
	if err != nil {
		return nil, err
	}
	draft, err := in.draft()
	if err != nil {
		return nil, err
	}
	item, err := h.service.Add(ctx, draft, price)
	if err != nil {
		return nil, err
	}
	return out(item, toBundle), nil
}

func (s shelf[T]) change(ctx context.Context, in *changeInput) (*output[T], error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	contents, err := parseIDs(in.Body.ProductIDs)
	if err != nil {
		return nil, err
	}
	b := in.Body
	item, err := s.service.Change(ctx, sellableID, s.bundle, version,
		domain.Changes{Slug: b.Slug, Title: b.Title, Description: b.Description, Category: b.Category, Contents: contents})
	if err != nil {
		return nil, err
	}
	return out(item, s.dto), nil
}

func (s shelf[T]) archive(ctx context.Context, in *archiveInput) (*output[T], error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	item, err := s.service.Archive(ctx, sellableID, s.bundle, version)
	if err != nil {
		return nil, err
	}
	return out(item, s.dto), nil
}

func (s shelf[T]) setPrice(ctx context.Context, in *setPriceInput) (*priceOutput, error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	amount, err := money.New(in.Body.Amount, in.Body.Currency)
	if err != nil {
		return nil, fault.Of(err).At("body.currency", "write an ISO 4217 code such as USD", in.Body.Currency)
	}
	price, err := s.service.SetPrice(ctx, sellableID, s.bundle, amount, in.Body.ValidFrom)
	if err != nil {
		return nil, err
	}
	return &priceOutput{*toPrice(&price)}, nil
}
