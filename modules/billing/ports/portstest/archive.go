package portstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// archive reads the records of two accounts with a payment, a refund and a dispute each.
func archive(t *testing.T, f Fixture) {
	ada, bob := newID(), newID()
	var payments []domain.Payment
	var refunds []domain.Refund
	for _, accountID := range []id.ID{ada, bob} {
		payment := applyStatus(t, f, insert(t, f, newID(), accountID, 1), billing.Captured)
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			refund := payment.RefundWhole(newID(), nil, "test", now)
			dispute := domain.NewDispute(newID(), payment,
				domain.DisputeReport{ProviderRef: "dp_" + accountID.String(), Amount: 5}, now)
			_, _, err := dispute.Apply(domain.DisputeReport{
				Status: billing.DisputeOpened,
				At:     now.Add(time.Second),
			}, newID(), now)
			refunds = append(refunds, refund)
			return errors.Join(err, s.Refunds.Insert(ctx, refund), s.Disputes.Put(ctx, dispute),
				s.Payments.Update(ctx, payment, ""))
		})
		payments = append(payments, payment)
	}
	for name, c := range map[string]struct {
		filter ports.Filter
		want   int
	}{
		"all":              {ports.Filter{}, 2},
		"an account's":     {ports.Filter{AccountID: ada}, 1},
		"an order's":       {ports.Filter{OrderID: payments[1].Snapshot().OrderID}, 1},
		"nobody's":         {ports.Filter{AccountID: newID()}, 0},
		"two that exclude": {ports.Filter{AccountID: ada, OrderID: payments[1].Snapshot().OrderID}, 0},
	} {
		require.Equal(t, c.want, total(t, c.filter, f.Archive.AllPayments), name)
		require.Equal(t, c.want, total(t, c.filter, f.Archive.AllRefunds), name)
		require.Equal(t, c.want, total(t, c.filter, f.Archive.AllDisputes), name)
		require.Equal(t, c.want, total(t, c.filter, invoices(f)), name)
	}
	require.Equal(t, 2, total(t, ports.Filter{Status: "captured"}, f.Archive.AllPayments))
	require.Equal(t, 2, total(t, ports.Filter{Status: "requested"}, f.Archive.AllRefunds))
	require.Equal(t, 2, total(t, ports.Filter{Status: "opened"}, f.Archive.AllDisputes))
	require.Zero(t, total(t, ports.Filter{Status: "lost"}, f.Archive.AllDisputes))
	got, err := f.Archive.AllRefunds(t.Context(), ports.Filter{}, page.Request{Limit: 1})
	require.NoError(t, err)
	require.Equal(t, refunds[1], got.Items[0], "the newest first")

	invoice, err := f.Archive.AnyDocument(t.Context(), domain.InvoiceKind, payments[0].Snapshot().ID)
	require.NoError(t, err)
	require.Equal(t, ada, invoice.AccountID)
	for _, kind := range []domain.Kind{domain.CreditNoteKind, domain.InvoiceKind} {
		_, err = f.Archive.AnyDocument(t.Context(), kind, newID())
		require.ErrorIs(t, err, domain.ErrNoInvoice)
	}
	_, err = f.Archive.AnyDocument(t.Context(), domain.CreditNoteKind, payments[0].Snapshot().ID)
	require.ErrorIs(t, err, domain.ErrNoInvoice)
}

type lister[T any] func(ctx context.Context, f ports.Filter, request page.Request) (page.Page[T], error)

func invoices(f Fixture) lister[domain.Invoice] {
	return func(ctx context.Context, filter ports.Filter, request page.Request) (page.Page[domain.Invoice], error) {
		return f.Archive.AllDocuments(ctx, ports.DocumentFilter{
			Kind: domain.InvoiceKind, AccountID: filter.AccountID, OrderID: filter.OrderID,
		}, request)
	}
}

// total counts the items of a list with pages of one item.
func total[T any](t *testing.T, f ports.Filter, list lister[T]) (n int) {
	t.Helper()
	request := page.Request{Limit: 1}
	for {
		p, err := list(t.Context(), f, request)
		require.NoError(t, err)
		n += len(p.Items)
		if p.Next == "" {
			return n
		}
		request.Cursor = p.Next
	}
}
