package e2e_test

import (
	"encoding/csv"
	"encoding/xml"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// records returns the rows of a CSV file as maps from the names of their columns.
func records(t *testing.T, raw []byte, comma rune) (out []map[string]string) {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff")))
	reader.Comma = comma
	rows, err := reader.ReadAll()
	require.NoError(t, err)
	for _, row := range rows[1:] {
		record := map[string]string{}
		for i, cell := range row {
			record[rows[0][i]] = cell
		}
		out = append(out, record)
	}
	return out
}

func TestJournalCSV_HasInvoiceCountryRateAndNet(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	buyer, other, clerk := r.NewBuyer(t), r.NewBuyer(t), r.Clerk(t)
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"country": "DE"}, nil).Is(http.StatusOK)
	order := buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	other.Checkout("pm_ok", "star-orchard").Is(http.StatusCreated)
	buyer.Refund(order.Text("id"), nil).Is(http.StatusCreated)
	r.AwaitNumbers(t)
	account := buyer.Get("/v1/me").Text("id")
	const journal = "/v1/admin/ledger/entries.csv"
	read := func(query string) []map[string]string {
		return records(t, clerk.Get(journal+query).Is(http.StatusOK).Raw, ',')
	}
	rows := read("?buyer=" + account)
	require.Len(t, rows, 4+3, "a sale with a fee, and a refund")
	sale := map[string]map[string]string{}
	refund := map[string]map[string]string{}
	for _, row := range rows {
		require.Equal(t, account, row["buyer_id"])
		require.Equal(t, "DE", row["country"])
		require.Regexp(t, `^INV-AT-\d{4}-\d{6}$`, row["invoice_number"])
		if row["source_type"] == "refund" {
			require.Regexp(t, `^CN-AT-\d{4}-\d{6}$`, row["credit_note_number"])
			refund[row["account"]] = row
			continue
		}
		require.Empty(t, row["credit_note_number"])
		sale[row["account"]] = row
	}
	for _, c := range []struct {
		row  map[string]string
		want []string // debit, credit, tax_percent, net
	}{
		{sale["provider_clearing"], []string{"12.80", "", "", ""}},
		{sale["revenue"], []string{"", "10.92", "19.00", "10.92"}},
		{sale["tax_payable"], []string{"", "2.07", "19.00", "10.92"}},
		{refund["refunds"], []string{"10.92", "", "19.00", "-10.92"}},
		{refund["tax_payable"], []string{"2.07", "", "19.00", "-10.92"}},
	} {
		require.Equal(t, c.want, []string{c.row["debit"], c.row["credit"], c.row["tax_percent"], c.row["net"]}, c.row)
	}
	require.Len(t, read(""), 4+3+4)
	require.Len(t, read("?account=refunds"), 3, "an entry that matches has all its postings")
	require.Empty(t, read("?account=refunds&buyer="+other.Get("/v1/me").Text("id")), "filters apply together")
	require.Len(t, read("?order_id="+order.Text("id")), 7)
	require.Empty(t, read("?account=dispute_losses"))
	entries := "/v1/admin/ledger/entries?buyer=" + account
	require.Len(t, clerk.Get(entries).Is(http.StatusOK).Items("items"), 2)

	for query, location := range map[string]string{
		"?account=" + account: "query.account", "?account=revenues": "query.account", "?buyer=ada": "query.buyer",
		"?order_id=x": "query.order_id", "?from=today": "query.from", "?locale=fr": "query.locale",
	} {
		rejected := clerk.Get(journal+query).Problem(http.StatusUnprocessableEntity, "invalid-request")
		require.Equal(t, location, rejected.Items("errors")[0]["location"], query)
	}
}

// cell is a cell of a spreadsheet in LibreOffice's XML.
type cell struct {
	Type    string `xml:"urn:oasis:names:tc:opendocument:xmlns:office:1.0 value-type,attr"`
	Date    string `xml:"urn:oasis:names:tc:opendocument:xmlns:office:1.0 date-value,attr"`
	Value   string `xml:"urn:oasis:names:tc:opendocument:xmlns:office:1.0 value,attr"`
	Formula string `xml:"urn:oasis:names:tc:opendocument:xmlns:table:1.0 formula,attr"`
	Text    string `xml:"urn:oasis:names:tc:opendocument:xmlns:text:1.0 p"`
}

