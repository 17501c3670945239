package domain_test

import (
	"slices"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/state"

	"github.com/stretchr/testify/require"
)

// undefined is a status that no table has.
const undefined = "undefined"

// machine is an aggregate with the methods that change its status.
type machine[A any, S ~string] struct {
	table    state.Table[S]
	restore  func(S) A
	status   func(A) S
	snapshot func(A) any // for comparison
	verbs    map[string]func(*A) error
}

// tryAll calls every verb in every status. Each change of status is in the table, and a rejected call changes nothing.
// Each transition of the table is made by a verb, and some calls are rejected.
func (m machine[A, S]) tryAll(t *testing.T) {
	t.Helper()
	moves, refused := state.Table[S]{}, 0
	for _, from := range m.table.States() {
		moves[from] = nil
		for name, verb := range m.verbs {
			a := m.restore(from)
			before := m.snapshot(a)
			err := verb(&a)
			to := m.status(a)
			if err != nil {
				require.ErrorIs(t, err, state.ErrTransition, "%s in %s", name, from)
				require.Equal(t, before, m.snapshot(a), "%s in %s", name, from)
				refused++
			}
			if to != from {
				require.True(t, m.table.Allows(from, to), "%s leads from %s to %s", name, from, to)
				moves[from] = append(moves[from], to)
			}
		}
	}
	for _, from := range m.table.States() {
		slices.Sort(moves[from])
		require.ElementsMatch(t, m.table[from], slices.Compact(moves[from]), "moves from %s", from)
	}
	require.Positive(t, refused)
}

// paymentIn is a payment of 1000 in a status.
func paymentIn(status billing.Status) domain.Payment {
	content := contentOf([][3]int64{{1000, 200, 0}})
	s := domain.NewPayment(newID(), billing.Charge{
		OrderID: newID(), Attempt: 1, Method: "pm_ok", ReturnURL: "https://shop.test", Invoice: content,
	}, "mockpay", now).Snapshot()
	s.Status = status
	switch status {
	case billing.Captured, billing.CapturedLate:
		s.Captured = 1000
	case billing.Mismatched:
		s.Captured = 900
	default:
	}
	return domain.RestorePayment(s)
}

func paymentVerbs() map[string]func(*domain.Payment) error {
	later := now.Add(time.Hour)
	verbs := map[string]func(*domain.Payment) error{
		"End":          func(p *domain.Payment) error { return p.End(later) },
		"CapturedLate": func(p *domain.Payment) error { return p.CapturedLate(later) },
		"Accept": func(p *domain.Payment) error {
			_, err := p.Accept(newID(), domain.Acceptance{Captured: 900}, later)
			return err
		},
		"Correct": func(p *domain.Payment) error {
			_, err := p.Correct(newID(), 800, later)
			return err
		},
		"other verbs": func(p *domain.Payment) error {
			p.BeginSend()
			p.RevokeSend()
			p.SchedulePoll(later)
			p.EndPoll()
			p.RestoreFailedRefund(p.RefundWhole(newID(), nil, "test", later))
			p.MarkResolved(later)
			p.DropInvoiceContent()
			return nil
		},
	}
	for _, status := range append(domain.PaymentTransitions.States(), undefined) {
		verbs["Apply "+string(status)] = func(p *domain.Payment) error {
			amount := usd(1000)
			_, err := p.Apply(domain.Outcome{Status: status, ProviderRef: "pi_2", Amount: &amount}, later)
			return err
		}
	}
	for name, cents := range map[string]int64{"less": 900, "more": 1100} {
		verbs["Apply "+name] = func(p *domain.Payment) error {
			amount := usd(cents)
			_, err := p.Apply(domain.Outcome{Status: billing.Captured, ProviderRef: "pi_2", Amount: &amount}, later)
			return err
		}
	}
	return verbs
}

func TestTransitions_Payment(t *testing.T) {
	t.Parallel()
	machine[domain.Payment, billing.Status]{
		table: domain.PaymentTransitions, restore: paymentIn, status: domain.Payment.Status,
		snapshot: func(p domain.Payment) any { return p.Snapshot() }, verbs: paymentVerbs(),
	}.tryAll(t)
}

