package catalog

import (
	"slices"

	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Product is what a buyer of a sellable gets.
type Product struct {
	ID       id.ID
	Title    string
	Kind     Kind
	Requires id.ID   // the base game of a DLC, or id.Nil
	Prices   []Price // of the product inside a bundle, when it is bought alone
}

// Durable reports whether a product is owned once and for good.
func (p Product) Durable() bool { return p.Kind != Consumable }

// Products returns what a buyer of this sellable gets: itself, or a bundle's contents.
func (o Offer) Products() []Product {
	if o.Kind != Bundle {
		return []Product{{ID: o.ID, Title: o.Title, Kind: o.Kind, Requires: o.Requires}}
	}
	out := make([]Product, len(o.Contents))
	for i, c := range o.Contents {
		out[i] = Product{ID: c.ProductID, Title: c.Title, Kind: c.Kind, Requires: c.Requires, Prices: c.Prices}
	}
	return out
}

// Item is a line of a purchase: a sellable as the catalog offers it now, in the currency in which it is to be bought. A
// sellable that the catalog does not know is the zero Offer.
type Item struct {
	LineID   id.ID
	Offer    Offer
	Currency money.Currency
}

func (i Item) available() bool {
	_, priced := i.Offer.PriceIn(i.Currency)
	return priced && i.Offer.Available && len(i.Offer.Products()) > 0
}

// ProblemCode says why a line cannot be bought now. It is the same in the cart, in a quote and in a rejected purchase.
type ProblemCode string

// The codes. PriceChanged is for callers who know the price that the buyer has seen; Check does not.
const (
	ItemUnavailable ProblemCode = "item-unavailable"
	AlreadyOwned    ProblemCode = "already-owned"
	MissingBaseGame ProblemCode = "missing-base-game"
	PriceChanged    ProblemCode = "price-changed"
)

// Cover names what gives a buyer already what a line would give: another line of the same purchase, else the order
// through which it is owned. Both are id.Nil when it is in the library and no single order is known to have given it.
type Cover struct {
	LineID  id.ID
	OrderID id.ID
}

// Problem is why a line cannot be bought now.
type Problem struct {
	LineID    id.ID
	Code      ProblemCode
	CoveredBy Cover // with AlreadyOwned
}

// Check returns why a buyer may not buy these items now, in the items' order; none: they may be bought. owned maps the
// products that the buyer owns for good to the order that gave each, or to id.Nil.
//
// A line is already owned when all that it gives is durable and is owned or given by the other lines. The lines are
// equal before this rule: of two bundles with the same contents both are named.
func Check(items []Item, owned map[id.ID]id.ID) []Problem {
	var out []Problem
	for i, item := range items {
		if p, found := item.problem(others(items, i), owned); found {
			out = append(out, p)
		}
	}
	return out
}

// Adds reports whether a line that gives these products adds something to what is owned: a consumable always does.
// Fulfilment asks it line by line, in position order.
func Adds(products []Product, owned func(productID id.ID) bool) bool {
	return slices.ContainsFunc(products, func(p Product) bool { return !p.Durable() || !owned(p.ID) })
}

// others returns the available items beside one.
func others(items []Item, but int) (out []Item) {
	for i, item := range items {
		if i != but && item.available() {
			out = append(out, item)
		}
	}
	return out
}

func (i Item) problem(others []Item, owned map[id.ID]id.ID) (Problem, bool) {
	has := func(productID id.ID) bool {
		_, ok := owned[productID]
		return ok || slices.ContainsFunc(others, func(other Item) bool { return other.gives(productID) })
	}
	products := i.Offer.Products()
	switch {
	case !i.available() && !mutant.On("sell-what-is-not-available"):
		return Problem{LineID: i.LineID, Code: ItemUnavailable}, true
	case !Adds(products, has) && !mutant.On("sell-what-is-owned"):
		return Problem{LineID: i.LineID, Code: AlreadyOwned, CoveredBy: coverOf(products, others, owned)}, true
	case slices.ContainsFunc(products, func(p Product) bool {
		missing := p.Requires != id.Nil && !i.gives(p.Requires) && !has(p.Requires)
		return missing && !mutant.On("sell-a-dlc-without-its-base-game")
	}):
		return Problem{LineID: i.LineID, Code: MissingBaseGame}, true
	}
	return Problem{}, false
}

func (i Item) gives(productID id.ID) bool {
	return slices.ContainsFunc(i.Offer.Products(), func(p Product) bool { return p.ID == productID })
}

// coverOf names the first line that gives all of the products, else the one order that has given them all, else the
// first line or order that has given the first of them.
func coverOf(products []Product, others []Item, owned map[id.ID]id.ID) Cover {
	for _, other := range others {
		if !Adds(products, other.gives) {
			return Cover{LineID: other.LineID}
		}
	}
	first := owned[products[0].ID]
	if !slices.ContainsFunc(products, func(p Product) bool { order, ok := owned[p.ID]; return !ok || order != first }) {
		return Cover{OrderID: first}
	}
	for _, other := range others {
		if slices.ContainsFunc(products, func(p Product) bool { return other.gives(p.ID) }) {
			return Cover{LineID: other.LineID}
		}
	}
	return Cover{OrderID: first}
}
