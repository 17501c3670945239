package memory

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

func (s *state) newest(orderID id.ID) (newest domain.PaymentSnapshot, found bool) {
	for _, p := range s.payments {
		if p.OrderID == orderID && p.Attempt > newest.Attempt {
			newest, found = p, true
		}
	}
	return newest, found
}

// Newest returns an order's newest payment.
func (s *Store) Newest(_ context.Context, orderID id.ID) (payment domain.Payment, found bool, err error) {
	s.cell.View(func(st *state) {
		var p domain.PaymentSnapshot
		p, found = st.newest(orderID)
		payment = domain.RestorePayment(p)
	})
	return payment, found, nil
}

// Attempts returns all payments of an order, the newest first.
func (s *Store) Attempts(_ context.Context, orderID id.ID) (out []domain.Payment, err error) {
	s.cell.View(func(st *state) { out = st.attempts(orderID) })
	return out, nil
}

func (s *state) attempts(orderID id.ID) (out []domain.Payment) {
	for _, p := range s.payments {
		if p.OrderID == orderID {
			out = append(out, domain.RestorePayment(p))
		}
	}
	slices.SortFunc(out, func(a, b domain.Payment) int { return cmp.Compare(b.Snapshot().Attempt, a.Snapshot().Attempt) })
	return out
}

// Summaries returns the payment summaries of orders.
func (s *Store) Summaries(_ context.Context, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error) {
	out := map[id.ID]billing.PaymentSummary{}
	s.cell.View(func(st *state) {
		for _, orderID := range orderIDs {
			if summary := st.summary(orderID); summary.Payment != nil {
				out[orderID] = summary
			}
		}
	})
	return out, nil
}

// summary returns an order's payment summary; the zero summary without a payment.
func (s *state) summary(orderID id.ID) (out billing.PaymentSummary) {
	p, found := s.newest(orderID)
	if !found {
		return out
	}
	view := domain.RestorePayment(p).View()
	out.Payment = &view
	documents := map[id.ID]*billing.InvoiceRef{}
	for _, i := range s.all() {
		documents[i.ID] = &billing.InvoiceRef{ID: i.ID, Number: i.FullNumber()}
		if i.OrderID == orderID && i.Kind == domain.InvoiceKind {
			out.Invoice = documents[i.ID]
		}
	}
	for _, r := range sorted(s.refunds) {
		if r.OrderID == orderID {
			refund := domain.RestoreRefund(r).View()
			refund.CreditNote = documents[r.ID]
			out.Refunds = append(out.Refunds, refund)
		}
	}
	if d, found := domain.DecidingDispute(s.disputesOf(p.ID)); found {
		dispute := d.View()
		out.Dispute = &dispute
	}
	attempts := []domain.Attempt{}
	for _, payment := range s.attempts(orderID) {
		refunds, _ := refunds{s}.Of(context.Background(), payment.Snapshot().ID)
		attempts = append(attempts, domain.Attempt{
			Payment: payment, Out: domain.Out(refunds, s.disputesOf(payment.Snapshot().ID)),
		})
	}
	out.State = domain.NewState(s.revisions[orderID], attempts, out.Refunds, out.Dispute)
	return out
}

func (s *state) disputesOf(paymentID id.ID) []domain.Dispute {
	out, _ := disputes{s}.Of(context.Background(), paymentID)
	return out
}

// newestFirst returns a page of items in descending order of their IDs.
func newestFirst[T any](items []T, idOf func(T) id.ID, request page.Request) (page.Page[T], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[T]{}, err
	}
	order := func(a, b id.ID) int { return bytes.Compare(b[:], a[:]) }
	slices.SortFunc(items, func(a, b T) int { return order(idOf(a), idOf(b)) })
	items = slices.DeleteFunc(items, func(t T) bool { return ok && order(idOf(t), after) <= 0 })
	return page.Cut(items, request.Size(), func(t T) string { return page.Encode(idOf(t)) }), nil
}

