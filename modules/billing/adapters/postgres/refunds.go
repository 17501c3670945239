package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/log"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

const refundColumns = `id, payment_id, order_id, account_id, requested_by, key, body_hash, lines, amount, currency,
	status, reason, provider_ref, look_at, created_at, updated_at`

func oneRefund(ctx context.Context, c postgres.Conn, query string, args ...any) (domain.Refund, bool, error) {
	row, found, err := postgres.One[refundRow](ctx, c, query, args...)
	if err != nil {
		return domain.Refund{}, false, fmt.Errorf("select refund: %w", err)
	}
	return row.refund(), found, nil
}

type refunds struct{ tx *postgres.Tx }

func (s refunds) Insert(ctx context.Context, refund domain.Refund) error {
	r := refund.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `WITH inserted AS (
			INSERT INTO billing.refunds (`+refundColumns+`)
			VALUES (@id, @payment_id, @order_id, @account_id, @requested_by, @key, @body_hash, @lines::jsonb,
				@amount, @currency, @status,
				CASE WHEN EXISTS (SELECT FROM billing.erased_accounts e WHERE e.account_id = @account_id)
					THEN '' ELSE @reason END,
				@provider_ref, @look_at, @created_at, @created_at)
			RETURNING order_id, created_at, status, nullif(requested_by, account_id) AS staff_id)
		INSERT INTO billing.history (order_id, at, what, result, request_id, staff_id)
		SELECT order_id, created_at, 'refund.requested', status, @request_id, staff_id FROM inserted`,
		postgres.Named{
			"id": r.ID, "payment_id": r.PaymentID, "order_id": r.OrderID, "account_id": r.AccountID,
			"requested_by": orNoID(r.RequestedBy), "key": r.Key, "body_hash": r.BodyHash,
			"lines": postgres.JSON(toRefundLines(r.Lines)), "amount": r.Amount.Amount(), "currency": r.Amount.Currency(),
			"status": r.Status, "reason": r.Reason, "provider_ref": orNull(r.ProviderRef), "look_at": r.PollAt,
			"created_at": r.CreatedAt, "request_id": log.RequestID(ctx),
		})
	if postgres.IsUnique(err, "refunds_asked") || postgres.IsUnique(err, "refunds_key") {
		return billing.ErrKeyReused
	}
	if err != nil {
		return fmt.Errorf("insert refund: %w", err)
	}
	return nil
}

func (s refunds) Of(ctx context.Context, paymentID id.ID) ([]domain.Refund, error) {
	rows, err := postgres.All[refundRow](ctx, s.tx,
		`SELECT `+refundColumns+` FROM billing.refunds WHERE payment_id = $1 ORDER BY id`, paymentID)
	if err != nil {
		return nil, fmt.Errorf("select a payment's refunds: %w", err)
	}
	out := make([]domain.Refund, len(rows))
	for i, r := range rows {
		out[i] = r.refund()
	}
	return out, nil
}

func (s refunds) Find(ctx context.Context, refundID id.ID) (domain.Refund, bool, error) {
	return oneRefund(ctx, s.tx, `SELECT `+refundColumns+` FROM billing.refunds WHERE id = $1`, refundID)
}

func (s refunds) Update(ctx context.Context, refund domain.Refund, cause string) error {
	r := refund.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `WITH updated AS (
			UPDATE billing.refunds
			SET status = @status, provider_ref = @provider_ref, look_at = @poll_at, updated_at = @updated_at
			WHERE id = @id
			RETURNING order_id, updated_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, @cause, status, @request_id FROM updated WHERE @cause <> ''`, postgres.Named{
		"id": r.ID, "status": r.Status, "provider_ref": orNull(r.ProviderRef), "poll_at": r.PollAt,
		"updated_at": r.UpdatedAt, "cause": cause, "request_id": log.RequestID(ctx),
	})
	if err != nil {
		return fmt.Errorf("update refund: %w", err)
	}
	return nil
}

