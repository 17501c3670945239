// Package memory implements billing's ports in memory, with a payment provider, for tests and simulations.
package memory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/memory"
	"coinslot/platform/mutant"
)

type storedEvent struct {
	event   ports.Event
	applied bool
	retryAt *time.Time
}

type entry struct {
	orderID id.ID
	billing.Entry
}

type state struct {
	payments  map[id.ID]domain.PaymentSnapshot
	refunds   map[id.ID]domain.RefundSnapshot
	webhooks  map[string]storedEvent
	history   []entry
	drafts    []domain.Draft
	invoices  []domain.Invoice
	pdfs      map[id.ID][]byte
	disputes  map[id.ID]domain.DisputeSnapshot
	entries   []domain.JournalEntry
	chain     [][]byte        // hashes of the first entries
	queue     []domain.Record // unsealed; without digests
	seals     []domain.Seal
	payouts   map[id.ID]domain.PayoutSnapshot
	manual    map[id.ID]domain.ManualEntrySnapshot
	erased    map[id.ID]bool
	revisions map[id.ID]int64 // of orders
	events    []billing.PaymentChanged
	exports   map[id.ID]storedExport
	requested []domain.ExportRequested
	issued    []billing.IssuedDocument
	lost      []domain.LostNumbers
}

func (s *state) Clone() *state {
	return &state{
		maps.Clone(s.payments), maps.Clone(s.refunds), maps.Clone(s.webhooks), slices.Clone(s.history),
		slices.Clone(s.drafts), slices.Clone(s.invoices),
		maps.Clone(s.pdfs), maps.Clone(s.disputes), slices.Clone(s.entries), slices.Clone(s.chain),
		slices.Clone(s.queue), slices.Clone(s.seals), maps.Clone(s.payouts), maps.Clone(s.manual),
		maps.Clone(s.erased), maps.Clone(s.revisions), slices.Clone(s.events),
		maps.Clone(s.exports), slices.Clone(s.requested), slices.Clone(s.issued), slices.Clone(s.lost),
	}
}

// Store is a unit of work, a payment reader and the documents of one memory.
type Store struct{ cell *memory.Cell[*state] }

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{memory.NewCell(&state{
		payments: map[id.ID]domain.PaymentSnapshot{}, refunds: map[id.ID]domain.RefundSnapshot{},
		webhooks: map[string]storedEvent{},
		pdfs:     map[id.ID][]byte{}, disputes: map[id.ID]domain.DisputeSnapshot{}, erased: map[id.ID]bool{},
		revisions: map[id.ID]int64{}, exports: map[id.ID]storedExport{},
		payouts: map[id.ID]domain.PayoutSnapshot{}, manual: map[id.ID]domain.ManualEntrySnapshot{},
	})}
}

// Copy returns a store with the present state, as a restore of a backup that is made now does.
func (s *Store) Copy() *Store {
	var copied *state
	s.cell.View(func(st *state) { copied = st })
	return &Store{memory.NewCell(copied)}
}

// Do runs fn in a transaction. Transactions are serial.
func (s *Store) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return s.cell.Update(func(st *state) error {
		err := fn(ctx, ports.Stores{
			Payments: payments{st}, Refunds: refunds{st}, Disputes: disputes{st}, Inbox: inbox{st},
			Invoices: invoices{st}, Ledger: ledger{st}, Payouts: payouts{st}, Manual: manualEntries{st},
			Privacy: privacy{st}, Exports: exports{st}, Events: events{st},
		})
		return errors.Join(err, st.unbalanced())
	})
}

// Events returns the published events.
func (s *Store) Events() (out []billing.PaymentChanged) {
	s.cell.View(func(st *state) { out = st.events })
	return out
}

type events struct{ *state }

func (e events) PaymentChanged(_ context.Context, event billing.PaymentChanged) error {
	e.state.events = append(e.state.events, event)
	return nil
}

type payments struct{ *state }

func (s payments) Insert(_ context.Context, payment domain.Payment) (domain.Payment, error) {
	p := payment.Snapshot()
	for _, other := range s.payments {
		if other.OrderID == p.OrderID && other.Attempt == p.Attempt && !mutant.On("store-an-attempt-twice") {
			return domain.RestorePayment(other), nil
		}
	}
	s.payments[p.ID] = p
	s.revisions[p.OrderID]++
	s.note(p.OrderID, billing.Entry{At: p.CreatedAt, What: "payment.requested", Result: string(p.Status)})
	return payment, nil
}

