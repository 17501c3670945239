package portstest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// booked is a random sale or its refund, with its journal entry.
type booked struct {
	draft domain.Draft
	entry domain.JournalEntry
}

// vienna is a seller whose days are not those of UTC.
var vienna = domain.Sellers{Default: domain.Seller{Name: "Seller", Country: "AT", TimeZone: "Europe/Vienna"}}

// randomContent is an invoice to a country at its rate. One in ten is a reverse charge.
func randomContent(rng *rand.Rand) billing.InvoiceContent {
	countries := map[string]int64{"AT": 2000, "DE": 1900, "HU": 2700, "FI": 2550, "MC": 2000, "US": 0}
	names := []string{"AT", "DE", "HU", "FI", "MC", "US"}
	country, currency := names[rng.IntN(len(names))], []money.Currency{"USD", "EUR"}[rng.IntN(2)]
	of := func(n int64) money.Money { return money.Of(n, currency) }
	rate, treatment := countries[country], billing.Taxed
	if rng.IntN(10) == 0 {
		rate, treatment = 0, billing.ReverseCharge
	}
	c := billing.InvoiceContent{
		OrderNumber: "CS-1", Buyer: billing.Buyer{Name: "Ada", Country: country, Language: "en"}, TaxIncluded: true,
		Treatment: treatment, Subtotal: of(0), Discount: of(0), Tax: of(0), Total: of(0),
	}
	if country == "MC" {
		c.TaxCountry = "FR"
	}
	for range 1 + rng.IntN(3) {
		total := of(1 + rng.Int64N(9999))
		tax, err := total.Scale(rate, 10_000+rate)
		if err != nil {
			panic(err)
		}
		part := billing.LineItemPart{
			ProductID: id.V7{}.NewID(), Title: "Game", Discount: of(0), Tax: tax, Total: total, Rate: rate,
		}
		c.Lines = append(c.Lines, billing.LineItem{
			LineID: id.V7{}.NewID(), Title: "Game", Quantity: 1, Unit: total, Discount: of(0), Tax: tax, Total: total,
			Parts: []billing.LineItemPart{part},
		})
		c.Tax, c.Total = of(c.Tax.Amount()+tax.Amount()), of(c.Total.Amount()+total.Amount())
	}
	c.Subtotal = c.Total
	return c
}

// randomSale is a sale at a moment, and in one of five cases the refund of a part of it some days later.
func randomSale(t *testing.T, rng *rand.Rand, at time.Time) []booked {
	t.Helper()
	ids := id.V7{}
	content := randomContent(rng)
	payment := domain.NewPayment(ids.NewID(), billing.Charge{
		OrderID: ids.NewID(), Attempt: 1, AccountID: ids.NewID(), Invoice: content,
	}, "mockpay", at)
	_, err := payment.Apply(domain.Outcome{Status: billing.Captured, Amount: &content.Total, ProviderRef: "pi"}, at)
	require.NoError(t, err)
	entry, err := payment.BookCapture(ids.NewID(), content.Tax)
	require.NoError(t, err)
	invoice := domain.NewDraft(payment, vienna)
	out := []booked{{invoice, entry}}
	if rng.IntN(5) > 0 {
		return out
	}
	amount := money.Of(1+rng.Int64N(content.Total.Amount()), content.Total.Currency())
	lines, err := domain.PlanAmount(content, nil, amount)
	require.NoError(t, err)
	later := at.Add(time.Duration(rng.Int64N(int64(60 * 24 * time.Hour))))
	asked := billing.RefundOrder{RequestedBy: ids.NewID(), Key: "k", Reason: "r"}
	refund, err := payment.Refund(ids.NewID(), asked, lines, later)
	require.NoError(t, err)
	_, err = refund.Apply(domain.RefundOutcome{Status: billing.RefundSucceeded, ProviderRef: "re"}, later)
	require.NoError(t, err)
	note, err := domain.NewCreditNote(refund, invoice)
	require.NoError(t, err)
	back, err := refund.Book(ids.NewID())
	require.NoError(t, err)
	return append(out, booked{note, back})
}

// StoreRandomSales stores sales at random moments of half a year, and refunds of some, as drafts with their journal
// entries.
func StoreRandomSales(t *testing.T, work ports.UnitOfWork, orders int, begin time.Time) {
	t.Helper()
	rng := rand.New(rand.NewPCG(2026, 4))
	const halfYear = 184 * 24 * time.Hour
	var all []booked
	for range orders {
		at := begin.Add(time.Duration(rng.Int64N(int64(halfYear))).Truncate(time.Microsecond))
		all = append(all, randomSale(t, rng, at)...)
	}
	for batch := range slices.Chunk(all, 2000) {
		require.NoError(t, work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			for _, b := range batch {
				if err := s.Invoices.InsertDraft(ctx, b.draft); err != nil {
					return err
				}
				if err := s.Ledger.Post(ctx, b.entry); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

// LedgerTax returns the movement of the account tax_payable in a period of the random sales' seller.
func LedgerTax(t *testing.T, journal ports.Journal, p domain.Period) map[money.Currency]int64 {
	t.Helper()
	out, limit := map[money.Currency]int64{}, 100_000
	entries, err := journal.After(t.Context(), ports.JournalQuery{Account: domain.TaxPayable}, nil, limit)
	require.NoError(t, err)
	require.Less(t, len(entries), limit)
	zone := vienna.Default.Local(p.From).Location()
	from, to := midnight(p.From, zone), midnight(p.To, zone)
	for _, e := range entries {
		if e.At.Before(from) || !e.At.Before(to) {
			continue
		}
		for _, x := range e.Postings {
			if x.Account == domain.TaxPayable {
				out[x.Amount.Currency()] -= x.Amount.Amount()
			}
		}
	}
	return out
}

func midnight(day time.Time, zone *time.Location) time.Time {
	year, month, d := day.Date()
	return time.Date(year, month, d, 0, 0, 0, 0, zone)
}

// Taxes returns the sums of a tax by currency. A currency without tax is left out.
func Taxes(rows []domain.TaxSum) map[money.Currency]int64 {
	out := map[money.Currency]int64{}
	for _, r := range rows {
		if !r.Tax.IsZero() {
			out[r.Currency] += r.Tax.Amount()
		}
	}
	return out
}

func taxesOfLedger(t *testing.T, f Fixture) {
	StoreRandomSales(t, f.Work, 300, time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for _, name := range []string{"2026-Q3", "2026-Q4", "2026-08", "2027-Q1", "2026-Q2"} {
		period, err := domain.ParsePeriod(name)
		require.NoError(t, err)
		rows, _, err := f.Taxes.Sums(t.Context(), period, ports.DocumentPosition{}, 1000)
		require.NoError(t, err)
		require.Equal(t, LedgerTax(t, f.Journal, period), Taxes(rows), name)
	}
}
