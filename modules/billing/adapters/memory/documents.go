package memory

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

type invoices struct{ *state }

func (s invoices) InsertDraft(_ context.Context, draft domain.Draft) error {
	for i := range s.drafts {
		if s.drafts[i].ID == draft.ID {
			return errDuplicate
		}
	}
	s.drafts = append(s.drafts, draft)
	return nil
}

func (s invoices) Of(_ context.Context, paymentID id.ID) (domain.Draft, error) {
	for _, i := range s.all() {
		if i.ID == paymentID && i.Kind == domain.InvoiceKind {
			return i.Draft, nil
		}
	}
	return domain.Draft{}, domain.ErrNoInvoice
}

func (s invoices) LockNumbering(context.Context) (bool, error) { return true, nil }

func (s invoices) Drafts(_ context.Context, limit int) ([]domain.Draft, error) {
	sorted := slices.SortedFunc(slices.Values(s.drafts), func(a, b domain.Draft) int {
		return cmp.Or(a.CapturedAt.Compare(b.CapturedAt), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return sorted[:min(limit, len(sorted))], nil
}

func (s invoices) LastNumbers(_ context.Context, series []string) (map[string]int64, error) {
	last := map[string]int64{}
	for _, i := range s.invoices {
		if slices.Contains(series, i.Series) {
			last[i.Series] = max(last[i.Series], i.Number)
		}
	}
	for _, l := range s.lost {
		if slices.Contains(series, l.Series) {
			last[l.Series] = max(last[l.Series], l.Last)
		}
	}
	return last, nil
}

func (s invoices) InsertLost(_ context.Context, lost []domain.LostNumbers, _ time.Time) error {
	s.lost = append(s.lost, lost...)
	return nil
}

func (s invoices) Issue(_ context.Context, issued []domain.Invoice) error {
	for _, i := range issued {
		s.drafts = slices.DeleteFunc(s.drafts, func(d domain.Draft) bool { return d.ID == i.ID })
		hash := sha256.Sum256(fmt.Append(nil, i.ID, i.Kind, i.Series, i.Number, i.IssuedAt, i.Seller, i.Content))
		i.Hash = hash[:]
		s.invoices = append(s.invoices, i)
		s.enqueue(domain.DocumentRecord, i.ID)
	}
	return nil
}

// all returns the issued documents and the drafts, with the invoices that they correct.
func (s *state) all() []domain.Invoice {
	all := slices.Clone(s.invoices)
	for _, d := range s.drafts {
		all = append(all, domain.Invoice{Draft: d})
	}
	for i := range all {
		if p := all[i].Preceding; p != nil {
			all[i].Preceding = &domain.Preceding{ID: p.ID}
			for _, corrected := range s.invoices {
				if corrected.ID == p.ID {
					all[i].Preceding.Number, all[i].Preceding.IssuedAt = corrected.FullNumber(), corrected.IssuedAt
				}
			}
		}
	}
	return all
}

func (s *state) documentsOf(kind domain.Kind, accountID id.ID) []domain.Invoice {
	return slices.DeleteFunc(s.all(), func(i domain.Invoice) bool { return i.AccountID != accountID || i.Kind != kind })
}

// Invoices returns a page of an account's invoices and their drafts, the newest first.
func (s *Store) Invoices(_ context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error) {
	var items []domain.Invoice
	s.cell.View(func(st *state) { items = st.documentsOf(domain.InvoiceKind, accountID) })
	return newestFirst(items, func(i domain.Invoice) id.ID { return i.ID }, request)
}

// Document returns a document or draft of an account.
func (s *Store) Document(
	_ context.Context, kind domain.Kind, accountID, documentID id.ID,
) (document domain.Invoice, err error) {
	err = domain.ErrNoInvoice
	s.cell.View(func(st *state) {
		for _, i := range st.documentsOf(kind, accountID) {
			if i.ID == documentID {
				document, err = i, nil
			}
		}
	})
	return document, err
}

// PDF returns the stored PDF of a document, or nil.
func (s *Store) PDF(_ context.Context, documentID id.ID) (pdf []byte, err error) {
	s.cell.View(func(st *state) { pdf = bytes.Clone(st.pdfs[documentID]) })
	return pdf, nil
}

// PutPDF stores the PDF of a document unless one is stored, and returns the stored one.
func (s *Store) PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error) {
	err := s.cell.Update(func(st *state) error {
		if st.pdfs[documentID] == nil {
			st.pdfs[documentID] = bytes.Clone(pdf)
			st.enqueue(domain.PDFRecord, documentID)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.PDF(ctx, documentID)
}
