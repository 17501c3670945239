// Package pdf renders invoices and credit notes as A4 pages with embedded fonts. The same invoice gives the same bytes.
package pdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/money"

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

// column is one column of a table.
type column struct {
	title string
	width float64
	align string
}

// Renderer renders invoices and credit notes, each in the language of its buyer.
type Renderer struct{ languages map[string]words }

// NewRenderer returns a renderer.
func NewRenderer() (*Renderer, error) {
	languages, err := readWords()
	return &Renderer{languages}, err
}

// Render returns the invoice as a PDF.
func (r *Renderer) Render(invoice domain.Invoice) ([]byte, error) {
	w, ok := r.languages[invoice.Content.Buyer.Language]
	if !ok {
		w = r.languages[fallback]
	}
	groups, err := domain.TaxSummary(invoice.Content)
	if err != nil {
		return nil, fmt.Errorf("sum up the taxes: %w", err)
	}
	d := newDocument(invoice, w)
	d.head(invoice)
	d.table(invoice.Content)
	d.totals(invoice.Content)
	if err := d.taxes(groups); err != nil {
		return nil, fmt.Errorf("sum up the taxes: %w", err)
	}
	d.foot(invoice)
	var out bytes.Buffer
	if err := d.Output(&out); err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	return out.Bytes(), nil
}

type document struct {
	*fpdf.Fpdf
	words words
}

func (w words) title(kind domain.Kind) string {
	if kind == domain.CreditNoteKind {
		return w.CreditNote
	}
	return w.Invoice
}

func newDocument(invoice domain.Invoice, w words) document {
	d := document{fpdf.New("P", "mm", "A4", ""), w}
	// Everything that could differ between two renderings is fixed.
	d.SetCatalogSort(true)
	d.SetCreationDate(invoice.IssuedAt)
	d.SetModificationDate(invoice.IssuedAt)
	d.SetProducer("Coinslot", true)
	d.SetTitle(clean(w.title(invoice.Kind)+" "+invoice.FullNumber()), true)
	d.SetAuthor(clean(invoice.Seller.Name), true)
	d.AddUTF8FontFromBytes(font, "", goregular.TTF)
	d.AddUTF8FontFromBytes(font, "B", gobold.TTF)
	d.SetMargins(margin, margin, margin)
	d.SetAutoPageBreak(true, bottom)
	d.SetFooterFunc(func() {
		d.SetY(-15)
		d.face("", small)
		d.CellFormat(width, line, invoice.FullNumber()+" · "+fmt.Sprintf(w.Page, d.PageNo()), "", 0, "C", false, 0, "")
	})
	d.AliasNbPages("{nb}")
	d.AddPage()
	return d
}

func (d document) face(style string, size float64) { d.SetFont(font, style, size) }

func (d document) text(style string, size float64, texts ...string) {
	d.face(style, size)
	for _, text := range texts {
		if text != "" {
			d.MultiCell(width, line, clean(text), "", "L", false)
		}
	}
}

func (d document) head(invoice domain.Invoice) {
	w, seller, buyer := d.words, invoice.Seller, invoice.Content.Buyer
	d.text("B", large, w.title(invoice.Kind))
	d.Ln(line)
	d.text("B", normal, seller.Name)
	d.text("", normal, seller.Address...)
	d.text("", normal, seller.Country, w.TaxID+" "+seller.TaxID, seller.Email)
	d.Ln(line)
	d.text("B", normal, w.InvoiceTo)
	if b := buyer.Business; b != nil {
		d.text("", normal, b.Lines(w.TaxID)...)
	}
	d.text("", normal, buyer.Name, buyer.Email, buyer.Country)
	d.Ln(line)
	moved := w.Supplied
	if invoice.Kind == domain.CreditNoteKind {
		moved = w.Refunded
	}
	facts := [][2]string{
		{w.Number, invoice.FullNumber()},
		{w.Date, day(invoice.Seller, invoice.IssuedAt)},
		{moved, day(invoice.Seller, invoice.CapturedAt)},
		{w.Order, invoice.Content.OrderNumber},
	}
	if p := invoice.Preceding; p != nil {
		facts = append(facts, [2]string{w.Corrects, p.Number + " " + w.Of + " " + day(invoice.Seller, p.IssuedAt)})
	}
	for _, fact := range facts {
		d.face("B", normal)
		d.CellFormat(40, line, fact[0], "", 0, "L", false, 0, "")
		d.face("", normal)
		d.CellFormat(width-40, line, clean(fact[1]), "", 1, "L", false, 0, "")
	}
	d.Ln(line)
}

func day(s domain.Seller, t time.Time) string { return s.Local(t).Format(time.DateOnly) }

