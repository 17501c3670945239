package postgres

import (
	"context"
	"fmt"
	"time"

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
	Refunds     []refundJSON `bun:"type:jsonb"`
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
	for _, refund := range r.Refunds {
		bill.Refunds = append(bill.Refunds, refund.view())
	}
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
			p.brand, p.last4, p.action_type, p.action_url, coalesce(i.id, d.id) AS invoice_id, i.series, i.number,
			(SELECT jsonb_agg(r ORDER BY r.id) FROM billing.refunds r WHERE r.order_id = p.order_id) AS refunds
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

// Transactions returns a page of an account's payments and refunds, the newest first.
func (b *Books) Transactions(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Transaction], error) {
	after, ok, err := page.Decode[id.ID](request.Cursor)
	if err != nil {
		return page.Page[domain.Transaction]{}, err
	}
	rows, err := postgres.All[transactionRow](ctx, b.db, `SELECT * FROM (
			SELECT id, 'payment' AS type, order_id, amount, currency, status, decline_code, created_at FROM billing.payments WHERE account_id = $1
			UNION ALL SELECT id, 'refund', order_id, amount, currency, status, '', created_at FROM billing.refunds WHERE account_id = $1) AS t
		WHERE NOT $2 OR id < $3 ORDER BY id DESC LIMIT $4`, accountID, ok, after, request.Size()+1)
	if err != nil {
		return page.Page[domain.Transaction]{}, fmt.Errorf("select transactions: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r transactionRow) string { return page.Encode(r.ID) })
	return page.Map(cut, transactionRow.transaction), nil
}

type historyRow struct {
	At        time.Time
	What      string
	Result    string
	RequestID string
}

// History returns what happened to an order's money, the oldest first.
func (b *Books) History(ctx context.Context, orderID id.ID) ([]billing.Entry, error) {
	rows, err := postgres.All[historyRow](ctx, b.db, `SELECT at, what, result, request_id FROM billing.history WHERE order_id = $1 ORDER BY id`, orderID)
	if err != nil {
		return nil, fmt.Errorf("select history: %w", err)
	}
	out := make([]billing.Entry, len(rows))
	for i, r := range rows {
		out[i] = billing.Entry{At: r.At.UTC(), What: r.What, Result: r.Result, RequestID: r.RequestID}
	}
	return out, nil
}
