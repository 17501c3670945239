package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
)

type storedExport struct {
	domain.Export
	documents []id.ID
}

func (e events) ExportRequested(_ context.Context, event domain.ExportRequested) error {
	e.requested = append(e.requested, event)
	return nil
}

// RequestedExports returns the published events of exports.
func (s *Store) RequestedExports() (out []domain.ExportRequested) {
	s.cell.View(func(st *state) { out = st.requested })
	return out
}

type exports struct{ *state }

func (s exports) Insert(_ context.Context, e domain.Export, limit int) (int, error) {
	if _, exists := s.exports[e.ID]; exists {
		return 0, errDuplicate
	}
	selected := slices.DeleteFunc(s.all(), func(i domain.Invoice) bool {
		return !i.Issued() || !slices.Contains(e.Kinds, i.Kind) || i.IssuedAt.Before(e.From) || !i.IssuedAt.Before(e.To)
	})
	slices.SortFunc(selected, func(a, b domain.Invoice) int {
		return cmp.Or(a.IssuedAt.Compare(b.IssuedAt), cmp.Compare(a.Series, b.Series), cmp.Compare(a.Number, b.Number))
	})
	stored := storedExport{Export: e}
	for _, i := range selected[:min(limit, len(selected))] {
		stored.documents = append(stored.documents, i.ID)
	}
	stored.Total = len(stored.documents)
	s.exports[e.ID] = stored
	return stored.Total, nil
}

func (s exports) Lock(_ context.Context, exportID id.ID) (domain.Export, bool, error) {
	e, found := s.exports[exportID]
	return e.Export, found, nil
}

func (s exports) Update(_ context.Context, e domain.Export) error {
	stored := s.exports[e.ID]
	stored.Status, stored.Done = e.Status, e.Done
	s.exports[e.ID] = stored
	return nil
}

func (s exports) Delete(_ context.Context, exportID id.ID) (bool, error) {
	_, found := s.exports[exportID]
	delete(s.exports, exportID)
	return found, nil
}

func (s exports) DeleteExpired(_ context.Context, now time.Time) error {
	for exportID, e := range s.exports {
		if !e.ExpiresAt.After(now) {
			delete(s.exports, exportID)
		}
	}
	return nil
}

func (s exports) Count(_ context.Context, now time.Time) (int, error) {
	return len(s.unexpired(now)), nil
}

func (s *state) unexpired(now time.Time) (out []domain.Export) {
	for _, e := range s.exports {
		if e.ExpiresAt.After(now) {
			out = append(out, e.Export)
		}
	}
	slices.SortFunc(out, func(a, b domain.Export) int { return bytes.Compare(b.ID[:], a.ID[:]) })
	return out
}

// Exports reads exports of documents.
type Exports struct{ store *Store }

// Exports returns the store's exports.
func (s *Store) Exports() Exports { return Exports{s} }

// Find returns an export that has not expired.
func (r Exports) Find(ctx context.Context, exportID id.ID, now time.Time) (domain.Export, error) {
	all, err := r.All(ctx, now)
	for _, e := range all {
		if e.ID == exportID {
			return e, err
		}
	}
	return domain.Export{}, domain.ErrNoExport
}

// All returns all exports that have not expired, the newest first.
func (r Exports) All(_ context.Context, now time.Time) (out []domain.Export, err error) {
	r.store.cell.View(func(st *state) { out = st.unexpired(now) })
	return out, nil
}

// Batch returns the documents of a batch.
func (r Exports) Batch(_ context.Context, exportID id.ID, position int) (out []ports.ExportedDocument, err error) {
	r.store.cell.View(func(st *state) {
		e, found := st.exports[exportID]
		if !found || position >= e.Batches() {
			return
		}
		byID := map[id.ID]domain.Invoice{}
		for _, i := range st.all() {
			byID[i.ID] = i
		}
		first := position * e.BatchSize
		for _, documentID := range e.documents[first:min(first+e.BatchSize, len(e.documents))] {
			out = append(out, ports.ExportedDocument{Invoice: byID[documentID], PDF: bytes.Clone(st.pdfs[documentID])})
		}
	})
	return out, nil
}
