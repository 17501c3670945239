package domain

import (
	"slices"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// The problems that a line may have.
const (
	PriceChanged    = "price-changed"
	Unavailable     = "unavailable"
	AlreadyOwned    = "already-owned"
	MissingBaseGame = "missing-base-game"
)

// Problem is a way in which reality has moved since a line was added. Old and New are set for PriceChanged.
type Problem struct {
	Code string
	Old  *money.Money
	New  *money.Money
}

// Assessed is a line as it would be bought now.
type Assessed struct {
	Line
	Title    string
	Unit     money.Money
	Total    money.Money
	Problems []Problem
}

// Assess compares a cart's lines with what the catalog offers and the account owns now.
func Assess(lines []Line, offers map[id.ID]Offer, owned map[id.ID]bool) ([]Assessed, error) {
	coming := map[id.ID]bool{}
	for _, l := range lines {
		for _, productID := range offers[l.SellableID].Products {
			coming[productID] = true
		}
	}
	out := make([]Assessed, len(lines))
	for i, l := range lines {
		offer := offers[l.SellableID]
		a := Assessed{Line: l, Title: offer.Title, Unit: l.Seen.Money}
		price, sold := offer.PriceIn(l.Seen.Money.Currency())
		if sold {
			a.Unit = price.Money
		}
		total, err := a.Unit.Times(int64(l.Quantity))
		if err != nil {
			return nil, err
		}
		a.Total = total
		a.Problems = append(a.movements(sold && offer.Available), ownership(offer, owned, coming)...)
		out[i] = a
	}
	return out, nil
}

// movements are the ways in which the offer has moved.
func (a Assessed) movements(available bool) []Problem {
	var out []Problem
	if !available {
		out = append(out, Problem{Code: Unavailable})
	}
	if a.Unit != a.Seen.Money {
		out = append(out, Problem{Code: PriceChanged, Old: &a.Seen.Money, New: &a.Unit})
	}
	return out
}

// ownership is what stands between the offer and what the buyer owns, or buys along with it.
func ownership(offer Offer, owned, coming map[id.ID]bool) []Problem {
	var out []Problem
	missing := func(productID id.ID) bool { return !owned[productID] }
	if len(offer.Products) > 0 && !slices.ContainsFunc(offer.Products, missing) {
		out = append(out, Problem{Code: AlreadyOwned})
	}
	if slices.ContainsFunc(offer.Requires, func(base id.ID) bool { return !owned[base] && !coming[base] }) {
		out = append(out, Problem{Code: MissingBaseGame})
	}
	return out
}
