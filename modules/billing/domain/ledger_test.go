package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func posted(t *testing.T, entries ...domain.JournalEntry) map[domain.Account]int64 {
	t.Helper()
	out := map[domain.Account]int64{}
	for _, e := range entries {
		for _, p := range e.Postings {
			out[p.Account] += p.Amount.Amount()
		}
	}
	for account, sum := range out {
		if sum == 0 {
			delete(out, account)
		}
	}
	return out
}

func TestNewJournalEntry_Unbalanced_ReturnsError(t *testing.T) {
	t.Parallel()
	for _, postings := range [][]domain.Posting{
		{{Account: domain.Revenue, Amount: usd(1)}},
		{{Account: domain.Revenue, Amount: usd(1)}, {Account: domain.Refunds, Amount: money.Of(-1, "EUR")}},
	} {
		_, err := domain.NewJournalEntry(domain.JournalEntry{Postings: postings})
		require.ErrorIs(t, err, domain.ErrUnbalanced)
	}
	e, err := domain.NewJournalEntry(domain.JournalEntry{Postings: []domain.Posting{
		{Account: domain.Revenue, Amount: usd(1)},
		{Account: domain.Refunds, Amount: usd(0)},
		{Account: domain.Revenue, Amount: usd(1)},
		{Account: domain.TaxPayable, Amount: usd(-2)},
	}})
	require.NoError(t, err)
	require.Equal(t, []domain.Posting{
		{Account: domain.Revenue, Amount: usd(2)},
		{Account: domain.TaxPayable, Amount: usd(-2)},
	}, e.Postings)
}

func TestBookCapture_Sale_PostsTaxAndFee(t *testing.T) {
	t.Parallel()
	content := contentOf([][3]int64{{1000, 200, 0}})
	p := domain.NewPayment(newID(), billing.Charge{OrderID: newID(), Attempt: 1, Invoice: content}, "mockpay", now)
	amount := usd(1000)
	p.Apply(domain.Outcome{Status: billing.Captured, Amount: &amount, Fee: 15}, now)
	e, err := p.BookCapture(newID(), content.Tax)
	require.NoError(t, err)
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: 985, domain.ProviderFees: 15, domain.Revenue: -800,
		domain.TaxPayable: -200,
	}, posted(t, e))
	s := sale{content: content, payment: p}
	r, err := s.refund(true, some(whole(content.Lines[0]), 500))
	require.NoError(t, err)
	refund, err := r.Book(newID())
	require.NoError(t, err)
	require.Equal(t, map[domain.Account]int64{
		domain.ProviderClearing: -500, domain.Refunds: 400,
		domain.TaxPayable: 100,
	}, posted(t, refund))
}

func TestBookCapture_Mismatched_OwesBuyer(t *testing.T) {
	t.Parallel()
	p := domain.NewPayment(newID(), billing.Charge{
		OrderID: newID(), Attempt: 1,
		Invoice: contentOf([][3]int64{{1000, 200, 0}}),
	}, "mockpay", now)
	wrong := usd(900)
	p.Apply(domain.Outcome{Status: billing.Captured, Amount: &wrong}, now)
	require.Equal(t, billing.Mismatched, p.Status())
	e, err := p.BookCapture(newID(), usd(200))
	require.NoError(t, err)
	require.Equal(t, map[domain.Account]int64{domain.ProviderClearing: 900, domain.CustomerBalances: -900}, posted(t, e))
	refund, err := p.RefundWhole(newID(), nil, "test", now).Book(newID())
	require.NoError(t, err)
	require.Empty(t, posted(t, e, refund))
}

