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
type Documents struct{ db *postgres.DB }

// NewPapers returns the papers.
func NewDocuments(db *postgres.DB) *Documents { return &Documents{db} }

const (
	documentColumns = `i.id, i.kind, i.order_id, i.payment_id, i.account_id, i.seller, i.paper, i.captured_at, i.preceding_id, i.series, i.number, i.issued_at,
		i.content_hash, p.series AS preceding_series, p.number AS preceding_number, p.issued_at AS preceding_issued`
	// allPapers are an account's issued ones and drafts of a kind, in one shape, with what they correct.
	accountDocuments = `(SELECT ` + draftColumns + `, series, number, issued_at, content_hash FROM billing.invoices WHERE account_id = $1 AND kind = $2
		UNION ALL SELECT ` + draftColumns + `, '', 0, NULL, NULL FROM billing.invoice_drafts WHERE account_id = $1 AND kind = $2) AS i
		LEFT JOIN billing.invoices p ON p.id = i.preceding_id`
)

// Invoices returns a page of an account's invoices and their drafts, the newest first.
func (p *Documents) Invoices(ctx context.Context, accountID id.ID,
	request page.Request,
) (page.Page[domain.Invoice], error) {
	after, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[domain.Invoice]{}, err
	}
	rows, err := postgres.All[invoiceRow](ctx, p.db, `SELECT `+documentColumns+` FROM `+accountDocuments+`
		WHERE i.id < $3 ORDER BY i.id DESC LIMIT $4`, accountID, domain.InvoiceKind, after, request.Size()+1)
	if err != nil {
		return page.Page[domain.Invoice]{}, fmt.Errorf("select invoices: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r invoiceRow) string { return page.Encode(r.ID) })
	return page.Map(cut, invoiceRow.invoice), nil
}

// Paper returns one document or draft of an account.
func (p *Documents) Document(ctx context.Context, kind domain.Kind, accountID, documentID id.ID) (domain.Invoice, error) {
	row, found, err := postgres.One[invoiceRow](ctx, p.db, `SELECT `+documentColumns+` FROM `+accountDocuments+` WHERE i.id = $3`,
		accountID, kind, documentID)
	if err != nil {
		return domain.Invoice{}, fmt.Errorf("select document: %w", err)
	}
	if !found {
		return domain.Invoice{}, domain.ErrNoInvoice
	}
	return row.invoice(), nil
}

type documentRow struct{ Pdf []byte }

// Document returns a document's stored bytes, or nil.
func (p *Documents) PDF(ctx context.Context, documentID id.ID) ([]byte, error) {
	row, _, err := postgres.One[documentRow](ctx, p.db,
		`SELECT pdf FROM billing.invoice_documents WHERE invoice_id = $1`, documentID)
	if err != nil {
		return nil, fmt.Errorf("select document: %w", err)
	}
	return row.Pdf, nil
}

// PutDocument stores a document's bytes unless there are some, and returns those that are there then.
func (p *Documents) PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error) {
	sum := sha256.Sum256(pdf)
	_, err := postgres.Exec(ctx, p.db, `INSERT INTO billing.invoice_documents (invoice_id, sha256, pdf) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, documentID, sum[:], pdf)
	if err != nil {
		return nil, fmt.Errorf("insert document: %w", err)
	}
	return p.PDF(ctx, documentID)
}
