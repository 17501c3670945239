package domain

import (
	"slices"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// MaxItems is how many lines an order may have.
const MaxItems = 100

// Selected is a line of the buyer's cart.
type Selected struct {
	CartLineID id.ID
	SellableID id.ID
	Quantity   int
	Currency   money.Currency
}

// Price is a price version.
type Price struct {
	Money   money.Money
	Version int
}

// Product is something that a buyer gets.
type Product struct {
	ID         id.ID
	Title      string
	Kind       string
	Consumable bool
	Requires   id.ID
	Alone      []money.Money // what it costs alone, in each currency: what a bundle's price is shared by
}

// Offer is a sellable as the catalog offers it now.
type Offer struct {
	ID        id.ID
	Title     string
	Bundle    bool
	Available bool
	Prices    []Price
	Products  []Product // itself, or a bundle's contents
}

func (o Offer) priceIn(currency money.Currency) (Price, bool) {
	i := slices.IndexFunc(o.Prices, func(p Price) bool { return p.Money.Currency() == currency })
	if i < 0 {
		return Price{}, false
	}
	return o.Prices[i], true
}

// Problem is a reason why an item cannot be bought now.
type Problem struct {
	CartLineID id.ID
	Fault      *fault.Error
}

// Basket is what the buyer selected, at the prices of a moment.
type Basket struct {
	QuotedAt time.Time
	Tax      Tax
	Lines    []Line
	Totals   Totals
	Problems []Problem
}

// Totals are sums over lines, in one currency.
type Totals struct {
	Subtotal money.Money
	Discount money.Money
	Tax      money.Money
	Total    money.Money
}

// Quoted is everything that a basket is made from.
type Quoted struct {
	Selected []Selected
	At       time.Time
	Offers   map[id.ID]Offer
	Owned    map[id.ID]bool
	Tax      Tax
	Discount int64 // what is taken off all of it, in minor units
}

// NewBasket prices the selected lines and lists what stands in the way of buying them. It fails only where no price
// can be told at all.
func NewBasket(q Quoted, newID func() id.ID) (Basket, error) {
	if len(q.Selected) == 0 || len(q.Selected) > MaxItems {
		return Basket{}, ErrNotSold
	}
	coming := map[id.ID]bool{}
	for _, s := range q.Selected {
		for _, p := range q.Offers[s.SellableID].Products {
			coming[p.ID] = true
		}
	}
	b := Basket{QuotedAt: q.At, Tax: q.Tax}
	for _, s := range q.Selected {
		if s.Currency != q.Selected[0].Currency {
			return Basket{}, ErrMixedCurrency
		}
		offer := q.Offers[s.SellableID]
		if f := obstacle(s, offer, q.Owned, coming); f != nil {
			b.Problems = append(b.Problems, Problem{s.CartLineID, f})
		}
		line, err := newLine(newID(), s, offer)
		if err != nil {
			return Basket{}, err
		}
		b.Lines = append(b.Lines, line)
	}
	currency := q.Selected[0].Currency
	if err := price(b.Lines, money.Of(q.Discount, currency), q.Tax); err != nil {
		return Basket{}, err
	}
	var err error
	b.Totals, err = sum(currency, b.Lines)
	return b, err
}

func obstacle(s Selected, offer Offer, owned, coming map[id.ID]bool) *fault.Error {
	if _, priced := offer.priceIn(s.Currency); !priced || !offer.Available {
		return ErrUnavailable
	}
	if !slices.ContainsFunc(offer.Products, func(p Product) bool { return !owned[p.ID] }) {
		return ErrAlreadyOwned
	}
	if slices.ContainsFunc(offer.Products, func(p Product) bool {
		return p.Requires != id.Nil && !owned[p.Requires] && !coming[p.Requires]
	}) {
		return ErrMissingBaseGame
	}
	return nil
}

func sum(currency money.Currency, lines []Line) (Totals, error) {
	t := Totals{money.Zero(currency), money.Zero(currency), money.Zero(currency), money.Zero(currency)}
	for _, l := range lines {
		gross, err := l.Unit.Times(int64(l.Quantity))
		if err != nil {
			return Totals{}, err
		}
		for target, amount := range map[*money.Money]money.Money{&t.Subtotal: gross, &t.Discount: l.Discount, &t.Tax: l.Tax, &t.Total: l.Total} {
			if *target, err = target.Add(amount); err != nil {
				return Totals{}, err
			}
		}
	}
	return t, nil
}

// Check returns the first reason why the basket cannot be bought for the total that the buyer agreed to.
func (b Basket) Check(expected money.Money) error {
	if len(b.Problems) > 0 {
		items := make([]string, len(b.Problems))
		for i, p := range b.Problems {
			items[i] = p.CartLineID.String()
		}
		return b.Problems[0].Fault.With("item_ids", items)
	}
	if expected != b.Totals.Total {
		return ErrPriceChanged.With("old", wire(expected)).With("new", wire(b.Totals.Total))
	}
	return nil
}

func wire(m money.Money) map[string]any {
	return map[string]any{"amount": m.Amount(), "currency": m.Currency()}
}
