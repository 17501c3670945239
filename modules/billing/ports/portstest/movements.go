package portstest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

func key(kind domain.MovementKind, ref string) domain.MovementKey {
	return domain.MovementKey{Kind: kind, Ref: ref}
}

// find returns the movements that a reader finds by their references, ordered by their kind.
func find(t *testing.T, f Fixture, refs ...string) []domain.Movement {
	t.Helper()
	got, err := f.Movements.OfRefs(t.Context(), "mockpay", refs)
	require.NoError(t, err)
	slices.SortFunc(got, func(a, b domain.Movement) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return got
}

// bookFee books a fee with a reference for an account.
func bookFee(t *testing.T, f Fixture, ref string, account domain.Account, cents int64) domain.JournalEntry {
	t.Helper()
	e, err := domain.FeeReport{Ref: ref, Amount: usd(cents), Account: account}.Book(newID(), now)
	require.NoError(t, err)
	require.NoError(t, post(t, f, e))
	return e
}

func putPayout(t *testing.T, f Fixture, ref string, status domain.PayoutStatus) domain.Payout {
	t.Helper()
	report := domain.PayoutReport{ProviderRef: ref, Status: status, Amount: usd(900)}
	p := domain.NewPayout(newID(), "mockpay", report, now)
	_, _, err := p.Apply(report, newID(), now)
	require.NoError(t, err)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Payouts.Put(ctx, p) })
	return p
}

func movements(t *testing.T, f Fixture) {
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured).Snapshot()
	applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Declined)
	refund := succeedRefund(t, f, payment.ID).Snapshot()
	refundWhole(t, f, applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured).Snapshot().ID) // requested
	paid := putPayout(t, f, "po_1", domain.PayoutPaid).Snapshot()
	fee, disputeFee := bookFee(t, f, "fee_1", domain.ProviderFees, 7), bookFee(t, f, "dp_1", domain.DisputeFees, 8)
	want := []domain.Movement{
		{
			MovementKey: key(domain.ChargeMovement, payment.ProviderRef), ID: payment.ID, OrderID: payment.OrderID,
			Currency: "USD", Amount: 1000, At: now,
		},
		{MovementKey: key(domain.DisputeFeeMovement, "dp_1"), ID: disputeFee.ID, Currency: "USD", Amount: -8, At: now},
		{MovementKey: key(domain.FeeMovement, "fee_1"), ID: fee.ID, Currency: "USD", Amount: -7, At: now},
		{MovementKey: key(domain.PayoutMovement, "po_1"), ID: paid.ID, Currency: "USD", Amount: -900, At: now},
		{
			MovementKey: key(domain.RefundMovement, refund.ProviderRef), ID: refund.ID, OrderID: refund.OrderID,
			Currency: "USD", Amount: -1000, At: refund.CreatedAt,
		},
	}
	require.Equal(t, want, find(t, f, payment.ProviderRef, refund.ProviderRef, "po_1", "fee_1", "dp_1", "pi_none"))
	require.Empty(t, find(t, f, "pi_none"))
	other, err := f.Movements.OfRefs(t.Context(), "another", []string{payment.ProviderRef, "po_1"})
	require.NoError(t, err)
	require.Empty(t, other)
	for _, c := range []struct {
		from, to time.Time
		want     int
	}{
		{now, now.Add(time.Hour), 6},
		{now.Add(-time.Hour), now, 0},
		{now.Add(time.Hour), now.Add(2 * time.Hour), 0},
	} {
		got, err := f.Movements.Within(t.Context(), ports.Period{Provider: "mockpay", From: c.from, To: c.to}, nil, 100)
		require.NoError(t, err)
		require.Len(t, got, c.want)
	}
}

func movementPages(t *testing.T, f Fixture) {
	seen := map[string]bool{}
	for range 5 {
		payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured).Snapshot()
		seen[payment.ProviderRef] = false
	}
	period := ports.Period{Provider: "mockpay", From: now, To: now.Add(time.Hour)}
	var after *domain.MovementMark
	for _, size := range []int{2, 2, 1, 0} {
		got, err := f.Movements.Within(t.Context(), period, after, 2)
		require.NoError(t, err)
		require.Len(t, got, size)
		for _, m := range got {
			require.False(t, seen[m.Ref], "%s comes twice", m.Ref)
			seen[m.Ref] = true
			after = &domain.MovementMark{At: m.At, ID: m.ID}
		}
	}
	require.NotContains(t, seen, false)
}

