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
	"coinslot/platform/mutant"
)

type keyed struct {
	accountID id.ID
	key       string
}

type state struct {
	orders   map[id.ID]domain.Snapshot
	attempts map[keyed]ports.Attempt
	repeated map[keyed]bool // attempts that are not the first of their order
	history  []entry
	resolved []ports.Resolution
	erased   map[id.ID]bool
}

type entry struct {
	orderID id.ID
	ports.Entry
}

func (s *state) Clone() *state {
	return &state{
		maps.Clone(s.orders), maps.Clone(s.attempts), maps.Clone(s.repeated), slices.Clone(s.history),
		slices.Clone(s.resolved), maps.Clone(s.erased),
	}
}

// Store keeps and finds orders.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{
		orders: map[id.ID]domain.Snapshot{}, attempts: map[keyed]ports.Attempt{},
		repeated: map[keyed]bool{}, erased: map[id.ID]bool{},
	})}
}

// put stores an order unless another one holds one of its lines.
func (s *state) put(o domain.Snapshot) error {
	for _, other := range s.orders {
		if other.ID == o.ID || other.Released || o.Released {
			continue
		}
		for _, l := range other.Lines {
			held := slices.Contains(domain.Restore(o).CartLineIDs(), l.CartLineID)
			if held && !mutant.On("reserve-a-line-in-two-orders") {
				return domain.ErrCheckedOut
			}
		}
	}
	before := s.orders[o.ID]
	if o.UnsavedPaid != nil && o.Status != checkout.Paid && before.Status != checkout.Paid {
		s.history = append(s.history, entry{o.ID, ports.Entry{
			At: *o.UnsavedPaid, What: "order", Result: string(checkout.Paid),
		}})
	}
	o.UnsavedPaid = nil
	if before.Status != o.Status {
		s.history = append(s.history, entry{o.ID, ports.Entry{At: o.UpdatedAt, What: "order", Result: string(o.Status)}})
	}
	s.orders[o.ID] = o
	return nil
}

func (s *state) attempt(accountID id.ID, attempt ports.Attempt) error {
	key := keyed{accountID, attempt.Key}
	if _, used := s.attempts[key]; used && !mutant.On("use-a-key-for-two-orders") {
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
		if st.erased[o.AccountID] {
			return domain.ErrErased
		}
		if err := st.attempt(o.AccountID, attempt); err != nil {
			return err
		}
		return st.put(o)
	})
}

func (s *state) save(order domain.Order) error {
	o := order.Snapshot()
	if s.orders[o.ID].Version != o.Version && !mutant.On("save-a-stale-order") {
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
		if st.erased[order.Snapshot().AccountID] {
			return domain.ErrErased
		}
		accountID := order.Snapshot().AccountID
		if err := st.attempt(accountID, attempt); err != nil {
			return err
		}
		st.repeated[keyed{accountID, attempt.Key}] = true
		return nil
	})
}

// Erase makes Place and Retry refuse an account.
func (s *Store) Erase(_ context.Context, accountID id.ID, _ time.Time) error {
	return s.cell.Update(func(st *state) error {
		st.erased[accountID] = true
		return nil
	})
}

// Resolve is Save with a staff's resolution.
func (s *Store) Resolve(_ context.Context, order domain.Order, r ports.Resolution) error {
	return s.cell.Update(func(st *state) error {
		if err := st.save(order); err != nil {
			return err
		}
		used := func(o ports.Resolution) bool { return o.AccountID == r.AccountID && o.Key == r.Key }
		if slices.ContainsFunc(st.resolved, used) {
			return domain.ErrKeyReused
		}
		r.BodyHash = bytes.Clone(r.BodyHash)
		st.resolved = append(st.resolved, r)
		return nil
	})
}

// Claim takes the lease of an order.
func (s *Store) Claim(_ context.Context, orderID id.ID, now time.Time) (order domain.Order, err error) {
	err = s.cell.Update(func(st *state) error {
		o, ok := st.orders[orderID]
		switch {
		case !ok:
			return domain.ErrNoOrder
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
