package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
)

// NumberInvoices numbers a batch of drafts in the order of their captures and refunds, and returns how many. It runs in
// the background and under a lock of the whole store, so that no series has a gap and no buyer waits for a counter. A
// batch that fails uses no numbers. Numbers are reserved in the log of heads before they are issued, so that after a
// restore of the database none is issued twice. domain.ErrNumbersLost.
func (s *Service) NumberInvoices(ctx context.Context) (int, error) {
	var reserved domain.Head
	if s.recordsHeads() {
		var err error
		if reserved, err = s.lastHead(ctx); err != nil {
			return 0, err
		}
	}
	for {
		issued, missing, err := s.numberBatch(ctx, reserved)
		if err == nil && missing != nil {
			if reserved, err = s.reserve(ctx, missing); err == nil {
				continue
			}
		}
		if err != nil {
			return 0, fmt.Errorf("number invoices: %w", err)
		}
		return issued, nil
	}
}

// numberBatch numbers a batch, unless reserved does not have its numbers: then it returns the reservations that are
// missing.
func (s *Service) numberBatch(ctx context.Context, reserved domain.Head,
) (issued int, missing []domain.SeriesNumber, err error) {
	err = s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		issued, missing = 0, nil
		mine, err := st.Invoices.LockNumbering(ctx)
		if err != nil || !mine {
			return err
		}
		drafts, err := st.Invoices.Drafts(ctx, s.Batch)
		if err != nil || len(drafts) == 0 {
			return err
		}
		for i := range drafts {
			drafts[i] = drafts[i].WithSeller(s.Sellers)
		}
		now := s.Clock.Now()
		series := map[string]bool{}
		for _, d := range drafts {
			series[d.Series(now)] = true
		}
		last, err := st.Invoices.LastNumbers(ctx, slices.Sorted(maps.Keys(series)))
		if err != nil {
			return err
		}
		documents := domain.Issue(drafts, maps.Clone(last), now)
		if s.recordsHeads() && !mutant.On("issue-numbers-without-reservation") {
			if missing, err = reserveFor(documents, reserved, last); err != nil || missing != nil {
				return err
			}
		}
		issued = len(documents)
		if err := st.Invoices.Issue(ctx, documents); err != nil {
			return err
		}
		return st.Events.DocumentsIssued(ctx, issuedDocuments(drafts))
	})
	return issued, missing, err
}

// reserveFor returns the reservations that reserved lacks for documents; nil: none.
func reserveFor(documents []domain.Invoice, reserved domain.Head, last map[string]int64,
) ([]domain.SeriesNumber, error) {
	next := map[string]int64{}
	for _, d := range documents {
		next[d.Series] = max(next[d.Series], d.Number)
	}
	missing, enough, err := reserved.Reserve(last, next)
	if enough {
		return nil, err
	}
	return missing, err
}

func issuedDocuments(drafts []domain.Draft) (event billing.DocumentsIssued) {
	for _, d := range drafts {
		event.Documents = append(event.Documents, billing.IssuedDocument{
			ID: d.ID, AccountID: d.AccountID, CreditNote: d.Kind == domain.CreditNoteKind,
		})
	}
	return event
}

// DocumentFile implements billing.DocumentFiles.
func (s *Service) DocumentFile(ctx context.Context, d billing.IssuedDocument) (billing.DocumentFile, error) {
	read := s.Invoice
	if d.CreditNote {
		read = s.CreditNote
	}
	document, err := read(ctx, d.AccountID, d.ID)
	if err != nil {
		return billing.DocumentFile{}, err
	}
	pdf, err := s.PDFOf(ctx, document)
	return billing.DocumentFile{
		Number: document.FullNumber(), OrderNumber: document.Content.OrderNumber, Total: document.Content.Total, PDF: pdf,
	}, err
}

// NumberAll numbers all drafts, in batches.
func (s *Service) NumberAll(ctx context.Context) error {
	for {
		n, err := s.NumberInvoices(ctx)
		if err != nil || n < s.Batch {
			return err
		}
	}
}

// FinishDocuments numbers all drafts and seals all journal entries, and reports whether there were any. Without any it
// runs one statement.
func (s *Service) FinishDocuments(ctx context.Context) (worked bool, err error) {
	drafts, entries, err := s.Backlog.Unfinished(ctx)
	if err != nil {
		return false, err
	}
	if drafts {
		err = s.NumberAll(ctx)
	}
	if entries {
		err = errors.Join(err, s.SealAll(ctx))
	}
	return drafts || entries, err
}

// Invoices returns a page of an account's invoices.
func (s *Service) Invoices(ctx context.Context, accountID id.ID,
	request page.Request,
) (page.Page[domain.Invoice], error) {
	return s.Documents.Invoices(ctx, accountID, request)
}

// Invoice returns one of an account's invoices.
func (s *Service) Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error) {
	return s.Documents.Document(ctx, domain.InvoiceKind, accountID, invoiceID)
}

// CreditNote returns one of an account's credit notes.
func (s *Service) CreditNote(ctx context.Context, accountID, noteID id.ID) (domain.Invoice, error) {
	note, err := s.Documents.Document(ctx, domain.CreditNoteKind, accountID, noteID)
	if errors.Is(err, domain.ErrNoInvoice) {
		return note, domain.ErrNoNote
	}
	return note, err
}

// PDFOf returns a document as a PDF with its XML inside; nil while it has no number. The PDF is rendered once and
// stored.
func (s *Service) PDFOf(ctx context.Context, document domain.Invoice) ([]byte, error) {
	if !document.Issued() {
		return nil, nil
	}
	pdf, err := s.Documents.PDF(ctx, document.ID)
	if err != nil || pdf != nil {
		return pdf, err
	}
	xml, err := s.XMLOf(document)
	if err != nil && !errors.Is(err, domain.ErrNoXML) {
		return nil, err
	}
	if pdf, err = s.PDF.Render(document, xml); err != nil {
		return nil, fmt.Errorf("render %s: %w", document.FullNumber(), err)
	}
	return s.Documents.PutPDF(ctx, document.ID, pdf)
}

// XMLOf returns a document as XML; nil while it has no number. It returns domain.ErrNoXML for a currency that the
// format cannot express.
func (s *Service) XMLOf(document domain.Invoice) ([]byte, error) {
	if !document.Issued() {
		return nil, nil
	}
	raw, err := s.XML.Render(document)
	if err != nil {
		return nil, fmt.Errorf("write %s as XML: %w", document.FullNumber(), err)
	}
	return raw, nil
}
