package service_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// restored returns the fixture on a store that was copied earlier. The provider keeps its records.
func (f fixture) restored(store *memory.Store) fixture {
	deps := f.Deps
	deps.Work, deps.Charges, deps.Reader, deps.Backlog, deps.Documents = store, store, store, store.Backlog(), store
	deps.Journal, deps.Archive, deps.Exports, deps.Movements = store.Journal(), store, store.Exports(), store
	f.Service, f.store = service.New(deps), store
	return f
}

func (f fixture) healRestored(t *testing.T) {
	t.Helper()
	require.NoError(t, f.HealRestored(t.Context(), f.reconcile(t)))
}

// held returns what the provider holds of an order.
func (f fixture) held(t *testing.T, orderID id.ID) (held int64) {
	t.Helper()
	charges, err := f.provider.ChargesOf(t.Context(), orderID)
	require.NoError(t, err)
	for _, c := range charges {
		held += c.Captured - c.Refunded
	}
	return held
}

func TestHealRestored_LostCharge_IsRefundedWholeOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	backup := f.store.Copy()
	whole, refunded, part := f.sale(t, 1000), f.sale(t, 500), f.sale(t, 300)
	_, err := f.Refund(t.Context(), wants(refunded, "k"))
	require.NoError(t, err)
	f.provider.RefundExternally(part.OrderID, 100)
	made := f.provider.Refunds()

	f = f.restored(backup)
	require.NotEmpty(t, f.problems(t))
	for range 2 {
		f.healRestored(t)
	}
	require.Empty(t, f.problems(t))
	require.Equal(t, made+2, f.provider.Refunds(), "of the whole charge, and of the rest of the other")
	for _, c := range []billing.Charge{whole, refunded, part} {
		require.Zero(t, f.held(t, c.OrderID))
		p := f.payment(t, c.OrderID)
		require.Equal(t, billing.CapturedLate, p.Status)
		require.Equal(t, p.Captured, p.Refunded)
	}
	require.Empty(t, f.balances(t), "everything is refunded")
}

func TestHealRestored_LostRefundsOfSale_AreBookedWithCreditNotes(t *testing.T) {
	t.Parallel()
	f := newFixture()
	byBuyer, byProvider := f.sale(t, 1000), f.sale(t, 500)
	backup := f.store.Copy()
	_, err := f.Refund(t.Context(), wants(byBuyer, "k"))
	require.NoError(t, err)
	f.provider.RefundExternally(byProvider.OrderID, 200)

	f = f.restored(backup)
	for range 2 {
		f.healRestored(t)
	}
	require.Empty(t, f.problems(t))
	require.Equal(t, int64(1000), f.payment(t, byBuyer.OrderID).Refunded)
	require.Equal(t, int64(200), f.payment(t, byProvider.OrderID).Refunded)
	require.NoError(t, f.NumberAll(t.Context()))
	for _, c := range []billing.Charge{byBuyer, byProvider} {
		summary := f.summary(t, c.OrderID)
		require.Len(t, summary.Refunds, 1)
		require.NotEmpty(t, summary.Refunds[0].CreditNote.Number)
	}
	require.Len(t, f.store.Events(), 2)
}

func TestHealRestored_UnfinishedPayments_GetTheProvidersOutcome(t *testing.T) {
	t.Parallel()
	f := newFixture()
	confirmed, late := charge(newID(), "pm_confirm", 100), charge(newID(), "pm_declined", 200)
	for _, c := range []billing.Charge{confirmed, late} {
		_, err := f.Charge(t.Context(), c)
		require.NoError(t, err)
	}
	backup := f.store.Copy()
	f.provider.Confirm()
	f.provider.CaptureEnded()
	f.clock.Advance(2 * time.Hour)
	require.NoError(t, f.Sweep(t.Context()), "the late capture is refunded")
	require.NoError(t, f.Sweep(t.Context()))
	require.Zero(t, f.held(t, late.OrderID))
	made := f.provider.Refunds()

	f = f.restored(backup)
	f.healRestored(t)
	require.Empty(t, f.problems(t))
	require.Equal(t, billing.Captured, f.payment(t, confirmed.OrderID).Status)
	require.Equal(t, billing.CapturedLate, f.payment(t, late.OrderID).Status)
	require.Equal(t, made, f.provider.Refunds(), "nothing is refunded twice")
}

