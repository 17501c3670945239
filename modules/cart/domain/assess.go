package domain

import (
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Assessed is a line with its current price. Changed is true when that differs from the price that the buyer saw.
type Assessed struct {
	Line
	Title   string
	Unit    money.Money
	Total   money.Money
	Changed bool
}

// Assess prices a cart's lines by the current offers. A line without a current price keeps the one that the buyer
// saw. It returns money.ErrOverflow.
func Assess(lines []Line, offers map[id.ID]Offer) ([]Assessed, error) {
	out := make([]Assessed, len(lines))
	for i, l := range lines {
		offer := offers[l.SellableID]
		a := Assessed{Line: l, Title: offer.Title, Unit: l.Seen.Money}
		if price, sold := offer.PriceIn(l.Seen.Money.Currency()); sold {
			a.Unit = price.Money
		}
		a.Changed = a.Unit != a.Seen.Money
		total, err := a.Unit.Times(int64(l.Quantity))
		if err != nil {
			return nil, err
		}
		a.Total = total
		out[i] = a
	}
	return out, nil
}