// A won dispute and a failed payout have returned their amount. A charge has the fees that are booked for it.
func presentAmounts(t *testing.T, f Fixture) {
	payment := applyStatus(t, f, insert(t, f, newID(), newID(), 1), billing.Captured)
	ref := payment.Snapshot().ProviderRef
	report := domain.DisputeReport{ProviderRef: "dp_1", Amount: 1000, At: now}
	d := domain.NewDispute(newID(), payment, report, now)
	for status, want := range map[billing.DisputeStatus]int64{
		billing.DisputeOpened: -1000, billing.DisputeLost: -1000, billing.DisputeWon: 0,
	} {
		report.Status, report.At = status, report.At.Add(time.Minute)
		_, _, err := d.Apply(report, newID(), now)
		require.NoError(t, err)
		do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Disputes.Put(ctx, d) })
		require.Equal(t, want, find(t, f, "dp_1")[0].Amount, status)
	}
	putPayout(t, f, "po_1", domain.PayoutFailed)
	require.Zero(t, find(t, f, "po_1")[0].Amount)
	booked := entry(now, 1000)
	booked.SourceID = payment.Snapshot().ID.String()
	booked.Postings = append(booked.Postings, domain.Posting{Account: domain.ProviderFees, Amount: usd(15)},
		domain.Posting{Account: domain.ProviderClearing, Amount: usd(-15)})
	require.NoError(t, post(t, f, booked))
	require.Equal(t, int64(15), find(t, f, ref)[0].Fee)
	bookFee(t, f, domain.ChargeFeeRef(ref), domain.ProviderFees, 4)
	require.Equal(t, int64(19), find(t, f, ref)[0].Fee)
	require.Empty(t, find(t, f, domain.ChargeFeeRef(ref)), "the correction of a charge's fee is of the charge")
}

func payout(t *testing.T, f Fixture) {
	stored := putPayout(t, f, "po_1", domain.PayoutPaid)
	lock := func(provider, ref string) (got domain.Payout, found bool) {
		do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
			got, found, err = s.Payouts.Lock(ctx, provider, ref)
			return err
		})
		return got, found
	}
	got, found := lock("mockpay", "po_1")
	require.True(t, found)
	require.Equal(t, stored, got)
	_, changed, err := got.Apply(domain.PayoutReport{Status: domain.PayoutFailed}, newID(), now.Add(time.Hour))
	require.NoError(t, err)
	require.True(t, changed)
	put := func(fail error) error {
		return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return errors.Join(s.Payouts.Put(ctx, got), fail)
		})
	}
	require.ErrorIs(t, put(errAbort), errAbort)
	again, _ := lock("mockpay", "po_1")
	require.Equal(t, stored, again, "a rollback leaves nothing behind")
	require.NoError(t, put(nil))
	again, _ = lock("mockpay", "po_1")
	require.Equal(t, got, again)
	for _, absent := range [][2]string{{"mockpay", "po_2"}, {"another", "po_1"}} {
		_, found = lock(absent[0], absent[1])
		require.False(t, found)
	}
}

func payoutWriters(t *testing.T, f Fixture) {
	report := domain.PayoutReport{ProviderRef: "po_1", Status: domain.PayoutPaid, Amount: usd(900)}
	const writers = 6
	made := make([]bool, writers)
	results := make([]error, writers)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			results[i] = f.Work.Do(context.Background(), func(ctx context.Context, s ports.Stores) error {
				_, found, err := s.Payouts.Lock(ctx, "mockpay", "po_1")
				if made[i] = !found; err != nil || found {
					return err
				}
				p := domain.NewPayout(newID(), "mockpay", report, now)
				if _, _, err := p.Apply(report, newID(), now); err != nil {
					return err
				}
				return s.Payouts.Put(ctx, p)
			})
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	require.Len(t, slices.DeleteFunc(made, func(first bool) bool { return !first }), 1)
}

func postedOnce(t *testing.T, f Fixture) {
	e := entry(now, 100)
	again := entry(now, 200)
	again.SourceID = e.SourceID
	for i, one := range []domain.JournalEntry{e, again, e} {
		do(t, f, func(ctx context.Context, s ports.Stores) error {
			posted, err := s.Ledger.PostOnce(ctx, one)
			require.Equal(t, i == 0, posted)
			return err
		})
	}
	all, err := f.Journal.After(t.Context(), ports.JournalQuery{}, nil, 10)
	require.NoError(t, err)
	require.Equal(t, []domain.JournalEntry{e}, all)
	count, err := f.Journal.Count(t.Context())
	require.NoError(t, err)
	require.Empty(t, count.Broken(), "what was not posted does not wait for a seal")
}

