package portstest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func refundKeys(t *testing.T, f Fixture) {
	ada := newID()
	payments := []domain.Payment{
		applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured),
		applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured),
	}
	ask := func(payment domain.Payment, key string) (domain.Refund, error) {
		o := billing.RefundOrder{RequestedBy: ada, Key: key, BodyHash: []byte("hash"), Reason: "why"}
		lines := []billing.RefundLine{{LineID: lineID, ProductID: partID, Amount: usd(10), Discount: usd(0), Tax: usd(2)}}
		refund, err := payment.Refund(newID(), o, lines, now)
		require.NoError(t, err)
		return refund, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return errors.Join(s.Refunds.Insert(ctx, refund), s.Payments.Update(ctx, payment, ""))
		})
	}
	_, err := ask(payments[0], "key")
	require.NoError(t, err)
	for _, payment := range payments {
		_, err = ask(payment, "key")
		require.ErrorIs(t, err, billing.ErrKeyReused)
	}
	whole := func() error {
		return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			payment := payments[1]
			return s.Refunds.Insert(ctx, payment.RefundWhole(newID(), nil, "test", now))
		})
	}
	require.NoError(t, whole())
	require.ErrorIs(t, whole(), billing.ErrKeyReused, "the store itself refunds a payment once")
}

// succeedRefund refunds a whole payment and drafts the credit note.
func succeedRefund(t *testing.T, f Fixture, paymentID id.ID) domain.Refund {
	t.Helper()
	refund := refundWhole(t, f, paymentID)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		changed, err := refund.Apply(domain.RefundOutcome{
			Status:      billing.RefundSucceeded,
			ProviderRef: "re_" + refund.View().ID.String(),
		}, now.Add(time.Minute))
		require.NoError(t, err)
		require.True(t, changed)
		invoice, err := s.Invoices.Of(ctx, paymentID)
		require.NoError(t, err)
		note, err := domain.NewCreditNote(refund, invoice)
		require.NoError(t, err)
		return errors.Join(s.Refunds.Update(ctx, refund, "provider.refund"), s.Invoices.InsertDraft(ctx, note))
	})
	return refund
}

func creditNotes(t *testing.T, f Fixture) {
	ada := newID()
	payment := applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured).Snapshot()
	refund := succeedRefund(t, f, payment.ID).View()
	draft, err := f.Documents.Document(t.Context(), domain.CreditNoteKind, ada, refund.ID)
	require.NoError(t, err)
	require.False(t, draft.Issued())
	require.NoError(t, number(t.Context(), f, 10, nil))
	note, err := f.Documents.Document(t.Context(), domain.CreditNoteKind, ada, refund.ID)
	require.NoError(t, err)
	require.Equal(t, "CN-AT-2026-000001", note.FullNumber())
	require.Equal(t, &domain.Preceding{ID: payment.ID, Number: "INV-AT-2026-000001", IssuedAt: now}, note.Preceding)
	require.Equal(t, usd(1000), note.Content.Total)
	require.Len(t, note.Hash, 32)
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{payment.OrderID})
	require.NoError(t, err)
	require.Equal(t, &billing.InvoiceRef{ID: refund.ID, Number: "CN-AT-2026-000001"},
		summaries[payment.OrderID].Refunds[0].CreditNote)
	require.Equal(t, &billing.InvoiceRef{ID: payment.ID, Number: "INV-AT-2026-000001"}, summaries[payment.OrderID].Invoice)
	invoices, err := f.Documents.Invoices(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Len(t, invoices.Items, 1, "a credit note is no invoice")
}

func dispute(t *testing.T, f Fixture) {
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	report := domain.DisputeReport{ProviderRef: "dp_1", Status: billing.DisputeOpened, Amount: 1000, At: now}
	d := domain.NewDispute(newID(), payment, report, now)
	for _, status := range []billing.DisputeStatus{billing.DisputeOpened, billing.DisputeWon} {
		report.Status = status
		_, changed, err := d.Apply(report, newID(), now)
		require.NoError(t, err)
		require.True(t, changed)
		do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Disputes.Put(ctx, d) })
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			got, found, err := s.Disputes.Find(ctx, "mockpay", "dp_1")
			require.True(t, found)
			require.Equal(t, d, got)
			_, found, absent := s.Disputes.Find(ctx, "mockpay", "dp_2")
			require.False(t, found)
			of, none := s.Disputes.Of(ctx, payment.Snapshot().ID)
			require.Equal(t, []domain.Dispute{d}, of)
			return errors.Join(err, absent, none)
		})
	}
	orderID := payment.Snapshot().OrderID
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
	require.NoError(t, err)
	view := d.View()
	require.Equal(t, &view, summaries[orderID].Dispute)
	history, err := f.Reader.History(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, billing.Entry{At: now, What: "dispute", Result: "won"}, history[len(history)-1])
}

