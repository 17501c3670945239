package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// PaymentReader reads payments and their history.
type PaymentReader struct{ db *postgres.DB }

// NewPaymentReader returns the reader.
func NewPaymentReader(db *postgres.DB) *PaymentReader { return &PaymentReader{db} }

// Newest returns an order's newest payment.
func (b *PaymentReader) Newest(ctx context.Context, orderID id.ID) (domain.Payment, bool, error) {
	query := `SELECT ` + paymentColumns + ` FROM billing.payments WHERE order_id = $1 ORDER BY attempt DESC LIMIT 1`
	return onePayment(ctx, b.db, mutant.SQL("return-older-attempt-as-newest", query, "attempt DESC",
		"attempt ASC"), orderID)
}

// Attempts returns all payments of an order, the newest first.
func (b *PaymentReader) Attempts(ctx context.Context, orderID id.ID) ([]domain.Payment, error) {
	rows, err := postgres.All[paymentRow](ctx, b.db,
		`SELECT `+paymentColumns+` FROM billing.payments WHERE order_id = $1 ORDER BY attempt DESC`, orderID)
	if err != nil {
		return nil, fmt.Errorf("select the payments of order %s: %w", orderID, err)
	}
	out := make([]domain.Payment, len(rows))
	for i, r := range rows {
		out[i] = r.payment()
	}
	return out, nil
}

// attemptRow has the columns of a payment that decide the state of its order.
type attemptRow struct {
	Status       billing.Status `json:"status"`
	Captured     int64          `json:"captured"`
	Claimed      *int64         `json:"claimed"`
	AcceptedOut  int64          `json:"accepted_out"`
	Out          int64          `json:"out"`
	RefundFailed bool           `json:"refund_failed"`
}

func (r attemptRow) attempt(orderID id.ID, attempt int) domain.Attempt {
	return domain.Attempt{Out: r.Out, Payment: domain.RestorePayment(domain.PaymentSnapshot{
		OrderID: orderID, Attempt: attempt, Status: r.Status, Captured: r.Captured, Claimed: r.Claimed,
		AcceptedOut: r.AcceptedOut, RefundFailed: r.RefundFailed,
	})}
}

type summaryRow struct {
	ID           id.ID
	OrderID      id.ID
	Revision     int64
	Attempt      int
	Status       billing.Status
	DeclineCode  string
	Brand        string
	Last4        string
	CardCountry  string
	ActionType   string
	ActionURL    string
	Captured     int64
	Claimed      *int64
	AcceptedOut  int64
	Out          int64
	RefundFailed bool
	Older        []attemptRow `bun:"type:jsonb"`
	Refunds      []refundJSON `bun:"type:jsonb"`
	Dispute      *disputeJSON `bun:"type:jsonb"`
	InvoiceID    *id.ID
	Series       *string
	Number       *int64
}

func (r summaryRow) summary() billing.PaymentSummary {
	payment := billing.Payment{
		ID: r.ID, OrderID: r.OrderID, Attempt: r.Attempt, Status: r.Status, DeclineCode: r.DeclineCode,
		Brand: r.Brand, Last4: r.Last4, CardCountry: r.CardCountry, ActionType: r.ActionType, ActionURL: r.ActionURL,
	}
	out := billing.PaymentSummary{Payment: &payment}
	for _, refund := range r.Refunds {
		out.Refunds = append(out.Refunds, refund.view())
	}
	if d := r.Dispute; d != nil {
		out.Dispute = &billing.Dispute{ID: d.ID, Amount: money.Of(d.Amount, d.Currency), Status: d.Status}
	}
	if r.InvoiceID != nil {
		invoice := domain.Invoice{Draft: domain.Draft{ID: *r.InvoiceID}}
		if r.Number != nil {
			invoice.Series, invoice.Number = *r.Series, *r.Number
		}
		out.Invoice = &billing.InvoiceRef{ID: invoice.ID, Number: invoice.FullNumber()}
	}
	newest := attemptRow{r.Status, r.Captured, r.Claimed, r.AcceptedOut, r.Out, r.RefundFailed}
	attempts := []domain.Attempt{newest.attempt(r.OrderID, r.Attempt)}
	for _, older := range r.Older {
		attempts = append(attempts, older.attempt(r.OrderID, 0))
	}
	out.State = domain.NewState(r.Revision, attempts, out.Refunds, out.Dispute)
	return out
}

// Summaries returns the payment summaries of orders.
func (b *PaymentReader) Summaries(ctx context.Context, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error) {
	return summaries(ctx, b.db, orderIDs)
}

