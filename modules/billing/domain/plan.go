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

// left is what has not gone back yet of one part of a paper.
type left struct {
	lineID  id.ID
	part    billing.PaperPart
	done    int64 // what goes or went back
	tax     int64 // of that
	rebate  int64 // the discount of that
	units   int   // of the line
	back    int   // units that are refunded
	touched bool
}

func (l left) remaining() int64 { return l.part.Total.Amount() - l.done }

// finished reports whether nothing can be refunded any more. Of what cost nothing, units are what is left.
func (l left) finished() bool {
	unitsLeft := l.part.Total.IsZero() && l.back > 0 && l.back < l.units
	return l.touched && l.remaining() == 0 && !unitsLeft
}

// PlanRefund decides what a refund gives back of each part of a paper, from what earlier refunds that have not failed
// give back. Discount and tax go back in the proportion in which the paper holds them, so that all refunds of a part
// together give back exactly what was taken for it.
func PlanRefund(paper billing.Paper, earlier []Refund, items []billing.RefundItem) ([]billing.RefundLine, error) {
	all := leftovers(paper, earlier)
	if len(items) == 0 {
		return take(paper, slices.DeleteFunc(all, func(l *left) bool { return l.finished() }), nil)
	}
	if err := checkItems(items, paper.Total.Currency()); err != nil {
		return nil, err
	}
	var out []billing.RefundLine
	for _, item := range items {
		chosen := parts(slices.Clone(all))
		chosen = slices.DeleteFunc(chosen, func(l *left) bool {
			return l.lineID != item.LineID || (item.ProductID != id.Nil && l.part.ProductID != item.ProductID)
		})
		if len(chosen) == 0 {
			return nil, billing.ErrNoLine
		}
		if item.ProductID != id.Nil && slices.ContainsFunc(paper.Lines,
			func(l billing.PaperLine) bool { return l.Unshared && l.LineID == item.LineID }) {
			return nil, billing.ErrUnshared
		}
		lines, err := chosen.take(paper, item)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

// PlanAll is PlanRefund for everything that is left, of which no more than held is refunded: staff may have accepted less
// than the paper's total. When nothing is left, there are no lines.
func PlanAll(paper billing.Paper, earlier []Refund, held money.Money) ([]billing.RefundLine, error) {
	all, remaining := allLeft(paper, earlier)
	switch {
	case len(all) == 0:
		return nil, nil
	case held.Amount() < remaining:
		return take(paper, all, &held)
	}
	return take(paper, all, nil)
}

// PlanLines is PlanRefund for whole lines; what is refunded of them already is left out.
func PlanLines(paper billing.Paper, earlier []Refund, lineIDs []id.ID) ([]billing.RefundLine, error) {
	all := slices.DeleteFunc(leftovers(paper, earlier),
		func(l *left) bool { return l.finished() || !slices.Contains(lineIDs, l.lineID) })
	return take(paper, all, nil)
}

// PlanAmount allocates an amount over everything that is left, by largest remainder.
func PlanAmount(paper billing.Paper, earlier []Refund, amount money.Money) ([]billing.RefundLine, error) {
	all, remaining := allLeft(paper, earlier)
	if remaining == 0 {
		return nil, nil
	}
	amount = money.Of(min(amount.Amount(), remaining), amount.Currency())
	return take(paper, all, &amount)
}

// allLeft returns the parts of which something is left, and what that is together.
func allLeft(paper billing.Paper, earlier []Refund) (all []*left, remaining int64) {
	all = slices.DeleteFunc(leftovers(paper, earlier), func(l *left) bool { return l.finished() })
	for _, l := range all {
		remaining += l.remaining()
	}
	return all, remaining
}

func leftovers(paper billing.Paper, earlier []Refund) (out []*left) {
	for _, line := range paper.Lines {
		for _, part := range line.Parts {
			l := left{lineID: line.LineID, part: part, units: line.Quantity}
			for _, r := range earlier {
				l.subtract(r)
			}
			out = append(out, &l)
		}
	}
	return out
}

func (l *left) subtract(r Refund) {
	if !r.out() {
		return
	}
	for _, line := range r.s.Lines {
		if line.LineID == l.lineID && line.ProductID == l.part.ProductID {
			l.done += line.Amount.Amount()
			l.tax += line.Tax.Amount()
			l.rebate += line.Discount.Amount()
			l.back += line.Quantity
			l.touched = true
		}
	}
	if l.finished() && !l.part.Total.IsZero() {
		l.back = l.units // also what was refunded by amounts, or before units were counted
	}
}

// checkItems returns every violation at once, or nil.
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
		f = f.At(at+".amount", "give back more than nothing", amount.Amount())
	case amount.Currency() != currency:
		f = f.At(at+".currency", "the order was paid in "+string(currency), string(amount.Currency()))
	}
	return f
}

