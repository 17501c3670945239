package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

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

// Any returns an order, of any account.
func (s *Store) Any(_ context.Context, orderID id.ID) (order domain.Order, err error) {
	err = domain.ErrNoOrder
	s.cell.View(func(st *state) {
		if o, ok := st.orders[orderID]; ok {
			order, err = domain.Restore(o), nil
		}
	})
	return order, err
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
		return !o.Released && slices.ContainsFunc(o.Lines,
			func(l domain.Line) bool { return slices.Contains(cartLineIDs, l.CartLineID) })
	})) > 0, nil
}

// Open returns an account's orders that a cancellation may still end.
func (s *Store) Open(_ context.Context, accountID id.ID) ([]id.ID, error) {
	var out []id.ID
	for _, o := range s.where(accountID, func(o domain.Snapshot) bool {
		return slices.Contains(domain.Cancelable, o.Status)
	}) {
		out = append(out, o.ID())
	}
	slices.Reverse(out)
	return out, nil
}

// Stuck returns stalled orders.
func (s *Store) Stuck(_ context.Context, now time.Time, patience time.Duration, limit int) ([]id.ID, error) {
	var stuck []domain.Snapshot
	s.cell.View(func(st *state) {
		for _, o := range st.orders {
			order, longest := domain.Restore(o), time.Minute
			if order.InReview() {
				longest = time.Hour
			}
			wait := max(patience, min(o.UpdatedAt.Sub(o.AttemptedAt)/2, longest))
			waits := order.Unfinished() || order.PaymentUnknown() || order.Resolving() != ""
			if waits && order.Idle(now, wait) {
				stuck = append(stuck, o)
			}
		}
	})
	slices.SortFunc(stuck, func(a, b domain.Snapshot) int {
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	out := make([]id.ID, 0, limit)
	for _, o := range stuck[:min(limit, len(stuck))] {
		out = append(out, o.ID)
	}
	return out, nil
}

// History returns the states that an order went through.
func (s *Store) History(_ context.Context, orderID id.ID) (out []ports.Entry, err error) {
	s.cell.View(func(st *state) {
		for _, e := range st.history {
			if e.orderID == orderID {
				out = append(out, e.Entry)
			}
		}
	})
	return out, nil
}
