// Package memory keeps carts in memory, for tests and simulations.
package memory

import (
	"context"
	"maps"
	"slices"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
)

type state map[id.ID]domain.Snapshot

func (s state) Clone() state { return maps.Clone(s) }

// Store is a unit of work and a finder over one memory.
type Store struct{ cell *memory.Cell[state] }

// NewStore returns an empty store.
func NewStore() *Store { return &Store{memory.NewCell(state{})} }

// Do runs fn in one transaction, one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, carts ports.Carts) error) error {
	return s.cell.Update(func(st state) error { return fn(ctx, carts{st}) })
}

type carts struct{ state }

func (s carts) Lock(_ context.Context, fresh domain.Cart) (domain.Cart, error) {
	accountID := fresh.Snapshot().AccountID
	if _, ok := s.state[accountID]; !ok {
		s.state[accountID] = fresh.Snapshot()
	}
	return domain.Restore(s.state[accountID]), nil
}

func (s carts) Save(_ context.Context, cart domain.Cart) error {
	c := cart.Snapshot()
	c.Version++
	s.state[c.AccountID] = c
	return nil
}

func (s carts) Delete(_ context.Context, accountID id.ID) error {
	delete(s.state, accountID)
	return nil
}

// Selected returns lines of an account's cart.
func (s *Store) Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Line, error) {
	cart, _, err := s.Find(ctx, accountID)
	return slices.DeleteFunc(cart.Lines(), func(l domain.Line) bool { return !slices.Contains(lineIDs, l.ID) }), err
}

// Remove takes lines out of an account's cart.
func (s *Store) Remove(ctx context.Context, accountID id.ID, lineIDs []id.ID) error {
	return s.cell.Update(func(st state) error {
		cart := domain.Restore(st[accountID])
		if cart.Remove(lineIDs...) == 0 {
			return nil
		}
		return carts{st}.Save(ctx, cart)
	})
}

// Find returns an account's cart.
func (s *Store) Find(_ context.Context, accountID id.ID) (cart domain.Cart, found bool, err error) {
	s.cell.View(func(st state) {
		var snapshot domain.Snapshot
		snapshot, found = st[accountID]
		cart = domain.Restore(snapshot)
	})
	return cart, found, nil
}