func (d document) columns() []column {
	w := d.words
	return []column{
		{w.Item, 86, "L"},
		{w.Quantity, 14, "R"},
		{w.UnitPrice, 22, "R"},
		{w.Discount, 22, "R"},
		{w.Total, 26, "R"},
	}
}

func (d document) heading(columns []column) {
	d.face("B", normal)
	d.SetFillColor(235, 235, 240)
	for _, c := range columns {
		d.CellFormat(c.width, line+2, c.title, "B", 0, c.align, true, 0, "")
	}
	d.Ln(-1)
}

func (d document) table(content billing.InvoiceContent) {
	d.heading(d.columns())
	for _, l := range content.Lines {
		d.row(l)
	}
}

// row writes one line, with a page break before it when its title does not fit on the page.
func (d document) row(l billing.LineItem) {
	columns := d.columns()
	d.face("", normal)
	titles := d.wrap(l.Title, columns[0].width)
	d.face("", small)
	if l.Bundle {
		for _, part := range l.Parts {
			titles = append(titles, d.wrap("– "+part.Title, columns[0].width-4)...)
		}
	}
	if _, height := d.GetPageSize(); d.GetY()+line*float64(len(titles)) > height-bottom && len(titles) < 40 {
		d.AddPage()
		d.heading(columns)
	}
	d.face("", normal)
	w := d.words
	cells := []string{titles[0], strconv.Itoa(l.Quantity), w.amount(l.Unit), w.amount(l.Discount), w.amount(l.Total)}
	for i, c := range columns {
		d.cell(c.width, cells[i], "", c.align)
	}
	d.Ln(-1)
	d.face("", small)
	for _, more := range titles[1:] {
		d.CellFormat(columns[0].width, line, "   "+more, "", 1, "L", false, 0, "")
	}
}

// cell writes a cell of a table, with a smaller font when the text is too long for it.
func (d document) cell(width float64, text, border, align string) {
	size, _ := d.GetFontSize()
	if room, needed := width-2*d.GetCellMargin(), d.GetStringWidth(text); needed > room {
		d.SetFontSize(size * room / needed)
		defer d.SetFontSize(size)
	}
	d.CellFormat(width, line, text, border, 0, align, false, 0, "")
}

func (d document) wrap(text string, w float64) []string {
	lines := d.SplitText(clean(text), w-2)
	if len(lines) == 0 {
		return []string{""}
	}
	return lines
}

// room starts a new page unless that many lines fit on this one.
func (d document) room(lines int) {
	if _, height := d.GetPageSize(); d.GetY()+float64(lines)*line > height-bottom {
		d.AddPage()
	}
}

func (d document) totals(content billing.InvoiceContent) {
	d.room(6)
	d.Ln(2)
	w, tax := d.words, d.words.TaxIncluded
	if !content.TaxIncluded {
		tax = w.TaxAdded
	}
	currency := string(content.Total.Currency())
	for _, t := range []struct {
		style, label string
		amount       money.Money
	}{
		{"", w.Subtotal, content.Subtotal},
		{"", w.Discount, content.Discount},
		{"", tax, content.Tax},
		{"B", w.Total, content.Total},
	} {
		d.face(t.style, normal)
		d.CellFormat(width-70, line, "", "", 0, "L", false, 0, "")
		d.CellFormat(34, line, t.label, "T", 0, "L", false, 0, "")
		d.cell(36, w.amount(t.amount)+" "+currency, "T", "R")
		d.Ln(-1)
	}
}

// taxes writes the tax summary.
func (d document) taxes(groups []domain.TaxGroup) error {
	d.room(4 + len(groups))
	d.Ln(line)
	w := d.words
	columns := []column{{w.Rate, 40, "L"}, {w.Net, 30, "R"}, {w.Tax, 30, "R"}, {w.Gross, 30, "R"}}
	d.heading(columns)
	d.face("", normal)
	for _, g := range groups {
		gross, err := g.Net.Add(g.Tax)
		if err != nil {
			return err
		}
		for i, cell := range []string{w.rate(g.Rate), w.amount(g.Net), w.amount(g.Tax), w.amount(gross)} {
			d.cell(columns[i].width, cell, "", columns[i].align)
		}
		d.Ln(-1)
	}
	return nil
}

func (d document) foot(invoice domain.Invoice) {
	d.room(3)
	d.Ln(line)
	if invoice.Content.Treatment == billing.ReverseCharge {
		d.text("", small, d.words.ReverseCharge)
	}
	if invoice.Kind == domain.CreditNoteKind {
		d.text("", small, d.words.Returned)
		return
	}
	d.text("", small, d.words.Paid)
}

// clean drops characters that the font cannot show: control characters, and those beyond the basic multilingual plane.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r):
			return ' '
		case r > 0xffff:
			return '\ufffd'
		}
		return r
	}, text)
}
