// Package pdf renders invoices as A4 pages with embedded fonts. The same invoice gives the same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/config"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
)

const (
	font   = "Go"
	margin = 20.0
	width  = 210 - 2*margin
	small  = 8.0
	normal = 9.5
	large  = 18.0
	line   = 5.0
	bottom = 25.0
)

// column is one column of the table of lines.
type column struct {
	title string
	width float64
	align string
}

var columns = []column{{"Item", 86, "L"}, {"Qty", 14, "R"}, {"Unit price", 22, "R"}, {"Discount", 22, "R"}, {"Total", 26, "R"}}

// Renderer renders invoices of one seller.
type Renderer struct{ seller config.Seller }

// NewRenderer returns a renderer.
func NewRenderer(seller config.Seller) *Renderer { return &Renderer{seller} }

// Render returns the invoice as a PDF.
func (r *Renderer) Render(invoice domain.Invoice) ([]byte, error) {
	d := newDocument(invoice)
	d.head(r.seller, invoice)
	d.table(invoice.Paper)
	d.totals(invoice.Paper)
	var out bytes.Buffer
	if err := d.Output(&out); err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	return out.Bytes(), nil
}

type document struct{ *fpdf.Fpdf }

func newDocument(invoice domain.Invoice) document {
	d := document{fpdf.New("P", "mm", "A4", "")}
	// Whatever else would differ from one rendering to the next is fixed.
	d.SetCatalogSort(true)
	d.SetCreationDate(invoice.IssuedAt)
	d.SetModificationDate(invoice.IssuedAt)
	d.SetProducer("Coinslot", true)
	d.SetTitle("Invoice "+invoice.FullNumber(), true)
	d.AddUTF8FontFromBytes(font, "", goregular.TTF)
	d.AddUTF8FontFromBytes(font, "B", gobold.TTF)
	d.SetMargins(margin, margin, margin)
	d.SetAutoPageBreak(true, bottom)
	d.SetFooterFunc(func() {
		d.SetY(-15)
		d.face("", small)
		d.CellFormat(width, line, fmt.Sprintf("%s · page %d of {nb}", invoice.FullNumber(), d.PageNo()), "", 0, "C", false, 0, "")
	})
	d.AliasNbPages("{nb}")
	d.AddPage()
	return d
}

func (d document) face(style string, size float64) { d.SetFont(font, style, size) }

func (d document) text(style string, size float64, texts ...string) {
	d.face(style, size)
	for _, text := range texts {
		d.MultiCell(width, line, clean(text), "", "L", false)
	}
}

func (d document) head(seller config.Seller, invoice domain.Invoice) {
	d.text("B", large, "Invoice")
	d.Ln(line)
	d.text("B", normal, seller.Name)
	d.text("", normal, seller.Address...)
	d.text("", normal, "Tax ID "+seller.TaxID, seller.Email)
	d.Ln(line)
	d.text("B", normal, "Invoice to")
	d.text("", normal, invoice.Paper.Buyer.Name, invoice.Paper.Buyer.Email)
	d.Ln(line)
	for _, pair := range [][2]string{
		{"Invoice number", invoice.FullNumber()},
		{"Invoice date", invoice.IssuedAt.UTC().Format("2006-01-02")},
		{"Date of supply", invoice.CapturedAt.UTC().Format("2006-01-02")},
		{"Order", invoice.Paper.OrderNumber},
	} {
		d.face("B", normal)
		d.CellFormat(35, line, pair[0], "", 0, "L", false, 0, "")
		d.face("", normal)
		d.CellFormat(width-35, line, clean(pair[1]), "", 1, "L", false, 0, "")
	}
	d.Ln(line)
}

func (d document) heading() {
	d.face("B", normal)
	d.SetFillColor(235, 235, 240)
	for _, c := range columns {
		d.CellFormat(c.width, line+2, c.title, "B", 0, c.align, true, 0, "")
	}
	d.Ln(-1)
}

func (d document) table(paper billing.Paper) {
	d.heading()
	for _, l := range paper.Lines {
		d.row(l)
	}
}

// row writes one line; its title may need several rows, and a page that has no room for them begins anew.
func (d document) row(l billing.PaperLine) {
	d.face("", normal)
	titles := d.wrap(l.Title, columns[0].width)
	d.face("", small)
	for _, content := range l.Contents {
		titles = append(titles, d.wrap("– "+content, columns[0].width-4)...)
	}
	if _, height := d.GetPageSize(); d.GetY()+line*float64(len(titles)) > height-bottom && len(titles) < 40 {
		d.AddPage()
		d.heading()
	}
	d.face("", normal)
	cells := []string{titles[0], strconv.Itoa(l.Quantity), l.Unit.Decimal(), l.Discount.Decimal(), l.Total.Decimal()}
	for i, c := range columns {
		d.CellFormat(c.width, line, cells[i], "", 0, c.align, false, 0, "")
	}
	d.Ln(-1)
	d.face("", small)
	for _, more := range titles[1:] {
		d.CellFormat(columns[0].width, line, "   "+more, "", 1, "L", false, 0, "")
	}
}

func (d document) wrap(text string, w float64) []string {
	lines := d.SplitText(clean(text), w-2)
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

func (d document) totals(paper billing.Paper) {
	if _, height := d.GetPageSize(); d.GetY()+6*line > height-bottom {
		d.AddPage()
	}
	d.Ln(2)
	currency := string(paper.Total.Currency())
	for _, t := range []struct{ style, label, amount string }{
		{"", "Subtotal", paper.Subtotal.Decimal()},
		{"", "Discount", paper.Discount.Decimal()},
		{"", "Tax included", paper.Tax.Decimal()},
		{"B", "Total", paper.Total.Decimal()},
	} {
		d.face(t.style, normal)
		d.CellFormat(width-50, line, "", "", 0, "L", false, 0, "")
		d.CellFormat(24, line, t.label, "T", 0, "L", false, 0, "")
		d.CellFormat(26, line, t.amount+" "+currency, "T", 1, "R", false, 0, "")
	}
	d.Ln(line)
	d.text("", small, "Paid in full. Thank you for playing.")
}

// clean drops what the font has no sign for or a page cannot show: control characters and what lies beyond the
// basic plane.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case r > 0xffff:
			return '\ufffd'
		}
		return r
	}, text)
}
