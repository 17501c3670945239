package service_test

import (
	"fmt"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// reconcile returns the differences of the fixture's day.
func (f fixture) reconcile(t *testing.T) []domain.Difference {
	t.Helper()
	day := f.clock.Now().Truncate(24 * time.Hour)
	found, err := f.Reconcile(t.Context(), day, day.AddDate(0, 0, 1))
	require.NoError(t, err)
	return found.Differences
}

// problems returns the reference and the problem of each difference.
func (f fixture) problems(t *testing.T) (out []string) {
	t.Helper()
	for _, d := range f.reconcile(t) {
		out = append(out, fmt.Sprintf("%s (%s, %s)", d.Problem, d.Provider, d.Ours))
	}
	return out
}

// receive delivers an event of the provider's balance.
func (f fixture) deliver(t *testing.T, event ports.Event) {
	t.Helper()
	event.Provider, event.ID = "mockpay", "evt_"+newID().String()
	f.stub.event = event
	require.NoError(t, f.ReceiveWebhook(t.Context(), "mockpay", "", nil))
}

func (f fixture) payOut(t *testing.T, ref string, status domain.PayoutStatus, cents int64) {
	t.Helper()
	f.deliver(t, ports.Event{Payout: &domain.PayoutReport{ProviderRef: ref, Status: status, Amount: usd(cents)}})
}

func TestReconcile_EachKind_IsNamedBothWays(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c, other := f.sale(t, 1000), f.sale(t, 500)
	_, err := f.Refund(t.Context(), wants(c, "k"))
	require.NoError(t, err)
	require.Empty(t, f.problems(t))

	f.provider.CaptureExternally(other.OrderID, money.Of(5, "USD"))
	f.provider.RefundExternally(c.OrderID, 10)
	f.provider.Move(domain.DisputeMovement, "dp_1", usd(-500))
	f.provider.Move(domain.DisputeFeeMovement, "dp_1", usd(-15))
	f.provider.Move(domain.FeeMovement, "fee_1", usd(-7))
	f.provider.Move(domain.PayoutMovement, "po_1", usd(-900))
	require.ElementsMatch(t, []string{
		"the provider has a charge that the store does not have (0.05 USD, nothing)",
		"the provider has a refund that the store does not have (-0.10 USD, nothing)",
		"the provider has a dispute that the store does not have (-5.00 USD, nothing)",
		"the provider has a dispute fee that the store does not have (-0.15 USD, nothing)",
		"the provider has a fee that the store does not have (-0.07 USD, nothing)",
		"the provider has a payout that the store does not have (-9.00 USD, nothing)",
	}, f.problems(t))

	f = newFixture()
	c = f.sale(t, 1000)
	f.provider.Forget(c.OrderID)
	f.reportDispute(t, c, billing.DisputeOpened, f.clock.Now())
	f.deliver(t, ports.Event{Fee: &domain.FeeReport{Ref: "fee_2", Amount: usd(8), Account: domain.ProviderFees}})
	f.deliver(t, ports.Event{Fee: &domain.FeeReport{Ref: "dp_2", Amount: usd(9), Account: domain.DisputeFees}})
	f.payOut(t, "po_2", domain.PayoutPaid, 700)
	require.ElementsMatch(t, []string{
		"the store has a charge that the provider does not have (nothing, 10.00 USD)",
		"the store has a dispute that the provider does not have (nothing, -10.00 USD)",
		"the store has a fee that the provider does not have (nothing, -0.08 USD)",
		"the store has a dispute fee that the provider does not have (nothing, -0.09 USD)",
		"the store has a payout that the provider does not have (nothing, -7.00 USD)",
	}, f.problems(t))
	f.provider.Move(domain.DisputeMovement, "dp_1", usd(-400))
	f.provider.Move(domain.PayoutMovement, "po_2", usd(-600))
	require.Subset(t, f.problems(t), []string{
		"the amounts of the dispute differ (-4.00 USD, -10.00 USD)",
		"the amounts of the payout differ (-6.00 USD, -7.00 USD)",
	})
}

func TestHeal_PayoutsAndFees_AreBookedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	f.provider.SetChargeFee(30)
	f.provider.Move(domain.FeeMovement, "fee_1", usd(-7))
	f.provider.Move(domain.DisputeFeeMovement, "dp_1", usd(-15))
	f.provider.Move(domain.PayoutMovement, "po_1", usd(-948))
	f.provider.Move(domain.PayoutMovement, "po_2", usd(-300))
	f.provider.Move(domain.PayoutMovement, "po_2", usd(300))
	found := f.reconcile(t)
	require.Len(t, found, 5)
	require.Equal(t, "the fees of the charge differ", found[0].Problem)
	require.Equal(t, c.OrderID.String(), found[0].OrderID)
	for range 2 {
		require.NoError(t, f.Heal(t.Context(), found))
	}
	f.payOut(t, "po_1", domain.PayoutPaid, 948) // its event comes later
	require.Empty(t, f.problems(t))
	require.Equal(t, map[domain.Account]int64{
		domain.Bank: 948, domain.ProviderFees: 37, domain.DisputeFees: 15, domain.Revenue: -800, domain.TaxPayable: -200,
	}, f.balances(t), "the provider's balance is empty")
}

