// Package memory stores entitlements in memory, for tests and simulations.
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
	"coinslot/platform/page"
)

type state struct {
	entitlements []domain.Entitlement
	erased       map[id.ID]bool
}

func (s *state) Clone() *state { return &state{slices.Clone(s.entitlements), maps.Clone(s.erased)} }

// Store implements ports.UnitOfWork, ports.Grants and ports.Finder.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store { return &Store{memory.NewCell(&state{erased: map[id.ID]bool{}})} }

// Do runs fn in a transaction. Transactions run one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, e ports.Entitlements) error) error {
	return s.cell.Update(func(st *state) error { return fn(ctx, entitlements{st}) })
}

type entitlements struct{ *state }

func (s *state) where(keep func(domain.Entitlement) bool) (out []domain.Entitlement) {
	for _, e := range s.entitlements {
		if keep(e) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b domain.Entitlement) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	return out
}

func (s entitlements) Held(_ context.Context, accountID, orderID id.ID,
	productIDs []id.ID,
) ([]domain.Entitlement, error) {
	return s.where(func(e domain.Entitlement) bool {
		return e.AccountID == accountID && slices.Contains(productIDs, e.ProductID) &&
			(isCandidate(e) || e.OrderID == orderID)
	}), nil
}

func (s entitlements) Insert(_ context.Context, entitlements []domain.Entitlement) error {
	for _, e := range entitlements {
		for _, other := range s.state.entitlements {
			active := !e.Consumable && !other.Consumable && e.Active() && other.Active()
			if other.ProductID == e.ProductID &&
				(other.LineID == e.LineID || (active && other.AccountID == e.AccountID)) {
				return domain.ErrAlreadyActive
			}
		}
		s.state.entitlements = append(s.state.entitlements, e)
	}
	return nil
}

// InsertFirst inserts entitlements of an order to an account that holds nothing to the same products.
func (s *Store) InsertFirst(ctx context.Context, accountID, orderID id.ID,
	added []domain.Entitlement,
) (inserted bool, err error) {
	products := make([]id.ID, len(added))
	for i, e := range added {
		products[i] = e.ProductID
	}
	err = s.cell.Update(func(st *state) error {
		held, err := entitlements{st}.Held(ctx, accountID, orderID, products)
		if inserted = err == nil && len(held) == 0 && !st.erased[accountID]; !inserted {
			return err
		}
		return entitlements{st}.Insert(ctx, added)
	})
	return inserted && err == nil, err
}

func isCandidate(e domain.Entitlement) bool {
	return !e.Consumable && (e.Active() || e.RevokeReason == domain.ReasonCovered)
}

func (s entitlements) LockOrder(ctx context.Context, accountID, orderID id.ID) ([]domain.Entitlement, error) {
	var productIDs []id.ID
	for _, e := range s.where(func(e domain.Entitlement) bool {
		return e.AccountID == accountID && e.OrderID == orderID
	}) {
		productIDs = append(productIDs, e.ProductID)
	}
	return s.Held(ctx, accountID, orderID, productIDs)
}

func (s entitlements) Update(_ context.Context, entitlements []domain.Entitlement) error {
	for _, e := range entitlements {
		for i, other := range s.state.entitlements {
			if other.ID == e.ID {
				s.state.entitlements[i] = e
				continue
			}
			if other.ProductID == e.ProductID && other.AccountID == e.AccountID && !e.Consumable && !other.Consumable &&
				e.Active() && other.Active() {
				return domain.ErrAlreadyActive
			}
		}
	}
	return nil
}

func (s entitlements) RevokeAll(_ context.Context, accountID id.ID, at time.Time) error {
	s.erased[accountID] = true
	for i, e := range s.state.entitlements {
		if e.AccountID == accountID && e.RevokeReason != domain.ReasonRefund {
			s.state.entitlements[i].Revoke(domain.ReasonErasure, at)
		}
	}
	return nil
}

func (s entitlements) Lock(_ context.Context, accountID id.ID) (erased bool, err error) {
	return s.erased[accountID], nil // transactions run one at a time
}

func (s *Store) active(accountID id.ID, keep func(domain.Entitlement) bool) (out []domain.Entitlement) {
	s.cell.View(func(st *state) {
		out = st.where(func(e domain.Entitlement) bool { return e.AccountID == accountID && e.Active() && keep(e) })
	})
	slices.Reverse(out)
	return out
}

// Owned returns the products that an account owns, with the order of each.
func (s *Store) Owned(_ context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error) {
	owned := map[id.ID]id.ID{}
	for _, e := range s.active(accountID, func(e domain.Entitlement) bool {
		return !e.Consumable && slices.Contains(productIDs, e.ProductID)
	}) {
		owned[e.ProductID] = e.OrderID
	}
	return owned, nil
}

// Usable returns the products that an account owns and may use.
func (s *Store) Usable(_ context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error) {
	usable := map[id.ID]bool{}
	for _, e := range s.active(accountID, func(e domain.Entitlement) bool {
		return !e.Consumable && e.Suspended == nil && slices.Contains(productIDs, e.ProductID)
	}) {
		usable[e.ProductID] = true
	}
	return usable, nil
}

// List returns a page of an account's usable entitlements, the newest first.
func (s *Store) List(_ context.Context, accountID id.ID, request page.Request) (page.Page[domain.Entitlement], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Entitlement]{}, err
	}
	items := s.active(accountID, func(e domain.Entitlement) bool {
		return e.Suspended == nil && (!ok || bytes.Compare(e.ID[:], after[:]) < 0)
	})
	return page.Cut(items, request.Size(), func(e domain.Entitlement) string { return page.Encode(e.ID) }), nil
}

// Find returns the newest usable entitlement to a product.
func (s *Store) Find(_ context.Context, accountID, productID id.ID) (domain.Entitlement, error) {
	items := s.active(accountID, func(e domain.Entitlement) bool {
		return e.Suspended == nil && e.ProductID == productID
	})
	if len(items) == 0 {
		return domain.Entitlement{}, domain.ErrNotOwned
	}
	return items[0], nil
}
