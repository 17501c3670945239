package domain

import (
	"fmt"
	"slices"

	"coinslot/modules/billing"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// left is what has not gone back yet of one part of a paper.
type left struct {
	lineID  id.ID
	part    billing.PaperPart
	done    int64 // what goes or went back
	tax     int64 // of that
	rebate  int64 // the discount of that
	touched bool
}

func (l left) remaining() int64 { return l.part.Total.Amount() - l.done }

// PlanRefund decides what a refund gives back of each part of a paper, from what earlier refunds that have not failed
// give back. Discount and tax go back in the proportion in which the paper holds them, so that all refunds of a part
// together give back exactly what was taken for it.
func PlanRefund(paper billing.Paper, earlier []Refund, items []billing.RefundItem) ([]billing.RefundLine, error) {
	all := leftovers(paper, earlier)
	if len(items) == 0 {
		return take(paper, slices.DeleteFunc(all, func(l *left) bool { return l.remaining() == 0 && l.touched }), nil)
	}
	if err := checkItems(items, paper.Total.Currency()); err != nil {
		return nil, err
	}
	var out []billing.RefundLine
	for _, item := range items {
		chosen := slices.Clone(all)
		chosen = slices.DeleteFunc(chosen, func(l *left) bool {
			return l.lineID != item.LineID || (item.ProductID != id.Nil && l.part.ProductID != item.ProductID)
		})
		if len(chosen) == 0 {
			return nil, ErrNoLine
		}
		lines, err := take(paper, chosen, item.Amount)
		if err != nil {
			return nil, err
		}
		out = append(out, lines...)
	}
	return out, nil
}

func leftovers(paper billing.Paper, earlier []Refund) (out []*left) {
	for _, line := range paper.Lines {
		for _, part := range line.Parts {
			l := left{lineID: line.LineID, part: part}
			for _, r := range earlier {
				l.subtract(r)
			}
			out = append(out, &l)
		}
	}
	return out
}

func (l *left) subtract(r Refund) {
	if r.s.Status == billing.RefundFailed {
		return
	}
	for _, line := range r.s.Lines {
		if line.LineID == l.lineID && line.ProductID == l.part.ProductID {
			l.done += line.Amount.Amount()
			l.tax += line.Tax.Amount()
			l.rebate += line.Discount.Amount()
			l.touched = true
		}
	}
}

// checkItems returns every violation at once, or nil.
func checkItems(items []billing.RefundItem, currency money.Currency) error {
	f := ErrItems
	for i, item := range items {
		at := fmt.Sprintf("body.items[%d]", i)
		if slices.ContainsFunc(items[:i], func(other billing.RefundItem) bool {
			return other.LineID == item.LineID && (other.ProductID == item.ProductID || other.ProductID == id.Nil || item.ProductID == id.Nil)
		}) {
			f = f.At(at, "name each line, or each product of it, once", item.LineID.String())
		}
		f = checkAmount(f, at+".amount", item.Amount, currency)
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
	if remaining == 0 || asked.Amount() > remaining {
		return nil, ErrExceeds.With("remaining", map[string]any{"amount": remaining, "currency": paper.Total.Currency()})
	}
	shares, err := asked.Allocate(weights)
	if err != nil {
		return nil, err
	}
	var out []billing.RefundLine
	for i, l := range from {
		if shares[i].IsZero() && amount != nil {
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
	share, err := amount.Scale(l.done, l.part.Total.Amount())
	return money.Of(max(share.Amount()-before, 0), amount.Currency()), err
}
