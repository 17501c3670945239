package rest

import (
	"context"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/web"
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

func (s resource[T]) change(ctx context.Context, in *changeInput) (*output[T], error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	contents, err := web.UniqueIDs("product_ids", in.Body.ProductIDs, domain.ErrUnknownItems)
	if err != nil {
		return nil, err
	}
	b := in.Body
	item, err := s.service.Change(ctx, sellableID, s.bundle, version,
		domain.Changes{
			Slug: b.Slug, Title: b.Title, Description: b.Description, Category: b.Category, Contents: contents,
			SoldWithoutArchived: b.SoldWithoutArchived,
		})
	if err != nil {
		return nil, err
	}
	return out(item, s.dto), nil
}

func (s resource[T]) archive(ctx context.Context, in *archiveInput) (*output[T], error) {
	return s.move(ctx, in, s.service.Archive)
}

func (s resource[T]) unarchive(ctx context.Context, in *archiveInput) (*output[T], error) {
	return s.move(ctx, in, s.service.Unarchive)
}

// mover archives or unarchives a sellable.
type mover func(ctx context.Context, sellableID id.ID, bundle bool, version int64) (ports.Item, error)

func (s resource[T]) move(ctx context.Context, in *archiveInput, to mover) (*output[T], error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	item, err := to(ctx, sellableID, s.bundle, version)
	if err != nil {
		return nil, err
	}
	return out(item, s.dto), nil
}

func (s resource[T]) withdrawPrice(ctx context.Context, in *withdrawInput) (*struct{}, error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	return nil, s.service.WithdrawPrice(ctx, service.PriceRef{
		// A scheduled price can be withdrawn when its currency is no longer in force, too.
		SellableID: sellableID, Bundle: s.bundle, Currency: money.Currency(in.Currency), Version: in.Version,
	})
}

func (s resource[T]) setPrice(ctx context.Context, in *setPriceInput) (*priceOutput, error) {
	sellableID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNotFound
	}
	amount, err := money.New(in.Body.Amount, in.Body.Currency)
	if err != nil {
		return nil, fault.Of(err).At("body.currency",
			"write the ISO 4217 code of a currency in force, such as USD", in.Body.Currency)
	}
	price, err := s.service.SetPrice(ctx, sellableID, s.bundle, amount, in.Body.ValidFrom)
	if err != nil {
		return nil, err
	}
	return &priceOutput{*toPrice(&price)}, nil
}
