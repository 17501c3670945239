package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// InvoiceShelf#438, wpo-wcpdf#75: names and titles in Japanese, Arabic and other scripts are boxes on invoices.
func everyScript(t *testing.T) {
	r := harness.Start(t, nil)
	clerk, buyer := r.Clerk(t), r.NewBuyer(t)
	for i, title := range []string{
		"星の果樹園ひらがな", "三国演义", "별의모험", "مغامرات", "ירושלים", "ผจญภัย", "किंग्स", "Huyền", "Ångström",
	} {
		game := clerk.Post("/v1/admin/products", harness.Object{
			"title": title, "slug": fmt.Sprintf("script-%d", i), "kind": "game", "category": "test",
			"price": harness.Object{"amount": 1999, "currency": "EUR"},
		}).Is(http.StatusCreated).Text("id")
		order := buyer.Buy("pm_ok", buyer.Put("product_id", game)).Is(http.StatusCreated)
		invoice := order.Body["invoice"].(harness.Object)["id"].(string)
		raw := buyer.AwaitDocument("/v1/invoices/" + invoice + "/pdf").Raw
		require.Contains(t, pdfText(t, raw), title)
		for _, font := range fontsOf(t, raw) {
			require.Regexp(t, `^[A-Z]{6}\+\S+ +CID TrueType +Identity-H +(yes ){2}yes`, font,
				"a subset of each font is embedded")
		}
		require.Less(t, len(raw), 200_000, "only the glyphs that are used are embedded")
	}
}

// fontsOf lists the fonts of a PDF with Poppler's pdffonts.
func fontsOf(t *testing.T, raw []byte) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "invoice.pdf")
	require.NoError(t, os.WriteFile(path, raw, 0o600))
	out, err := exec.Command("pdffonts", path).Output()
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(out)), "\n")[2:]
}