// A lost attempt of an order that exists takes the number of that attempt.
func TestHealRestored_LostAttempt_FollowsTheEarlierOne(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := charge(newID(), "pm_declined", 100)
	_, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	backup := f.store.Copy()
	c.Attempt, c.Method = 2, "pm_ok"
	_, err = f.Charge(t.Context(), c)
	require.NoError(t, err)
	paid := f.payment(t, c.OrderID)

	f = f.restored(backup)
	f.healRestored(t)
	p := f.payment(t, c.OrderID)
	require.Equal(t, []any{paid.ID, 2, c.AccountID, billing.CapturedLate}, []any{p.ID, p.Attempt, p.AccountID, p.Status})
	again, err := f.Charge(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, billing.CapturedLate, again.State.Status, "the attempt is not charged again")
	require.Zero(t, f.held(t, c.OrderID))
}

func TestHealRestored_Disputes_AreBooked(t *testing.T) {
	t.Parallel()
	f := newFixture()
	known, lostLater := f.sale(t, 1000), f.sale(t, 700)
	at := f.clock.Now()
	report := func(ref string, status billing.DisputeStatus, amount int64) domain.DisputeReport {
		return domain.DisputeReport{ProviderRef: ref, Status: status, Amount: amount, At: at.Add(time.Minute)}
	}
	f.provider.Dispute(lostLater.OrderID, report("dp_1", billing.DisputeOpened, 700))
	f.reportDispute(t, lostLater, billing.DisputeOpened, at)
	backup := f.store.Copy()
	lost := f.sale(t, 400)
	f.provider.Dispute(known.OrderID, report("dp_2", billing.DisputeOpened, 1000))
	f.provider.Dispute(lost.OrderID, report("dp_3", billing.DisputeOpened, 400))
	f.provider.Dispute(lostLater.OrderID, report("dp_1", billing.DisputeLost, 700))

	f = f.restored(backup)
	f.healRestored(t)
	require.Empty(t, f.problems(t))
	require.Equal(t, billing.DisputeOpened, f.summary(t, known.OrderID).Dispute.Status)
	require.Equal(t, billing.DisputeLost, f.summary(t, lostLater.OrderID).Dispute.Status)
	require.Equal(t, int64(400), f.held(t, lost.OrderID), "nothing is refunded while the bank decides")
	f.provider.Dispute(lost.OrderID, domain.DisputeReport{
		ProviderRef: "dp_3", Status: billing.DisputeWon, Amount: 400, At: at.Add(time.Hour),
	})
	f.healRestored(t)
	require.Zero(t, f.held(t, lost.OrderID))
}

func TestHealRestored_ForeignCharge_IsLeftAlone(t *testing.T) {
	t.Parallel()
	f := newFixture()
	orderID := newID()
	f.provider.CaptureExternally(orderID, usd(100))
	f.healRestored(t)
	require.Len(t, f.problems(t), 1, "the store did not make the charge")
	require.Equal(t, int64(100), f.held(t, orderID))
}

var errKilled = errors.New("killed")

// dying is a unit of work whose process ends after a number of commits.
type dying struct {
	ports.UnitOfWork
	left *atomic.Int32
}

func (d dying) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	if d.left.Add(-1) < 0 {
		return errKilled
	}
	return d.UnitOfWork.Do(ctx, fn)
}

func TestHealRestored_KilledAfterEachCommit_EndsTheSame(t *testing.T) {
	t.Parallel()
	f := newFixture()
	known := f.sale(t, 800)
	backup := f.store.Copy()
	lost := []billing.Charge{f.sale(t, 1000), f.sale(t, 500)}
	f.provider.RefundExternally(known.OrderID, 300)
	f = f.restored(backup)
	for alive, n := false, 0; !alive; n++ {
		require.Less(t, n, 50)
		deps := f.Deps
		left := &atomic.Int32{}
		left.Store(1)
		deps.Work = dying{f.store, left}
		found := f.reconcile(t)
		err := service.New(deps).HealRestored(t.Context(), found)
		require.True(t, err == nil || errors.Is(err, errKilled), "%v", err)
		alive = err == nil
	}
	require.Empty(t, f.problems(t))
	require.Equal(t, 2, f.provider.Refunds())
	for _, c := range lost {
		require.Zero(t, f.held(t, c.OrderID))
	}
	require.Equal(t, int64(300), f.payment(t, known.OrderID).Refunded)
}

