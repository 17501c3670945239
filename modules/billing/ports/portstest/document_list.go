package portstest

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

// sell captures an order with a number from a country.
func sell(t *testing.T, f Fixture, accountID id.ID, orderNumber, country string) domain.PaymentSnapshot {
	t.Helper()
	c := charge(newID(), accountID, 1)
	c.Invoice.OrderNumber, c.Invoice.Buyer.Country = orderNumber, country
	payment := domain.NewPayment(newID(), c, "mockpay", now)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		_, err := s.Payments.Insert(ctx, payment)
		return err
	})
	return applyStatus(t, f, payment, billing.Captured).Snapshot()
}

// issue numbers all drafts at a moment.
func issue(t *testing.T, f Fixture, at time.Time) {
	t.Helper()
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		drafts, err := s.Invoices.Drafts(ctx, 100)
		if err != nil {
			return err
		}
		var series []string
		for _, d := range drafts {
			series = append(series, d.Series(at))
		}
		last, err := s.Invoices.LastNumbers(ctx, series)
		if err != nil {
			return err
		}
		return s.Invoices.Issue(ctx, domain.Issue(drafts, last, at))
	})
}

// documentList has three invoices of three days, the credit note of the first and a draft.
func documentList(t *testing.T, f Fixture) {
	ada, bob := newID(), newID()
	first := sell(t, f, ada, "CS-1", "AT")
	issue(t, f, now)
	second := sell(t, f, bob, "CS-2", "DE")
	issue(t, f, now.Add(24*time.Hour))
	third := sell(t, f, ada, "CS-3", "DE")
	note := succeedRefund(t, f, first.ID).View()
	issue(t, f, now.Add(48*time.Hour))
	draft := sell(t, f, ada, "CS-4", "DE")

	invoices, notes := domain.InvoiceKind, domain.CreditNoteKind
	for name, c := range map[string]struct {
		f    ports.DocumentFilter
		want []id.ID
	}{
		"all invoices, drafts first": {
			ports.DocumentFilter{Kind: invoices},
			[]id.ID{draft.ID, third.ID, second.ID, first.ID},
		},
		"all credit notes": {ports.DocumentFilter{Kind: notes}, []id.ID{note.ID}},
		"a number": {ports.DocumentFilter{
			Kind:   invoices,
			Number: "INV-AT-2026-000002",
		}, []id.ID{second.ID}},
		"a number of another kind": {ports.DocumentFilter{Kind: notes, Number: "INV-AT-2026-000002"}, nil},
		"a part of a number":       {ports.DocumentFilter{Kind: invoices, Number: "INV-AT-2026-00000"}, nil},
		"a prefix": {
			ports.DocumentFilter{Kind: invoices, NumberPrefix: "INV-AT-2026-"},
			[]id.ID{third.ID, second.ID, first.ID},
		},
		"a whole number as prefix": {ports.DocumentFilter{
			Kind:         invoices,
			NumberPrefix: "INV-AT-2026-000003",
		}, []id.ID{third.ID}},
		"a prefix with a wildcard": {ports.DocumentFilter{Kind: invoices, NumberPrefix: "INV-AT-____-"}, nil},
		"an account":               {ports.DocumentFilter{Kind: invoices, AccountID: bob}, []id.ID{second.ID}},
		"an order":                 {ports.DocumentFilter{Kind: notes, OrderID: first.OrderID}, []id.ID{note.ID}},
		"an order's number":        {ports.DocumentFilter{Kind: invoices, OrderNumber: "CS-2"}, []id.ID{second.ID}},
		"an order's number, draft": {ports.DocumentFilter{Kind: invoices, OrderNumber: "CS-4"}, []id.ID{draft.ID}},
		"a country": {
			ports.DocumentFilter{Kind: invoices, Country: "DE"},
			[]id.ID{draft.ID, third.ID, second.ID},
		},
		"an account and a country": {ports.DocumentFilter{Kind: invoices, AccountID: ada, Country: "AT"}, []id.ID{first.ID}},
		"issued from": {
			ports.DocumentFilter{Kind: invoices, From: now.Add(24 * time.Hour)},
			[]id.ID{third.ID, second.ID},
		},
		"issued before": {ports.DocumentFilter{Kind: invoices, To: now.Add(24 * time.Hour)}, []id.ID{first.ID}},
		"a prefix and a time range": {ports.DocumentFilter{
			Kind: invoices, NumberPrefix: "INV", From: now,
			To: now.Add(time.Hour),
		}, []id.ID{first.ID}},
	} {
		for _, limit := range []int{1, 100} {
			require.Equal(t, c.want, listed(t, f, c.f, limit), "%s by %d", name, limit)
		}
	}
	_, err := f.Archive.AllDocuments(t.Context(), ports.DocumentFilter{Kind: invoices}, page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
}

// documentsOfOrders has an order with an invoice and a credit note, and one with a draft.
func documentsOfOrders(t *testing.T, f Fixture) {
	first := sell(t, f, newID(), "CS-1", "AT")
	issue(t, f, now)
	note := succeedRefund(t, f, first.ID).View()
	issue(t, f, now.Add(time.Hour))
	draft := sell(t, f, newID(), "CS-2", "DE")
	of, err := f.Archive.OfOrders(t.Context(), []id.ID{first.OrderID, draft.OrderID, newID()})
	require.NoError(t, err)
	numbers := map[id.ID]string{}
	for _, i := range of {
		numbers[i.ID] = i.FullNumber()
	}
	require.Equal(t, map[id.ID]string{
		first.ID: "INV-AT-2026-000001", note.ID: "CN-AT-2026-000001", draft.ID: "",
	}, numbers)
}

// listed returns the IDs of a list that is read in pages.
func listed(t *testing.T, f Fixture, filter ports.DocumentFilter, limit int) (ids []id.ID) {
	t.Helper()
	request := page.Request{Limit: limit}
	for {
		p, err := f.Archive.AllDocuments(t.Context(), filter, request)
		require.NoError(t, err)
		for _, i := range p.Items {
			ids = append(ids, i.ID)
		}
		if p.Next == "" {
			return ids
		}
		request.Cursor = p.Next
	}
}
