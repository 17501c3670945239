package postgres

import (
	"context"
	"crypto/sha256"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Books answers questions outside of transactions.
type Books struct{ db *postgres.DB }

// NewBooks returns the books.
func NewBooks(db *postgres.DB) *Books { return &Books{db} }

// Newest returns an order's newest payment.
func (b *Books) Newest(ctx context.Context, orderID id.ID) (domain.Payment, bool, error) {
	return onePayment(ctx, b.db, `SELECT `+paymentColumns+` FROM billing.payments WHERE order_id = $1 ORDER BY attempt DESC LIMIT 1`, orderID)
}

type billRow struct {
	ID          id.ID
	OrderID     id.ID
	Attempt     int
	Status      billing.Status
	DeclineCode string
	Brand       string
	Last4       string
	ActionType  string
	ActionURL   string
	InvoiceID   *id.ID
	Series      *string
	Number      *int64
}

func (r billRow) bill() billing.Bill {
	payment := billing.Payment{
		ID: r.ID, OrderID: r.OrderID, Attempt: r.Attempt, Status: r.Status, DeclineCode: r.DeclineCode,
		Brand: r.Brand, Last4: r.Last4, ActionType: r.ActionType, ActionURL: r.ActionURL,
	}
	bill := billing.Bill{Payment: &payment}
	if r.InvoiceID != nil {
		invoice := domain.Invoice{Draft: domain.Draft{ID: *r.InvoiceID}}
		if r.Number != nil {
			invoice.Series, invoice.Number = *r.Series, *r.Number
		}
		bill.Invoice = &billing.InvoiceRef{ID: invoice.ID, Number: invoice.FullNumber()}
	}
	return bill
}

// Bills returns the newest payment and the invoice of orders, in one statement.
func (b *Books) Bills(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.Bill, error) {
	rows, err := postgres.All[billRow](ctx, b.db, `SELECT DISTINCT ON (p.order_id) p.id, p.order_id, p.attempt, p.status, p.decline_code,
			p.brand, p.last4, p.action_type, p.action_url, coalesce(i.id, d.id) AS invoice_id, i.series, i.number
		FROM billing.payments p
		LEFT JOIN billing.invoices i ON i.order_id = p.order_id
		LEFT JOIN billing.invoice_drafts d ON d.order_id = p.order_id
		WHERE p.order_id = ANY($1::uuid[]) ORDER BY p.order_id, p.attempt DESC`, id.Strings(orderIDs))
	if err != nil {
		return nil, fmt.Errorf("select bills: %w", err)
	}
	out := make(map[id.ID]billing.Bill, len(rows))
	for _, r := range rows {
		out[r.OrderID] = r.bill()
	}
	return out, nil
}

// Payments returns a page of an account's payments, the newest first.
func (b *Books) Payments(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Payment], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Payment]{}, err
	}
	rows, err := postgres.All[paymentRow](ctx, b.db, `SELECT `+paymentColumns+` FROM billing.payments
		WHERE account_id = $1 AND (NOT $2 OR id < $3) ORDER BY id DESC LIMIT $4`, accountID, ok, after, request.Size()+1)
	if err != nil {
		return page.Page[domain.Payment]{}, fmt.Errorf("select payments: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r paymentRow) string { return page.Encode(r.ID) })
	return page.Map(cut, paymentRow.payment), nil
}

const (
	invoiceColumns = `id, order_id, payment_id, account_id, paper, captured_at, series, number, issued_at`
	// allInvoices are the issued ones and the drafts, in one shape.
	allInvoices = `(SELECT ` + invoiceColumns + ` FROM billing.invoices WHERE account_id = $1
		UNION ALL SELECT ` + draftColumns + `, '', 0, NULL FROM billing.invoice_drafts WHERE account_id = $1) AS i`
)

// Invoices returns a page of an account's invoices and drafts, the newest first.
func (b *Books) Invoices(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Invoice], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Invoice]{}, err
	}
	rows, err := postgres.All[invoiceRow](ctx, b.db, `SELECT `+invoiceColumns+` FROM `+allInvoices+`
		WHERE NOT $2 OR id < $3 ORDER BY id DESC LIMIT $4`, accountID, ok, after, request.Size()+1)
	if err != nil {
		return page.Page[domain.Invoice]{}, fmt.Errorf("select invoices: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r invoiceRow) string { return page.Encode(r.ID) })
	return page.Map(cut, invoiceRow.invoice), nil
}

// Invoice returns one invoice or draft of an account.
func (b *Books) Invoice(ctx context.Context, accountID, invoiceID id.ID) (domain.Invoice, error) {
	row, found, err := postgres.One[invoiceRow](ctx, b.db, `SELECT `+invoiceColumns+` FROM `+allInvoices+` WHERE id = $2`, accountID, invoiceID)
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
func (b *Books) Document(ctx context.Context, invoiceID id.ID) ([]byte, error) {
	row, _, err := postgres.One[documentRow](ctx, b.db, `SELECT pdf FROM billing.invoice_documents WHERE invoice_id = $1`, invoiceID)
	if err != nil {
		return nil, fmt.Errorf("select invoice document: %w", err)
	}
	return row.Pdf, nil
}

// PutDocument stores an invoice's bytes unless there are some, and returns those that are there then.
func (b *Books) PutDocument(ctx context.Context, invoiceID id.ID, pdf []byte) ([]byte, error) {
	sum := sha256.Sum256(pdf)
	_, err := postgres.Exec(ctx, b.db, `INSERT INTO billing.invoice_documents (invoice_id, sha256, pdf) VALUES ($1, $2, $3)
		ON CONFLICT DO NOTHING`, invoiceID, sum[:], pdf)
	if err != nil {
		return nil, fmt.Errorf("insert invoice document: %w", err)
	}
	return b.Document(ctx, invoiceID)
}
