package pdf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/typeset"

	"github.com/stretchr/testify/require"
)

func usd(n int64) money.Money { return money.Of(n, "USD") }

func content(language string, lines int) billing.InvoiceContent {
	p := billing.InvoiceContent{
		OrderNumber: "CS-0123456789", Buyer: billing.Buyer{
			Name:  "Ελληνικά Кириллица ž € \x00\x1b\u0085",
			Email: "ada@example.com", Country: "GR", Language: language,
		},
		TaxIncluded: true, Subtotal: usd(int64(lines) * 2000), Discount: usd(int64(lines)), Tax: usd(int64(lines) * 333),
		Total: usd(int64(lines) * 1999),
	}
	for range lines {
		p.Lines = append(p.Lines, billing.LineItem{
			LineID: id.V7{}.NewID(), Bundle: true, Quantity: 1,
			Title: "A rather long title of a game, with its subtitle\x07 and the year of its remastered edition 🎮",
			Unit:  usd(2000), Discount: usd(1), Tax: usd(333), Total: usd(1999), Parts: []billing.LineItemPart{
				{Title: "Game", Discount: usd(1), Tax: usd(333), Total: usd(1000), Rate: 2550},
				{Title: "Музыка", Discount: usd(0), Tax: usd(0), Total: usd(999)},
			},
		})
	}
	return p
}

// costing returns an invoice of one line with a price.
func costing(language string, price money.Money) domain.Invoice {
	i, none := invoiceIn(language, 1), money.Zero(price.Currency())
	i.Content.Subtotal, i.Content.Discount, i.Content.Tax, i.Content.Total = price, none, none, price
	i.Content.Lines = []billing.LineItem{{
		LineID: id.V7{}.NewID(), Title: "Game", Quantity: 1, Unit: price, Discount: none, Tax: none, Total: price,
		Parts: []billing.LineItemPart{{Title: "Game", Discount: none, Tax: none, Total: price}},
	}}
	return i
}

