package memory

import (
	"bytes"
	"context"
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
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

func (s *state) papers(accountID id.ID) []domain.Invoice {
	all := slices.Clone(s.invoices)
	for _, d := range s.drafts {
		all = append(all, domain.Invoice{Draft: d})
	}
	return slices.DeleteFunc(all, func(i domain.Invoice) bool { return i.AccountID != accountID })
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

// Bills returns the newest payment and the invoice of orders.
func (s *Store) Bills(_ context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error) {
	out := map[id.ID]billing.Bill{}
	s.cell.View(func(st *state) {
		for _, orderID := range orderIDs {
			p, found := st.newest(orderID)
			if !found {
				continue
			}
			view := domain.RestorePayment(p).View()
			bill := billing.Bill{Payment: &view}
			for _, i := range st.papers(p.AccountID) {
				if i.OrderID == orderID {
					bill.Invoice = &billing.InvoiceRef{ID: i.ID, Number: i.FullNumber()}
				}
			}
			out[orderID] = bill
		}
	})
	return out, nil
}

// newestFirst cuts a page of items that sort by their IDs.
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

// Payments returns a page of an account's payments, the newest first.
func (s *Store) Payments(_ context.Context, accountID id.ID, request page.Request) (page.Page[domain.Payment], error) {
	var items []domain.Payment
	s.cell.View(func(st *state) {
		for _, p := range st.payments {
			if p.AccountID == accountID {
				items = append(items, domain.RestorePayment(p))
			}
		}
	})
	return newestFirst(items, func(p domain.Payment) id.ID { return p.Snapshot().ID }, request)
}

// Invoices returns a page of an account's invoices and drafts, the newest first.
func (s *Store) Invoices(_ context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error) {
	var items []domain.Invoice
	s.cell.View(func(st *state) { items = st.papers(accountID) })
	return newestFirst(items, func(i domain.Invoice) id.ID { return i.ID }, request)
}

// Invoice returns one invoice or draft of an account.
func (s *Store) Invoice(_ context.Context, accountID, invoiceID id.ID) (invoice domain.Invoice, err error) {
	err = domain.ErrNoInvoice
	s.cell.View(func(st *state) {
		for _, i := range st.papers(accountID) {
			if i.ID == invoiceID {
				invoice, err = i, nil
			}
		}
	})
	return invoice, err
}

// Document returns an invoice's stored bytes, or nil.
func (s *Store) Document(_ context.Context, invoiceID id.ID) (pdf []byte, err error) {
	s.cell.View(func(st *state) { pdf = bytes.Clone(st.documents[invoiceID]) })
	return pdf, nil
}

// PutDocument stores an invoice's bytes unless there are some, and returns those that are there then.
func (s *Store) PutDocument(ctx context.Context, invoiceID id.ID, pdf []byte) ([]byte, error) {
	err := s.cell.Update(func(st *state) error {
		if st.documents[invoiceID] == nil {
			st.documents[invoiceID] = bytes.Clone(pdf)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.Document(ctx, invoiceID)
}