func TestDispute_EachStatusChange_IsBooked(t *testing.T) {
	t.Parallel()
	s := newSale(contentOf([][3]int64{{1000, 200, 0}}))
	report := domain.DisputeReport{ProviderRef: "dp_1", Amount: 1000, At: now}
	d := domain.NewDispute(newID(), s.payment, report, now)
	var all []domain.JournalEntry
	sources := map[string]bool{}
	for i, c := range []struct {
		status billing.DisputeStatus
		want   map[domain.Account]int64
	}{
		{billing.DisputeOpened, map[domain.Account]int64{domain.DisputeReserve: 1000, domain.ProviderClearing: -1000}},
		{billing.DisputeWon, map[domain.Account]int64{}},
		{billing.DisputeLost, map[domain.Account]int64{domain.DisputeLosses: 1000, domain.ProviderClearing: -1000}},
		{billing.DisputeOpened, map[domain.Account]int64{domain.DisputeReserve: 1000, domain.ProviderClearing: -1000}},
		{billing.DisputeLost, map[domain.Account]int64{domain.DisputeLosses: 1000, domain.ProviderClearing: -1000}},
		{billing.DisputeWon, map[domain.Account]int64{}},
	} {
		report.Status, report.At = c.status, now.Add(time.Duration(i)*time.Minute)
		e, changed, err := d.Apply(report, newID(), now)
		require.NoError(t, err)
		require.True(t, changed)
		all = append(all, e)
		sources[e.SourceID] = true
		require.Equal(t, c.want, posted(t, all...), i)
	}
	require.Len(t, sources, len(all), "each status change has its own source")
	for _, late := range []domain.DisputeReport{
		{Status: billing.DisputeWon, At: report.At},
		{Status: billing.DisputeLost, At: now},
	} {
		_, changed, err := d.Apply(late, newID(), now)
		require.NoError(t, err)
		require.False(t, changed, "an older or repeated report")
	}
	again := domain.DisputeReport{Status: billing.DisputeWon, At: report.At.Add(2 * time.Minute)}
	e, changed, err := d.Apply(again, newID(), now)
	require.NoError(t, err)
	require.True(t, changed, "a newer report of the same status")
	require.Empty(t, e.Postings)
	between := domain.DisputeReport{Status: billing.DisputeLost, At: report.At.Add(time.Minute)}
	_, changed, err = d.Apply(between, newID(), now)
	require.NoError(t, err)
	require.False(t, changed, "older than the newest report")
	require.Equal(t, usd(1000), domain.NewDispute(newID(), s.payment, domain.DisputeReport{Amount: 5000},
		now).Snapshot().Amount, "no more than was captured")
}

func TestIssue_SeriesPerKindCountryAndYear(t *testing.T) {
	t.Parallel()
	at, de := domain.Seller{Country: "AT"}, domain.Seller{Country: "DE"}
	drafts := []domain.Draft{
		{Kind: domain.InvoiceKind, Seller: at},
		{Kind: domain.CreditNoteKind, Seller: at},
		{Kind: domain.InvoiceKind, Seller: de},
		{Kind: domain.InvoiceKind, Seller: at},
	}
	var got []string
	for _, i := range domain.Issue(drafts, map[string]int64{"INV-AT-2026": 41}, now) {
		got = append(got, i.FullNumber())
	}
	require.Equal(t, []string{"INV-AT-2026-000042", "CN-AT-2026-000001", "INV-DE-2026-000001", "INV-AT-2026-000043"}, got)
	sellers := domain.Sellers{Default: at, Branches: map[string]domain.Seller{"CH": de}}
	require.Equal(t, at, sellers.For("AT"))
	require.Equal(t, de, sellers.For("CH"))
}

func TestIssue_NewYearBySellersCalendar_IsOfTheNewYear(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 12, 31, 23, 28, 0, 0, time.UTC) // 00:28 on 1 January in Vienna
	for zone, want := range map[string]string{
		"Europe/Vienna": "INV-AT-2026-000001", "America/New_York": "INV-AT-2025-000001", "": "INV-AT-2025-000001",
	} {
		draft := domain.Draft{Kind: domain.InvoiceKind, Seller: domain.Seller{Country: "AT", TimeZone: zone}}
		require.Equal(t, want, domain.Issue([]domain.Draft{draft}, map[string]int64{}, at)[0].FullNumber(), zone)
	}
}

func TestIssue_TwoLegalEntitiesOfOneCountry_HaveTheirOwnSeries(t *testing.T) {
	t.Parallel()
	draft := func(series string) domain.Draft {
		return domain.Draft{Kind: domain.InvoiceKind, Seller: domain.Seller{Country: "AT", Series: series}}
	}
	var got []string
	for _, i := range domain.Issue([]domain.Draft{draft(""), draft("AT2"), draft("AT2")}, map[string]int64{}, now) {
		got = append(got, i.FullNumber())
	}
	require.Equal(t, []string{"INV-AT-2026-000001", "INV-AT2-2026-000001", "INV-AT2-2026-000002"}, got)
}
