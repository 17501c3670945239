package domain

import (
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/money"
)

// TaxGroup is the sum of all parts with one tax rate.
type TaxGroup struct {
	Rate int64 // in hundredths of a percent
	Net  money.Money
	Tax  money.Money
}

// TaxSummary groups the content of a document by tax rate, the highest first.
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

// creditNoteContent makes the content of a credit note from its invoice and the lines of the refund. A line item that
// is refunded in full is copied. Of any other the quantity is the refunded units, or one when those have another price.
func creditNoteContent(p billing.InvoiceContent, refunded []billing.RefundLine) (billing.InvoiceContent, error) {
	zero := money.Zero(p.Total.Currency())
	out := billing.InvoiceContent{
		OrderNumber: p.OrderNumber, Buyer: p.Buyer, TaxCountry: p.TaxCountry, Treatment: p.Treatment,
		TaxIncluded: p.TaxIncluded, Subtotal: zero, Discount: zero, Tax: zero, Total: zero,
	}
	for _, l := range p.Lines {
		line, err := creditLineItem(l, refunded, p.TaxIncluded)
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

func creditLineItem(l billing.LineItem, refunded []billing.RefundLine, taxIncluded bool) (billing.LineItem, error) {
	zero := money.Zero(l.Total.Currency())
	out := billing.LineItem{
		LineID: l.LineID, Title: l.Title, Bundle: l.Bundle, Quantity: 1, Discount: zero,
		Tax: zero, Total: zero,
	}
	for _, part := range l.Parts {
		for _, b := range refunded {
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
	if units := unitsOf(l, refunded); units > 0 && len(out.Parts) == len(l.Parts) {
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
	out.Quantity, out.Unit = 1, unit
	return out, err
}

// unitsOf returns how many units of a line are refunded, or 0 when its parts differ.
func unitsOf(l billing.LineItem, refunded []billing.RefundLine) (units int) {
	for _, b := range refunded {
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
