package service_test

import (
	"testing"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"

	"github.com/stretchr/testify/require"
)

// The provider captured another amount, and a part of it was refunded in its dashboard.
func TestResolve_AcceptAfterExternalRefund(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		captured, refunded int64
		err                error
		want               map[domain.Account]int64
	}{
		"of the excess": {1700, 700, nil, map[domain.Account]int64{
			domain.ProviderClearing: 1000, domain.Revenue: -800,
			domain.TaxPayable: -200,
		}},
		"of a part of the excess": {1700, 200, nil, map[domain.Account]int64{
			domain.ProviderClearing: 1000, domain.Revenue: -800, domain.TaxPayable: -200,
		}},
		"of more than the excess":  {1700, 701, billing.ErrRefunded, map[domain.Account]int64{}},
		"of a part of a shortfall": {700, 1, billing.ErrRefunded, map[domain.Account]int64{}},
		"of a whole shortfall":     {700, 700, billing.ErrRefunded, map[domain.Account]int64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture()
			o := charge(newID(), "pm_confirm", 1000)
			_, err := f.Charge(t.Context(), o)
			require.NoError(t, err)
			f.provider.Confirm()
			f.reportAmount(t, o.OrderID, c.captured)
			f.refundExternally(t, o.OrderID, "re_x", c.refunded)
			_, err = f.Resolve(t.Context(), o.OrderID, billing.Accept)
			if c.err == nil {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, c.err)
				_, err = f.Resolve(t.Context(), o.OrderID, billing.RefundAll)
				require.NoError(t, err, "staff refund what is left")
			}
			require.NoError(t, f.Sweep(t.Context()))
			require.Equal(t, c.want, f.balances(t))
			require.Empty(t, f.summary(t, o.OrderID).State.Review)
		})
	}
}