func TestReceiveWebhook_Payout_IsBookedOnceAndReversed(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.sale(t, 1000)
	for range 2 {
		f.payOut(t, "po_1", domain.PayoutPaid, 1000)
	}
	require.Equal(t, int64(1000), f.balances(t)[domain.Bank])
	require.Zero(t, f.balances(t)[domain.ProviderClearing])
	for range 2 {
		f.payOut(t, "po_1", domain.PayoutFailed, 1000)
		f.payOut(t, "po_1", domain.PayoutPaid, 1000) // an outdated event
	}
	require.Zero(t, f.balances(t)[domain.Bank])
	require.Equal(t, int64(1000), f.balances(t)[domain.ProviderClearing])
	f.payOut(t, "po_2", domain.PayoutFailed, 5) // before the event of its payment
	f.payOut(t, "po_2", domain.PayoutPaid, 5)
	require.Zero(t, f.balances(t)[domain.Bank])
}

// The fee of a dispute is booked with the first event that has it, also when the event is outdated.
func TestReceiveWebhook_DisputeFee_IsBookedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture()
	c := f.sale(t, 1000)
	newest, _, err := f.store.Newest(t.Context(), c.OrderID)
	require.NoError(t, err)
	for i, status := range []billing.DisputeStatus{billing.DisputeWon, billing.DisputeOpened, billing.DisputeLost} {
		f.deliver(t, ports.Event{PaymentID: newest.Snapshot().ID, Dispute: &domain.DisputeReport{
			ProviderRef: "dp_1", Status: status, Amount: 1000, Fee: 15,
			At: f.clock.Now().Add(time.Duration(i%2) * -time.Minute),
		}})
	}
	require.Equal(t, int64(15), f.balances(t)[domain.DisputeFees])
}

func TestManualEntry_SecondMemberOfStaff_Books(t *testing.T) {
	t.Parallel()
	f := newFixture()
	author, approver := newID(), newID()
	propose := func(key string, change func(*service.ProposeEntry)) (domain.ManualEntrySnapshot, bool, error) {
		p := service.ProposeEntry{
			AuthorID: author, Key: key, Debit: domain.ProviderFees, Credit: domain.ProviderClearing, Amount: usd(25),
			Reason: "monthly",
		}
		if change != nil {
			change(&p)
		}
		e, replayed, err := f.ProposeEntry(t.Context(), p)
		return e.Snapshot(), replayed, err
	}
	entry, replayed, err := propose("k", nil)
	require.NoError(t, err)
	require.False(t, replayed)
	again, replayed, err := propose("k", nil)
	require.NoError(t, err)
	require.True(t, replayed)
	require.Equal(t, entry, again)
	_, _, err = propose("k", func(p *service.ProposeEntry) { p.Reason = "another" })
	require.ErrorIs(t, err, billing.ErrKeyReused)
	for name, change := range map[string]func(*service.ProposeEntry){
		"amount 0":         func(p *service.ProposeEntry) { p.Amount = usd(0) },
		"negative amount":  func(p *service.ProposeEntry) { p.Amount = usd(-1) },
		"another currency": func(p *service.ProposeEntry) { p.Amount = money.Of(1, "EUR") },
		"one account":      func(p *service.ProposeEntry) { p.Debit = p.Credit },
		"account of sales": func(p *service.ProposeEntry) { p.Debit = domain.Revenue },
		"unknown account":  func(p *service.ProposeEntry) { p.Credit = "pocket" },
	} {
		_, _, err = propose("bad", change)
		require.ErrorIs(t, err, domain.ErrManualEntry, name)
	}
	require.Empty(t, f.balances(t), "a proposal books nothing")

	_, err = f.DecideEntry(t.Context(), entry.ID, author, domain.ManualApproved)
	require.ErrorIs(t, err, domain.ErrOwnEntry)
	_, err = f.DecideEntry(t.Context(), newID(), approver, domain.ManualApproved)
	require.ErrorIs(t, err, domain.ErrNoManualEntry)
	for range 2 {
		decided, err := f.DecideEntry(t.Context(), entry.ID, approver, domain.ManualApproved)
		require.NoError(t, err)
		require.Equal(t, approver, decided.Snapshot().DecidedBy)
	}
	require.Equal(t, map[domain.Account]int64{domain.ProviderFees: 25, domain.ProviderClearing: -25}, f.balances(t))
	_, err = f.DecideEntry(t.Context(), entry.ID, approver, domain.ManualRejected)
	require.ErrorIs(t, err, domain.ErrEntryDecided)
	_, err = f.DecideEntry(t.Context(), entry.ID, newID(), domain.ManualApproved)
	require.ErrorIs(t, err, domain.ErrEntryDecided)
	rejected, _, err := propose("other", nil)
	require.NoError(t, err)
	_, err = f.DecideEntry(t.Context(), rejected.ID, approver, domain.ManualRejected)
	require.NoError(t, err)
	require.Equal(t, int64(25), f.balances(t)[domain.ProviderFees])
}
