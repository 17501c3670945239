package domain

import (
	"slices"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
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
	CoveredBy  Cover // of what is owned already
}

// Cover names what gives a buyer already all that a line would give.
type Cover struct {
	Type CoverType // empty: nothing does
	ID   id.ID     // of a line of the cart or an order; id.Nil for the library
}

// CoverType is what covers a line.
type CoverType string

// The types.
const (
	CoverLine    CoverType = "line"
	CoverOrder   CoverType = "order"
	CoverLibrary CoverType = "library"
)

// Basket is what the buyer selected, at the prices of a moment.
type Basket struct {
	QuotedAt time.Time
	Tax      Tax
	Business Business
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
	Problems []Problem // why lines may not be bought now
	Tax      Tax
	Business Business // checked
}

// NewBasket prices the selected lines and lists what stands in the way of buying them. It fails only where no price
// can be told at all.
func NewBasket(q Quoted, newID func() id.ID) (Basket, error) {
	if len(q.Selected) == 0 || len(q.Selected) > MaxItems {
		return Basket{}, ErrNotSold
	}
	b := Basket{QuotedAt: q.At, Tax: q.Tax, Business: q.Business, Problems: q.Problems}
	for _, s := range q.Selected {
		if s.Currency != q.Selected[0].Currency {
			return Basket{}, ErrMixedCurrency
		}
		offer := q.Offers[s.SellableID]
		line, err := newLine(newID(), s, offer)
		if err != nil {
			return Basket{}, err
		}
		b.Lines = append(b.Lines, line)
	}
	currency := q.Selected[0].Currency
	if err := price(b.Lines, currency, q.Tax); err != nil {
		return Basket{}, err
	}
	var err error
	b.Totals, err = sum(currency, b.Lines)
	return b, err
}

func sum(currency money.Currency, lines []Line) (Totals, error) {
	t := Totals{money.Zero(currency), money.Zero(currency), money.Zero(currency), money.Zero(currency)}
	for _, l := range lines {
		gross, err := l.Unit.Times(int64(l.Quantity))
		if err != nil {
			return Totals{}, err
		}
		for target, amount := range map[*money.Money]money.Money{
			&t.Subtotal: gross, &t.Discount: l.Discount,
			&t.Tax: l.Tax, &t.Total: l.Total,
		} {
			if *target, err = target.Add(amount); err != nil {
				return Totals{}, err
			}
		}
	}
	return t, nil
}

// Check returns why the basket cannot be bought for the total that the buyer agreed to. A problem's fault is that of
// the first line and names all of them.
func (b Basket) Check(expected money.Money) error {
	if err := b.Problem(); err != nil {
		return err
	}
	if expected != b.Totals.Total && !mutant.On("charge-different-total") {
		return ErrPriceChanged.With("old", wire(expected)).With("new", wire(b.Totals.Total))
	}
	return nil
}

// Problem returns the fault of the first line that may not be bought, with the problems of all of them.
func (b Basket) Problem() error {
	if len(b.Problems) == 0 {
		return nil
	}
	items, problems := make([]string, len(b.Problems)), make([]map[string]any, len(b.Problems))
	for i, p := range b.Problems {
		items[i] = p.CartLineID.String()
		problems[i] = map[string]any{"item_id": items[i], "code": p.Fault.Code}
		if p.CoveredBy.Type != "" {
			covered := map[string]any{"type": p.CoveredBy.Type}
			if p.CoveredBy.ID != id.Nil {
				covered["id"] = p.CoveredBy.ID.String()
			}
			problems[i]["covered_by"] = covered
		}
	}
	return b.Problems[0].Fault.With("item_ids", items).With("problems", problems)
}

func wire(m money.Money) map[string]any {
	return map[string]any{"amount": m.Amount(), "currency": m.Currency()}
}
