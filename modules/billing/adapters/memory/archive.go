package memory

import (
	"context"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// AnyDocument returns a document or draft of a kind.
func (s *Store) AnyDocument(
	_ context.Context, kind domain.Kind, documentID id.ID,
) (document domain.Invoice, err error) {
	err = domain.ErrNoInvoice
	s.cell.View(func(st *state) {
		for _, i := range st.all() {
			if i.ID == documentID && i.Kind == kind {
				document, err = i, nil
			}
		}
	})
	return document, err
}

// record has the fields that a filter compares.
type record struct {
	accountID, orderID id.ID
	status             string
}

func fits(r record, f ports.Filter) bool {
	return (f.AccountID == id.Nil || f.AccountID == r.accountID) && (f.OrderID == id.Nil || f.OrderID == r.orderID) &&
		(f.Status == "" || f.Status == r.status)
}

// matching returns the records that match a filter.
func matching[S, T any](all map[id.ID]S, f ports.Filter, describe func(S) record, restore func(S) T) (out []T) {
	for _, one := range all {
		if fits(describe(one), f) {
			out = append(out, restore(one))
		}
	}
	return out
}

// AllPayments returns a page of payments.
func (s *Store) AllPayments(_ context.Context, f ports.Filter,
	request page.Request,
) (page.Page[domain.Payment], error) {
	var items []domain.Payment
	s.cell.View(func(st *state) {
		items = matching(st.payments, f, func(p domain.PaymentSnapshot) record {
			return record{p.AccountID, p.OrderID, string(p.Status)}
		}, domain.RestorePayment)
	})
	return newestFirst(items, func(p domain.Payment) id.ID { return p.Snapshot().ID }, request)
}

// AllRefunds returns a page of refunds.
func (s *Store) AllRefunds(_ context.Context, f ports.Filter, request page.Request) (page.Page[domain.Refund], error) {
	var items []domain.Refund
	s.cell.View(func(st *state) {
		items = matching(st.refunds, f, func(r domain.RefundSnapshot) record {
			return record{r.AccountID, r.OrderID, string(r.Status)}
		}, domain.RestoreRefund)
	})
	return newestFirst(items, func(r domain.Refund) id.ID { return r.Snapshot().ID }, request)
}

// AllDisputes returns a page of disputes.
func (s *Store) AllDisputes(_ context.Context, f ports.Filter,
	request page.Request,
) (page.Page[domain.Dispute], error) {
	var items []domain.Dispute
	s.cell.View(func(st *state) {
		items = matching(st.disputes, f, func(d domain.DisputeSnapshot) record {
			return record{d.AccountID, d.OrderID, string(d.Status)}
		}, domain.RestoreDispute)
	})
	return newestFirst(items, func(d domain.Dispute) id.ID { return d.Snapshot().ID }, request)
}
