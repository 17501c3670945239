package service_test

import (
	"context"
	"errors"
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/modules/billing/service"
	"coinslot/platform/page"

	"github.com/stretchr/testify/require"
)

var errLost = errors.New("the reply was lost")

// unreliable are charges whose steps change nothing, or whose replies are lost.
type unreliable struct {
	ports.Charges
	requestFails, settleFails bool // nothing is stored
	requestLost, settleLost   bool // it is stored, and an error is returned
	err                       error
}

// Request implements ports.Charges.
func (u unreliable) Request(ctx context.Context, payment domain.Payment) (bool, error) {
	if u.requestFails {
		return false, u.err
	}
	requested, err := u.Charges.Request(ctx, payment)
	if u.requestLost {
		return false, errLost
	}
	return requested, err
}

// Settle implements ports.Charges.
func (u unreliable) Settle(ctx context.Context, s ports.Settlement) (billing.PaymentSummary, bool, error) {
	if u.settleFails {
		return billing.PaymentSummary{}, false, u.err
	}
	summary, settled, err := u.Charges.Settle(ctx, s)
	if u.settleLost {
		return billing.PaymentSummary{}, false, errLost
	}
	return summary, settled, err
}

func TestCharge_NotStoredAtOnce_IsStoredInTransactions(t *testing.T) {
	t.Parallel()
	for name, charges := range map[string]unreliable{
		"at once":               {},
		"request refused":       {requestFails: true},
		"request fails":         {requestFails: true, err: errLost},
		"reply of request lost": {requestLost: true},
		"settle refused":        {settleFails: true},
		"settle fails":          {settleFails: true, err: errLost},
		"reply of settle lost":  {settleLost: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			deps := f.Deps
			charges.Charges = f.store
			deps.Charges = charges
			s := service.New(deps)
			c := charge(newID(), "pm_ok", 100)
			summary, err := s.Charge(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, billing.Captured, summary.State.Status)
			again, err := s.Charge(t.Context(), c)
			require.NoError(t, err)
			require.Equal(t, summary, again)
			require.Equal(t, 1, f.provider.Captured())
			require.Len(t, f.invoices(t, c.AccountID), 1)
			entries, err := f.Entries(t.Context(), ports.JournalQuery{OrderID: c.OrderID}, page.Request{Limit: 10})
			require.NoError(t, err)
			require.Len(t, entries.Items, 1)
			history, err := f.History(t.Context(), c.OrderID)
			require.NoError(t, err)
			require.Len(t, history, 2)
		})
	}
}
