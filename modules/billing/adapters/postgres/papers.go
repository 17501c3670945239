package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Papers keeps what was issued.
type Papers struct{ db *postgres.DB }

// NewPapers returns the papers.
func NewPapers(db *postgres.DB) *Papers { return &Papers{db} }

const (
	invoiceColumns = `id, order_id, payment_id, account_id, paper, captured_at, series, number, issued_at`
	// allInvoices are the issued ones and the drafts, in one shape.
	allInvoices = `(SELECT ` + invoiceColumns + ` FROM billing.invoices WHERE account_id = $1
		UNION ALL SELECT ` + draftColumns + `, '', 0, NULL FROM billing.invoice_drafts WHERE account_id = $1) AS i`
)

// Invoices returns a page of an account's invoices and drafts, the newest first.
func (p *Papers) Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Invoice]{}, err
	}
	rows, err := postgres.All[invoiceRow](ctx, p.db, `SELECT `+invoiceColumns+` FROM `+allInvoices+`
		WHERE NOT $2 OR id < $3 ORDER BY id DESC LIMIT $4`, accountID, ok, after, request.Size()+1)
	if err != nil {
		return page.Page[domain.Invoice]{}, fmt.Errorf("select invoices: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r invoiceRow) string { return page.Encode(r.ID) })
	return page.Map(cut, invoiceRow.invoice), nil
}

// Invoice returns one invoice or draft of an account.
func (p *Papers) Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error) {
	row, found, err := postgres.One[invoiceRow](ctx, p.db, `SELECT `+invoiceColumns+` FROM `+allInvoices+` WHERE id = $2`, accountID, invoiceID)
	if err != nil {
		return domain.Invoice{}, fmt.Errorf("select invoice: %w", err)
	}
	if !found {
		return domain.Invoice{}, domain.ErrNoInvoice
	}
	return row.invoice(), nil
}

type documentRow struct{ Pdf []byte }

// Document returns an invoice's stored bytes, or nil.
func (p *Papers) Document(ctx context.Context, invoiceID id.ID) ([]byte, error) {
	row, _, err := postgres.One[documentRow](ctx, p.db, `SELECT pdf FROM billing.invoice_documents WHERE invoice_id = $1`, invoiceID)
	if err != nil {
		return nil, fmt.Errorf("select invoice document: %w", err)
	}
	return row.Pdf, nil
}

// PutDocument stores an invoice's bytes unless there are some, and returns those that are there then.
func (p *Papers) PutDocument(ctx context.Context, invoiceID id.ID, pdf []byte) ([]byte, error) {
	sum := sha256.Sum256(pdf)
	_, err := postgres.Exec(ctx, p.db, `INSERT INTO billing.invoice_documents (invoice_id, sha256, pdf) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, invoiceID, sum[:], pdf)
	if err != nil {
		return nil, fmt.Errorf("insert invoice document: %w", err)
	}
	return p.Document(ctx, invoiceID)
}