// countedDispute has disputes of two attempts of an order. Of the newest attempt a lost dispute decides before an open
// one, an open one before a won one. Those of the other attempt do not count.
func countedDispute(t *testing.T, f Fixture) {
	orderID, accountID := newID(), newID()
	late := applyStatus(t, f, insert(t, f, orderID, accountID, 1), billing.Declined)
	payment := applyStatus(t, f, insert(t, f, orderID, accountID, 2), billing.Captured)
	for i, status := range []billing.DisputeStatus{
		billing.DisputeLost, billing.DisputeWon, billing.DisputeOpened,
		billing.DisputeLost, billing.DisputeWon,
	} {
		of, want := payment, status
		if i == 0 {
			of = late
		}
		if i == 4 {
			want = billing.DisputeLost
		}
		report := domain.DisputeReport{ProviderRef: "dp_" + strconv.Itoa(i), Status: status, Amount: 1000, At: now}
		d := domain.NewDispute(newID(), of, report, now)
		_, _, err := d.Apply(report, newID(), now)
		require.NoError(t, err)
		do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Disputes.Put(ctx, d) })
		summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
		require.NoError(t, err)
		if i == 0 {
			require.Nil(t, summaries[orderID].Dispute)
			continue
		}
		require.Equal(t, want, summaries[orderID].Dispute.Status)
	}
}

func entry(at time.Time, cents int64) domain.JournalEntry {
	sourceID := newID()
	return domain.JournalEntry{
		ID: newID(), SourceType: "payment", SourceID: sourceID.String(), OrderID: newID(), At: at,
		Postings: []domain.Posting{
			{Account: domain.ProviderClearing, Amount: usd(cents)}, {Account: domain.Revenue, Amount: usd(-cents)},
		},
	}
}

func post(t *testing.T, f Fixture, e domain.JournalEntry) error {
	t.Helper()
	return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error { return s.Ledger.Post(ctx, e) })
}

func unbalanced(t *testing.T, f Fixture) {
	e := entry(now, 100)
	e.Postings[1].Amount = usd(-99)
	require.Error(t, post(t, f, e))
	e.Postings = nil
	require.Error(t, post(t, f, e), "an entry of nothing")
	all, err := f.Journal.After(t.Context(), ports.JournalQuery{}, nil, 10)
	require.NoError(t, err)
	require.Empty(t, all)
}

func bookedOnce(t *testing.T, f Fixture) {
	e := entry(now, 100)
	require.NoError(t, post(t, f, e))
	again := entry(now, 100)
	again.SourceID = e.SourceID
	require.Error(t, post(t, f, again))
	got, err := f.Journal.After(t.Context(), ports.JournalQuery{}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, []domain.JournalEntry{e}, got)
}

