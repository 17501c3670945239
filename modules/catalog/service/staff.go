package service

import (
	"context"
	"time"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Add adds a sellable, with its first price unless that is to be set later. A draft without a slug gets that of its
// title; ErrSlugTaken when another sellable has it.
func (s *Service) Add(ctx context.Context, draft domain.Draft, price *money.Money) (ports.Item, error) {
	now := s.Clock.Now()
	draft, err := s.WithSlug(ctx, draft)
	if err != nil {
		return ports.Item{}, err
	}
	sellable, err := domain.NewSellable(s.IDs.NewID(), draft, now)
	if err != nil {
		return ports.Item{}, err
	}
	sellableID := sellable.Snapshot().ID
	var first *domain.Price
	if price != nil {
		p, err := domain.NextPrice(sellableID, nil, *price, nil, now)
		if err != nil {
			return ports.Item{}, err
		}
		first = &p
	}
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		if err := st.Sellables.Insert(ctx, sellable); err != nil || first == nil {
			return err
		}
		return st.Prices.Insert(ctx, *first)
	})
	if err != nil {
		return ports.Item{}, err
	}
	return s.Products.Find(ctx, sellableID.String(), s.currencyOf(price), s.Clock.Now())
}

// WithSlug returns the draft with a slug made from its title, unless it has one or the title has no Latin form.
func (s *Service) WithSlug(ctx context.Context, draft domain.Draft) (domain.Draft, error) {
	if draft.Slug != "" {
		return draft, nil
	}
	var err error
	draft.Slug, err = s.Products.Slug(ctx, draft.Title)
	return draft, err
}

func (s *Service) currencyOf(price *money.Money) money.Currency {
	if price == nil {
		return s.Currency
	}
	return price.Currency()
}

// Change changes a sellable. A version other than 0 must be the stored one.
func (s *Service) Change(ctx context.Context, sellableID id.ID, bundle bool, version int64,
	changes domain.Changes,
) (ports.Item, error) {
	return s.update(ctx, sellableID, bundle, version, func(p *domain.Sellable) error { return p.Change(changes) })
}

// Archive takes a sellable off sale.
func (s *Service) Archive(ctx context.Context, sellableID id.ID, bundle bool, version int64) (ports.Item, error) {
	return s.update(ctx, sellableID, bundle, version, func(p *domain.Sellable) error {
		p.Archive(s.Clock.Now())
		return nil
	})
}

// Unarchive puts a sellable back on sale.
func (s *Service) Unarchive(ctx context.Context, sellableID id.ID, bundle bool, version int64) (ports.Item, error) {
	return s.update(ctx, sellableID, bundle, version, func(p *domain.Sellable) error {
		p.Unarchive()
		return nil
	})
}

// PriceRef names a price version of a product or a bundle.
type PriceRef struct {
	SellableID id.ID
	Bundle     bool
	Currency   money.Currency
	Version    int
}

// WithdrawPrice withdraws a scheduled price before it starts. The moment is judged while nobody else can change the
// sellable.
func (s *Service) WithdrawPrice(ctx context.Context, ref PriceRef) error {
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		sellable, err := st.Sellables.Lock(ctx, ref.SellableID)
		if err != nil {
			return err
		}
		if sellable.IsBundle() != ref.Bundle {
			return domain.ErrNotFound
		}
		price, err := st.Prices.Find(ctx, ref.SellableID, s.orDefault(ref.Currency), ref.Version)
		if err != nil {
			return err
		}
		changed, err := price.Withdraw(s.Clock.Now())
		if err != nil || !changed {
			return err
		}
		return st.Prices.Withdraw(ctx, price)
	})
}

func (s *Service) update(ctx context.Context, sellableID id.ID, bundle bool, version int64,
	fn func(*domain.Sellable) error,
) (ports.Item, error) {
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		sellable, err := st.Sellables.Lock(ctx, sellableID)
		if err != nil {
			return err
		}
		if sellable.IsBundle() != bundle {
			return domain.ErrNotFound
		}
		if version != 0 && version != sellable.Snapshot().Version {
			return domain.ErrStale
		}
		if err := fn(&sellable); err != nil {
			return err
		}
		return st.Sellables.Update(ctx, sellable)
	})
	if err != nil {
		return ports.Item{}, err
	}
	return s.Products.Find(ctx, sellableID.String(), s.Currency, s.Clock.Now())
}

// SetPrice adds the next price version.
func (s *Service) SetPrice(ctx context.Context, sellableID id.ID, bundle bool, amount money.Money,
	validFrom *time.Time,
) (domain.Price, error) {
	var price domain.Price
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		sellable, err := st.Sellables.Lock(ctx, sellableID)
		if err != nil {
			return err
		}
		if sellable.IsBundle() != bundle {
			return domain.ErrNotFound
		}
		last, err := st.Prices.Last(ctx, sellableID, amount.Currency())
		if err != nil {
			return err
		}
		price, err = domain.NextPrice(sellableID, last, amount, validFrom, s.Clock.Now())
		if err != nil {
			return err
		}
		return st.Prices.Insert(ctx, price)
	})
	return price, err
}

// Import is a sellable with its whole price history.
type Import struct {
	Draft   domain.Draft
	History []domain.Price
}

// Empty reports whether the catalog holds nothing at all.
func (s *Service) Empty(ctx context.Context) (bool, error) { return s.Products.Empty(ctx) }

// ImportError says which sellable of an import was rejected, and why.
type ImportError struct {
	ID  id.ID
	Err error
}

// Error returns the reason.
func (e *ImportError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *ImportError) Unwrap() error { return e.Err }

// Import adds sellables with their history in one transaction, so that a catalog is there whole or not at all. IDs
// that drafts refer to come from NewID. When a sellable is rejected, the error holds an ImportError.
func (s *Service) Import(ctx context.Context, imports map[id.ID]Import, order []id.ID) error {
	now := s.Clock.Now()
	drafts := make([]domain.Draft, len(order))
	for i, sellableID := range order {
		var err error
		if drafts[i], err = s.WithSlug(ctx, imports[sellableID].Draft); err != nil {
			return err
		}
	}
	return s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		for i, sellableID := range order {
			// Later ones are newer, so that lists have an order.
			sellable, err := domain.NewSellable(sellableID, drafts[i], now.Add(time.Duration(i-len(order))*time.Second))
			if err == nil {
				err = insert(ctx, st, sellable, imports[sellableID].History, now)
			}
			if err != nil {
				return &ImportError{sellableID, err}
			}
		}
		return nil
	})
}

func insert(ctx context.Context, st ports.Stores, sellable domain.Sellable,
	history []domain.Price, now time.Time,
) error {
	if err := st.Sellables.Insert(ctx, sellable); err != nil {
		return err
	}
	prices, err := domain.ImportPrices(sellable.Snapshot().ID, history, now)
	if err != nil {
		return err
	}
	for _, p := range prices {
		if err := st.Prices.Insert(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// NewID returns an ID for Import.
func (s *Service) NewID() id.ID { return s.IDs.NewID() }
