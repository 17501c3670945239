package postgres

import (
	"slices"

	"coinslot/platform/id"
)

// withLineIDs returns the content of an invoice with the IDs and products of its lines. Old content has none and takes
// them from the lines of its order, which are in the same positions. The price of a bundle is not allocated to its
// products there, so that only the whole line is refundable.
func (p contentJSON) withLineIDs(order []lineItemJSON) contentJSON {
	hasID := func(l lineItemJSON) bool { return l.LineID != id.Nil }
	if len(p.Lines) != len(order) || slices.ContainsFunc(p.Lines, hasID) {
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
