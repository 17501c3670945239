package service

import (
	"context"
	"errors"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
)

// AnyInvoice returns an invoice of any account.
func (s *Service) AnyInvoice(ctx context.Context, invoiceID id.ID) (domain.Invoice, error) {
	return s.Archive.AnyDocument(ctx, domain.InvoiceKind, invoiceID)
}

// AnyCreditNote returns a credit note of any account.
func (s *Service) AnyCreditNote(ctx context.Context, noteID id.ID) (domain.Invoice, error) {
	note, err := s.Archive.AnyDocument(ctx, domain.CreditNoteKind, noteID)
	if errors.Is(err, domain.ErrNoInvoice) {
		return note, domain.ErrNoNote
	}
	return note, err
}