func walking(t *testing.T, f Fixture) {
	var all []domain.JournalEntry
	for i := range 5 {
		e := entry(now.Add(time.Duration(i/2)*time.Hour), int64(i+1))
		if i == 4 {
			e.Postings[1].Account = domain.CustomerBalances
		}
		require.NoError(t, post(t, f, e))
		all = append(all, e)
	}
	var walked []domain.JournalEntry
	var last *domain.JournalEntry
	for range 3 {
		some, err := f.Journal.After(t.Context(), ports.JournalQuery{}, last, 2)
		require.NoError(t, err)
		walked = append(walked, some...)
		last = &walked[len(walked)-1]
	}
	require.Equal(t, all, walked)
	request := page.Request{Limit: 2}
	for range 3 {
		p, err := f.Journal.Entries(t.Context(), ports.JournalQuery{}, request)
		require.NoError(t, err)
		for _, e := range p.Items {
			require.Equal(t, all[len(all)-1], e)
			all = all[:len(all)-1]
		}
		request.Cursor = p.Next
	}
	require.Empty(t, all)
	for want, q := range map[int]ports.JournalQuery{
		1: {Account: domain.CustomerBalances}, 2: {From: now, To: now.Add(time.Minute)},
		3: {From: now.Add(time.Hour)}, 0: {OrderID: newID()},
	} {
		p, err := f.Journal.Entries(t.Context(), q, page.Request{})
		require.NoError(t, err)
		require.Len(t, p.Items, want)
	}
	_, err := f.Journal.Entries(t.Context(), ports.JournalQuery{}, page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
	none, err := f.Journal.After(t.Context(), ports.JournalQuery{Account: "' OR ''='"}, nil, 10)
	require.NoError(t, err)
	require.Empty(t, none, "an account that does not exist")
}

func journalOfBuyer(t *testing.T, f Fixture) {
	ada, bob := newID(), newID()
	var want []domain.JournalEntry
	for _, accountID := range []id.ID{ada, bob, ada} {
		e := entry(now, 100)
		e.OrderID = insert(t, f, newID(), accountID, 1).Snapshot().OrderID
		require.NoError(t, post(t, f, e))
		if accountID == ada {
			want = append(want, e)
		}
	}
	q := ports.JournalQuery{BuyerID: ada}
	got, err := f.Journal.After(t.Context(), q, nil, 10)
	require.NoError(t, err)
	require.Equal(t, want, got)
	q.Account, q.OrderID = domain.Revenue, want[1].OrderID
	got, err = f.Journal.After(t.Context(), q, nil, 10)
	require.NoError(t, err)
	require.Equal(t, want[1:], got, "filters apply together")
	q.BuyerID = bob
	got, err = f.Journal.After(t.Context(), q, nil, 10)
	require.NoError(t, err)
	require.Empty(t, got)
}

func sealing(t *testing.T, f Fixture) {
	const entries, sealers = 60, 8
	for range entries {
		require.NoError(t, post(t, f, entry(now, 100)))
	}
	seal := func(ctx context.Context) (n int, err error) {
		err = f.Work.Do(ctx, func(ctx context.Context, s ports.Stores) (err error) {
			n, err = s.Ledger.Seal(ctx, sealKeys, 3, now)
			return err
		})
		return n, err
	}
	for range entries { // the first rounds may not overlap: the pool opens its connections in them
		var group sync.WaitGroup
		results, start := make([]error, sealers), make(chan struct{})
		for i := range sealers {
			group.Go(func() {
				<-start
				_, results[i] = seal(context.Background())
			})
		}
		close(start)
		group.Wait()
		require.NoError(t, errors.Join(results...))
	}
	waits := func() bool {
		_, unsealed, err := f.Backlog.Unfinished(t.Context())
		require.NoError(t, err)
		return unsealed
	}
	for range entries { // sealers without the lock sealed nothing
		_, err := seal(t.Context())
		require.NoError(t, err)
	}
	for behind, checked := range map[int64]int64{0: 15, 50: entries, entries: entries, entries + 5: entries} {
		chain, err := f.Journal.Verify(t.Context(), behind, 15)
		require.NoError(t, err)
		require.Equal(t, domain.Chain{Sealed: entries, Checked: checked}, chain)
	}
	require.False(t, waits())
	require.NoError(t, post(t, f, entry(now, 100)))
	require.True(t, waits())
	chain, err := f.Journal.Verify(t.Context(), 0, 100)
	require.NoError(t, err)
	require.Equal(t, domain.Chain{Sealed: entries, Checked: entries}, chain)
	count, err := f.Journal.Count(t.Context())
	require.NoError(t, err)
	require.Equal(t, domain.ChainCount{Entries: entries + 1, Sealed: entries, Waiting: 1, Last: entries}, count)
	require.Empty(t, count.Broken(), "an unsealed entry does not break the chain")
}

func forgotten(t *testing.T, f Fixture) {
	ada := newID()
	before, later := applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured), insert(t, f, newID(), ada, 1)
	refund := refundWhole(t, f, before.Snapshot().ID)
	require.NotEmpty(t, before.Snapshot().Last4)
	require.NotEmpty(t, refund.Snapshot().Reason)
	for range 2 {
		do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Privacy.Erase(ctx, ada, now) })
	}
	applyStatus(t, f, later, billing.Captured)
	for _, payment := range []domain.Payment{before, later} {
		got, _, err := f.Reader.Newest(t.Context(), payment.Snapshot().OrderID)
		require.NoError(t, err)
		require.Empty(t, got.Snapshot().Brand+got.Snapshot().Last4)
		require.Equal(t, billing.Captured, got.Status())
	}
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{before.Snapshot().OrderID})
	require.NoError(t, err)
	require.Empty(t, summaries[before.Snapshot().OrderID].Refunds[0].Reason)
	invoices, err := f.Documents.Invoices(t.Context(), ada, page.Request{})
	require.NoError(t, err)
	require.Equal(t, "Ада", invoices.Items[0].Content.Buyer.Name, "documents do not change")
}

func filtering(t *testing.T, f Fixture) {
	ada := newID()
	payment := applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Captured)
	applyStatus(t, f, insert(t, f, newID(), ada, 1), billing.Declined)
	refundWhole(t, f, payment.Snapshot().ID)
	for _, c := range []struct {
		q    ports.Transactions
		want int
	}{
		{ports.Transactions{}, 3},
		{ports.Transactions{Type: "refund"}, 1},
		{ports.Transactions{Type: "payment", Status: "declined"}, 1},
		{ports.Transactions{From: now}, 3},
		{ports.Transactions{To: now}, 0},
		{ports.Transactions{From: now.Add(time.Second)}, 0},
	} {
		c.q.AccountID = ada
		p, err := f.Reader.Transactions(t.Context(), c.q)
		require.NoError(t, err)
		require.Len(t, p.Items, c.want, c.q)
	}
}
