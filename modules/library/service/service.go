// Package service has the use cases of library.
package service

import (
	"context"
	"log/slog"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/library"
	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
)

// Deps are the dependencies of the use cases.
type Deps struct {
	Work   ports.UnitOfWork
	Grants ports.Grants
	Finder ports.Finder
	Titles ports.Titles
	Clock  clock.Clock
	IDs    id.Source
	Log    *slog.Logger
}

// Service implements library.Library and the use cases of the account's owner.
type Service struct{ Deps }

// New returns the use cases.
func New(deps Deps) *Service { return &Service{deps} }

// Owns implements library.Library.
func (s *Service) Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error) {
	if len(productIDs) == 0 {
		return map[id.ID]id.ID{}, nil
	}
	return s.Finder.Owned(ctx, accountID, productIDs)
}

// Grant implements library.Library. It takes the account's lock in a transaction only if one statement does not suffice.
func (s *Service) Grant(ctx context.Context, grant library.Grant) (granted library.Granted, err error) {
	if granted, done := s.grantFirst(ctx, grant); done {
		return granted, nil
	}
	err = s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		granted, err = s.grant(ctx, e, grant)
		return err
	})
	return granted, err
}

// grantFirst grants an order to an account that holds none of its products. False: nothing is stored, or that is not
// known.
func (s *Service) grantFirst(ctx context.Context, grant library.Grant) (library.Granted, bool) {
	missing, refused := domain.Missing(grant, nil, adds)
	if len(missing) == 0 {
		return library.Granted{}, false
	}
	now := s.Clock.Now()
	ready, _ := domain.Add(s.entitlements(grant, missing, now), nil, now)
	inserted, err := s.Grants.InsertFirst(ctx, grant.AccountID, grant.OrderID, ready)
	if err != nil {
		s.Log.DebugContext(ctx, "an order could not be granted in one statement", "order", grant.OrderID, "cause", err)
	}
	return library.Granted{Refused: refused}, inserted && err == nil
}

func (s *Service) entitlements(grant library.Grant, items []domain.LineItem, now time.Time) []domain.Entitlement {
	out := make([]domain.Entitlement, len(items))
	for i, item := range items {
		out[i] = domain.New(s.IDs.NewID(), grant, item, now)
	}
	return out
}

func (s *Service) grant(ctx context.Context, e ports.Entitlements, grant library.Grant) (library.Granted, error) {
	erased, err := e.Lock(ctx, grant.AccountID)
	if err != nil {
		return library.Granted{}, err
	}
	held, err := e.Held(ctx, grant.AccountID, grant.OrderID, productsOf(grant))
	if err != nil {
		return library.Granted{}, err
	}
	missing, refused := domain.Missing(grant, held, adds)
	granted := library.Granted{Refused: refused}
	switch {
	case len(missing) == 0:
		return granted, nil
	case erased && !mutant.On("grant-to-an-erased-account"):
		return library.Granted{}, library.ErrAccountErased
	}
	now := s.Clock.Now()
	ready, changed := domain.Add(s.entitlements(grant, missing, now), held, now)
	if len(changed) > 0 {
		if err := e.Update(ctx, changed); err != nil {
			return library.Granted{}, err
		}
	}
	return granted, e.Insert(ctx, ready)
}

// adds applies the catalog's rule catalog.Adds.
func adds(items []library.Item, owned func(productID id.ID) bool) bool {
	products := make([]catalog.Product, len(items))
	for i, item := range items {
		products[i] = catalog.Product{ID: item.ProductID}
		if item.Consumable {
			products[i].Kind = catalog.Consumable
		}
	}
	return catalog.Adds(products, owned)
}

func productsOf(grant library.Grant) (out []id.ID) {
	for _, line := range grant.Lines {
		for _, item := range line.Items {
			out = append(out, item.ProductID)
		}
	}
	return out
}

// Adjust implements library.Library.
func (s *Service) Adjust(ctx context.Context, a library.Adjustment) error {
	return s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		if _, err := e.Lock(ctx, a.AccountID); err != nil {
			return err
		}
		all, err := e.LockOrder(ctx, a.AccountID, a.OrderID)
		if err != nil {
			return err
		}
		return e.Update(ctx, domain.Adjust(a, all, s.Clock.Now()))
	})
}

// Entry is an entitlement with the current title of its product. MissingBase is true for a DLC whose base game the
// account cannot use.
type Entry struct {
	domain.Entitlement
	Title       ports.Title
	MissingBase bool
}

// List returns a page of an account's library.
func (s *Service) List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[Entry], error) {
	p, err := s.Finder.List(ctx, accountID, request)
	if err != nil {
		return page.Page[Entry]{}, err
	}
	entries, err := s.entries(ctx, accountID, p.Items)
	return page.Page[Entry]{Items: entries, Next: p.Next}, err
}

// Find returns a product of an account's library, or domain.ErrNotOwned.
func (s *Service) Find(ctx context.Context, accountID, productID id.ID) (Entry, error) {
	e, err := s.Finder.Find(ctx, accountID, productID)
	if err != nil {
		return Entry{}, err
	}
	entries, err := s.entries(ctx, accountID, []domain.Entitlement{e})
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

// entries adds titles and problems to entitlements, with two queries in total.
func (s *Service) entries(ctx context.Context, accountID id.ID, all []domain.Entitlement) ([]Entry, error) {
	productIDs := make([]id.ID, len(all))
	for i, e := range all {
		productIDs[i] = e.ProductID
	}
	titles, err := s.Titles.Titles(ctx, productIDs)
	if err != nil {
		return nil, err
	}
	var bases []id.ID
	for _, title := range titles {
		if title.Requires != id.Nil {
			bases = append(bases, title.Requires)
		}
	}
	usable := map[id.ID]bool{}
	if len(bases) > 0 {
		if usable, err = s.Finder.Usable(ctx, accountID, bases); err != nil {
			return nil, err
		}
	}
	out := make([]Entry, len(all))
	for i, e := range all {
		title := titles[e.ProductID]
		missing := title.Requires != id.Nil && !usable[title.Requires]
		out[i] = Entry{e, title, missing && !mutant.On("hide-a-missing-base-game")}
	}
	return out, nil
}

// EraseAccount revokes all entitlements of an erased account. Later grants to it fail.
func (s *Service) EraseAccount(ctx context.Context, accountID id.ID) error {
	return s.Work.Do(ctx, func(ctx context.Context, e ports.Entitlements) error {
		if _, err := e.Lock(ctx, accountID); err != nil {
			return err
		}
		return e.RevokeAll(ctx, accountID, s.Clock.Now())
	})
}
