package postgres

import (
	"slices"

	"coinslot/platform/id"
)

// named returns the content of an invoice with its lines' IDs and products. Content from before lines had IDs takes
// them from its order's lines, which are in the same positions. It did not share the price of a bundle among its
// products either, so of several products none is refunded alone.
func (p contentJSON) withLineIDs(order []lineItemJSON) contentJSON {
	if len(p.Lines) != len(order) || slices.ContainsFunc(p.Lines, func(l lineItemJSON) bool { return l.LineID != id.Nil }) {
		return p
	}
	p.Lines = slices.Clone(p.Lines)
	for i, line := range order {
		p.Lines[i].LineID = line.LineID
		if total(line.Parts) == p.Lines[i].Total {
			p.Lines[i].Parts, p.Lines[i].Unshared = line.Parts, len(line.Parts) > 1
		}
	}
	return p
}

func total(parts []partJSON) (sum int64) {
	for _, part := range parts {
		sum += part.Total
	}
	return sum
}
