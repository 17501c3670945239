package service

import (
	"context"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// NumberInvoices gives waiting drafts their numbers, in the order of their captures, and returns how many got one.
// One caller in the whole store numbers at a time, in batches and off the buyer's path, so the series has no gap and
// no buyer waits for a counter. A batch that fails burns no number.
func (s *Service) NumberInvoices(ctx context.Context) (int, error) {
	issued := 0
	err := s.Work.Do(ctx, func(ctx context.Context, st ports.Stores) error {
		issued = 0
		mine, err := st.Invoices.LockNumbering(ctx)
		if err != nil || !mine {
			return err
		}
		drafts, err := st.Invoices.Drafts(ctx, s.Batch)
		if err != nil || len(drafts) == 0 {
			return err
		}
		now := s.Clock.Now()
		last, err := st.Invoices.LastNumber(ctx, domain.Series(now))
		if err != nil {
			return err
		}
		issued = len(drafts)
		return st.Invoices.Issue(ctx, domain.Issue(drafts, last, now))
	})
	if err != nil {
		return 0, fmt.Errorf("number invoices: %w", err)
	}
	return issued, nil
}

// NumberAll numbers batches until nothing waits.
func (s *Service) NumberAll(ctx context.Context) error {
	for {
		n, err := s.NumberInvoices(ctx)
		if err != nil || n < s.Batch {
			return err
		}
	}
}

// Invoices returns a page of an account's invoices.
func (s *Service) Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error) {
	return s.Papers.Invoices(ctx, accountID, request)
}

// Invoice returns one of an account's invoices.
func (s *Service) Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error) {
	return s.Papers.Invoice(ctx, accountID, invoiceID)
}

// PDF returns an invoice as a PDF, or nothing while it has no number. The bytes are made once and kept.
func (s *Service) PDF(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, []byte, error) {
	invoice, err := s.Papers.Invoice(ctx, accountID, invoiceID)
	if err != nil || !invoice.Issued() {
		return invoice, nil, err
	}
	pdf, err := s.Papers.Document(ctx, invoiceID)
	if err != nil || pdf != nil {
		return invoice, pdf, err
	}
	if pdf, err = s.Renderer.Render(invoice); err != nil {
		return invoice, nil, fmt.Errorf("render invoice %s: %w", invoice.FullNumber(), err)
	}
	pdf, err = s.Papers.PutDocument(ctx, invoiceID, pdf)
	return invoice, pdf, err
}