func TestTransitions_Refund(t *testing.T) {
	t.Parallel()
	verbs := map[string]func(*domain.Refund) error{}
	for _, status := range append(domain.RefundTransitions.States(), undefined) {
		verbs["Apply "+string(status)] = func(r *domain.Refund) error {
			_, err := r.Apply(domain.RefundOutcome{Status: status, ProviderRef: "re_2"}, now.Add(time.Hour))
			return err
		}
	}
	machine[domain.Refund, billing.RefundStatus]{
		table: domain.RefundTransitions,
		restore: func(status billing.RefundStatus) domain.Refund {
			p := paymentIn(billing.Captured)
			s := p.RefundWhole(newID(), nil, "test", now).Snapshot()
			s.Status = status
			return domain.RestoreRefund(s)
		},
		status:   func(r domain.Refund) billing.RefundStatus { return r.Snapshot().Status },
		snapshot: func(r domain.Refund) any { return r.Snapshot() }, verbs: verbs,
	}.tryAll(t)
}

func disputeVerbs() map[string]func(*domain.Dispute) error {
	verbs := map[string]func(*domain.Dispute) error{}
	for _, status := range append(domain.DisputeTransitions.States(), undefined) {
		verbs["Apply "+string(status)] = func(d *domain.Dispute) error {
			_, _, err := d.Apply(domain.DisputeReport{Status: status, At: now.Add(time.Hour)}, newID(), now)
			return err
		}
	}
	return verbs
}

func TestTransitions_Dispute(t *testing.T) {
	t.Parallel()
	machine[domain.Dispute, billing.DisputeStatus]{
		table: domain.DisputeTransitions,
		restore: func(status billing.DisputeStatus) domain.Dispute {
			s := domain.NewDispute(newID(), paymentIn(billing.Captured), domain.DisputeReport{Amount: 500}, now).Snapshot()
			s.Status, s.Turns, s.ReportedAt = status, 1, now
			return domain.RestoreDispute(s)
		},
		status:   func(d domain.Dispute) billing.DisputeStatus { return d.Snapshot().Status },
		snapshot: func(d domain.Dispute) any { return d.Snapshot() }, verbs: disputeVerbs(),
	}.tryAll(t)
}

// A new dispute has no status: its first event may have any status of the table, and no other.
func TestTransitions_NewDispute(t *testing.T) {
	t.Parallel()
	for name, verb := range disputeVerbs() {
		d := domain.NewDispute(newID(), paymentIn(billing.Captured), domain.DisputeReport{Amount: 500}, now)
		before := d.Snapshot()
		if err := verb(&d); name == "Apply "+undefined {
			require.ErrorIs(t, err, state.ErrTransition)
			require.Equal(t, before, d.Snapshot())
		} else {
			require.NoError(t, err, name)
			require.Contains(t, domain.DisputeTransitions, d.Snapshot().Status)
		}
	}
}

// A final payment never becomes unresolved again. A final refund never changes.
func TestTransitions_FinalStatuses_StayFinal(t *testing.T) {
	t.Parallel()
	for from, next := range domain.PaymentTransitions {
		for _, to := range next {
			require.Contains(t, domain.PaymentTransitions, to)
			require.True(t, to.Final() || !from.Final(), "%s to %s", from, to)
		}
		require.True(t, from.Final() || !domain.PaymentTransitions.Final(from), from)
	}
	for _, status := range domain.RefundTransitions.States() {
		require.Equal(t, status.Final(), domain.RefundTransitions.Final(status), status)
	}
}

// The sets of statuses in queries contain every status of their table, except the one that they exclude.
func TestTransitions_StatusSets_MatchTables(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, domain.RefundTransitions.States(), append(domain.RefundsOut(), billing.RefundFailed))
	require.ElementsMatch(t, domain.DisputeTransitions.States(), append(domain.DisputesOut(), billing.DisputeWon))
	require.ElementsMatch(t, domain.DisputeTransitions.States(), domain.DisputePrecedence())
}
