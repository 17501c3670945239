// Package postgres implements billing's ports on the schema billing.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	db        *postgres.DB
	publisher Publisher
}

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(db *postgres.DB, publisher Publisher) *UnitOfWork {
	return &UnitOfWork{db, publisher}
}

// Do runs fn in a transaction, and again after a serialization failure or a deadlock.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return u.db.InRepeatableTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return fn(ctx, ports.Stores{
			Payments: payments{tx}, Refunds: refunds{tx}, Disputes: disputes{tx}, Inbox: inbox{tx},
			Invoices: invoices{tx}, Ledger: ledger{tx}, Payouts: payouts{tx}, Manual: manualEntries{tx},
			Privacy: privacy{tx}, Exports: exports{tx}, Events: events{tx, u.publisher},
		})
	})
}

type events struct {
	tx        *postgres.Tx
	publisher Publisher
}

func (e events) PaymentChanged(ctx context.Context, event billing.PaymentChanged) error {
	return e.publisher.Publish(ctx, e.tx, event)
}

func (e events) ExportRequested(ctx context.Context, event domain.ExportRequested) error {
	return e.publisher.Publish(ctx, e.tx, event)
}

func (e events) DocumentsIssued(ctx context.Context, event billing.DocumentsIssued) error {
	return e.publisher.Publish(ctx, e.tx, event)
}

const paymentColumns = `id, order_id, attempt, account_id, amount, currency, status, method, provider, provider_ref,
	decline_code, brand, last4, action_type, action_url, paper, captured, fee, returned, look_at, created_at, updated_at,
	claimed, difference, accepted_out, resolutions, refund_failed, return_url, sends,
	card_country`

func onePayment(ctx context.Context, c postgres.Conn, query string, args ...any) (domain.Payment, bool, error) {
	row, found, err := postgres.One[paymentRow](ctx, c, query, args...)
	if err != nil {
		return domain.Payment{}, false, fmt.Errorf("select payment: %w", err)
	}
	return row.payment(), found, nil
}

// insertPayment inserts a payment with insertValues. Its FROM and WHERE may follow.
const insertPayment = `INSERT INTO billing.payments (` + paymentColumns + `)
	SELECT @id, @order_id, @attempt, @account_id, @amount, @currency, @status, @method, @provider, @provider_ref,
		@decline_code, @brand, @last4, @action_type, @action_url, @paper::jsonb, @captured, @fee, @returned, @look_at,
		@created_at, @created_at, NULL, 0, 0, 0, false, @return_url, @sends, @card_country`

// noteRequest adds the first entry of an attempt's history.
const noteRequest = `
	INSERT INTO billing.history (order_id, at, what, result, request_id)
	SELECT order_id, created_at, 'payment.requested', status, @request_id FROM inserted`

func insertValues(ctx context.Context, p domain.PaymentSnapshot) postgres.Named {
	return postgres.Named{
		"id": p.ID, "order_id": p.OrderID, "attempt": p.Attempt, "account_id": p.AccountID,
		"amount": p.Amount.Amount(), "currency": p.Amount.Currency(), "status": p.Status,
		"method": orNull(p.Method), "provider": p.Provider, "provider_ref": orNull(p.ProviderRef),
		"decline_code": p.DeclineCode, "brand": p.Brand, "last4": p.Last4,
		"action_type": p.ActionType, "action_url": p.ActionURL, "paper": contentOrNull(p.Invoice),
		"captured": p.Captured, "fee": p.Fee, "returned": p.Refunded, "look_at": p.PollAt,
		"created_at": p.CreatedAt, "return_url": orNull(p.ReturnURL), "sends": p.Sends,
		"card_country": p.CardCountry, "request_id": log.RequestID(ctx),
	}
}

type payments struct{ tx *postgres.Tx }

func (s payments) Insert(ctx context.Context, payment domain.Payment) (domain.Payment, error) {
	p := payment.Snapshot()
	if p.Attempt > 1 {
		if _, _, err := s.lock(ctx, func(paymentRow) bool { return false }, `order_id = $1`, p.OrderID); err != nil {
			return domain.Payment{}, err
		}
	}
	n, err := postgres.Exec(ctx, s.tx, `WITH inserted AS (`+insertPayment+`
			ON CONFLICT (order_id, attempt) DO NOTHING RETURNING order_id, created_at, status)`+noteRequest,
		insertValues(ctx, p))
	if err != nil {
		return domain.Payment{}, fmt.Errorf("insert payment: %w", err)
	}
	if n == 1 {
		return payment, nil
	}
	there, found, err := onePayment(ctx, s.tx,
		`SELECT `+paymentColumns+` FROM billing.payments WHERE order_id = $1 AND attempt = $2`, p.OrderID, p.Attempt)
	if err == nil && !found {
		err = errors.New("insert payment: neither inserted nor found")
	}
	return there, err
}

