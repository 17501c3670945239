package rest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/web"
)

var manifestHeader = []string{
	"type", "number", "series", "issued_at", "supplied_at", "order_number", "order_id", "account_id", "buyer_name",
	"country", "currency", "net", "tax", "gross", "corrected_invoice", "pdf", "xml", "content_sha256",
}

// exportArchive writes the ZIP file of an export. The manifest is its last file. It is kept in memory until then: some
// 300 bytes for each document.
type exportArchive struct {
	out      *zip.Writer
	rows     *bytes.Buffer
	manifest *web.Sheet
	at       time.Time
}

func newExportArchive(out io.Writer, export domain.Export) (*exportArchive, error) {
	rows := &bytes.Buffer{}
	manifest, err := web.NewSheetWriter(rows, web.DialectOf(export.Locale), manifestHeader)
	return &exportArchive{zip.NewWriter(out), rows, manifest, export.CreatedAt}, err
}

// add writes the files of a document.
func (a *exportArchive) add(d service.ExportedFiles) error {
	folder := "invoices/"
	if d.Kind == domain.CreditNoteKind {
		folder = "credit-notes/"
	}
	base, pdf, xml := folder+fileName(d.FullNumber()), "", ""
	if d.PDF != nil {
		pdf = base + ".pdf"
		if err := a.write(pdf, d.IssuedAt, d.PDF); err != nil {
			return err
		}
	}
	if d.XML != nil {
		xml = base + ".xml"
		if err := a.write(xml, d.IssuedAt, d.XML); err != nil {
			return err
		}
	}
	net, err := d.Content.Total.Sub(d.Content.Tax)
	if err != nil {
		return err
	}
	corrected := ""
	if d.Preceding != nil {
		corrected = d.Preceding.Number
	}
	c := d.Content
	return a.manifest.Write(web.Text(string(d.Kind)), web.Text(d.FullNumber()), web.Text(d.Series), web.Time(d.IssuedAt),
		web.Time(d.CapturedAt), web.Text(c.OrderNumber), web.Text(d.OrderID.String()), web.Text(d.AccountID.String()),
		web.Text(c.Buyer.Name), web.Text(c.Buyer.Country), web.Text(string(c.Total.Currency())), web.Number(net.Decimal()),
		web.Number(c.Tax.Decimal()), web.Number(c.Total.Decimal()), web.Text(corrected), web.Text(pdf), web.Text(xml),
		web.Text(fmt.Sprintf("%x", d.Hash)))
}

// write adds a file. PDFs are not compressed, because their streams are.
func (a *exportArchive) write(name string, at time.Time, content []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at.UTC()}
	if strings.HasSuffix(name, ".pdf") {
		header.Method = zip.Store
	}
	file, err := a.out.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return err
}

// close writes the manifest and the end of the archive.
func (a *exportArchive) close() error {
	if err := a.manifest.Flush(); err != nil {
		return err
	}
	if err := a.write("manifest.csv", a.at, a.rows.Bytes()); err != nil {
		return err
	}
	return a.out.Close()
}

// fileName returns a number as the name of a file, on every system.
func fileName(number string) string {
	return strings.Map(func(r rune) rune {
		letter := (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z')
		if letter || (r >= '0' && r <= '9') || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, number)
}
