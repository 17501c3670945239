// Package memory stores carts in memory, for tests and simulations.
package memory

import (
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
)

type state struct {
	carts  map[id.ID]domain.Snapshot
	erased map[id.ID]bool
}

func (s state) Clone() state { return state{maps.Clone(s.carts), maps.Clone(s.erased)} }

// Store implements ports.UnitOfWork, ports.Finder and ports.Lines.
type Store struct{ cell *memory.Cell[state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(state{map[id.ID]domain.Snapshot{}, map[id.ID]bool{}})}
}

// Do runs fn in a transaction. Transactions run one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, carts ports.Carts) error) error {
	return s.cell.Update(func(st state) error { return fn(ctx, carts{st}) })
}

type carts struct{ state }

func (s carts) Lock(_ context.Context, fresh domain.Cart) (domain.Cart, error) {
	accountID := fresh.Snapshot().AccountID
	if s.erased[accountID] {
		return domain.Cart{}, domain.ErrErased
	}
	if _, ok := s.carts[accountID]; !ok {
		s.carts[accountID] = fresh.Snapshot()
	}
	return domain.Restore(s.carts[accountID]), nil
}

func (s carts) Save(_ context.Context, cart domain.Cart) error {
	c := cart.Snapshot()
	c.Version++
	s.carts[c.AccountID] = c
	return nil
}

func (s carts) Erase(_ context.Context, accountID id.ID, _ time.Time) error {
	delete(s.carts, accountID)
	s.erased[accountID] = true
	return nil
}

// Selected returns lines of an account's cart.
func (s *Store) Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Line, error) {
	cart, _, err := s.Find(ctx, accountID)
	return slices.DeleteFunc(cart.Lines(), func(l domain.Line) bool { return !slices.Contains(lineIDs, l.ID) }), err
}

// Remove removes units of lines from an account's cart, and stores the remaining ones as new lines.
func (s *Store) Remove(ctx context.Context, accountID id.ID, removals []ports.Removal) error {
	return s.cell.Update(func(st state) error {
		cart := domain.Restore(st.carts[accountID])
		removed := 0
		for _, r := range removals {
			removed += cart.RemoveUnits(r.LineID, r.Quantity, r.RestID)
		}
		if removed == 0 {
			return nil
		}
		return carts{st}.Save(ctx, cart)
	})
}

// Put stores a line of a cart as it was read.
func (s *Store) Put(ctx context.Context, cart domain.Cart, line domain.Line) (stored bool, err error) {
	err = s.cell.Update(func(st state) error {
		snapshot, found := st.carts[cart.Snapshot().AccountID]
		stored = found && snapshot.ID == cart.Snapshot().ID && snapshot.Version == cart.Version()
		if !stored {
			return nil
		}
		snapshot.Lines = slices.Clone(snapshot.Lines)
		if i := slices.IndexFunc(snapshot.Lines, func(l domain.Line) bool { return l.ID == line.ID }); i >= 0 {
			snapshot.Lines[i] = line
		} else {
			snapshot.Lines = append(snapshot.Lines, line)
		}
		return carts{st}.Save(ctx, domain.Restore(snapshot))
	})
	return stored, err
}

// Reserve sets or releases the reservation of lines.
func (s *Store) Reserve(_ context.Context, accountID id.ID, lineIDs []id.ID, at *time.Time) error {
	return s.cell.Update(func(st state) error {
		snapshot, found := st.carts[accountID]
		if !found {
			return nil
		}
		snapshot.Lines = slices.Clone(snapshot.Lines)
		for i, l := range snapshot.Lines {
			if slices.Contains(lineIDs, l.ID) {
				snapshot.Lines[i].Reserved = at != nil
			}
		}
		st.carts[accountID] = snapshot
		return nil
	})
}

// Find returns an account's cart.
func (s *Store) Find(_ context.Context, accountID id.ID) (cart domain.Cart, found bool, err error) {
	s.cell.View(func(st state) {
		var snapshot domain.Snapshot
		snapshot, found = st.carts[accountID]
		cart = domain.Restore(snapshot)
	})
	return cart, found, nil
}
