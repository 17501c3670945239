package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Search returns a page of the orders that a filter leaves.
func (s *Store) Search(_ context.Context, f ports.Filter, request page.Request) (page.Page[domain.Order], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Order]{}, err
	}
	var orders []domain.Order
	s.cell.View(func(st *state) {
		for _, o := range st.orders {
			if matches(o, f) && (!ok || bytes.Compare(o.ID[:], after[:]) < 0) {
				orders = append(orders, domain.Restore(o))
			}
		}
	})
	slices.SortFunc(orders, func(a, b domain.Order) int {
		x, y := a.ID(), b.ID()
		return bytes.Compare(y[:], x[:])
	})
	return page.Cut(orders, request.Size(), func(o domain.Order) string { return page.Encode(o.ID()) }), nil
}

func matches(o domain.Snapshot, f ports.Filter) bool {
	return (f.Status == "" || o.Status == f.Status) && (f.AccountID == id.Nil || o.AccountID == f.AccountID) &&
		(f.Number == "" || o.Number == strings.ToUpper(f.Number)) && (f.OrderID == id.Nil || o.ID == f.OrderID)
}

// Expired returns orders that have been declined since before a moment.
func (s *Store) Expired(_ context.Context, before time.Time, limit int) ([]id.ID, error) {
	var expired []domain.Snapshot
	s.cell.View(func(st *state) {
		for _, o := range st.orders {
			if o.Status == checkout.Declined && !o.UpdatedAt.After(before) {
				expired = append(expired, o)
			}
		}
	})
	slices.SortFunc(expired, func(a, b domain.Snapshot) int {
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), bytes.Compare(a.ID[:], b.ID[:]))
	})
	out := make([]id.ID, 0, limit)
	for _, o := range expired[:min(limit, len(expired))] {
		out = append(out, o.ID)
	}
	return out, nil
}

// ResolutionByKey returns the resolution that an account asked for with a key.
func (s *Store) ResolutionByKey(_ context.Context, accountID id.ID, key string) (r ports.Resolution,
	found bool, err error,
) {
	s.cell.View(func(st *state) {
		i := slices.IndexFunc(st.resolved, func(o ports.Resolution) bool { return o.AccountID == accountID && o.Key == key })
		if found = i >= 0; found {
			r = st.resolved[i]
		}
	})
	return r, found, nil
}

// Resolutions returns an order's resolutions, the oldest first.
func (s *Store) Resolutions(_ context.Context, orderID id.ID) (out []ports.Resolution, err error) {
	s.cell.View(func(st *state) {
		for _, r := range st.resolved {
			if r.OrderID == orderID {
				out = append(out, r)
			}
		}
	})
	return out, nil
}

// PruneKeys deletes the keys of repeated payments of finished orders.
func (s *Store) PruneKeys(_ context.Context, before time.Time, limit int) (n int, err error) {
	err = s.cell.Update(func(st *state) error {
		for key, a := range st.attempts {
			o := st.orders[a.OrderID]
			finished := o.Status == checkout.Completed || o.Status == checkout.Canceled ||
				o.Status == checkout.PartiallyRefunded || o.Status == checkout.Refunded
			if n < limit && finished && o.UpdatedAt.Before(before) && st.repeated[key] {
				delete(st.attempts, key)
				n++
			}
		}
		return nil
	})
	return n, err
}