// Transactions returns a page of an account's payments and refunds, the newest first.
func (s *Store) Transactions(_ context.Context, q ports.Transactions) (page.Page[domain.Transaction], error) {
	var items []domain.Transaction
	s.cell.View(func(st *state) { items = st.transactions(q.AccountID) })
	items = slices.DeleteFunc(items, func(t domain.Transaction) bool {
		return t.CreatedAt.Before(q.From) || (!q.To.IsZero() && !t.CreatedAt.Before(q.To)) ||
			(q.Type != "" && t.Type != q.Type) ||
			(q.Status != "" && t.Status != q.Status)
	})
	return newestFirst(items, func(t domain.Transaction) id.ID { return t.ID }, q.Page)
}

func (s *state) transactions(accountID id.ID) (items []domain.Transaction) {
	for _, p := range s.payments {
		if p.AccountID == accountID {
			items = append(items, domain.Transaction{
				ID: p.ID, Type: "payment", OrderID: p.OrderID, Amount: p.Amount, Status: string(p.Status),
				DeclineCode: p.DeclineCode, CreatedAt: p.CreatedAt,
			})
		}
	}
	for _, r := range s.refunds {
		if r.AccountID == accountID {
			items = append(items, domain.Transaction{
				ID: r.ID, Type: "refund", OrderID: r.OrderID, Amount: r.Amount, Status: string(r.Status), CreatedAt: r.CreatedAt,
			})
		}
	}
	return items
}

// History returns the history of an order's money, the oldest entry first.
func (s *Store) History(_ context.Context, orderID id.ID) (out []billing.Entry, err error) {
	s.cell.View(func(st *state) {
		for _, e := range st.history {
			if e.orderID == orderID {
				out = append(out, e.Entry)
			}
		}
	})
	return out, nil
}

// due returns the items that are due, the longest overdue first.
func due[T any](items []T, at func(T) *time.Time, now time.Time, limit int) []T {
	items = slices.DeleteFunc(items, func(t T) bool { return at(t) == nil || at(t).After(now) })
	slices.SortStableFunc(items, func(a, b T) int { return at(a).Compare(*at(b)) })
	return items[:min(limit, len(items))]
}

// sorted returns a map's values in the order of its keys.
func sorted[V any](m map[id.ID]V) (out []V) {
	for _, key := range slices.SortedFunc(maps.Keys(m), func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) }) {
		out = append(out, m[key])
	}
	return out
}

// Backlog finds work that is due.
type Backlog struct{ store *Store }

// Backlog returns the store's backlog.
func (s *Store) Backlog() Backlog { return Backlog{s} }

// Refunds returns refunds whose PollAt is not after now.
func (b Backlog) Refunds(_ context.Context, now time.Time, limit int) (out []domain.Refund, err error) {
	b.store.cell.View(func(st *state) {
		for _, r := range due(sorted(st.refunds),
			func(r domain.RefundSnapshot) *time.Time { return r.PollAt }, now, limit) {
			out = append(out, domain.RestoreRefund(r))
		}
	})
	return out, nil
}

// Payments returns payments whose PollAt is not after now.
func (b Backlog) Payments(_ context.Context, now time.Time, limit int) (out []domain.Payment, err error) {
	b.store.cell.View(func(st *state) {
		for _, p := range due(sorted(st.payments),
			func(p domain.PaymentSnapshot) *time.Time { return p.PollAt }, now, limit) {
			out = append(out, domain.RestorePayment(p))
		}
	})
	return out, nil
}

// Events returns events whose retry is due.
func (b Backlog) Events(_ context.Context, now time.Time, limit int) (out []ports.Event, err error) {
	b.store.cell.View(func(st *state) {
		all := make([]storedEvent, 0, len(st.webhooks))
		for _, key := range slices.Sorted(maps.Keys(st.webhooks)) {
			all = append(all, st.webhooks[key])
		}
		for _, e := range due(all, func(e storedEvent) *time.Time { return e.retryAt }, now, limit) {
			out = append(out, ports.Event{
				Provider: e.event.Provider, ID: e.event.ID, Body: e.event.Body,
				ReceivedAt: e.event.ReceivedAt,
			})
		}
	})
	return out, nil
}

// Unfinished reports whether there are drafts without a number, and entries or records without a seal.
func (b Backlog) Unfinished(context.Context) (drafts, entries bool, err error) {
	b.store.cell.View(func(st *state) {
		drafts, entries = len(st.drafts) > 0, len(st.queue) > 0 || st.sealed() < len(st.entries)
	})
	return drafts, entries, nil
}