func TestRender_Amounts_HaveCurrencyDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		language, want string
		price          money.Money
	}{
		{"en", "19,900.00 COP", money.Of(1990000, "COP")},
		{"de", "19.900,00 COP", money.Of(1990000, "COP")},
		{"es", "19.900,00 COP", money.Of(1990000, "COP")},
		{"fr", "19 900,00 COP", money.Of(1990000, "COP")},
		{"en", "2,980 JPY", money.Of(2980, "JPY")},
		{"en", "6.125 KWD", money.Of(6125, "KWD")},
		{"en", "79.90 HRK", money.Of(7990, "HRK")}, // a withdrawn currency
		{"en", "100,000,000,000.00 IRR", money.Of(10_000_000_000_000, "IRR")},
	} {
		for _, kind := range []domain.Kind{domain.InvoiceKind, domain.CreditNoteKind} {
			i := costing(c.language, c.price)
			i.Kind = kind
			raw, err := newRenderer(t).Render(i)
			require.NoError(t, err)
			got := text(t, raw)
			require.Equal(t, 2, strings.Count(got, c.want), "subtotal and total in %s", got)
			require.Equal(t, 6, strings.Count(got, strings.TrimRight(c.want, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ")), "%s", got)
		}
	}
}

func invoice(lines int) domain.Invoice { return invoiceIn("en", lines) }

func invoiceIn(language string, lines int) domain.Invoice {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seller := domain.Seller{
		Name: "Seller & Søn", Address: []string{"Straße 1"}, Country: "AT", TaxID: "ATU1",
		Email: "x@example.com",
	}
	return domain.Invoice{
		Draft: domain.Draft{
			ID: id.V7{}.NewID(), Kind: domain.InvoiceKind, Seller: seller,
			Content: content(language, lines), CapturedAt: at,
		},
		Series: "INV-AT-2026", Number: 42, IssuedAt: at,
	}
}

// renderer is a renderer of documents without XML.
type renderer struct{ *pdf.Renderer }

func (r renderer) Render(i domain.Invoice) ([]byte, error) { return r.Renderer.Render(i, nil) }

// fonts are read once.
var fonts = sync.OnceValues(func() (*typeset.Library, error) { return typeset.NewLibrary("") })

func newRenderer(t testing.TB) renderer {
	t.Helper()
	fonts, err := fonts()
	require.NoError(t, err)
	r, err := pdf.NewRenderer(fonts, nil)
	require.NoError(t, err)
	return renderer{r}
}

func TestRender_SameInvoice_SameBytes(t *testing.T) {
	t.Parallel()
	i := invoice(3)
	first, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	again, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.True(t, bytes.HasPrefix(first, []byte("%PDF-")))
	i.Number++
	other, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

// text extracts the text of a PDF with Poppler's pdftotext, which CI installs.
func text(t *testing.T, raw []byte) string {
	t.Helper()
	reader, err := exec.LookPath("pdftotext")
	if err != nil {
		require.Empty(t, os.Getenv("CI"), "CI must have pdftotext (Debian: apt-get install poppler-utils)")
		t.Skip("SKIPPED: reading the PDF back needs pdftotext (Debian: apt-get install poppler-utils)")
	}
	path := filepath.Join(t.TempDir(), "invoice.pdf")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	out, err := exec.Command(reader, "-layout", path, "-").Output()
	require.NoError(t, err)
	return string(out)
}

func TestRender_DatesFollowTheSellersCalendar(t *testing.T) {
	t.Parallel()
	i := invoice(1)
	i.Seller.TimeZone = "Europe/Vienna"
	i.IssuedAt = time.Date(2025, 12, 31, 23, 28, 0, 0, time.UTC)
	i.CapturedAt = i.IssuedAt.Add(-time.Hour)
	raw, err := newRenderer(t).Render(i)
	require.NoError(t, err)
	got := text(t, raw)
	require.Contains(t, got, "2026-01-01")
	require.Contains(t, got, "2025-12-31")
}

func TestRender_Invoice_ContainsAllText(t *testing.T) {
	t.Parallel()
	raw, err := newRenderer(t).Render(invoice(1))
	require.NoError(t, err)
	got := text(t, raw)
	for _, want := range []string{
		"INV-AT-2026-000042", "2026-03-01", "CS-0123456789", "Seller & Søn", "Straße 1", "ATU1",
		"Ελληνικά Кириллица ž €", "ada@example.com",
		"Музыка", "19.99 USD", "Tax included", "Total", "page 1 of 1", "Greece", "Austria", "25.5 %", "no tax",
		"6.67", "3.33", "0.01",
	} {
		require.Contains(t, got, want)
	}
}

func TestRender_LongInvoice_RepeatsHeadings(t *testing.T) {
	t.Parallel()
	raw, err := newRenderer(t).Render(invoice(60))
	require.NoError(t, err)
	got := text(t, raw)
	require.Equal(t, 60, strings.Count(got, "– Game"))
	require.Contains(t, got, "page 7 of 7")
	require.Equal(t, 7, strings.Count(got, "Unit price"))
	require.Equal(t, 6, strings.Count(got, "Carried over"))
	require.Regexp(t, `Carried over +1,139.43 USD`, got)
	require.Regexp(t, `Brought forward +1,139.43 USD`, got)
}

func TestMessages_EachLanguage_IsComplete(t *testing.T) {
	t.Parallel()
	for language, want := range map[string][]string{
		"en": {"Invoice", "Tax rate", "19.99"}, "de": {"Rechnung", "Steuersatz", "steuerfrei", "19,99", "Seite 1 von 1"},
		"fr": {"Facture", "Taux de TVA", "sans TVA", "19,99", "page 1 sur 1"},
		"es": {"Factura", "Tipo de IVA", "19,99", "página 1 de 1"}, "tlh": {"Invoice"},
	} {
		raw, err := newRenderer(t).Render(invoiceIn(language, 1))
		require.NoError(t, err)
		got := text(t, raw)
		for _, word := range want {
			require.Contains(t, got, word, language)
		}
	}
}

func TestRender_CreditNote_NamesInvoice(t *testing.T) {
	t.Parallel()
	note := invoice(1)
	note.Kind, note.Series, note.Number = domain.CreditNoteKind, "CN-AT-2026", 7
	note.Preceding = &domain.Preceding{ID: id.V7{}.NewID(), Number: "INV-AT-2026-000042", IssuedAt: note.IssuedAt}
	raw, err := newRenderer(t).Render(note)
	require.NoError(t, err)
	got := text(t, raw)
	for _, want := range []string{
		"Credit note", "CN-AT-2026-000007", "Corrects invoice",
		"INV-AT-2026-000042 of 2026-03-01", "Date of refund", "paid back",
	} {
		require.Contains(t, got, want)
	}
}

func BenchmarkRender(b *testing.B) {
	renderer, i := newRenderer(b), invoice(3)
	for b.Loop() {
		if _, err := renderer.Render(i); err != nil {
			b.Fatal(err)
		}
	}
}
