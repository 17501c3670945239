// Package memory keeps orders in memory, for tests and simulations.
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
	"coinslot/platform/page"
)

type keyed struct {
	accountID id.ID
	key       string
}

type state struct {
	orders   map[id.ID]domain.Snapshot
	attempts map[keyed]ports.Attempt
}

func (s *state) Clone() *state { return &state{maps.Clone(s.orders), maps.Clone(s.attempts)} }

// Store keeps and finds orders.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{orders: map[id.ID]domain.Snapshot{}, attempts: map[keyed]ports.Attempt{}})}
}

// put stores an order unless another one holds one of its lines.
func (s *state) put(o domain.Snapshot) error {
	for _, other := range s.orders {
		if other.ID == o.ID || other.Released || o.Released {
			continue
		}
		for _, l := range other.Lines {
			if slices.Contains(domain.Restore(o).CartLineIDs(), l.CartLineID) {
				return domain.ErrCheckedOut
			}
		}
	}
	s.orders[o.ID] = o
	return nil
}

func (s *state) attempt(accountID id.ID, attempt ports.Attempt) error {
	key := keyed{accountID, attempt.Key}
	if _, used := s.attempts[key]; used {
		return domain.ErrKeyReused
	}
	attempt.BodyHash = bytes.Clone(attempt.BodyHash)
	s.attempts[key] = attempt
	return nil
}

// Place adds an order with its first attempt.
func (s *Store) Place(_ context.Context, order domain.Order, attempt ports.Attempt) error {
	return s.cell.Update(func(st *state) error {
		o := order.Snapshot()
		attempt.OrderID = o.ID
		if err := st.attempt(o.AccountID, attempt); err != nil {
			return err
		}
		return st.put(o)
	})
}

func (s *state) save(order domain.Order) error {
	o := order.Snapshot()
	if s.orders[o.ID].Version != o.Version {
		return domain.ErrStale
	}
	o.Version++
	return s.put(o)
}

// Save stores an order under the next version.
func (s *Store) Save(_ context.Context, order domain.Order) error {
	return s.cell.Update(func(st *state) error { return st.save(order) })
}

// Retry is Save with a further attempt.
func (s *Store) Retry(_ context.Context, order domain.Order, attempt ports.Attempt) error {
	return s.cell.Update(func(st *state) error {
		if err := st.save(order); err != nil {
			return err
		}
		attempt.OrderID = order.ID()
		return st.attempt(order.Snapshot().AccountID, attempt)
	})
}

// Claim takes the lease of an order.
func (s *Store) Claim(_ context.Context, orderID id.ID, now time.Time) (order domain.Order, err error) {
	err = s.cell.Update(func(st *state) error {
		o, ok := st.orders[orderID]
		switch {
		case !ok:
			return domain.ErrNoOrder
		case !domain.Restore(o).Unfinished():
			order = domain.Restore(o)
			return nil
		case o.AdvancingUntil != nil && o.AdvancingUntil.After(now):
			return domain.ErrAdvancing
		}
		until := now.Add(domain.Lease)
		o.AdvancingUntil = &until
		o.Version++
		st.orders[orderID] = o
		order = domain.Restore(o)
		return nil
	})
	return order, err
}

// ByKey returns the attempt that an account made with a key.
func (s *Store) ByKey(_ context.Context, accountID id.ID, key string) (attempt ports.Attempt, found bool, err error) {
	s.cell.View(func(st *state) { attempt, found = st.attempts[keyed{accountID, key}] })
	return attempt, found, nil
}

func (s *Store) where(accountID id.ID, keep func(domain.Snapshot) bool) (out []domain.Order) {
	s.cell.View(func(st *state) {
		for _, o := range st.orders {
			if o.AccountID == accountID && keep(o) {
				out = append(out, domain.Restore(o))
			}
		}
	})
	slices.SortFunc(out, func(a, b domain.Order) int {
		x, y := a.ID(), b.ID()
		return bytes.Compare(y[:], x[:])
	})
	return out
}

// Find returns an account's order.
func (s *Store) Find(_ context.Context, accountID, orderID id.ID) (domain.Order, error) {
	found := s.where(accountID, func(o domain.Snapshot) bool { return o.ID == orderID })
	if len(found) == 0 {
		return domain.Order{}, domain.ErrNoOrder
	}
	return found[0], nil
}

// List returns a page of an account's orders, the newest first.
func (s *Store) List(_ context.Context, accountID id.ID, request page.Request) (page.Page[domain.Order], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Order]{}, err
	}
	orders := s.where(accountID, func(o domain.Snapshot) bool { return !ok || bytes.Compare(o.ID[:], after[:]) < 0 })
	return page.Cut(orders, request.Size(), func(o domain.Order) string { return page.Encode(o.ID()) }), nil
}

// Known reports whether one of these cart lines belongs to an order of the account.
func (s *Store) Known(_ context.Context, accountID id.ID, cartLineIDs []id.ID) (bool, error) {
	return len(s.where(accountID, func(o domain.Snapshot) bool {
		return !o.Released && slices.ContainsFunc(o.Lines, func(l domain.Line) bool { return slices.Contains(cartLineIDs, l.CartLineID) })
	})) > 0, nil
}

// Open returns an account's orders that a cancellation may still end.
func (s *Store) Open(_ context.Context, accountID id.ID) ([]id.ID, error) {
	var out []id.ID
	for _, o := range s.where(accountID, func(o domain.Snapshot) bool {
		return domain.Restore(o).Unpaid() || o.Status == checkout.Declined
	}) {
		out = append(out, o.ID())
	}
	slices.Reverse(out)
	return out, nil
}
