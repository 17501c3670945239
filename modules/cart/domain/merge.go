package domain

import (
	"slices"

	"coinslot/platform/id"
)

// Merge moves the lines of another cart into this one, as a union: quantities of consumables are added, and other
// sellables stay once. Lines that an order has reserved stay where they are. It reports whether it has changed the
// other cart. When it returns ErrMixedCurrency, ErrQuantity or ErrFull, both carts are unchanged.
func (c *Cart) Merge(other *Cart, newID func() id.ID) (changed bool, err error) {
	merged, left := c.Lines(), []Line{}
	for _, line := range other.s.Lines {
		if line.Reserved {
			left = append(left, line)
			continue
		}
		if len(merged) > 0 && merged[0].Seen.Money.Currency() != line.Seen.Money.Currency() {
			return false, ErrMixedCurrency
		}
		i := slices.IndexFunc(merged, func(l Line) bool { return l.SellableID == line.SellableID && !l.Reserved })
		switch {
		case i < 0:
			line.ID = newID()
			merged = append(merged, line)
		case line.Consumable:
			merged[i].Quantity += line.Quantity
			merged[i].Seen = line.Seen
		}
		if i >= 0 && merged[i].Quantity > MaxQuantity {
			return false, ErrQuantity
		}
	}
	if len(merged) > MaxLines {
		return false, ErrFull
	}
	changed = len(left) < len(other.s.Lines)
	c.s.Lines, other.s.Lines = merged, left
	return changed, nil
}
