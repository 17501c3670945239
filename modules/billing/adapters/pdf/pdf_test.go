package pdf_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/adapters/pdf"
	"coinslot/modules/billing/domain"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

func usd(n int64) money.Money { return money.Of(n, "USD") }

func invoice(lines int) domain.Invoice {
	paper := billing.Paper{
		OrderNumber: "CS-0123456789", Buyer: billing.Buyer{Name: "Ελληνικά Кириллица ž € \x00\x1b", Email: "ada@example.com"},
		Subtotal: usd(int64(lines) * 1999), Discount: usd(0), Tax: usd(0), Total: usd(int64(lines) * 1999),
	}
	for range lines {
		paper.Lines = append(paper.Lines, billing.PaperLine{
			Title: "A rather long title of a game, with its subtitle and the year of its remastered edition 🎮", Quantity: 1,
			Unit: usd(1999), Discount: usd(0), Tax: usd(0), Total: usd(1999), Contents: []string{"Game", "Музыка"},
		})
	}
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return domain.Invoice{Draft: domain.Draft{ID: id.V7{}.NewID(), Paper: paper, CapturedAt: at}, Series: "INV-2026", Number: 42, IssuedAt: at}
}

func newRenderer() *pdf.Renderer {
	return pdf.NewRenderer(config.Seller{Name: "Seller & Søn", Address: []string{"Straße 1"}, TaxID: "ATU1", Email: "x@example.com"})
}

func TestTheSameInvoiceGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	i := invoice(3)
	first, err := newRenderer().Render(i)
	require.NoError(t, err)
	again, err := newRenderer().Render(i)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.True(t, bytes.HasPrefix(first, []byte("%PDF-")))
	i.Number++
	other, err := newRenderer().Render(i)
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

// text reads a PDF as a person's viewer would. Poppler's pdftotext comes with every desktop; CI installs it.
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

func TestAnInvoiceReadsAsItShould(t *testing.T) {
	t.Parallel()
	raw, err := newRenderer().Render(invoice(1))
	require.NoError(t, err)
	got := text(t, raw)
	for _, want := range []string{
		"INV-2026-000042", "2026-03-01", "CS-0123456789", "Seller & Søn", "Straße 1", "ATU1", "Ελληνικά Кириллица ž €", "ada@example.com",
		"Музыка", "19.99 USD", "Tax included", "Total", "page 1 of 1",
	} {
		require.Contains(t, got, want)
	}
}

func TestALongInvoiceHasPagesWithHeadings(t *testing.T) {
	t.Parallel()
	raw, err := newRenderer().Render(invoice(60))
	require.NoError(t, err)
	got := text(t, raw)
	require.Equal(t, 60, strings.Count(got, "– Game"))
	require.Contains(t, got, "page 6 of 6")
	require.Equal(t, 6, strings.Count(got, "Unit price"))
}

func BenchmarkRender(b *testing.B) {
	renderer, i := newRenderer(), invoice(3)
	for b.Loop() {
		if _, err := renderer.Render(i); err != nil {
			b.Fatal(err)
		}
	}
}
