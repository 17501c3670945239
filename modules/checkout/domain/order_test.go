package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"

	"github.com/stretchr/testify/require"
)

var (
	now      = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	outcomes = []domain.Outcome{
		domain.Unclear, domain.NeedsAction, domain.Captured, domain.Refused,
		domain.Abandoned, domain.Contradictory,
	}
)

func TestLateNewsMovesNoOrderBack(t *testing.T) {
	t.Parallel()
	for _, status := range []checkout.Status{
		checkout.Paid, checkout.Completed, checkout.Declined,
		checkout.Canceled, checkout.Refunded,
	} {
		for _, outcome := range outcomes {
			order := domain.Restore(domain.Snapshot{Status: status, UpdatedAt: now})
			require.NoError(t, order.ApplyPayment(outcome, now.Add(time.Hour)))
			require.Equal(t, domain.Snapshot{Status: status, UpdatedAt: now}, order.Snapshot(), outcome)
		}
	}
}

func TestOnlyClearNewsLeadsOutOfReview(t *testing.T) {
	t.Parallel()
	want := []checkout.Status{
		checkout.ManualReview, checkout.ManualReview, checkout.Paid, checkout.Declined,
		checkout.Canceled, checkout.ManualReview,
	}
	for i, outcome := range outcomes {
		order := domain.Restore(domain.Snapshot{Status: checkout.ManualReview})
		require.NoError(t, order.ApplyPayment(outcome, now))
		require.Equal(t, want[i], order.Status())
	}
	canceled := domain.Restore(domain.Snapshot{Status: checkout.Canceled, Released: true})
	require.NoError(t, canceled.Review(checkout.ReviewMoreOutThanIn, now))
	require.NoError(t, canceled.ApplyPayment(domain.Refused, now))
	require.Equal(t, checkout.Canceled, canceled.Status(), "an order that had ended is not declined after its review")
}
