// Package pdf renders invoices and credit notes as A4 pages of PDF/A-3, in every script that the fonts have. The same
// invoice gives the same bytes.
package pdf

import (
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/platform/pdfa"
	"coinslot/platform/typeset"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Renderer renders invoices and credit notes, each in the language of its buyer. It is safe for concurrent use.
type Renderer struct {
	languages map[string]words
	fonts     *typeset.Library
	logo      *pdfa.Image
}

// NewRenderer returns a renderer. logo is nil without one.
func NewRenderer(fonts *typeset.Library, logo *pdfa.Image) (*Renderer, error) {
	languages, err := readWords()
	return &Renderer{languages, fonts, logo}, err
}

// Render returns the invoice as a PDF in which its XML is embedded; nil: none is.
func (r *Renderer) Render(invoice domain.Invoice, xml []byte) ([]byte, error) {
	code := invoice.Content.Buyer.Language
	w, ok := r.languages[code]
	if !ok {
		code, w = fallback, r.languages[fallback]
	}
	groups, err := domain.TaxSummary(invoice.Content)
	if err != nil {
		return nil, fmt.Errorf("sum up the taxes: %w", err)
	}
	s := &sheet{
		invoice: invoice, words: w, typesetter: r.fonts.NewTypesetter(code), several: len(groups) > 1,
		regions: display.Regions(language.Make(code)),
		Document: pdfa.New(pdfa.Info{
			Title: w.title(invoice.Kind) + " " + invoice.FullNumber(), Author: invoice.Seller.Name, Producer: "Coinslot",
			Language: code, Created: invoice.IssuedAt, Extension: extension(xml),
		}, pageWidth, pageHeight),
	}
	s.newPage()
	s.head(r.logo)
	if err := s.table(); err != nil {
		return nil, fmt.Errorf("add up the lines: %w", err)
	}
	s.totals()
	if err := s.taxes(groups); err != nil {
		return nil, fmt.Errorf("sum up the taxes: %w", err)
	}
	s.notes(groups)
	s.footers()
	if xml != nil {
		s.Attach(pdfa.File{
			Name: xmlName, MediaType: "text/xml", Description: "EN 16931", Relationship: "Alternative", Content: xml,
		})
	}
	out, err := s.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	return out, nil
}

func (w words) title(kind domain.Kind) string {
	if kind == domain.CreditNoteKind {
		return w.CreditNote
	}
	return w.Invoice
}
