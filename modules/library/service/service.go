// Package service holds the use cases of library.
package service

import (
	"context"

	"coinslot/modules/library"
	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Deps is what the use cases work with.
type Deps struct {
	Work   ports.UnitOfWork
	Shelf  ports.Shelf
	Titles ports.Titles
	Clock  clock.Clock
	IDs    id.Source
}

// Service is library's use cases.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service { return &Service{deps} }

// Owns returns which of these products an account owns.
func (s *Service) Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error) {
	if len(productIDs) == 0 {
		return map[id.ID]bool{}, nil
	}
	return s.Shelf.Owned(ctx, accountID, productIDs)
}

// Grant gives an account what it bought.
func (s *Service) Grant(ctx context.Context, grant library.Grant) error {
	return s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		productIDs := make([]id.ID, len(grant.Items))
		for i, item := range grant.Items {
			productIDs[i] = item.ProductID
		}
		held, err := e.Held(ctx, grant.AccountID, grant.OrderID, productIDs)
		if err != nil {
			return err
		}
		missing, err := domain.Missing(grant, held)
		if err != nil || len(missing) == 0 {
			return err
		}
		erased, err := e.Erased(ctx, grant.AccountID)
		if err != nil {
			return err
		}
		now := s.Clock.Now()
		added := make([]domain.Entitlement, len(missing))
		for i, item := range missing {
			added[i] = domain.New(s.IDs.NewID(), grant, item, now)
		}
		ready, changed := domain.Add(added, held, now)
		for i := range ready {
			if erased {
				ready[i].End(domain.EndErasure, now)
			}
		}
		if len(changed) > 0 {
			if err := e.Update(ctx, changed); err != nil {
				return err
			}
		}
		return e.Insert(ctx, ready)
	})
}

// Adjust makes what an order gave be as an adjustment says.
func (s *Service) Adjust(ctx context.Context, a library.Adjustment) error {
	return s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		all, err := e.Around(ctx, a.AccountID, a.OrderID)
		if err != nil {
			return err
		}
		return e.Update(ctx, domain.Adjust(a, all, s.Clock.Now()))
	})
}

// Entry is an entitlement with its product's name of today.
type Entry struct {
	domain.Entitlement
	Title ports.Title
}

// List returns a page of an account's library.
func (s *Service) List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[Entry], error) {
	p, err := s.Shelf.List(ctx, accountID, request)
	if err != nil {
		return page.Page[Entry]{}, err
	}
	entries, err := s.named(ctx, p.Items)
	return page.Page[Entry]{Items: entries, Next: p.Next}, err
}

// Find returns one product of an account's library.
func (s *Service) Find(ctx context.Context, accountID, productID id.ID) (Entry, error) {
	e, err := s.Shelf.Find(ctx, accountID, productID)
	if err != nil {
		return Entry{}, err
	}
	entries, err := s.named(ctx, []domain.Entitlement{e})
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

func (s *Service) named(ctx context.Context, entitlements []domain.Entitlement) ([]Entry, error) {
	productIDs := make([]id.ID, len(entitlements))
	for i, e := range entitlements {
		productIDs[i] = e.ProductID
	}
	titles, err := s.Titles.Titles(ctx, productIDs)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(entitlements))
	for i, e := range entitlements {
		entries[i] = Entry{e, titles[e.ProductID]}
	}
	return entries, nil
}

// EraseAccount ends what an erased account owns.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
	return s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		return e.EndAll(ctx, accountID, s.Clock.Now())
	})
}
