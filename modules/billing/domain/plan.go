package domain

import (
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// remainder is what is left to refund of one part of a line item. Amounts are in minor units.
type remainder struct {
	lineID        id.ID
	part          billing.LineItemPart
	refunded      int64
	tax           int64 // of refunded
	discount      int64 // of refunded
	units         int   // of the line
	refundedUnits int
	touched       bool // a refund covers the part
}

func (l remainder) remaining() int64 { return l.part.Total.Amount() - l.refunded }

// finished reports whether nothing is left to refund. Of a part that cost nothing the units are refunded.
func (l remainder) finished() bool {
	unitsLeft := l.part.Total.IsZero() && l.refundedUnits > 0 && l.refundedUnits < l.units
	return l.touched && l.remaining() == 0 && !unitsLeft
}

// PlanRefund allocates a refund to the parts of an invoice, after the earlier refunds that have not failed. Discount
// and tax are refunded in proportion, so that all refunds of a part add up to exactly its amounts. billing.ErrExceeds,
// ErrNoLine, ErrUnshared, ErrItems.
func PlanRefund(
	content billing.InvoiceContent, earlier []Refund, items []billing.RefundItem,
) ([]billing.RefundLine, error) {
	all := remainders(content, earlier)
	if len(items) == 0 {
		return allocate(content, slices.DeleteFunc(all, func(l *remainder) bool { return l.finished() }), nil)
	}
	if err := checkItems(items, content.Total.Currency()); err != nil {
		return nil, err
	}
	var out []billing.RefundLine
	for _, item := range items {
		chosen := parts(slices.Clone(all))
		chosen = slices.DeleteFunc(chosen, func(l *remainder) bool {
			return l.lineID != item.LineID || (item.ProductID != id.Nil && l.part.ProductID != item.ProductID)
		})
		if len(chosen) == 0 {
			return nil, billing.ErrNoLine
		}
		if item.ProductID != id.Nil && slices.ContainsFunc(content.Lines,
			func(l billing.LineItem) bool { return l.Unshared && l.LineID == item.LineID }) {
			return nil, billing.ErrUnshared
		}
		lines, err := chosen.plan(content, item)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

// PlanAll is PlanRefund for everything that is left, at most held: staff may have accepted less than the total. There
// are no lines when nothing is left.
func PlanAll(content billing.InvoiceContent, earlier []Refund, held money.Money) ([]billing.RefundLine, error) {
	all, remaining := allLeft(content, earlier)
	switch {
	case len(all) == 0:
		return nil, nil
	case held.Amount() < remaining:
		return allocate(content, all, &held)
	}
	return allocate(content, all, nil)
}

// PlanLines is PlanRefund for everything that is left of some lines.
func PlanLines(content billing.InvoiceContent, earlier []Refund, lineIDs []id.ID) ([]billing.RefundLine, error) {
	all := slices.DeleteFunc(remainders(content, earlier),
		func(l *remainder) bool { return l.finished() || !slices.Contains(lineIDs, l.lineID) })
	return allocate(content, all, nil)
}

// PlanAmount allocates an amount to everything that is left, by largest remainder. It allocates no more than is left.
func PlanAmount(content billing.InvoiceContent, earlier []Refund, amount money.Money) ([]billing.RefundLine, error) {
	all, remaining := allLeft(content, earlier)
	if remaining == 0 {
		return nil, nil
	}
	amount = money.Of(min(amount.Amount(), remaining), amount.Currency())
	return allocate(content, all, &amount)
}

// allLeft returns the parts of which something is left, and the sum of that.
func allLeft(content billing.InvoiceContent, earlier []Refund) (all []*remainder, remaining int64) {
	all = slices.DeleteFunc(remainders(content, earlier), func(l *remainder) bool { return l.finished() })
	for _, l := range all {
		remaining += l.remaining()
	}
	return all, remaining
}

func remainders(content billing.InvoiceContent, earlier []Refund) (out []*remainder) {
	for _, line := range content.Lines {
		for _, part := range line.Parts {
			l := remainder{lineID: line.LineID, part: part, units: line.Quantity}
			for _, r := range earlier {
				l.subtract(r)
			}
			out = append(out, &l)
		}
	}
	return out
}

func (l *remainder) subtract(r Refund) {
	if !r.out() {
		return
	}
	for _, line := range r.s.Lines {
		if line.LineID == l.lineID && line.ProductID == l.part.ProductID {
			l.refunded += line.Amount.Amount()
			l.tax += line.Tax.Amount()
			l.discount += line.Discount.Amount()
			l.refundedUnits += line.Quantity
			l.touched = true
		}
	}
	if l.finished() && !l.part.Total.IsZero() {
		l.refundedUnits = l.units // also when it was refunded by amounts, or before refunds had units
	}
}

// checkItems returns all violations at once, or nil.
func checkItems(items []billing.RefundItem, currency money.Currency) error {
	f := billing.ErrItems
	for i, item := range items {
		at := fmt.Sprintf("items[%d]", i)
		if slices.ContainsFunc(items[:i], func(other billing.RefundItem) bool {
			return other.LineID == item.LineID &&
				(other.ProductID == item.ProductID || other.ProductID == id.Nil || item.ProductID == id.Nil)
		}) {
			f = f.At(at, "name each line, or each product of it, once", item.LineID.String())
		}
		f = checkAmount(f, at+".amount", item.Amount, currency)
		if item.Quantity < 0 {
			f = f.At(at+".quantity", "refund at least one unit", item.Quantity)
		}
		if item.Quantity != 0 && item.Amount != nil {
			f = f.At(at, "name a quantity or an amount, not both", item.LineID.String())
		}
	}
	if len(f.Fields) == 0 {
		return nil
	}
	return f
}

func checkAmount(f *fault.Error, at string, amount *money.Money, currency money.Currency) *fault.Error {
	switch {
	case amount == nil:
	case amount.Amount() <= 0:
		f = f.At(at+".amount", "refund an amount above 0", amount.Amount())
	case amount.Currency() != currency:
		f = f.At(at+".currency", "the order was paid in "+string(currency), string(amount.Currency()))
	}
	return f
}

// parts are the parts that a refund item names.
type parts []*remainder

// plan allocates an item to its parts: units, an amount, or everything that is left.
func (p parts) plan(content billing.InvoiceContent, item billing.RefundItem) ([]billing.RefundLine, error) {
	if item.Quantity == 0 {
		return allocate(content, p, item.Amount)
	}
	var out []billing.RefundLine
	for _, l := range p {
		if item.Quantity > l.units-l.refundedUnits && !mutant.On("refund-more-units-than-are-left") {
			return nil, billing.ErrExceeds.With("remaining_quantity", l.units-l.refundedUnits)
		}
		amount, err := l.priceOf(item.Quantity)
		if err != nil {
			return nil, err
		}
		before := l.refundedUnits
		line, err := l.refund(amount)
		if err != nil {
			return nil, err
		}
		if l.part.Total.IsZero() || l.remaining() > 0 { // otherwise all units are refunded
			line.Quantity, l.refundedUnits = item.Quantity, before+item.Quantity
		}
		out = append(out, line)
	}
	return out, nil
}

// priceOf returns the price of the next units. The prices of all units add up to the price of the part.
func (l *remainder) priceOf(units int) (money.Money, error) {
	total := l.part.Total
	before, err := total.Scale(int64(l.refundedUnits), int64(l.units))
	if err != nil {
		return money.Money{}, err
	}
	after, err := total.Scale(int64(l.refundedUnits+units), int64(l.units))
	if err != nil {
		return money.Money{}, err
	}
	amount := min(after.Amount()-before.Amount(), l.remaining())
	if l.refundedUnits+units == l.units {
		amount = l.remaining()
	}
	return money.Of(amount, total.Currency()), nil
}

// allocate allocates an amount, or everything that is left, to some parts. billing.ErrExceeds.
func allocate(content billing.InvoiceContent, from []*remainder, amount *money.Money) ([]billing.RefundLine, error) {
	weights, remaining := make([]int64, len(from)), int64(0)
	for i, l := range from {
		weights[i] = l.remaining()
		remaining += weights[i]
	}
	asked := money.Of(remaining, content.Total.Currency())
	if amount != nil {
		asked = *amount
	}
	untouched := slices.ContainsFunc(from, func(l *remainder) bool { return !l.finished() })
	if !untouched || (asked.Amount() > remaining && !mutant.On("refund-more-than-is-left")) {
		return nil, billing.ErrExceeds.With("remaining",
			map[string]any{"amount": remaining, "currency": content.Total.Currency()})
	}
	if remaining == 0 {
		weights = slices.Repeat([]int64{1}, len(from)) // nothing was paid: only the access is withdrawn
	}
	shares, err := asked.Allocate(weights)
	if err != nil {
		return nil, err
	}
	free := freeWith(from, shares)
	var out []billing.RefundLine
	for i, l := range from {
		if shares[i].IsZero() && amount != nil && !free[l] {
			continue
		}
		line, err := l.refund(shares[i])
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// freeWith returns the parts that cost nothing and whose lines are refunded in full by these shares.
func freeWith(from []*remainder, shares []money.Money) map[*remainder]bool {
	paid, kept := map[id.ID]bool{}, map[id.ID]bool{}
	for i, l := range from {
		paid[l.lineID] = paid[l.lineID] || !l.part.Total.IsZero()
		kept[l.lineID] = kept[l.lineID] || l.remaining() > shares[i].Amount()
	}
	out := map[*remainder]bool{}
	for _, l := range from {
		out[l] = l.part.Total.IsZero() && !l.finished() && paid[l.lineID] && !kept[l.lineID]
	}
	return out
}

// refund refunds an amount of a part, with its share of the tax and the discount.
func (l *remainder) refund(amount money.Money) (billing.RefundLine, error) {
	line := billing.RefundLine{LineID: l.lineID, ProductID: l.part.ProductID, Amount: amount}
	l.refunded += amount.Amount()
	l.touched = true
	var err error
	if line.Tax, err = l.proportional(l.part.Tax, l.tax); err != nil {
		return line, err
	}
	if line.Tax.Amount() > amount.Amount() {
		line.Tax = amount
	}
	if line.Discount, err = l.proportional(l.part.Discount, l.discount); err != nil {
		return line, err
	}
	if l.remaining() == 0 {
		line.Quantity = l.units - l.refundedUnits
	}
	l.refundedUnits += line.Quantity
	l.tax += line.Tax.Amount()
	l.discount += line.Discount.Amount()
	return line, nil
}

// proportional returns what is still to refund of an amount, of which before is refunded, to reach the refunded
// proportion of the part's total.
func (l *remainder) proportional(amount money.Money, before int64) (money.Money, error) {
	if l.part.Total.IsZero() {
		return money.Of(amount.Amount()-before, amount.Currency()), nil
	}
	refunded := l.refunded
	if mutant.On("round-tax-of-each-refund-separately") {
		refunded -= before
	}
	share, err := amount.Scale(refunded, l.part.Total.Amount())
	return money.Of(max(share.Amount()-before, 0), amount.Currency()), err
}
