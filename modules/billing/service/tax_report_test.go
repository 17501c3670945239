package service_test

import (
	"testing"
	"time"

	"coinslot/modules/billing/adapters/memory"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports/portstest"
	"coinslot/modules/billing/service"
	"coinslot/platform/clock"
	"coinslot/platform/fault"

	"github.com/stretchr/testify/require"
)

func reports(store *memory.Store, now time.Time) *service.Service {
	return service.New(service.Deps{Work: store, Taxes: store.TaxReports(), Clock: clock.NewManual(now)})
}

// The tax of the report is the movement of the ledger's account tax_payable, in each quarter and month.
func TestTaxReport_RandomOrders_EqualsLedger(t *testing.T) {
	t.Parallel()
	const orders = 10_000
	store := memory.NewStore()
	begin := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	portstest.StoreRandomSales(t, store, orders, begin)
	s := reports(store, begin.AddDate(1, 0, 0))
	var invoices, notes int64
	for _, period := range []string{"2026-Q3", "2026-Q4", "2027-Q1"} {
		report, err := s.TaxReport(t.Context(), period, false)
		require.NoError(t, err)
		require.True(t, report.Final)
		require.NotEmpty(t, report.Rows)
		require.Equal(t, portstest.LedgerTax(t, store.Journal(), report.Period), portstest.Taxes(report.Rows), period)
		for _, r := range report.Rows {
			require.NotEqual(t, "MC", r.Country, "Monaco is taxed as France")
			invoices, notes = invoices+r.Invoices, notes+r.CreditNotes
		}
	}
	require.GreaterOrEqual(t, invoices, int64(orders))
	require.Greater(t, notes, int64(orders/10))
}

func TestTaxReport_Period(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	s := reports(memory.NewStore(), now)
	for _, c := range []struct {
		period      string
		preliminary bool
		final       bool
		message     string // of the violation; empty: there is none
	}{
		{"2026-Q3", false, true, ""},
		{"2026-10", false, true, ""},
		{"2026-Q3", true, true, ""},
		{"2026-11", true, false, ""},
		{"2026-Q4", true, false, ""},
		{"2026-11", false, false, "the period ends with 2026-11-30"},
		{"2026-Q4", false, false, "the period ends with 2026-12-31"},
		{"2026-12", true, false, "the period has not begun"},
		{"2027-Q1", false, false, "the period has not begun"},
		{"", false, false, "write a quarter such as 2026-Q4"},
		{"2026-Q5", false, false, "write a quarter"},
		{"2026-Q0", false, false, "write a quarter"},
		{"2026-13", false, false, "write a quarter"},
		{"2026-00", false, false, "write a quarter"},
		{"2026", false, false, "write a quarter"},
		{"2026-+1", false, false, "write a quarter"},
		{"26-Q4", false, false, "write a quarter"},
		{"0001-Q4", false, false, "write a quarter"},
		{"2026-q4", false, false, "write a quarter"},
	} {
		report, err := s.TaxReport(t.Context(), c.period, c.preliminary)
		if c.message == "" {
			require.NoError(t, err, c.period)
			require.Equal(t, c.final, report.Final, c.period)
			continue
		}
		require.ErrorIs(t, err, domain.ErrPeriod, c.period)
		var period *fault.Error
		require.ErrorAs(t, err, &period)
		require.Equal(t, "query.period", period.Fields[0].Location)
		require.Contains(t, period.Fields[0].Message, c.message, c.period)
	}
}

// A period begins when its first day has begun in some time zone: a seller there has its first documents.
func TestTaxReport_FirstDayEastOfUTC_HasBegun(t *testing.T) {
	t.Parallel()
	s := reports(memory.NewStore(), time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC))
	report, err := s.TaxReport(t.Context(), "2026-12", true)
	require.NoError(t, err)
	require.False(t, report.Final)
}

// A period is over when its last day has ended in every time zone.
func TestTaxReport_LastDayWestOfUTC_IsNotOver(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	_, err := reports(memory.NewStore(), end.Add(12*time.Hour-time.Second)).TaxReport(t.Context(), "2026-11", false)
	require.ErrorIs(t, err, domain.ErrPeriod)
	_, err = reports(memory.NewStore(), end.Add(12*time.Hour)).TaxReport(t.Context(), "2026-11", false)
	require.NoError(t, err)
}
