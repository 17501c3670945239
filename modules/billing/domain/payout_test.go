package domain_test

import (
	"errors"
	"testing"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
	"coinslot/platform/state"

	"github.com/stretchr/testify/require"
)

func TestTransitions_Payout(t *testing.T) {
	t.Parallel()
	verbs := map[string]func(*domain.Payout) error{}
	for _, status := range append(domain.PayoutTransitions.States(), undefined) {
		verbs["Apply "+string(status)] = func(p *domain.Payout) error {
			_, _, err := p.Apply(domain.PayoutReport{Status: status, Amount: money.Of(5, "USD")}, newID(), now)
			return err
		}
	}
	machine[domain.Payout, domain.PayoutStatus]{
		table: domain.PayoutTransitions,
		restore: func(status domain.PayoutStatus) domain.Payout {
			return domain.RestorePayout(domain.PayoutSnapshot{ID: newID(), Amount: money.Of(5, "USD"), Status: status, Turns: 1})
		},
		status:   func(p domain.Payout) domain.PayoutStatus { return p.Snapshot().Status },
		snapshot: func(p domain.Payout) any { return p.Snapshot() }, verbs: verbs,
	}.tryAll(t)
}

func TestTransitions_ManualEntry(t *testing.T) {
	t.Parallel()
	verbs := map[string]func(*domain.ManualEntry) error{}
	for _, status := range append(domain.ManualTransitions.States(), undefined) {
		verbs["Decide "+string(status)] = func(m *domain.ManualEntry) error {
			_, err := m.Decide(status, newID(), now)
			if errors.Is(err, domain.ErrEntryDecided) {
				return state.ErrTransition
			}
			return err
		}
	}
	machine[domain.ManualEntry, domain.ManualStatus]{
		table: domain.ManualTransitions,
		restore: func(status domain.ManualStatus) domain.ManualEntry {
			return domain.RestoreManualEntry(domain.ManualEntrySnapshot{ID: newID(), AuthorID: newID(), Status: status})
		},
		status:   func(m domain.ManualEntry) domain.ManualStatus { return m.Snapshot().Status },
		snapshot: func(m domain.ManualEntry) any { return m.Snapshot() }, verbs: verbs,
	}.tryAll(t)
}

func TestPayout_UnknownStatus_IsRejected(t *testing.T) {
	t.Parallel()
	p := domain.NewPayout(newID(), "mockpay", domain.PayoutReport{Amount: money.Of(5, "USD")}, now)
	_, changed, err := p.Apply(domain.PayoutReport{Status: "lost"}, newID(), now.Add(time.Hour))
	require.ErrorIs(t, err, state.ErrTransition)
	require.False(t, changed)
	require.Empty(t, p.Snapshot().Status)
}
