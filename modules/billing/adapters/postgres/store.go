// Package postgres keeps payments and invoices in the schema billing.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

// Publisher inserts the jobs of an event into a transaction.
type Publisher interface {
	Publish(ctx context.Context, tx *postgres.Tx, event any) error
}

// UnitOfWork runs use cases in transactions.
type UnitOfWork struct {
	db   *postgres.DB
	news Publisher
}

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(db *postgres.DB, news Publisher) *UnitOfWork { return &UnitOfWork{db, news} }

// Do runs fn in one transaction.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return u.db.InTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return fn(ctx, ports.Stores{Payments: payments{tx}, Inbox: inbox{tx}, Invoices: invoices{tx}, News: news{tx, u.news}})
	})
}

type news struct {
	tx        *postgres.Tx
	publisher Publisher
}

func (n news) PaymentChanged(ctx context.Context, event billing.PaymentChanged) error {
	return n.publisher.Publish(ctx, n.tx, event)
}

const paymentColumns = `id, order_id, attempt, account_id, amount, currency, status, method, provider, provider_ref,
	decline_code, brand, last4, action_type, action_url, paper, created_at, updated_at`

func onePayment(ctx context.Context, c postgres.Conn, query string, args ...any) (domain.Payment, bool, error) {
	row, found, err := postgres.One[paymentRow](ctx, c, query, args...)
	if err != nil {
		return domain.Payment{}, false, fmt.Errorf("select payment: %w", err)
	}
	return row.payment(), found, nil
}

type payments struct{ tx *postgres.Tx }

func (s payments) Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error) {
	p := payment.Snapshot()
	n, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.payments (`+paymentColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17, $17)
		ON CONFLICT (order_id, attempt) DO NOTHING`,
		p.ID, p.OrderID, p.Attempt, p.AccountID, p.Amount.Amount(), p.Amount.Currency(), p.Status, orNull(p.Method), p.Provider,
		orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType, p.ActionURL, paperOrNull(p.Paper), p.CreatedAt)
	if err != nil {
		return domain.Payment{}, fmt.Errorf("insert payment: %w", err)
	}
	if n == 1 {
		return payment, nil
	}
	there, found, err := onePayment(ctx, s.tx, `SELECT `+paymentColumns+` FROM billing.payments WHERE order_id = $1 AND attempt = $2`, p.OrderID, p.Attempt)
	if err == nil && !found {
		err = errors.New("insert payment: neither inserted nor there")
	}
	return there, err
}

func (s payments) Lock(ctx context.Context, paymentID id.ID) (domain.Payment, bool, error) {
	return onePayment(ctx, s.tx, `SELECT `+paymentColumns+` FROM billing.payments WHERE id = $1 FOR UPDATE`, paymentID)
}

func (s payments) Update(ctx context.Context, payment domain.Payment) error {
	p := payment.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `UPDATE billing.payments SET status = $2, method = $3, provider_ref = $4, decline_code = $5,
		brand = $6, last4 = $7, action_type = $8, action_url = $9, updated_at = $10, paper = CASE WHEN $11 THEN paper END WHERE id = $1`,
		p.ID, p.Status, orNull(p.Method), orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType, p.ActionURL, p.UpdatedAt, p.Paper != nil)
	if err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}

type inbox struct{ tx *postgres.Tx }

func (s inbox) Insert(ctx context.Context, event ports.Event, at time.Time) (bool, error) {
	n, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.webhook_events (provider, event_id, body, received_at)
		VALUES ($1, $2, $3::jsonb, $4) ON CONFLICT DO NOTHING`, event.Provider, event.ID, string(event.Body), at)
	if err != nil {
		return false, fmt.Errorf("insert webhook: %w", err)
	}
	return n == 1, nil
}

func (s inbox) Applied(ctx context.Context, event ports.Event, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `UPDATE billing.webhook_events SET applied_at = $3 WHERE provider = $1 AND event_id = $2`,
		event.Provider, event.ID, at)
	if err != nil {
		return fmt.Errorf("mark webhook: %w", err)
	}
	return nil
}

const (
	draftColumns  = `id, order_id, payment_id, account_id, paper, captured_at`
	numberingLock = 0x696e766f69636573 // "invoices"
)

type invoices struct{ tx *postgres.Tx }

func (s invoices) InsertDraft(ctx context.Context, d domain.Draft) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.invoice_drafts (`+draftColumns+`) VALUES ($1, $2, $3, $4, $5::jsonb, $6)`,
		d.ID, d.OrderID, d.PaymentID, d.AccountID, postgres.JSON(toPaper(d.Paper)), d.CapturedAt)
	if err != nil {
		return fmt.Errorf("insert invoice draft: %w", err)
	}
	return nil
}

func (s invoices) LockNumbering(ctx context.Context) (bool, error) {
	row, _, err := postgres.One[struct{ Mine bool }](ctx, s.tx, `SELECT pg_try_advisory_xact_lock($1) AS mine`, int64(numberingLock))
	if err != nil {
		return false, fmt.Errorf("lock numbering: %w", err)
	}
	return row.Mine, nil
}

func (s invoices) Drafts(ctx context.Context, limit int) ([]domain.Draft, error) {
	rows, err := postgres.All[invoiceRow](ctx, s.tx, `SELECT `+draftColumns+` FROM billing.invoice_drafts ORDER BY captured_at, id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("select invoice drafts: %w", err)
	}
	out := make([]domain.Draft, len(rows))
	for i, r := range rows {
		out[i] = r.invoice().Draft
	}
	return out, nil
}

func (s invoices) LastNumber(ctx context.Context, series string) (int64, error) {
	row, _, err := postgres.One[struct{ Last int64 }](ctx, s.tx, `SELECT coalesce(max(number), 0) AS last FROM billing.invoices WHERE series = $1`, series)
	if err != nil {
		return 0, fmt.Errorf("select last invoice number: %w", err)
	}
	return row.Last, nil
}

// Issue moves the drafts, so that what is issued is what was drafted.
func (s invoices) Issue(ctx context.Context, invoices []domain.Invoice) error {
	numbers := make([]issueJSON, len(invoices))
	for i, invoice := range invoices {
		numbers[i] = issueJSON{invoice.ID, invoice.Series, invoice.Number, invoice.IssuedAt}
	}
	n, err := postgres.Exec(ctx, s.tx, `WITH numbers AS (
			SELECT * FROM jsonb_to_recordset($1::jsonb) AS n (id uuid, series text, number bigint, issued_at timestamptz)),
		drafts AS (DELETE FROM billing.invoice_drafts WHERE id IN (SELECT id FROM numbers) RETURNING *)
		INSERT INTO billing.invoices (id, order_id, payment_id, account_id, series, number, paper, captured_at, issued_at)
		SELECT d.id, d.order_id, d.payment_id, d.account_id, n.series, n.number, d.paper, d.captured_at, n.issued_at
		FROM drafts d JOIN numbers n USING (id)`, postgres.JSON(numbers))
	if err != nil {
		return fmt.Errorf("issue invoices: %w", err)
	}
	if int(n) != len(invoices) {
		return fmt.Errorf("issue invoices: %d of %d drafts are there", n, len(invoices))
	}
	return nil
}
