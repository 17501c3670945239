package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Documents reads invoices and credit notes, and stores their PDFs.
type Documents struct{ db *postgres.DB }

// NewDocuments returns the documents.
func NewDocuments(db *postgres.DB) *Documents { return &Documents{db} }

const (
	documentColumns = `i.id, i.kind, i.order_id, i.payment_id, i.account_id, i.seller, i.paper, i.captured_at,
		i.preceding_id, i.series, i.number, i.issued_at, i.content_hash,
		p.series AS preceding_series, p.number AS preceding_number, p.issued_at AS preceding_issued`
	// accountDocuments are an account's issued documents and drafts of a kind, with the invoices that they correct.
	accountDocuments = `(SELECT ` + draftColumns + `, series, number, issued_at, content_hash
			FROM billing.invoices WHERE account_id = @account_id AND kind = @kind
		UNION ALL SELECT ` + draftColumns + `, '', 0, NULL, NULL
			FROM billing.invoice_drafts WHERE account_id = @account_id AND kind = @kind) AS i
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
	rows, err := postgres.Read(ctx, p.db, func(ctx context.Context, from *postgres.DB) ([]invoiceRow, error) {
		return postgres.All[invoiceRow](ctx, from, `SELECT `+documentColumns+` FROM `+accountDocuments+`
			WHERE i.id < @before ORDER BY i.id DESC LIMIT @limit`, postgres.Named{
			"account_id": accountID, "kind": domain.InvoiceKind, "before": after, "limit": request.Size() + 1,
		})
	})
	if err != nil {
		return page.Page[domain.Invoice]{}, fmt.Errorf("select invoices: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r invoiceRow) string { return page.Encode(r.ID) })
	return page.Map(cut, invoiceRow.invoice), nil
}

// Document returns a document or draft of an account.
func (p *Documents) Document(
	ctx context.Context, kind domain.Kind, accountID, documentID id.ID,
) (domain.Invoice, error) {
	row, found, err := postgres.One[invoiceRow](ctx, p.db,
		`SELECT `+documentColumns+` FROM `+accountDocuments+` WHERE i.id = @id`,
		postgres.Named{"account_id": accountID, "kind": kind, "id": documentID})
	if err != nil {
		return domain.Invoice{}, fmt.Errorf("select document: %w", err)
	}
	if !found {
		return domain.Invoice{}, domain.ErrNoInvoice
	}
	return row.invoice(), nil
}

type pdfRow struct{ Pdf []byte }

// PDF returns the stored PDF of a document, or nil.
func (p *Documents) PDF(ctx context.Context, documentID id.ID) ([]byte, error) {
	row, _, err := postgres.One[pdfRow](ctx, p.db,
		`SELECT pdf FROM billing.invoice_documents WHERE invoice_id = $1`, documentID)
	if err != nil {
		return nil, fmt.Errorf("select PDF: %w", err)
	}
	return row.Pdf, nil
}

// PutPDF stores the PDF of a document unless one is stored, and returns the stored one. When an operator has locked the
// document, it returns the PDF without storing it: whoever reads a document does not depend on writers.
func (p *Documents) PutPDF(ctx context.Context, documentID id.ID, pdf []byte) ([]byte, error) {
	sum := sha256.Sum256(pdf)
	_, err := postgres.Exec(ctx, p.db, `INSERT INTO billing.invoice_documents (invoice_id, sha256, pdf) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, documentID, sum[:], pdf)
	if errors.Is(err, postgres.ErrLocked) {
		return pdf, nil
	}
	if err != nil {
		return nil, fmt.Errorf("insert PDF: %w", err)
	}
	return p.PDF(ctx, documentID)
}
