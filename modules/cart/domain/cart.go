// Package domain has the rules of carts.
package domain

import (
	"slices"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// The limits of a cart.
const (
	MaxLines    = 100
	MaxQuantity = 999
)

// The faults of cart.
var (
	ErrNoItem        = fault.New(fault.NotFound, "item-not-found", "there is no such item in your cart")
	ErrNoSellable    = fault.New(fault.NotFound, "not-found", "there is no such product or bundle")
	ErrUnavailable   = fault.New(fault.Conflict, "item-unavailable", "this item is not on sale")
	ErrMixedCurrency = fault.New(fault.Conflict, "mixed-currency",
		"this item is not sold in the currency of your cart; buy or remove the items of the cart first")
	ErrQuantity = fault.New(fault.Invalid, "quantity-out-of-range",
		"a quantity must be from 1 to 999, and 1 for all items except consumables")
	ErrFull   = fault.New(fault.Conflict, "cart-full", "the cart has the maximum of 100 items; remove one first")
	ErrErased = fault.New(fault.Unauthenticated, "account-erased",
		"the account has been erased; register again to buy")
	ErrStale = fault.New(fault.Stale, "stale-version", "the cart has changed since you read it; read it again")
)

// Price is a price version.
type Price struct {
	Money   money.Money
	Version int
}

// Offer is a sellable with its current prices.
type Offer struct {
	ID         id.ID
	Title      string
	Bundle     bool
	Consumable bool
	Available  bool
	Prices     []Price
}

// PriceIn returns the price in a currency.
func (o Offer) PriceIn(currency money.Currency) (Price, bool) {
	i := slices.IndexFunc(o.Prices, func(p Price) bool { return p.Money.Currency() == currency })
	if i < 0 {
		return Price{}, false
	}
	return o.Prices[i], true
}

// Line is a sellable in a cart, with the price that the buyer saw.
type Line struct {
	ID         id.ID
	SellableID id.ID
	Bundle     bool
	Consumable bool
	Quantity   int
	Seen       Price
	AddedAt    time.Time
	Reserved   bool // by an order
}

// Cart is an account's open cart.
type Cart struct{ s Snapshot }

// Snapshot is the state of a cart, for adapters. Lines are in the order in which they were added.
type Snapshot struct {
	ID        id.ID
	AccountID id.ID
	Version   int64
	CreatedAt time.Time
	Lines     []Line
}

// NewCart returns an empty cart.
func NewCart(cartID, accountID id.ID, now time.Time) Cart {
	return Cart{Snapshot{ID: cartID, AccountID: accountID, Version: 1, CreatedAt: now}}
}

// Restore returns a cart with a stored state.
func Restore(s Snapshot) Cart {
	s.Lines = slices.Clone(s.Lines)
	return Cart{s}
}

// Snapshot returns the state to store.
func (c Cart) Snapshot() Snapshot {
	s := c.s
	s.Lines = slices.Clone(s.Lines)
	return s
}

// Lines returns the lines in order.
func (c Cart) Lines() []Line { return slices.Clone(c.s.Lines) }

// Version returns the version, which each change increments.
func (c Cart) Version() int64 { return c.s.Version }

// Currency returns the currency of the cart's lines, or false for an empty cart.
func (c Cart) Currency() (money.Currency, bool) {
	if len(c.s.Lines) == 0 {
		return "", false
	}
	return c.s.Lines[0].Seen.Money.Currency(), true
}

// Expect returns ErrStale unless version is the cart's or 0.
func (c Cart) Expect(version int64) error {
	if version != 0 && version != c.s.Version {
		return ErrStale
	}
	return nil
}

// Add adds a sellable. When the cart has a line of a consumable that is not reserved, Add increases its quantity.
// When it has the line of another sellable, changed is false. For an empty cart Add uses the preferred currency if
// the sellable has a price in it. It returns ErrQuantity, ErrUnavailable, ErrMixedCurrency or ErrFull.
func (c *Cart) Add(
	lineID id.ID, offer Offer, quantity int, preferred money.Currency, now time.Time,
) (changed bool, err error) {
	if quantity < 1 || quantity > MaxQuantity || (quantity > 1 && !offer.Consumable) {
		return false, ErrQuantity
	}
	price, err := c.priceFor(offer, preferred)
	if err != nil {
		return false, err
	}
	same := func(l Line) bool {
		return l.SellableID == offer.ID && (!l.Reserved || mutant.On("add-to-a-reserved-line"))
	}
	if i := slices.IndexFunc(c.s.Lines, same); i >= 0 {
		return c.addMore(i, quantity, price)
	}
	if len(c.s.Lines) >= MaxLines {
		return false, ErrFull
	}
	c.s.Lines = append(c.s.Lines, Line{
		ID: lineID, SellableID: offer.ID, Bundle: offer.Bundle, Consumable: offer.Consumable, Quantity: quantity,
		Seen: price, AddedAt: now,
	})
	return true, nil
}

func (c *Cart) addMore(i, quantity int, price Price) (bool, error) {
	line := c.s.Lines[i]
	if !line.Consumable {
		return false, nil
	}
	if line.Quantity+quantity > MaxQuantity {
		return false, ErrQuantity
	}
	line.Quantity, line.Seen = line.Quantity+quantity, price
	c.s.Lines = slices.Clone(c.s.Lines)
	c.s.Lines[i] = line
	return true, nil
}

func (c *Cart) priceFor(offer Offer, preferred money.Currency) (Price, error) {
	if !offer.Available || len(offer.Prices) == 0 {
		return Price{}, ErrUnavailable
	}
	currency, bound := c.Currency()
	if !bound {
		currency = preferred
	}
	price, ok := offer.PriceIn(currency)
	switch {
	case ok:
		return price, nil
	case bound:
		return Price{}, ErrMixedCurrency
	}
	return offer.Prices[0], nil
}

// ChangeQuantity sets the quantity of a line. It returns ErrNoItem or ErrQuantity.
func (c *Cart) ChangeQuantity(lineID id.ID, quantity int) error {
	i := slices.IndexFunc(c.s.Lines, func(l Line) bool { return l.ID == lineID })
	if i < 0 {
		return ErrNoItem
	}
	line := c.s.Lines[i]
	if quantity < 1 || quantity > MaxQuantity || (quantity > 1 && !line.Consumable) {
		return ErrQuantity
	}
	line.Quantity = quantity
	c.s.Lines = slices.Clone(c.s.Lines)
	c.s.Lines[i] = line
	return nil
}

// ChangedSince returns the first line that an earlier state of the cart does not have like this.
func (c Cart) ChangedSince(earlier Cart) (Line, bool) {
	for _, line := range c.s.Lines {
		if !slices.Contains(earlier.s.Lines, line) {
			return line, true
		}
	}
	return Line{}, false
}

// Remove removes lines and returns the number of removed ones.
func (c *Cart) Remove(lineIDs ...id.ID) int {
	before := len(c.s.Lines)
	c.s.Lines = slices.DeleteFunc(slices.Clone(c.s.Lines), func(l Line) bool { return slices.Contains(lineIDs, l.ID) })
	return before - len(c.s.Lines)
}

// RemoveUnits removes a line and returns 1, or 0 when there is no such line. Units beyond those to remove become a new
// line.
func (c *Cart) RemoveUnits(lineID id.ID, units int, restID id.ID) int {
	i := slices.IndexFunc(c.s.Lines, func(l Line) bool { return l.ID == lineID })
	if i < 0 {
		return 0
	}
	rest := c.s.Lines[i]
	c.Remove(lineID)
	if rest.Quantity > units {
		rest.ID, rest.Quantity, rest.Reserved = restID, rest.Quantity-units, false
		c.s.Lines = append(c.s.Lines, rest)
	}
	return 1
}

// Clear removes all lines.
func (c *Cart) Clear() { c.s.Lines = nil }
