// Package postgres keeps payments and invoices in the schema billing.
package postgres

import (
	"context"
	"errors"
	"fmt"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/log"
	"coinslot/platform/mutant"
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
	return u.db.InRepeatableTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return fn(ctx, ports.Stores{
			Payments: payments{tx}, Refunds: refunds{tx}, Disputes: disputes{tx}, Inbox: inbox{tx},
			Invoices: invoices{tx}, Ledger: ledger{tx},
			Privacy: privacy{tx}, News: news{tx, u.news},
		})
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
	decline_code, brand, last4, action_type, action_url, paper, captured, fee, returned, look_at, created_at, updated_at,
	claimed, difference, accepted_out, resolutions, refund_failed, return_url, sends`

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
	n, err := postgres.Exec(ctx, s.tx, `WITH inserted AS (
			INSERT INTO billing.payments (`+paymentColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17, $22, $18, $19, $20, $20, NULL, 0, 0, 0, false, $23, $24)
			ON CONFLICT (order_id, attempt) DO NOTHING RETURNING order_id, created_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, created_at, 'payment.requested', status, $21 FROM inserted`,
		p.ID, p.OrderID, p.Attempt, p.AccountID, p.Amount.Amount(), p.Amount.Currency(), p.Status,
		orNull(p.Method), p.Provider,
		orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType, p.ActionURL, paperOrNull(p.Paper),
		p.Captured, p.Returned, p.LookAt,
		p.CreatedAt, log.RequestID(ctx), p.Fee, orNull(p.ReturnURL), p.Sends)
	if err != nil {
		return domain.Payment{}, fmt.Errorf("insert payment: %w", err)
	}
	if n == 1 {
		return payment, nil
	}
	there, found, err := onePayment(ctx, s.tx,
		`SELECT `+paymentColumns+` FROM billing.payments WHERE order_id = $1 AND attempt = $2`, p.OrderID, p.Attempt)
	if err == nil && !found {
		err = errors.New("insert payment: neither inserted nor there")
	}
	return there, err
}

func (s payments) Lock(ctx context.Context, paymentID id.ID) (domain.Payment, bool, error) {
	query := `SELECT ` + paymentColumns + ` FROM billing.payments WHERE id = $1 FOR UPDATE`
	return onePayment(ctx, s.tx, mutant.SQL("lock-no-payment", query, " FOR UPDATE", ""), paymentID)
}

func (s payments) LockByRef(ctx context.Context, provider, ref string) (domain.Payment, bool, error) {
	return onePayment(ctx, s.tx, `SELECT `+paymentColumns+` FROM billing.payments
		WHERE provider = $1 AND provider_ref = $2 FOR UPDATE`, provider, ref)
}

// Update stores a locked payment. Of an erased account it keeps no card.
func (s payments) Update(ctx context.Context, payment domain.Payment, cause string) error {
	p := payment.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, mutant.SQL("keep-the-card-of-an-erased-account", `WITH updated AS (
			UPDATE billing.payments p SET status = $2, method = $3, provider_ref = $4, decline_code = $5, action_type = $8,
				brand = CASE WHEN e.account_id IS NULL THEN $6 ELSE '' END, last4 = CASE WHEN e.account_id IS NULL THEN $7 ELSE '' END,
				action_url = $9, updated_at = $10, paper = CASE WHEN $11 THEN p.paper END, captured = $12, returned = $13, look_at = $14, fee = $17,
				claimed = $18, difference = $19, accepted_out = $20, resolutions = $21, refund_failed = $22, return_url = $23, sends = $24
			FROM billing.payments old LEFT JOIN billing.erased_accounts e ON e.account_id = old.account_id
			WHERE p.id = $1 AND old.id = $1 RETURNING p.order_id, p.updated_at, p.status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, $15, status, $16 FROM updated WHERE $15 <> ''`,
		"last4 = CASE WHEN e.account_id IS NULL THEN $7 ELSE '' END", "last4 = $7"),
		p.ID, p.Status, orNull(p.Method), orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType,
		p.ActionURL, p.UpdatedAt,
		p.Paper != nil, p.Captured, p.Returned, p.LookAt, cause, log.RequestID(ctx), p.Fee,
		p.Claimed, p.Difference, p.AcceptedOut, p.Resolutions, p.RefundFailed, orNull(p.ReturnURL), p.Sends)
	if err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}