// parts are what an item names.
type parts []*left

// take takes what an item asks for: units, an amount, or all that is left.
func (p parts) take(paper billing.Paper, item billing.RefundItem) ([]billing.RefundLine, error) {
	if item.Quantity == 0 {
		return take(paper, p, item.Amount)
	}
	var out []billing.RefundLine
	for _, l := range p {
		if item.Quantity > l.units-l.back && !mutant.On("refund-more-units-than-are-left") {
			return nil, billing.ErrExceeds.With("remaining_quantity", l.units-l.back)
		}
		amount, err := l.worth(item.Quantity)
		if err != nil {
			return nil, err
		}
		back := l.back
		line, err := l.give(amount)
		if err != nil {
			return nil, err
		}
		if l.part.Total.IsZero() || l.remaining() > 0 { // otherwise all money is back, and with it all units
			line.Quantity, l.back = item.Quantity, back+item.Quantity
		}
		out = append(out, line)
	}
	return out, nil
}

// worth returns what so many more units cost: all units together cost the part, and the last ones what is left of it.
func (l *left) worth(units int) (money.Money, error) {
	total := l.part.Total
	before, err := total.Scale(int64(l.back), int64(l.units))
	if err != nil {
		return money.Money{}, err
	}
	after, err := total.Scale(int64(l.back+units), int64(l.units))
	if err != nil {
		return money.Money{}, err
	}
	amount := min(after.Amount()-before.Amount(), l.remaining())
	if l.back+units == l.units {
		amount = l.remaining()
	}
	return money.Of(amount, total.Currency()), nil
}

// take takes an amount, or all that is left, from some parts.
func take(paper billing.Paper, from []*left, amount *money.Money) ([]billing.RefundLine, error) {
	weights, remaining := make([]int64, len(from)), int64(0)
	for i, l := range from {
		weights[i] = l.remaining()
		remaining += weights[i]
	}
	asked := money.Of(remaining, paper.Total.Currency())
	if amount != nil {
		asked = *amount
	}
	untouched := slices.ContainsFunc(from, func(l *left) bool { return !l.finished() })
	if !untouched || (asked.Amount() > remaining && !mutant.On("refund-more-than-is-left")) {
		return nil, billing.ErrExceeds.With("remaining",
			map[string]any{"amount": remaining, "currency": paper.Total.Currency()})
	}
	if remaining == 0 {
		weights = slices.Repeat([]int64{1}, len(from)) // nothing was paid, and nothing is refunded but the access
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
		line, err := l.give(shares[i])
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// freeWith returns the parts that cost nothing and are refunded with the last money of their lines.
func freeWith(from []*left, shares []money.Money) map[*left]bool {
	paid, kept := map[id.ID]bool{}, map[id.ID]bool{}
	for i, l := range from {
		paid[l.lineID] = paid[l.lineID] || !l.part.Total.IsZero()
		kept[l.lineID] = kept[l.lineID] || l.remaining() > shares[i].Amount()
	}
	out := map[*left]bool{}
	for _, l := range from {
		out[l] = l.part.Total.IsZero() && !l.finished() && paid[l.lineID] && !kept[l.lineID]
	}
	return out
}

// give takes an amount from a part, with the tax and the discount that belong to it.
func (l *left) give(amount money.Money) (billing.RefundLine, error) {
	line := billing.RefundLine{LineID: l.lineID, ProductID: l.part.ProductID, Amount: amount}
	l.done += amount.Amount()
	l.touched = true
	var err error
	if line.Tax, err = l.upTo(l.part.Tax, l.tax); err != nil {
		return line, err
	}
	if line.Tax.Amount() > amount.Amount() {
		line.Tax = amount
	}
	if line.Discount, err = l.upTo(l.part.Discount, l.rebate); err != nil {
		return line, err
	}
	if l.remaining() == 0 {
		line.Quantity = l.units - l.back
	}
	l.back += line.Quantity
	l.tax += line.Tax.Amount()
	l.rebate += line.Discount.Amount()
	return line, nil
}

// upTo returns what brings what went back of an amount of the part, which is before so far, up to the proportion of
// what went back of its total.
func (l *left) upTo(amount money.Money, before int64) (money.Money, error) {
	if l.part.Total.IsZero() {
		return money.Of(amount.Amount()-before, amount.Currency()), nil
	}
	done := l.done
	if mutant.On("round-the-tax-of-each-refund-alone") {
		done -= before
	}
	share, err := amount.Scale(done, l.part.Total.Amount())
	return money.Of(max(share.Amount()-before, 0), amount.Currency()), err
}
