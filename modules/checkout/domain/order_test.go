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
		domain.Unknown, domain.RequiresAction, domain.Captured, domain.Declined, domain.Canceled, domain.Mismatched,
	}
)

func TestApplyPayment_OutcomeAlone_MovesNoOrderBack(t *testing.T) {
	t.Parallel()
	for _, want := range []domain.Snapshot{
		{Status: checkout.Paid},
		{Status: checkout.Completed},
		{Status: checkout.Declined},
		{Status: checkout.Canceled},
		{Status: checkout.Refunded, GrantRefused: true},
	} {
		want.UpdatedAt = now
		for _, outcome := range outcomes {
			order := domain.Restore(want)
			adjustment, err := order.ApplyPayment(domain.Payment{Outcome: outcome}, now.Add(time.Hour))
			require.NoError(t, err)
			require.Nil(t, adjustment)
			require.Equal(t, want, order.Snapshot(), outcome)
		}
	}
}

func TestApplyPayment_InReview_OnlyAKnownOutcomeEndsIt(t *testing.T) {
	t.Parallel()
	want := []checkout.Status{
		checkout.ManualReview, checkout.ManualReview, checkout.Paid, checkout.Declined,
		checkout.Canceled, checkout.ManualReview,
	}
	for i, outcome := range outcomes {
		order := domain.Restore(domain.Snapshot{Status: checkout.ManualReview})
		_, err := order.ApplyPayment(domain.Payment{Outcome: outcome}, now)
		require.NoError(t, err)
		require.Equal(t, want[i], order.Status())
	}
	canceled := domain.Restore(domain.Snapshot{Status: checkout.Canceled, Released: true})
	require.NoError(t, canceled.Review(checkout.ReviewMoreOutThanIn, now))
	_, err := canceled.ApplyPayment(domain.Payment{Outcome: domain.Declined}, now)
	require.NoError(t, err)
	require.Equal(t, checkout.Canceled, canceled.Status(), "an order that had ended is not declined after its review")
}
