package pdf

import (
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/pdfa"
)

const (
	logoWidth  = 140.0
	logoHeight = 45.0
	gap        = 16.0
	factWidth  = 130.0
)

// buyerLines are the lines of the buyer's address. Whatever else an invoice must say about its buyer belongs here.
func (s *sheet) buyerLines(b billing.Buyer) []string {
	var lines []string
	if b.Business != nil {
		lines = b.Business.Lines(s.words.TaxID)
	}
	lines = append(lines, b.Name, s.country(b.Country), b.Email)
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

// sellerLines are the lines of the seller's address.
func (s *sheet) sellerLines(seller domain.Seller) []string {
	lines := append([]string{seller.Name}, seller.Address...)
	lines = append(lines, s.country(seller.Country))
	if seller.TaxID != "" {
		lines = append(lines, s.words.TaxID+" "+seller.TaxID)
	}
	return append(lines, seller.Email)
}

// head writes the logo, the addresses side by side, the title, and the numbers and dates.
func (s *sheet) head(logo *pdfa.Image) {
	if logo != nil {
		scale := min(logoWidth/float64(logo.Width), logoHeight/float64(logo.Height))
		w, h := float64(logo.Width)*scale, float64(logo.Height)*scale
		s.page.Logo(logo, s.invoice.Seller.Name, pdfa.Box{X: margin + width - w, Y: s.y, Width: w, Height: h})
		s.y += logoHeight + gap
	}
	half := (width - gap) / 2
	left := s.address(margin, half, s.words.InvoiceTo, s.buyerLines(s.invoice.Content.Buyer))
	right := s.address(margin+half+gap, half, s.words.From, s.sellerLines(s.invoice.Seller))
	s.y = max(left, right) + gap
	s.Begin("H1")
	s.page.Text("Span", margin, s.y+16, s.typesetter.Set(s.words.title(s.invoice.Kind), title))
	s.End()
	s.y += 30
	for _, fact := range s.facts() {
		end := s.block(margin, s.y, factWidth, strong, fact[0])
		s.y = max(end, s.block(margin+factWidth, s.y, width-factWidth, normal, fact[1]))
	}
	s.y += gap
}

// address writes a block of address lines, the first of them bold, and returns where it ends.
func (s *sheet) address(x, width float64, label string, lines []string) float64 {
	y := s.block(x, s.y, width, small, label)
	y = s.block(x, y, width, strong, lines[0])
	return s.block(x, y, width, normal, lines[1:]...)
}

func (s *sheet) facts() [][2]string {
	w, i := s.words, s.invoice
	moved := w.Supplied
	if i.Kind == domain.CreditNoteKind {
		moved = w.Refunded
	}
	out := [][2]string{
		{w.Number, i.FullNumber()},
		{w.Date, s.day(i.IssuedAt)},
		{moved, s.day(i.CapturedAt)},
		{w.Order, i.Content.OrderNumber},
	}
	if p := i.Preceding; p != nil {
		out = append(out, [2]string{w.Corrects, p.Number + " " + w.Of + " " + s.day(p.IssuedAt)})
	}
	return out
}
