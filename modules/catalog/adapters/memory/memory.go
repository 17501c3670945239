// Package memory keeps the catalog in memory, for tests and simulations.
package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
	"coinslot/platform/money"
)

type state struct {
	sellables map[id.ID]domain.Snapshot
	prices    []domain.Price
}

func (s *state) Clone() *state { return &state{maps.Clone(s.sellables), slices.Clone(s.prices)} }

// Store is a unit of work and a repository over one memory.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{sellables: map[id.ID]domain.Snapshot{}})}
}

// Do runs fn in one transaction, one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return s.cell.Update(func(st *state) error {
		return fn(ctx, ports.Stores{Sellables: sellables{st}, Prices: prices{st}})
	})
}

type sellables struct{ *state }

func (s sellables) Insert(_ context.Context, sellable domain.Sellable) error {
	return s.put(sellable.Snapshot())
}

func (s sellables) put(p domain.Snapshot) error {
	for _, other := range s.sellables {
		if other.ID != p.ID && other.Slug == p.Slug {
			return domain.ErrSlugTaken
		}
	}
	for _, ref := range p.Contents {
		if product, ok := s.sellables[ref]; !ok || product.Kind == catalog.Bundle {
			return domain.ErrUnknownItems
		}
	}
	if p.Requires != id.Nil && s.sellables[p.Requires].Kind != catalog.Game {
		return domain.ErrUnknownItems
	}
	s.sellables[p.ID] = p
	return nil
}

func (s sellables) Lock(_ context.Context, sellableID id.ID) (domain.Sellable, error) {
	p, ok := s.sellables[sellableID]
	if !ok {
		return domain.Sellable{}, domain.ErrNotFound
	}
	return domain.Restore(p), nil
}

func (s sellables) Update(_ context.Context, sellable domain.Sellable) error {
	p := sellable.Snapshot()
	if s.sellables[p.ID].Version != p.Version {
		return domain.ErrStale
	}
	p.Version++
	return s.put(p)
}

type prices struct{ *state }

func (s *state) history(sellableID id.ID, currency money.Currency) (out []domain.Price) {
	for _, p := range s.prices {
		if p.SellableID == sellableID && p.Money.Currency() == currency {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b domain.Price) int { return b.Version - a.Version })
	return out
}

func (s *state) inForce(sellableID id.ID, currency money.Currency, at time.Time) *domain.Price {
	return domain.InForce(s.history(sellableID, currency), at)
}

func (s prices) Last(_ context.Context, sellableID id.ID, currency money.Currency) (*domain.Price, error) {
	if history := s.history(sellableID, currency); len(history) > 0 {
		return &history[0], nil
	}
	return nil, nil
}

func (s prices) Find(_ context.Context, sellableID id.ID, currency money.Currency, version int) (domain.Price, error) {
	for _, p := range s.history(sellableID, currency) {
		if p.Version == version {
			return p, nil
		}
	}
	return domain.Price{}, domain.ErrNoPrice
}

func (s prices) Withdraw(_ context.Context, price domain.Price) error {
	for i, p := range s.state.prices {
		if p.SellableID == price.SellableID && p.Money.Currency() == price.Money.Currency() && p.Version == price.Version {
			if p.Withdrawn != nil {
				return domain.ErrPriceRace
			}
			s.state.prices[i].Withdrawn = price.Withdrawn
			return nil
		}
	}
	return domain.ErrNoPrice
}

func (s prices) Insert(_ context.Context, price domain.Price) error {
	for _, p := range s.history(price.SellableID, price.Money.Currency()) {
		if p.Version == price.Version {
			return domain.ErrPriceRace
		}
	}
	s.state.prices = append(s.state.prices, price)
	return nil
}
