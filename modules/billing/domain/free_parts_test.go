package domain_test

import (
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"

	"github.com/stretchr/testify/require"
)

// In old orders the first product of a bundle has all of its price.
func TestPlanRefund_LastAmountOfLine_IncludesFreeProducts(t *testing.T) {
	t.Parallel()
	lineID, priced, free := newID(), newID(), newID()
	zero := usd(0)
	content := billing.InvoiceContent{Total: usd(900), Lines: []billing.LineItem{{
		LineID: lineID, Title: "Bundle", Bundle: true, Quantity: 1, Unit: usd(900), Discount: zero, Tax: zero,
		Total: usd(900), Unshared: true,
		Parts: []billing.LineItemPart{
			{ProductID: priced, Discount: zero, Tax: zero, Total: usd(900)},
			{ProductID: free, Discount: zero, Tax: zero, Total: zero},
		},
	}}}
	part := func(n int64) []billing.RefundItem {
		amount := usd(n)
		return []billing.RefundItem{{LineID: lineID, Amount: &amount}}
	}
	first, err := domain.PlanRefund(content, nil, part(400))
	require.NoError(t, err)
	require.Len(t, first, 1)
	earlier := []domain.Refund{domain.RestoreRefund(domain.RefundSnapshot{Lines: first, Status: billing.RefundSucceeded})}
	last, err := domain.PlanRefund(content, earlier, part(500))
	require.NoError(t, err)
	require.Len(t, last, 2)
	require.Equal(t, free, last[1].ProductID)
	require.Equal(t, 1, last[1].Quantity)

	_, err = domain.PlanRefund(content, nil, []billing.RefundItem{{LineID: lineID, ProductID: free}})
	require.ErrorIs(t, err, billing.ErrUnshared)
}
