package domain_test

import (
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// unitsOf is the sale of one line with a quantity.
func unitsOf(total int64, units int) *sale {
	content := contentOf([][3]int64{{total, total / 6, 0}})
	content.Lines[0].Quantity = units
	return newSale(content)
}

func (s *sale) units(quantity int) (domain.Refund, error) {
	return s.refund(true, billing.RefundItem{LineID: s.content.Lines[0].LineID, Quantity: quantity})
}

func TestRefund_ByUnits(t *testing.T) {
	t.Parallel()
	s := unitsOf(1000, 3)
	var amounts []int64
	for range 3 {
		r, err := s.units(1)
		require.NoError(t, err)
		require.Equal(t, 1, r.Snapshot().Lines[0].Quantity)
		amounts = append(amounts, r.Snapshot().Amount.Amount())
	}
	require.Equal(t, []int64{333, 334, 333}, amounts)
	_, err := s.units(1)
	require.ErrorIs(t, err, billing.ErrExceeds)
}

func TestRefund_ByUnits_RejectsInvalidItems(t *testing.T) {
	t.Parallel()
	s := unitsOf(1000, 3)
	_, err := s.units(4)
	require.ErrorIs(t, err, billing.ErrExceeds)
	_, err = s.units(-1)
	require.ErrorIs(t, err, billing.ErrItems)
	amount := usd(5)
	_, err = s.refund(true, billing.RefundItem{LineID: s.content.Lines[0].LineID, Quantity: 1, Amount: &amount})
	require.ErrorIs(t, err, billing.ErrItems)
	r, err := s.refund(true)
	require.NoError(t, err)
	require.Equal(t, 3, r.Snapshot().Lines[0].Quantity, "all that is left")
}

func TestRefund_NothingPaid_SucceedsOnce(t *testing.T) {
	t.Parallel()
	s := unitsOf(0, 1)
	r, err := s.refund(true)
	require.NoError(t, err)
	require.True(t, r.Snapshot().Amount.IsZero())
	require.Equal(t, 1, r.Snapshot().Lines[0].Quantity)
	_, err = s.refund(true)
	require.ErrorIs(t, err, billing.ErrExceeds, "it was refunded")
}

// TestRefund_UnitsAndAmounts_AddUpToLine refunds at random, until nothing is left: exactly the line's money and tax go
// back.
func TestRefund_UnitsAndAmounts_AddUpToLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total, units := rapid.Int64Range(0, 5000).Draw(t, "total"), rapid.IntRange(1, 9).Draw(t, "units")
		s := unitsOf(total, units)
		for range rapid.IntRange(0, 6).Draw(t, "refunds") {
			if rapid.Bool().Draw(t, "by units") {
				_, _ = s.units(rapid.IntRange(1, units).Draw(t, "quantity"))
				continue
			}
			amount := usd(rapid.Int64Range(1, total+1).Draw(t, "amount"))
			_, _ = s.refund(true, billing.RefundItem{LineID: s.content.Lines[0].LineID, Amount: &amount})
		}
		_, err := s.refund(true)
		if err != nil {
			require.ErrorIs(t, err, billing.ErrExceeds)
		}
		var refunded, tax int64
		quantity := 0
		for _, r := range s.refunds {
			for _, l := range r.Snapshot().Lines {
				refunded, tax, quantity = refunded+l.Amount.Amount(), tax+l.Tax.Amount(), quantity+l.Quantity
			}
		}
		require.Equal(t, total, refunded)
		require.Equal(t, total/6, tax)
		require.Equal(t, units, quantity)
	})
}

func TestPlanAmount_AllocatesOverRemainder(t *testing.T) {
	t.Parallel()
	s := newSale(contentOf([][3]int64{{300, 50, 0}}, [][3]int64{{100, 0, 0}, {200, 0, 0}}))
	_, err := s.refund(true, whole(s.content.Lines[0]))
	require.NoError(t, err)
	lines, err := domain.PlanAmount(s.content, s.refunds, usd(100))
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, []int64{33, 67}, []int64{lines[0].Amount.Amount(), lines[1].Amount.Amount()})
	lines, err = domain.PlanAmount(s.content, s.refunds, usd(1000))
	require.NoError(t, err)
	require.Equal(t, []int64{100, 200}, []int64{lines[0].Amount.Amount(), lines[1].Amount.Amount()},
		"no more than is left")
}

func TestPlanLines_RefundedPart_IsLeftOut(t *testing.T) {
	t.Parallel()
	s := newSale(contentOf([][3]int64{{300, 50, 0}}, [][3]int64{{100, 0, 0}, {200, 0, 0}}, [][3]int64{{50, 0, 0}}))
	bundle := s.content.Lines[1]
	_, err := s.refund(true, billing.RefundItem{LineID: bundle.LineID, ProductID: bundle.Parts[0].ProductID})
	require.NoError(t, err)
	lines, err := domain.PlanLines(s.content, s.refunds, []id.ID{bundle.LineID, s.content.Lines[2].LineID})
	require.NoError(t, err)
	require.Len(t, lines, 2)
	require.Equal(t, []int64{200, 50}, []int64{lines[0].Amount.Amount(), lines[1].Amount.Amount()})
}
