package pdf

import (
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/money"
	"coinslot/platform/typeset"
)

const (
	labelWidth  = 120.0
	amountWidth = 110.0
)

// in formats an amount with its currency.
func (s *sheet) in(m money.Money) string { return s.words.amount(m) + " " + string(m.Currency()) }

func (s *sheet) totals() {
	s.room(6 * line)
	s.y += padding
	w, content := s.words, s.invoice.Content
	tax := w.TaxIncluded
	if !content.TaxIncluded {
		tax = w.TaxAdded
	}
	s.Begin("Table")
	defer s.End()
	for _, t := range []struct {
		style  typeset.Style
		label  string
		amount money.Money
	}{
		{normal, w.Subtotal, content.Subtotal},
		{normal, w.Discount, content.Discount},
		{normal, tax, content.Tax},
		{strong, w.Total, content.Total},
	} {
		x := margin + width - labelWidth - amountWidth
		s.Begin("TR")
		s.page.Rule(x, s.y, labelWidth+amountWidth, 0.25, ruleGrey)
		s.cell("TD", x, labelWidth, t.label, aligned{t.style, false})
		s.cell("TD", x+labelWidth, amountWidth, s.in(t.amount), aligned{t.style, true})
		s.End()
		s.y += line
	}
}

// taxes writes the tax summary, in the seller's national currency as well when the document has another.
func (s *sheet) taxes(groups []domain.TaxGroup) error {
	s.room(line * float64(4+len(groups)))
	s.y += gap
	w, exchange := s.words, s.invoice.Seller.Exchange
	columns := []column{{w.Rate, 110}, {w.Net, 85}, {w.Tax, 85}, {w.Gross, 85}}
	if exchange != nil {
		columns = append(columns, column{w.Tax + " " + string(exchange.Currency), 85})
	}
	s.Begin("Table")
	defer s.End()
	s.heading(columns, "TH")
	for _, g := range groups {
		gross, err := g.Net.Add(g.Tax)
		if err != nil {
			return err
		}
		cells := []string{w.rate(g.Rate), w.amount(g.Net), w.amount(g.Tax), w.amount(gross)}
		if exchange != nil {
			national, err := exchange.Convert(g.Tax)
			if err != nil {
				return err
			}
			cells = append(cells, w.amount(national))
		}
		s.row(columns, "TD", normal, cells...)
	}
	return nil
}

// notes writes why something is not taxed, the exchange rate of the tax, and how the document was paid.
func (s *sheet) notes(groups []domain.TaxGroup) {
	s.y += gap
	seller := s.invoice.Seller
	switch {
	case s.invoice.Content.Treatment == billing.ReverseCharge:
		s.paragraph(small, s.words.ReverseCharge)
	case len(groups) > 0 && groups[len(groups)-1].Rate == 0:
		s.paragraph(small, s.words.untaxedNote(seller))
	}
	if e := seller.Exchange; e != nil {
		national, err := e.Convert(s.invoice.Content.Tax)
		if err == nil {
			s.paragraph(small, fmt.Sprintf(s.words.Exchange, s.in(national), s.invoice.Content.Tax.Currency(), e.Rate,
				e.Currency, e.Day))
		}
	}
	s.paragraph(small, s.payment())
}

// payment says how the document was paid.
func (s *sheet) payment() string {
	day := s.day(s.invoice.CapturedAt)
	switch {
	case s.invoice.Kind == domain.CreditNoteKind:
		return fmt.Sprintf(s.words.Returned, day)
	case s.invoice.Content.Total.IsZero():
		return s.words.Free
	}
	return fmt.Sprintf(s.words.Paid, day)
}