// spreadsheet converts a CSV file as LibreOffice opens it under a locale, and returns its rows.
func spreadsheet(t *testing.T, raw []byte, locale string) (rows []map[string]cell) {
	t.Helper()
	filter := map[string]string{"de": "59,34,76,1,,1031,false,true", "en": "44,34,76,1,,1033,false,true"}[locale]
	folder := t.TempDir()
	source := filepath.Join(folder, "file.csv")
	require.NoError(t, os.WriteFile(source, raw, 0o600))
	convert := exec.CommandContext(t.Context(), "soffice",
		"-env:UserInstallation=file://"+filepath.Join(folder, "profile"),
		"--headless", "--convert-to", "fods", "--infilter=Text - txt - csv (StarCalc):"+filter, "--outdir", folder, source)
	convert.Env = append(os.Environ(), "HOME="+folder)
	out, err := convert.CombinedOutput()
	require.NoError(t, err, string(out))
	converted, err := os.ReadFile(filepath.Join(folder, "file.fods"))
	require.NoError(t, err, string(out))
	var book struct {
		Rows []struct {
			Cells []struct {
				cell
				Repeated int `xml:"urn:oasis:names:tc:opendocument:xmlns:table:1.0 number-columns-repeated,attr"`
			} `xml:"table-cell"`
		} `xml:"body>spreadsheet>table>table-row"`
	}
	require.NoError(t, xml.Unmarshal(converted, &book))
	var header []string
	for _, r := range book.Rows {
		var cells []cell
		for _, c := range r.Cells {
			for range min(max(c.Repeated, 1), 100) {
				cells = append(cells, c.cell)
			}
		}
		row := map[string]cell{}
		for i, c := range cells {
			if len(rows) == 0 && header == nil {
				break
			}
			if i < len(header) {
				row[header[i]] = c
			}
		}
		if header == nil {
			for _, c := range cells {
				header = append(header, c.Text)
			}
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// CSV files open with numbers and dates as such, and with texts that are no formulas.
func TestCSV_LibreOffice_OpensNumbersAndDates(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("soffice"); err != nil {
		t.Skip("SKIPPED: opening CSV files in LibreOffice needs soffice (Debian: apt-get install libreoffice-calc-nogui)")
	}
	r := harness.Start(t, nil)
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	buyer.Send(http.MethodPatch, "/v1/me", harness.Object{"display_name": `=HYPERLINK("http://evil.example")`},
		nil).Is(http.StatusOK)
	buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	r.AwaitNumbers(t)
	for _, locale := range []string{"de", "en"} {
		raw := clerk.Get("/v1/admin/ledger/entries.csv?locale=" + locale).Is(http.StatusOK).Raw
		rows := spreadsheet(t, raw, locale)
		require.Len(t, rows, 4)
		sums := map[string]string{}
		for _, row := range rows {
			require.Equal(t, "date", row["at"].Type, "%s: %+v", locale, row)
			sums[row["account"].Text] = row["debit"].Value + row["credit"].Value
			require.Equal(t, "string", row["invoice_number"].Type)
		}
		require.Equal(t, map[string]string{
			"provider_clearing": "12.8", "provider_fees": "0.19", "revenue": "10.82", "tax_payable": "2.17",
		}, sums, locale)
		for _, row := range rows {
			if row["account"].Text == "tax_payable" {
				require.Equal(t, []string{"float", "20", "float", "10.82"}, []string{
					row["tax_percent"].Type, row["tax_percent"].Value, row["net"].Type, row["net"].Value,
				}, locale)
			}
		}
		export := awaitExport(t, clerk, with(with(sinceYesterday(), "locale", locale), "formats", []string{"xml"}))
		manifest := spreadsheet(t, unzip(t, clerk, export)["manifest.csv"], locale)
		require.Len(t, manifest, 1)
		require.Equal(t, []string{"date", "float", "12.99", "string", ""}, []string{
			manifest[0]["issued_at"].Type, manifest[0]["gross"].Type, manifest[0]["gross"].Value,
			manifest[0]["buyer_name"].Type, manifest[0]["buyer_name"].Formula,
		}, locale)
	}
}
