// Package memory keeps payments and invoices in memory, for tests and simulations, and has a provider that takes
// nobody's money.
package memory

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
)

type state struct {
	payments  map[id.ID]domain.PaymentSnapshot
	events    map[string]bool // applied?
	drafts    []domain.Draft
	invoices  []domain.Invoice
	documents map[id.ID][]byte
	news      []billing.PaymentChanged
}

func (s *state) Clone() *state {
	return &state{
		maps.Clone(s.payments), maps.Clone(s.events), slices.Clone(s.drafts), slices.Clone(s.invoices),
		maps.Clone(s.documents), slices.Clone(s.news),
	}
}

// Store is a unit of work and the books over one memory.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{
		payments: map[id.ID]domain.PaymentSnapshot{}, events: map[string]bool{}, documents: map[id.ID][]byte{},
	})}
}

// Do runs fn in one transaction, one at a time.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return s.cell.Update(func(st *state) error {
		return fn(ctx, ports.Stores{Payments: payments{st}, Inbox: inbox{st}, Invoices: invoices{st}, News: news{st}})
	})
}

// News returns the news that was told.
func (s *Store) News() (out []billing.PaymentChanged) {
	s.cell.View(func(st *state) { out = st.news })
	return out
}

type news struct{ *state }

func (n news) PaymentChanged(_ context.Context, event billing.PaymentChanged) error {
	n.state.news = append(n.state.news, event)
	return nil
}

type payments struct{ *state }

func (s payments) Insert(_ context.Context, payment domain.Payment) (domain.Payment, error) {
	p := payment.Snapshot()
	for _, other := range s.payments {
		if other.OrderID == p.OrderID && other.Attempt == p.Attempt {
			return domain.RestorePayment(other), nil
		}
	}
	s.payments[p.ID] = p
	return payment, nil
}

func (s payments) Lock(_ context.Context, paymentID id.ID) (domain.Payment, bool, error) {
	p, found := s.payments[paymentID]
	return domain.RestorePayment(p), found, nil
}

func (s payments) Update(_ context.Context, payment domain.Payment) error {
	s.payments[payment.Snapshot().ID] = payment.Snapshot()
	return nil
}

type inbox struct{ *state }

func (s inbox) Insert(_ context.Context, event ports.Event, _ time.Time) (bool, error) {
	key := event.Provider + "/" + event.ID
	if _, known := s.events[key]; known {
		return false, nil
	}
	s.events[key] = false
	return true, nil
}

func (s inbox) Applied(_ context.Context, event ports.Event, _ time.Time) error {
	s.events[event.Provider+"/"+event.ID] = true
	return nil
}

type invoices struct{ *state }

func (s invoices) InsertDraft(_ context.Context, draft domain.Draft) error {
	s.drafts = append(s.drafts, draft)
	return nil
}

func (s invoices) LockNumbering(context.Context) (bool, error) { return true, nil }

func (s invoices) Drafts(_ context.Context, limit int) ([]domain.Draft, error) {
	sorted := slices.SortedFunc(slices.Values(s.drafts), func(a, b domain.Draft) int {
		return cmp.Or(a.CapturedAt.Compare(b.CapturedAt), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return sorted[:min(limit, len(sorted))], nil
}

func (s invoices) LastNumber(_ context.Context, series string) (last int64, err error) {
	for _, i := range s.invoices {
		if i.Series == series {
			last = max(last, i.Number)
		}
	}
	return last, nil
}

func (s invoices) Issue(_ context.Context, issued []domain.Invoice) error {
	for _, i := range issued {
		s.drafts = slices.DeleteFunc(s.drafts, func(d domain.Draft) bool { return d.ID == i.ID })
	}
	s.invoices = append(s.invoices, issued...)
	return nil
}