func chart(t *testing.T, f Fixture) {
	for i, source := range domain.Sources() {
		e := entry(now, int64(i+1))
		e.SourceType = source
		require.NoError(t, post(t, f, e), source)
	}
	for _, heading := range domain.Chart() {
		e := entry(now, 100)
		e.Postings[0].Account, e.Postings[1].Account = heading.Account, domain.ProviderClearing
		if heading.Account == domain.ProviderClearing {
			e.Postings[1].Account = domain.Bank
		}
		require.NoError(t, post(t, f, e), heading.Account)
	}
	unordered := entry(now, 5)
	unordered.OrderID = id.Nil
	require.NoError(t, post(t, f, unordered), "an entry of no order")
}

func manual(author id.ID, name string) domain.ManualEntrySnapshot {
	return domain.ManualEntrySnapshot{
		ID: newID(), AuthorID: author, Key: name, BodyHash: []byte(name), Debit: domain.Bank,
		Credit: domain.ProviderClearing, Amount: usd(5), Reason: "Ξ", CreatedAt: now,
	}
}

func propose(t *testing.T, f Fixture, s domain.ManualEntrySnapshot) (stored domain.ManualEntry) {
	t.Helper()
	entry, err := domain.NewManualEntry(s, money.Currency("USD"))
	require.NoError(t, err)
	do(t, f, func(ctx context.Context, s ports.Stores) (err error) {
		stored, err = s.Manual.Insert(ctx, entry)
		return err
	})
	return stored
}

func manualKeys(t *testing.T, f Fixture) {
	author := newID()
	first := propose(t, f, manual(author, "one"))
	require.Equal(t, domain.ManualProposed, first.Snapshot().Status)
	require.Equal(t, first, propose(t, f, manual(author, "one")), "the stored entry, not the new one")
	require.NotEqual(t, first.Snapshot().ID, propose(t, f, manual(author, "two")).Snapshot().ID)
	require.NotEqual(t, first.Snapshot().ID, propose(t, f, manual(newID(), "one")).Snapshot().ID)
	_, err := first.Decide(domain.ManualApproved, newID(), now.Add(time.Hour))
	require.NoError(t, err)
	do(t, f, func(ctx context.Context, s ports.Stores) error {
		locked, err := s.Manual.Lock(ctx, first.Snapshot().ID)
		require.Equal(t, domain.ManualProposed, locked.Snapshot().Status)
		_, absent := s.Manual.Lock(ctx, newID())
		require.ErrorIs(t, absent, domain.ErrNoManualEntry)
		return errors.Join(err, s.Manual.Update(ctx, first))
	})
	require.Equal(t, first, propose(t, f, manual(author, "one")), "as it stands now")
}

func manualLists(t *testing.T, f Fixture) {
	author := newID()
	var all []domain.ManualEntry
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, propose(t, f, manual(author, name)))
	}
	_, err := all[1].Decide(domain.ManualRejected, newID(), now)
	require.NoError(t, err)
	do(t, f, func(ctx context.Context, s ports.Stores) error { return s.Manual.Update(ctx, all[1]) })
	list := func(status domain.ManualStatus, request page.Request) page.Page[domain.ManualEntry] {
		p, err := f.Movements.ManualEntries(t.Context(), status, request)
		require.NoError(t, err)
		return p
	}
	require.Equal(t, []domain.ManualEntry{all[2], all[1], all[0]}, list("", page.Request{}).Items)
	require.Equal(t, []domain.ManualEntry{all[1]}, list(domain.ManualRejected, page.Request{}).Items)
	first := list(domain.ManualProposed, page.Request{Limit: 1})
	require.Equal(t, all[2:], first.Items)
	last := list(domain.ManualProposed, page.Request{Limit: 1, Cursor: first.Next})
	require.Equal(t, all[:1], last.Items)
	require.Empty(t, last.Next)
	_, err = f.Movements.ManualEntries(t.Context(), "", page.Request{Cursor: "!"})
	require.ErrorIs(t, err, page.ErrCursor)
}