func (s payments) Lock(ctx context.Context, paymentID id.ID) (domain.Payment, bool, error) {
	return s.lock(ctx, func(p paymentRow) bool { return p.ID == paymentID },
		`order_id = (SELECT order_id FROM billing.payments WHERE id = $1)`, paymentID)
}

func (s payments) LockByRef(ctx context.Context, provider, ref string) (domain.Payment, bool, error) {
	return s.lock(ctx, func(p paymentRow) bool { return p.Provider == provider && deref(p.ProviderRef) == ref },
		`order_id = (SELECT order_id FROM billing.payments WHERE provider = $1 AND provider_ref = $2)`, provider, ref)
}

// lock locks all payments of an order, the first attempt first, and returns the wanted one. So changes of an order's
// money are serial, and their revisions are in the order of their commits.
func (s payments) lock(ctx context.Context, wanted func(p paymentRow) bool, where string,
	args ...any,
) (domain.Payment, bool, error) {
	query := mutant.SQL("skip-payment-lock",
		`SELECT `+paymentColumns+` FROM billing.payments WHERE `+where+` ORDER BY attempt FOR UPDATE`, " FOR UPDATE", "")
	rows, err := postgres.All[paymentRow](ctx, s.tx, query, args...)
	if err != nil {
		return domain.Payment{}, false, fmt.Errorf("lock payments: %w", err)
	}
	i := slices.IndexFunc(rows, wanted)
	if i < 0 {
		return domain.Payment{}, false, nil
	}
	return rows[i].payment(), true, nil
}

func (s payments) State(ctx context.Context, orderID id.ID) (billing.PaymentState, error) {
	summaries, err := summaries(ctx, s.tx, []id.ID{orderID})
	return summaries[orderID].State, err
}

// Update stores a locked payment, without the card of an erased account.
func (s payments) Update(ctx context.Context, payment domain.Payment, cause string) error {
	p := payment.Snapshot()
	query := `WITH updated AS (
			UPDATE billing.payments p SET status = @status, method = @method, provider_ref = @provider_ref,
				decline_code = @decline_code, action_type = @action_type, action_url = @action_url,
				brand = CASE WHEN e.account_id IS NULL THEN @brand ELSE '' END,
				last4 = CASE WHEN e.account_id IS NULL THEN @last4 ELSE '' END,
				card_country = @card_country, updated_at = @updated_at, paper = CASE WHEN @keep_paper THEN p.paper END,
				captured = @captured, fee = @fee, returned = @returned, look_at = @look_at,
				claimed = @claimed, difference = @difference, accepted_out = @accepted_out, resolutions = @resolutions,
				refund_failed = @refund_failed, return_url = @return_url, sends = @sends, revision = p.revision + 1
			FROM billing.payments old LEFT JOIN billing.erased_accounts e ON e.account_id = old.account_id
			WHERE p.id = @id AND old.id = @id RETURNING p.order_id, p.updated_at, p.status)
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT order_id, updated_at, @cause, status, @request_id FROM updated WHERE @cause <> ''`
	query = mutant.SQL("keep-the-card-of-an-erased-account", query,
		"last4 = CASE WHEN e.account_id IS NULL THEN @last4 ELSE '' END", "last4 = @last4")
	query = mutant.SQL("skip-revision-increment", query, "p.revision + 1", "p.revision")
	_, err := postgres.Exec(ctx, s.tx, query,
		postgres.Named{
			"id": p.ID, "status": p.Status, "method": orNull(p.Method), "provider_ref": orNull(p.ProviderRef),
			"decline_code": p.DeclineCode, "action_type": p.ActionType, "action_url": p.ActionURL,
			"brand": p.Brand, "last4": p.Last4, "updated_at": p.UpdatedAt, "keep_paper": p.Invoice != nil,
			"captured": p.Captured, "fee": p.Fee, "returned": p.Refunded, "look_at": p.PollAt,
			"claimed": p.Claimed, "difference": p.Difference, "accepted_out": p.AcceptedOut, "resolutions": p.Resolutions,
			"refund_failed": p.RefundFailed, "return_url": orNull(p.ReturnURL), "sends": p.Sends,
			"card_country": p.CardCountry, "cause": cause, "request_id": log.RequestID(ctx),
		})
	if err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}