// summaries is one statement, so that its result is of one snapshot.
func summaries(ctx context.Context, c postgres.Conn, orderIDs []id.ID) (map[id.ID]billing.PaymentSummary, error) {
	rows, err := postgres.All[summaryRow](ctx, c, `SELECT p.id, p.order_id, p.attempt, p.status, p.decline_code,
			(SELECT sum(q.revision)::bigint FROM billing.payments q WHERE q.order_id = p.order_id) AS revision,
			p.brand, p.last4, p.card_country, p.action_type, p.action_url, p.captured, p.claimed, p.accepted_out,
			p.refund_failed, `+out("p")+` AS out,
			(SELECT jsonb_agg(jsonb_build_object('status', q.status, 'captured', q.captured, 'claimed', q.claimed,
					'accepted_out', q.accepted_out, 'out', `+out("q")+`, 'refund_failed', q.refund_failed)
					ORDER BY q.attempt DESC)
				FROM billing.payments q
				WHERE q.order_id = p.order_id AND q.attempt < p.attempt AND q.captured > 0) AS older,
			i.series, i.number,
			coalesce(i.id, (SELECT d.id FROM billing.invoice_drafts d
				WHERE d.order_id = p.order_id AND d.kind = 'invoice')) AS invoice_id,
			(SELECT jsonb_agg(to_jsonb(r) || jsonb_build_object('noted', n.id IS NOT NULL OR f.id IS NOT NULL,
					'series', n.series, 'number', n.number) ORDER BY r.id)
				FROM billing.refunds r
				LEFT JOIN billing.invoices n ON n.id = r.id LEFT JOIN billing.invoice_drafts f ON f.id = r.id
				WHERE r.order_id = p.order_id) AS refunds,
			(SELECT to_jsonb(x) FROM billing.disputes x WHERE x.payment_id = p.id
				ORDER BY array_position(ARRAY[`+disputePrecedence+`], x.status), x.id DESC LIMIT 1) AS dispute
		FROM unnest($1::uuid[]) AS wanted (order_id)
		CROSS JOIN LATERAL (SELECT * FROM billing.payments
			WHERE order_id = wanted.order_id ORDER BY attempt DESC LIMIT 1) AS p
		LEFT JOIN LATERAL (SELECT * FROM billing.invoices
			WHERE order_id = wanted.order_id AND kind = 'invoice' LIMIT 1) AS i ON TRUE`, id.Strings(orderIDs))
	if err != nil {
		return nil, fmt.Errorf("select payment summaries: %w", err)
	}
	out := make(map[id.ID]billing.PaymentSummary, len(rows))
	for _, r := range rows {
		out[r.OrderID] = r.summary()
	}
	return out, nil
}

// Transactions returns a page of an account's payments and refunds, the newest first.
func (b *PaymentReader) Transactions(ctx context.Context, q ports.Transactions) (page.Page[domain.Transaction], error) {
	before, err := page.Before(q.Page.Cursor)
	if err != nil {
		return page.Page[domain.Transaction]{}, err
	}
	rows, err := postgres.Read(ctx, b.db, func(ctx context.Context, from *postgres.DB) ([]transactionRow, error) {
		return postgres.All[transactionRow](ctx, from, `SELECT * FROM (
				SELECT id, 'payment' AS type, order_id, amount, currency, status, decline_code, created_at
				FROM billing.payments WHERE account_id = @account_id
				UNION ALL SELECT id, 'refund', order_id, amount, currency, status, '', created_at
				FROM billing.refunds WHERE account_id = @account_id) AS t
			WHERE id < @before AND (@from::timestamptz IS NULL OR created_at >= @from)
				AND (@to::timestamptz IS NULL OR created_at < @to)
				AND (@type = '' OR type = @type) AND (@status = '' OR status = @status)
			ORDER BY id DESC LIMIT @limit`, postgres.Named{
			"account_id": q.AccountID, "before": before, "from": orNone(q.From), "to": orNone(q.To),
			"type": q.Type, "status": q.Status, "limit": q.Page.Size() + 1,
		})
	})
	if err != nil {
		return page.Page[domain.Transaction]{}, fmt.Errorf("select transactions: %w", err)
	}
	cut := page.Cut(rows, q.Page.Size(), func(r transactionRow) string { return page.Encode(r.ID) })
	return page.Map(cut, transactionRow.transaction), nil
}

type historyRow struct {
	At        time.Time
	What      string
	Result    string
	RequestID string
	StaffID   *id.ID
}

// History returns the history of an order's money, the oldest entry first.
func (b *PaymentReader) History(ctx context.Context, orderID id.ID) ([]billing.Entry, error) {
	rows, err := postgres.All[historyRow](ctx, b.db,
		`SELECT at, what, result, request_id, staff_id FROM billing.history WHERE order_id = $1 ORDER BY id`, orderID)
	if err != nil {
		return nil, fmt.Errorf("select history: %w", err)
	}
	out := make([]billing.Entry, len(rows))
	for i, r := range rows {
		out[i] = billing.Entry{At: r.At.UTC(), What: r.What, Result: r.Result, RequestID: r.RequestID}
		if r.StaffID != nil {
			out[i].StaffID = *r.StaffID
		}
	}
	return out, nil
}
