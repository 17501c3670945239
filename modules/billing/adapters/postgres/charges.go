package postgres

import (
	"context"
	"fmt"
	"maps"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/log"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"
)

// Charges implements ports.Charges. Each statement locks the account first. The function that locks it sees an erasure
// for which it has waited.
type Charges struct{ db *postgres.DB }

// NewCharges returns the adapter.
func NewCharges(db *postgres.DB) *Charges { return &Charges{db} }

const lockedAccount = `WITH account AS MATERIALIZED (SELECT billing.lock_account(@account_id) AS erased), `

// Request stores the first attempt of an order.
func (c *Charges) Request(ctx context.Context, payment domain.Payment) (bool, error) {
	query := mutant.SQL("charge-an-erased-account-at-once", lockedAccount+`inserted AS (`+insertPayment+`
			FROM account WHERE NOT erased
			ON CONFLICT (order_id, attempt) DO NOTHING RETURNING order_id, created_at, status)`+noteRequest,
		"WHERE NOT erased", "WHERE erased IS NOT NULL")
	n, err := c.db.DirectExec(ctx, query, insertValues(ctx, payment.Snapshot()))
	if err != nil {
		return false, fmt.Errorf("request payment: %w", err)
	}
	return n == 1, nil
}

// settle writes nothing unless it finds the payment as it was requested: when it has waited for another writer of the
// payment, PostgreSQL checks the condition again.
var settle = lockedAccount + `settled AS (
		UPDATE billing.payments p SET status = @status, method = NULL, return_url = NULL, paper = NULL,
			provider_ref = @provider_ref, brand = @brand, last4 = @last4, card_country = @card_country,
			action_type = @action_type, action_url = @action_url, decline_code = @decline_code,
			captured = @captured, fee = @fee, updated_at = @at, revision = p.revision + 1
		FROM account
		WHERE p.id = @payment_id AND p.status = 'requested' AND p.sends = @sends AND NOT account.erased
		RETURNING p.revision),
	history AS (
		INSERT INTO billing.history (order_id, at, what, result, request_id)
		SELECT @order_id, @at, @cause, @status, @request_id FROM settled),
	entry AS (
		INSERT INTO billing.journal_entries (id, source_type, source_id, order_id, at)
		SELECT @entry_id, @source_type, @source_id, @order_id, @at FROM settled),
	unsealed AS (INSERT INTO billing.journal_unsealed (entry_id) SELECT @entry_id FROM settled),
	postings AS (
		INSERT INTO billing.journal_postings (entry_id, position, account, currency, amount)
		SELECT @entry_id, n, posting_account, @currency, posting_amount
		FROM settled, unnest(@accounts::text[], @amounts::bigint[]) WITH ORDINALITY
			AS e (posting_account, posting_amount, n)),
	draft AS (
		INSERT INTO billing.invoice_drafts (` + draftColumns + `)
		SELECT @payment_id, @kind, @order_id, @payment_id, @account_id, @seller::jsonb, @paper::jsonb, @at, NULL::uuid
		FROM settled)
	SELECT revision FROM settled`

// Settle stores the capture of a first attempt.
func (c *Charges) Settle(ctx context.Context, s ports.Settlement) (billing.PaymentSummary, bool, error) {
	query := mutant.SQL("settle-a-changed-payment", settle, "AND p.status = 'requested' AND p.sends = @sends",
		"AND @sends > 0")
	query = mutant.SQL("settle-for-an-erased-account", query, "AND NOT account.erased", "AND account.erased IS NOT NULL")
	var revision int64
	settled, err := c.db.Direct(ctx, query, []any{settleValues(ctx, s)}, &revision)
	if err != nil || !settled {
		if err != nil {
			err = fmt.Errorf("settle payment: %w", err)
		}
		return billing.PaymentSummary{}, false, err
	}
	return domain.SettledSummary(s.Payment, revision, s.Draft), true, nil
}

func settleValues(ctx context.Context, s ports.Settlement) postgres.Named {
	p := s.Payment.Snapshot()
	values := postgres.Named{
		"payment_id": p.ID, "order_id": p.OrderID, "account_id": p.AccountID, "status": p.Status, "sends": p.Sends,
		"provider_ref": orNull(p.ProviderRef), "brand": p.Brand, "last4": p.Last4, "card_country": p.CardCountry,
		"action_type": p.ActionType, "action_url": p.ActionURL, "decline_code": p.DeclineCode,
		"captured": p.Captured, "fee": p.Fee, "at": p.UpdatedAt, "cause": s.Cause, "request_id": log.RequestID(ctx),
		"kind": s.Draft.Kind, "seller": postgres.JSON(sellerJSON(s.Draft.Seller)),
		"paper": postgres.JSON(toContentJSON(s.Draft.Content)),
	}
	accounts, amounts := make([]string, len(s.Entry.Postings)), make([]int64, len(s.Entry.Postings))
	for i, posting := range s.Entry.Postings {
		accounts[i], amounts[i] = string(posting.Account), posting.Amount.Amount()
	}
	maps.Copy(values, postgres.Named{
		"entry_id": s.Entry.ID, "source_type": s.Entry.SourceType, "source_id": s.Entry.SourceID,
		"currency": p.Amount.Currency(), "accounts": accounts, "amounts": amounts,
	})
	return values
}

// Confirm needs no lock: a payment that is captured with an amount stays so.
func (c *Charges) Confirm(ctx context.Context, event ports.Event, at time.Time) (bool, error) {
	n, err := postgres.Exec(ctx, c.db, mutant.SQL("confirm-another-amount",
		`INSERT INTO billing.webhook_events (provider, event_id, body, received_at, applied_at)
		SELECT @provider, @event_id, @body::jsonb, @received_at, @at FROM billing.payments
		WHERE id = @payment_id AND provider = @provider AND status = 'captured' AND captured = @amount
			AND currency = @currency
		ON CONFLICT DO NOTHING`, "AND captured = @amount", "AND captured + @amount > 0"), postgres.Named{
		"provider": event.Provider, "event_id": event.ID, "body": string(event.Body), "received_at": event.ReceivedAt,
		"at": at, "payment_id": event.PaymentID, "amount": event.Outcome.Amount.Amount(),
		"currency": event.Outcome.Amount.Currency(),
	})
	if err != nil {
		return false, fmt.Errorf("confirm capture: %w", err)
	}
	return n == 1, nil
}
