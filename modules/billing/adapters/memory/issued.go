package memory

import (
	"context"

	"coinslot/modules/billing"
)

func (e events) DocumentsIssued(_ context.Context, event billing.DocumentsIssued) error {
	e.issued = append(e.issued, event.Documents...)
	return nil
}

// IssuedDocuments returns the documents of the published events DocumentsIssued, the oldest first.
func (s *Store) IssuedDocuments() (out []billing.IssuedDocument) {
	s.cell.View(func(st *state) { out = st.issued })
	return out
}
