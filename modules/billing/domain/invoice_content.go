package domain

import (
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/money"
)

// TaxGroup is what a content holds at one tax rate.
type TaxGroup struct {
	Rate int64 // in hundredths of a percent
	Net  money.Money
	Tax  money.Money
}

// TaxSummary returns what a content holds at each rate, the highest first.
func TaxSummary(p billing.InvoiceContent) ([]TaxGroup, error) {
	byRate := map[int64]*TaxGroup{}
	for _, l := range p.Lines {
		for _, part := range l.Parts {
			g, ok := byRate[part.Rate]
			if !ok {
				g = &TaxGroup{part.Rate, money.Zero(p.Total.Currency()), money.Zero(p.Total.Currency())}
				byRate[part.Rate] = g
			}
			net, err := part.Total.Sub(part.Tax)
			if err != nil {
				return nil, err
			}
			if g.Net, err = g.Net.Add(net); err != nil {
				return nil, err
			}
			if g.Tax, err = g.Tax.Add(part.Tax); err != nil {
				return nil, err
			}
		}
	}
	out := make([]TaxGroup, 0, len(byRate))
	for _, g := range byRate {
		out = append(out, *g)
	}
	slices.SortFunc(out, func(a, b TaxGroup) int { return int(b.Rate - a.Rate) })
	return out, nil
}

// creditPaper makes what a credit note says from what an invoice says and what goes back of it. A line that goes back
// whole stands as it stood; any other is one piece of what goes back of it.
func creditNoteContent(p billing.InvoiceContent, back []billing.RefundLine) (billing.InvoiceContent, error) {
	zero := money.Zero(p.Total.Currency())
	out := billing.InvoiceContent{
		OrderNumber: p.OrderNumber, Buyer: p.Buyer, TaxIncluded: p.TaxIncluded, Subtotal: zero, Discount: zero,
		Tax: zero, Total: zero,
	}
	for _, l := range p.Lines {
		line, err := creditLineItem(l, back, p.TaxIncluded)
		if err != nil {
			return out, err
		}
		if len(line.Parts) == 0 {
			continue
		}
		out.Lines = append(out.Lines, line)
		gross, err := line.Unit.Times(int64(line.Quantity))
		if err != nil {
			return out, err
		}
		if err := addTo(map[*money.Money]money.Money{
			&out.Subtotal: gross, &out.Discount: line.Discount, &out.Tax: line.Tax,
			&out.Total: line.Total,
		}); err != nil {
			return out, err
		}
	}
	return out, nil
}

func addTo(sums map[*money.Money]money.Money) (err error) {
	for target, amount := range sums {
		if *target, err = target.Add(amount); err != nil {
			return err
		}
	}
	return nil
}

func creditLineItem(l billing.LineItem, back []billing.RefundLine, taxIncluded bool) (billing.LineItem, error) {
	zero := money.Zero(l.Total.Currency())
	out := billing.LineItem{
		LineID: l.LineID, Title: l.Title, Bundle: l.Bundle, Quantity: 1, Discount: zero,
		Tax: zero, Total: zero,
	}
	for _, part := range l.Parts {
		for _, b := range back {
			if b.LineID != l.LineID || b.ProductID != part.ProductID {
				continue
			}
			part.Discount, part.Tax, part.Total = b.Discount, b.Tax, b.Amount
			out.Parts = append(out.Parts, part)
			if err := addTo(map[*money.Money]money.Money{
				&out.Discount: b.Discount, &out.Tax: b.Tax,
				&out.Total: b.Amount,
			}); err != nil {
				return out, err
			}
		}
	}
	if out.Total == l.Total && len(out.Parts) == len(l.Parts) {
		out.Quantity, out.Unit = l.Quantity, l.Unit
		return out, nil
	}
	if units := unitsOf(l, back); units > 0 && len(out.Parts) == len(l.Parts) {
		out.Quantity = units
	}
	unit, err := out.Total.Add(out.Discount)
	if err == nil && !taxIncluded {
		unit, err = unit.Sub(out.Tax)
	}
	if whole, timesErr := l.Unit.Times(int64(out.Quantity)); timesErr == nil && whole == unit {
		out.Unit = l.Unit
		return out, err
	}
	out.Quantity, out.Unit = 1, unit // not a number of whole units
	return out, err
}

// unitsOf returns how many units of a line are refunded, the same of each part, or 0.
func unitsOf(l billing.LineItem, back []billing.RefundLine) (units int) {
	for _, b := range back {
		if b.LineID != l.LineID {
			continue
		}
		if units != 0 && b.Quantity != units {
			return 0
		}
		units = b.Quantity
	}
	return units
}
