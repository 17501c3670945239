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
		return fn(ctx, ports.Stores{Payments: payments{tx}, Refunds: refunds{tx}, Inbox: inbox{tx}, Invoices: invoices{tx}, News: news{tx, u.news}})
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
	decline_code, brand, last4, action_type, action_url, paper, captured, returned, look_at, created_at, updated_at`

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
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::jsonb, $17, $18, $19, $20, $20)
			ON CONFLICT (order_id, attempt) DO NOTHING RETURNING order_id, created_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, created_at, 'payment.requested', status, $21 FROM inserted`,
		p.ID, p.OrderID, p.Attempt, p.AccountID, p.Amount.Amount(), p.Amount.Currency(), p.Status, orNull(p.Method), p.Provider,
		orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType, p.ActionURL, paperOrNull(p.Paper), p.Captured, p.Returned, p.LookAt,
		p.CreatedAt, log.RequestID(ctx))
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

func (s payments) Update(ctx context.Context, payment domain.Payment, cause string) error {
	p := payment.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `WITH updated AS (
			UPDATE billing.payments SET status = $2, method = $3, provider_ref = $4, decline_code = $5, brand = $6, last4 = $7, action_type = $8,
				action_url = $9, updated_at = $10, paper = CASE WHEN $11 THEN paper END, captured = $12, returned = $13, look_at = $14
			WHERE id = $1 RETURNING order_id, updated_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, $15, status, $16 FROM updated WHERE $15 <> ''`,
		p.ID, p.Status, orNull(p.Method), orNull(p.ProviderRef), p.DeclineCode, p.Brand, p.Last4, p.ActionType, p.ActionURL, p.UpdatedAt,
		p.Paper != nil, p.Captured, p.Returned, p.LookAt, cause, log.RequestID(ctx))
	if err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}

const refundColumns = `id, payment_id, order_id, account_id, key, amount, currency, status, reason, provider_ref, look_at, created_at, updated_at`

func oneRefund(ctx context.Context, c postgres.Conn, query string, args ...any) (domain.Refund, bool, error) {
	row, found, err := postgres.One[refundRow](ctx, c, query, args...)
	if err != nil {
		return domain.Refund{}, false, fmt.Errorf("select refund: %w", err)
	}
	return row.refund(), found, nil
}

type refunds struct{ tx *postgres.Tx }

func (s refunds) Insert(ctx context.Context, refund domain.Refund) (domain.Refund, error) {
	r := refund.Snapshot()
	n, err := postgres.Exec(ctx, s.tx, `WITH inserted AS (
			INSERT INTO billing.refunds (`+refundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
			ON CONFLICT (payment_id, key) DO NOTHING RETURNING order_id, created_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, created_at, 'refund.requested', status, $13 FROM inserted`,
		r.ID, r.PaymentID, r.OrderID, r.AccountID, r.Key, r.Amount.Amount(), r.Amount.Currency(), r.Status, r.Reason, orNull(r.ProviderRef), r.LookAt,
		r.CreatedAt, log.RequestID(ctx))
	if err != nil {
		return domain.Refund{}, fmt.Errorf("insert refund: %w", err)
	}
	if n == 1 {
		return refund, nil
	}
	there, found, err := oneRefund(ctx, s.tx, `SELECT `+refundColumns+` FROM billing.refunds WHERE payment_id = $1 AND key = $2`, r.PaymentID, r.Key)
	if err == nil && !found {
		err = errors.New("insert refund: neither inserted nor there")
	}
	return there, err
}

func (s refunds) Find(ctx context.Context, refundID id.ID) (domain.Refund, bool, error) {
	return oneRefund(ctx, s.tx, `SELECT `+refundColumns+` FROM billing.refunds WHERE id = $1`, refundID)
}

func (s refunds) Update(ctx context.Context, refund domain.Refund, cause string) error {
	r := refund.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `WITH updated AS (
			UPDATE billing.refunds SET status = $2, provider_ref = $3, look_at = $4, updated_at = $5 WHERE id = $1
			RETURNING order_id, updated_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, $6, status, $7 FROM updated WHERE $6 <> ''`,
		r.ID, r.Status, orNull(r.ProviderRef), r.LookAt, r.UpdatedAt, cause, log.RequestID(ctx))
	if err != nil {
		return fmt.Errorf("update refund: %w", err)
	}
	return nil
}
