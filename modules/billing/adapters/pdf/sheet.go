package pdf

import (
	"cmp"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
	"coinslot/platform/pdfa"
	"coinslot/platform/typeset"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// All measures are in points.
const (
	pageWidth  = 595.28
	pageHeight = 841.89
	margin     = 56.7
	width      = pageWidth - 2*margin
	top        = 50.0
	bottom     = pageHeight - 80
	line       = 13.0
	padding    = 4.0
	headGrey   = 0.93
	ruleGrey   = 0.6
)

var (
	small  = typeset.Style{Size: 8}
	normal = typeset.Style{Size: 9.5}
	strong = typeset.Style{Size: 9.5, Bold: true}
	title  = typeset.Style{Size: 18, Bold: true}
)

// sheet is a document that is rendered, and the place on its last page that is written next. y is the upper edge of the
// next line.
type sheet struct {
	*pdfa.Document
	invoice    domain.Invoice
	words      words
	typesetter *typeset.Typesetter
	regions    display.Namer
	several    bool // it has several tax rates
	page       *pdfa.Page
	y          float64
	carried    money.Money // the total of the rows that are written
	rows       int
}

func (s *sheet) newPage() {
	s.page, s.y = s.AddPage(), top
}

// room starts a page unless a height fits on this one.
func (s *sheet) room(height float64) {
	if s.y+height > bottom {
		s.newPage()
	}
}

// baseline is where the letters of the line at y stand.
func (s *sheet) baseline() float64 { return s.y + 10 }

// block writes texts below each other into a column, and returns where they end.
func (s *sheet) block(x, y, width float64, style typeset.Style, texts ...string) float64 {
	for _, text := range texts {
		if text == "" {
			continue
		}
		s.Begin("P")
		for _, l := range s.typesetter.Wrap(text, style, width) {
			s.page.Text("Span", x, y+10, l)
			y += max(line, style.Size*1.4)
		}
		s.End()
	}
	return y
}

// paragraph writes a text over the whole width.
func (s *sheet) paragraph(style typeset.Style, text string) {
	lines := s.typesetter.Wrap(text, style, width)
	s.room(line * float64(len(lines)))
	s.y = s.block(margin, s.y, width, style, text)
}

// aligned is the style of a cell, which is aligned to the left or to the right.
type aligned struct {
	typeset.Style
	right bool
}

// cell writes a text into a box, in a smaller size when it is too long for it.
func (s *sheet) cell(role string, x, width float64, text string, a aligned) {
	style := a.Style
	set := s.typesetter.Set(text, style)
	if room := width - 2*padding; set.Width > room {
		style.Size *= room / set.Width
		set = s.typesetter.Set(text, style)
	}
	at := x + padding
	if a.right {
		at = x + width - padding - set.Width
	}
	if role == artifact {
		s.page.Artifact(at, s.baseline(), set)
		return
	}
	s.page.Text(role, at, s.baseline(), set)
}

// artifact is the role of what repeats on every page.
const artifact = ""

func (s *sheet) day(t time.Time) string { return s.invoice.Seller.Local(t).Format(time.DateOnly) }

// country returns the name of a country in the language of the document.
func (s *sheet) country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return cmp.Or(s.regions.Name(region), code)
}

// footers writes the foot of every page, when their number is known.
func (s *sheet) footers() {
	for i, page := range s.Pages() {
		page.Rule(margin, pageHeight-58, width, 0.5, ruleGrey)
		text := s.invoice.FullNumber() + " · " + fmt.Sprintf(s.words.Page, i+1, len(s.Pages()))
		for j, text := range []string{s.legal(), text} {
			s.page, s.y = page, pageHeight-54+float64(j)*11
			set := s.typesetter.Set(text, small)
			if set.Width > width {
				set = s.typesetter.Set(text, typeset.Style{Size: small.Size * width / set.Width})
			}
			page.Artifact(margin+(width-set.Width)/2, s.baseline(), set)
		}
	}
}

// legal is the line about the seller at the foot of every page.
func (s *sheet) legal() string {
	text := s.invoice.Seller.Name
	if id := s.invoice.Seller.TaxID; id != "" {
		text += " · " + s.words.TaxID + " " + id
	}
	return text
}
