package portstest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

var chargeSuite = suite{
	"a first attempt is requested at once":                requestAtOnce,
	"a capture is settled at once":                        settleAtOnce,
	"a changed payment is not settled at once":            settleChanged,
	"the event of a stored capture is confirmed once":     confirmOnce,
	"nothing is stored at once for an erased account":     erasedAtOnce,
	"concurrent settlements of a payment have one winner": settleRace,
}

// settlement captures a payment that was requested.
func settlement(t *testing.T, payment domain.Payment) ports.Settlement {
	t.Helper()
	amount := payment.Snapshot().Amount
	changed, err := payment.Apply(domain.Outcome{
		Status: billing.Captured, ProviderRef: "pi_" + payment.Snapshot().ID.String(), Amount: &amount,
		Brand: "visa", Last4: "4242", CardCountry: "AT", Fee: 30,
	}, now)
	require.NoError(t, err)
	require.True(t, changed)
	entry, err := payment.BookCapture(newID(), money.Zero(payment.Snapshot().Amount.Currency()))
	require.NoError(t, err)
	draft := domain.NewDraft(payment, domain.Sellers{Default: domain.Seller{Name: "Seller", Country: "AT"}})
	payment.DropInvoiceContent()
	return ports.Settlement{Payment: payment, Entry: entry, Draft: draft, Cause: "provider.charge"}
}

func requestOf(t *testing.T, f Fixture, orderID, accountID id.ID) (domain.Payment, bool) {
	t.Helper()
	payment := domain.NewPayment(newID(), charge(orderID, accountID, 1), "mockpay", now)
	requested, err := f.Charges.Request(t.Context(), payment)
	require.NoError(t, err)
	return payment, requested
}

func requestAtOnce(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	payment, requested := requestOf(t, f, orderID, ada)
	require.True(t, requested)
	stored, found, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, payment, stored)
	history, err := f.Reader.History(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, []billing.Entry{{At: now, What: "payment.requested", Result: "requested"}}, history)
	_, requested = requestOf(t, f, orderID, ada)
	require.False(t, requested, "the attempt is stored already")
	again, _, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, payment, again)
}

func settleAtOnce(t *testing.T, f Fixture) {
	orderID, ada := newID(), newID()
	payment, _ := requestOf(t, f, orderID, ada)
	s := settlement(t, payment)
	got, settled, err := f.Charges.Settle(t.Context(), s)
	require.NoError(t, err)
	require.True(t, settled)
	summaries, err := f.Reader.Summaries(t.Context(), []id.ID{orderID})
	require.NoError(t, err)
	require.Equal(t, summaries[orderID], got)
	require.Equal(t, int64(2), got.State.Revision)
	stored, _, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, s.Payment, stored)
	history, err := f.Reader.History(t.Context(), orderID)
	require.NoError(t, err)
	require.Equal(t, billing.Entry{At: now, What: "provider.charge", Result: "captured"}, history[len(history)-1])
	entries, err := f.Journal.After(t.Context(), ports.JournalQuery{OrderID: orderID}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, []domain.JournalEntry{s.Entry}, entries)
	do(t, f, func(ctx context.Context, st ports.Stores) error {
		draft, err := st.Invoices.Of(ctx, payment.Snapshot().ID)
		require.Equal(t, s.Draft, draft)
		return err
	})
	requireSettledOnce(t, f, s)
}

// requireSettledOnce asserts that a settlement that comes too late changes nothing.
func requireSettledOnce(t *testing.T, f Fixture, s ports.Settlement) {
	t.Helper()
	orderID := s.Payment.Snapshot().OrderID
	before := state(t, f, orderID)
	s.Entry.ID = newID()
	_, settled, err := f.Charges.Settle(t.Context(), s)
	require.NoError(t, err)
	require.False(t, settled)
	require.Equal(t, before, state(t, f, orderID))
}

func settleChanged(t *testing.T, f Fixture) {
	for _, status := range []billing.Status{billing.Unknown, billing.RequiresAction, billing.Declined} {
		payment, _ := requestOf(t, f, newID(), newID())
		s := settlement(t, payment)
		applyStatus(t, f, payment, status)
		requireSettledOnce(t, f, s)
	}
	payment, _ := requestOf(t, f, newID(), newID())
	do(t, f, func(ctx context.Context, st ports.Stores) error { // another process sends the charge again
		locked, _, err := st.Payments.Lock(ctx, payment.Snapshot().ID)
		require.True(t, locked.BeginSend())
		return errors.Join(err, st.Payments.Update(ctx, locked, ""))
	})
	requireSettledOnce(t, f, settlement(t, payment))
}

func erasedAtOnce(t *testing.T, f Fixture) {
	ada := newID()
	payment, _ := requestOf(t, f, newID(), ada)
	do(t, f, func(ctx context.Context, st ports.Stores) error {
		_, err := st.Privacy.Lock(ctx, ada)
		return errors.Join(err, st.Privacy.Erase(ctx, ada, now))
	})
	requireSettledOnce(t, f, settlement(t, payment))
	orderID := newID()
	_, requested := requestOf(t, f, orderID, ada)
	require.False(t, requested)
	_, found, err := f.Reader.Newest(t.Context(), orderID)
	require.NoError(t, err)
	require.False(t, found)
}

func settleRace(t *testing.T, f Fixture) {
	const writers = 8
	payment, _ := requestOf(t, f, newID(), newID())
	var group sync.WaitGroup
	var won atomic.Int32
	results := make([]error, writers)
	for i := range writers {
		s := settlement(t, payment)
		group.Go(func() {
			_, settled, err := f.Charges.Settle(t.Context(), s)
			if settled {
				won.Add(1)
			}
			results[i] = err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	require.Equal(t, int32(1), won.Load())
	require.Equal(t, int64(2), state(t, f, payment.Snapshot().OrderID).Revision)
}

func confirmOnce(t *testing.T, f Fixture) {
	payment, _ := requestOf(t, f, newID(), newID())
	amount := payment.Snapshot().Amount
	confirm := func(eventID string, amount money.Money) bool {
		confirmed, err := f.Charges.Confirm(t.Context(), ports.Event{
			Provider: "mockpay", ID: eventID, PaymentID: payment.Snapshot().ID, Body: []byte(`{}`), ReceivedAt: now,
			Outcome: domain.Outcome{Status: billing.Captured, Amount: &amount},
		}, now)
		require.NoError(t, err)
		return confirmed
	}
	require.False(t, confirm("evt_1", amount), "it is not captured")
	_, settled, err := f.Charges.Settle(t.Context(), settlement(t, payment))
	require.NoError(t, err)
	require.True(t, settled)
	require.False(t, confirm("evt_1", money.Of(amount.Amount()+1, amount.Currency())), "another amount")
	require.False(t, confirm("evt_1", money.Of(amount.Amount(), "JPY")), "another currency")
	require.True(t, confirm("evt_1", amount))
	require.False(t, confirm("evt_1", amount), "it is known")
	do(t, f, func(ctx context.Context, st ports.Stores) error {
		fresh, err := st.Inbox.Insert(ctx, ports.Event{Provider: "mockpay", ID: "evt_1", Body: []byte(`{}`), ReceivedAt: now})
		require.False(t, fresh)
		return err
	})
	due, err := f.Backlog.Events(t.Context(), now.Add(1000*time.Hour), 10)
	require.NoError(t, err)
	require.Empty(t, due)
}