func TestRecordLostNumbers_NumbersOfHeads_AreNotIssuedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.sale(t, 100)
	require.NoError(t, f.NumberAll(t.Context()))
	heads := []domain.Head{
		{Numbers: []domain.SeriesNumber{{Series: "CN-AT-2026", Number: 2}, {Series: "INV-AT-2026", Number: 4}}},
		{Numbers: []domain.SeriesNumber{{Series: "CN-AT-2026", Number: 3}, {Series: "INV-AT-2026", Number: 1}}},
	}
	lost, err := f.RecordLostNumbers(t.Context(), heads)
	require.NoError(t, err)
	require.Equal(t, []domain.LostNumbers{
		{Series: "CN-AT-2026", First: 1, Last: 3}, {Series: "INV-AT-2026", First: 2, Last: 4},
	}, lost)
	lost, err = f.RecordLostNumbers(t.Context(), heads)
	require.NoError(t, err)
	require.Empty(t, lost)
	ada := f.sale(t, 100)
	require.NoError(t, f.NumberAll(t.Context()))
	require.Equal(t, int64(5), f.invoices(t, ada.AccountID)[0].Number)
}

// headLog is a log of heads in memory.
type headLog struct{ heads []domain.Head }

func (l *headLog) Last(context.Context) (domain.Head, bool, error) {
	if len(l.heads) == 0 {
		return domain.Head{}, false, nil
	}
	return l.heads[len(l.heads)-1], true, nil
}

func (l *headLog) Append(_ context.Context, head domain.Head) error {
	l.heads = append(l.heads, head)
	return nil
}

func (f fixture) withHeads() (fixture, *headLog) {
	deps, log := f.Deps, &headLog{}
	deps.Heads, deps.SealKeys = log, domain.SealKeys{{ID: "k", Secret: []byte("secret")}}
	f.Service = service.New(deps)
	return f, log
}

func TestNumberInvoices_Numbers_AreReservedBeforeTheyAreIssued(t *testing.T) {
	t.Parallel()
	f, log := newFixture().withHeads()
	for range 25 {
		f.sale(t, 100)
		require.NoError(t, f.NumberAll(t.Context()))
		head, _, err := f.Head(t.Context())
		require.NoError(t, err)
		last := log.heads[len(log.heads)-1]
		require.NoError(t, f.SealKeys.VerifyHead(last))
		require.GreaterOrEqual(t, last.Reserved[0].Number, head.Numbers[0].Number)
	}
	require.Less(t, len(log.heads), 20, "a tenth of the series is reserved ahead")
	broken, err := f.VerifyHeads(t.Context(), log.heads)
	require.NoError(t, err)
	require.Equal(t, make([][]string, len(log.heads)), broken)
}

func TestNumberInvoices_DatabaseWithoutRecordedNumbers_IssuesNone(t *testing.T) {
	t.Parallel()
	f, log := newFixture().withHeads()
	backup := f.store.Copy()
	f.sale(t, 100)
	require.NoError(t, f.NumberAll(t.Context()))
	require.NoError(t, f.SealAll(t.Context()))
	_, err := f.RecordHead(t.Context())
	require.NoError(t, err)

	f = f.restored(backup)
	ada := f.sale(t, 100)
	require.ErrorIs(t, f.NumberAll(t.Context()), domain.ErrNumbersLost)
	lost, err := f.RecordLostNumbers(t.Context(), log.heads)
	require.NoError(t, err)
	require.Equal(t, []domain.LostNumbers{{Series: "INV-AT-2026", First: 1, Last: 1}}, lost)
	require.NoError(t, f.NumberAll(t.Context()))
	require.Equal(t, int64(2), f.invoices(t, ada.AccountID)[0].Number)
}

func TestVerifyHeads_SealsThatARestoreUndid_AreNotCompared(t *testing.T) {
	t.Parallel()
	f, log := newFixture().withHeads()
	record := func() {
		f.sale(t, 100)
		require.NoError(t, errors.Join(f.NumberAll(t.Context()), f.SealAll(t.Context())))
		_, err := f.RecordHead(t.Context())
		require.NoError(t, err)
	}
	record()
	backup := f.store.Copy()
	record()
	f = f.restored(backup)
	broken, err := f.VerifyHeads(t.Context(), log.heads)
	require.NoError(t, err)
	require.NotEmpty(t, broken[len(broken)-1], "a restore that is not recorded")
	_, err = f.RecordLostNumbers(t.Context(), log.heads)
	require.NoError(t, err)
	restored, err := f.RestoredHead(t.Context(), f.clock.Now())
	require.NoError(t, err)
	require.NoError(t, log.Append(t.Context(), restored))
	record()
	broken, err = f.VerifyHeads(t.Context(), log.heads)
	require.NoError(t, err)
	require.Equal(t, make([][]string, len(log.heads)), broken)
	require.Contains(t, domain.Undone(log.heads), true)
	require.False(t, domain.Undone(log.heads)[len(log.heads)-1])
}