type disputeRow struct {
	ID          id.ID
	PaymentID   id.ID
	OrderID     id.ID
	AccountID   id.ID
	Provider    string
	ProviderRef string
	Amount      int64
	Currency    money.Currency
	Status      billing.DisputeStatus
	Turns       int
	NewsAt      time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

func (r disputeRow) dispute() domain.Dispute {
	return domain.RestoreDispute(domain.DisputeSnapshot{
		ID: r.ID, PaymentID: r.PaymentID, OrderID: r.OrderID, AccountID: r.AccountID, Provider: r.Provider,
		ProviderRef: r.ProviderRef,
		Amount:      money.Of(r.Amount, r.Currency), Status: r.Status, Turns: r.Turns, ReportedAt: r.NewsAt.UTC(),
		CreatedAt: r.CreatedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC(),
	})
}

const disputeColumns = `id, payment_id, order_id, account_id, provider, provider_ref, amount, currency, status, turns,
	news_at, created_at, updated_at`

type disputes struct{ tx *postgres.Tx }

func (s disputes) Find(ctx context.Context, provider, ref string) (domain.Dispute, bool, error) {
	row, found, err := postgres.One[disputeRow](ctx, s.tx,
		`SELECT `+disputeColumns+` FROM billing.disputes WHERE provider = $1 AND provider_ref = $2`, provider, ref)
	if err != nil {
		return domain.Dispute{}, false, fmt.Errorf("select dispute: %w", err)
	}
	return row.dispute(), found, nil
}

func (s disputes) Of(ctx context.Context, paymentID id.ID) ([]domain.Dispute, error) {
	rows, err := postgres.All[disputeRow](ctx, s.tx,
		`SELECT `+disputeColumns+` FROM billing.disputes WHERE payment_id = $1 ORDER BY id`, paymentID)
	if err != nil {
		return nil, fmt.Errorf("select a payment's disputes: %w", err)
	}
	out := make([]domain.Dispute, len(rows))
	for i, r := range rows {
		out[i] = r.dispute()
	}
	return out, nil
}

func (s disputes) Put(ctx context.Context, dispute domain.Dispute) error {
	d := dispute.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `WITH put AS (
			INSERT INTO billing.disputes (`+disputeColumns+`)
			VALUES (@id, @payment_id, @order_id, @account_id, @provider, @provider_ref, @amount, @currency, @status,
				@turns, @news_at, @created_at, @updated_at)
			ON CONFLICT (id) DO UPDATE SET status = @status, turns = @turns, news_at = @news_at, updated_at = @updated_at
			RETURNING order_id, updated_at, status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, 'dispute', status, @request_id FROM put`,
		postgres.Named{
			"id": d.ID, "payment_id": d.PaymentID, "order_id": d.OrderID, "account_id": d.AccountID,
			"provider": d.Provider, "provider_ref": d.ProviderRef, "amount": d.Amount.Amount(),
			"currency": d.Amount.Currency(), "status": d.Status, "turns": d.Turns, "news_at": d.ReportedAt,
			"created_at": d.CreatedAt, "updated_at": d.UpdatedAt, "request_id": log.RequestID(ctx),
		})
	if err != nil {
		return fmt.Errorf("put dispute: %w", err)
	}
	return nil
}

type privacy struct{ tx *postgres.Tx }

func (s privacy) Lock(ctx context.Context, accountID id.ID) (erased bool, err error) {
	row, _, err := postgres.One[struct{ Erased bool }](ctx, s.tx, `SELECT billing.lock_account($1) AS erased`, accountID)
	if err != nil {
		return false, fmt.Errorf("lock account: %w", err)
	}
	return row.Erased, nil
}

// Erase stores the tombstone first, so that later writes find it. Then it locks the account's payments, to wait for
// writers that have not found it.
func (s privacy) Erase(ctx context.Context, accountID id.ID, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.erased_accounts (account_id, erased_at) VALUES ($1, $2)
		ON CONFLICT DO NOTHING`, accountID, at)
	if err != nil {
		return fmt.Errorf("insert tombstone: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx,
		`SELECT id FROM billing.payments WHERE account_id = $1 ORDER BY id FOR UPDATE`, accountID)
	if err != nil {
		return fmt.Errorf("lock an erased account's payments: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx, `WITH refunds AS (
			UPDATE billing.refunds SET reason = '' WHERE account_id = $1 AND reason <> '')
		UPDATE billing.payments SET brand = '', last4 = '' WHERE account_id = $1 AND brand || last4 <> ''`, accountID)
	if err != nil {
		return fmt.Errorf("erase personal data: %w", err)
	}
	return nil
}
