package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// TaxReports sums the taxes of documents.
type TaxReports struct{ store *Store }

// TaxReports returns the store's tax reports.
func (s *Store) TaxReports() TaxReports { return TaxReports{s} }

func comparePositions(a, b ports.DocumentPosition) int {
	return cmp.Or(a.CapturedAt.Compare(b.CapturedAt), bytes.Compare(a.ID[:], b.ID[:]))
}

// Sums returns the sums of up to limit documents after a position.
func (t TaxReports) Sums(_ context.Context, period domain.Period, after ports.DocumentPosition,
	limit int,
) (rows []domain.TaxSum, last *ports.DocumentPosition, err error) {
	position := func(i domain.Invoice) ports.DocumentPosition {
		return ports.DocumentPosition{CapturedAt: i.CapturedAt, ID: i.ID}
	}
	var documents []domain.Invoice
	t.store.cell.View(func(st *state) {
		documents = slices.Clone(st.invoices)
		for _, d := range st.drafts {
			documents = append(documents, domain.Invoice{Draft: d})
		}
	})
	documents = slices.DeleteFunc(documents, func(i domain.Invoice) bool {
		return !period.Has(i.Draft) || comparePositions(position(i), after) <= 0
	})
	slices.SortFunc(documents, func(a, b domain.Invoice) int { return comparePositions(position(a), position(b)) })
	for _, i := range documents[:min(limit, len(documents))] {
		sums, err := domain.TaxesOf(i.Draft)
		if err != nil {
			return nil, nil, err
		}
		at := position(i)
		rows, last = append(rows, sums...), &at
	}
	rows, err = domain.TaxSums(rows)
	return rows, last, err
}