func (s *state) note(orderID id.ID, e billing.Entry) {
	if e.What != "" {
		s.history = append(s.history, entry{orderID, e})
	}
}

func (s payments) Lock(_ context.Context, paymentID id.ID) (domain.Payment, bool, error) {
	p, found := s.payments[paymentID]
	return domain.RestorePayment(p), found, nil
}

func (s payments) LockByRef(_ context.Context, provider, ref string) (domain.Payment, bool, error) {
	for _, p := range s.payments {
		if p.Provider == provider && p.ProviderRef == ref {
			return domain.RestorePayment(p), true, nil
		}
	}
	return domain.Payment{}, false, nil
}

func (s payments) Update(_ context.Context, payment domain.Payment, cause string) error {
	p := payment.Snapshot()
	if p.Refunded > p.Captured {
		return errOverRefunded
	}
	if s.erased[p.AccountID] {
		p.Brand, p.Last4 = "", ""
	}
	s.payments[p.ID] = p
	s.revisions[p.OrderID]++
	s.note(p.OrderID, billing.Entry{At: p.UpdatedAt, What: cause, Result: string(p.Status)})
	return nil
}

func (s payments) State(_ context.Context, orderID id.ID) (billing.PaymentState, error) {
	return s.summary(orderID).State, nil
}

var errOverRefunded = errors.New("refunded exceeds captured")

type refunds struct{ *state }

func (s refunds) Insert(_ context.Context, refund domain.Refund) error {
	r := refund.Snapshot()
	for _, other := range s.refunds {
		same := other.RequestedBy == r.RequestedBy && other.Key == r.Key
		if same && (r.RequestedBy != id.Nil || other.PaymentID == r.PaymentID) && !mutant.On("store-a-refund-twice") {
			return billing.ErrKeyReused
		}
	}
	if s.erased[r.AccountID] {
		r.Reason = ""
	}
	s.refunds[r.ID] = r
	requested := billing.Entry{At: r.CreatedAt, What: "refund.requested", Result: string(r.Status)}
	if r.RequestedBy != r.AccountID {
		requested.StaffID = r.RequestedBy
	}
	s.note(r.OrderID, requested)
	return nil
}

func (s refunds) Of(_ context.Context, paymentID id.ID) (out []domain.Refund, err error) {
	for _, r := range sorted(s.refunds) {
		if r.PaymentID == paymentID {
			out = append(out, domain.RestoreRefund(r))
		}
	}
	return out, nil
}

func (s refunds) Find(_ context.Context, refundID id.ID) (domain.Refund, bool, error) {
	r, found := s.refunds[refundID]
	return domain.RestoreRefund(r), found, nil
}

func (s refunds) Update(_ context.Context, refund domain.Refund, cause string) error {
	r := refund.Snapshot()
	s.refunds[r.ID] = r
	s.note(r.OrderID, billing.Entry{At: r.UpdatedAt, What: cause, Result: string(r.Status)})
	return nil
}

type inbox struct{ *state }

func keyOf(event ports.Event) string { return event.Provider + "/" + event.ID }

func (s inbox) Insert(_ context.Context, event ports.Event) (bool, error) {
	if _, known := s.webhooks[keyOf(event)]; known {
		return false, nil
	}
	s.webhooks[keyOf(event)] = storedEvent{event: event}
	return true, nil
}

func (s inbox) Applied(_ context.Context, event ports.Event, _ time.Time) error {
	e := s.webhooks[keyOf(event)]
	e.applied, e.retryAt = true, nil
	s.webhooks[keyOf(event)] = e
	return nil
}

func (s inbox) Prune(_ context.Context, before time.Time, limit int) (int, error) {
	var old []string
	for key, e := range s.webhooks {
		if e.event.ReceivedAt.Before(before) && e.retryAt == nil {
			old = append(old, key)
		}
	}
	slices.SortFunc(old, func(a, b string) int {
		return s.webhooks[a].event.ReceivedAt.Compare(s.webhooks[b].event.ReceivedAt)
	})
	old = old[:min(limit, len(old))]
	for _, key := range old {
		delete(s.webhooks, key)
	}
	return len(old), nil
}

func (s inbox) Postpone(_ context.Context, event ports.Event, until *time.Time) error {
	e := s.webhooks[keyOf(event)]
	e.retryAt = until
	s.webhooks[keyOf(event)] = e
	return nil
}
