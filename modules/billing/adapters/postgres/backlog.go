package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/postgres"
)

type inbox struct{ tx *postgres.Tx }

func (s inbox) Insert(ctx context.Context, event ports.Event) (bool, error) {
	n, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.webhook_events (provider, event_id, body, received_at)
		VALUES (@provider, @event_id, @body::jsonb, @received_at) ON CONFLICT DO NOTHING`, postgres.Named{
		"provider": event.Provider, "event_id": event.ID, "body": string(event.Body), "received_at": event.ReceivedAt,
	})
	if err != nil {
		return false, fmt.Errorf("insert webhook: %w", err)
	}
	return n == 1, nil
}

func (s inbox) Applied(ctx context.Context, event ports.Event, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `UPDATE billing.webhook_events SET applied_at = $3, retry_at = NULL
		WHERE provider = $1 AND event_id = $2`, event.Provider, event.ID, at)
	if err != nil {
		return fmt.Errorf("mark webhook as applied: %w", err)
	}
	return nil
}

func (s inbox) Prune(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := postgres.Exec(ctx, s.tx, `DELETE FROM billing.webhook_events WHERE (provider, event_id) IN (
		SELECT provider, event_id FROM billing.webhook_events WHERE received_at < $1 AND retry_at IS NULL
		ORDER BY received_at LIMIT $2)`, before, limit)
	if err != nil {
		return 0, fmt.Errorf("delete old webhooks: %w", err)
	}
	return int(n), nil
}

func (s inbox) Postpone(ctx context.Context, event ports.Event, until *time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `UPDATE billing.webhook_events SET retry_at = $3
		WHERE provider = $1 AND event_id = $2`, event.Provider, event.ID, until)
	if err != nil {
		return fmt.Errorf("postpone webhook: %w", err)
	}
	return nil
}

// Backlog finds work that is due.
type Backlog struct{ db *postgres.DB }

// NewBacklog returns the backlog.
func NewBacklog(db *postgres.DB) *Backlog { return &Backlog{db} }

const due = ` WHERE look_at <= $1 ORDER BY look_at LIMIT $2`

// Refunds returns refunds whose PollAt is not after now.
func (b *Backlog) Refunds(ctx context.Context, now time.Time, limit int) ([]domain.Refund, error) {
	rows, err := postgres.All[refundRow](ctx, b.db, `SELECT `+refundColumns+` FROM billing.refunds`+due, now, limit)
	if err != nil {
		return nil, fmt.Errorf("select due refunds: %w", err)
	}
	out := make([]domain.Refund, len(rows))
	for i, r := range rows {
		out[i] = r.refund()
	}
	return out, nil
}

// Payments returns payments whose PollAt is not after now.
func (b *Backlog) Payments(ctx context.Context, now time.Time, limit int) ([]domain.Payment, error) {
	rows, err := postgres.All[paymentRow](ctx, b.db, `SELECT `+paymentColumns+` FROM billing.payments`+due, now, limit)
	if err != nil {
		return nil, fmt.Errorf("select due payments: %w", err)
	}
	out := make([]domain.Payment, len(rows))
	for i, r := range rows {
		out[i] = r.payment()
	}
	return out, nil
}

type eventRow struct {
	Provider   string
	EventID    string
	Body       []byte `bun:"type:jsonb"`
	ReceivedAt time.Time
}

// Events returns events whose retry is due.
func (b *Backlog) Events(ctx context.Context, now time.Time, limit int) ([]ports.Event, error) {
	rows, err := postgres.All[eventRow](ctx, b.db,
		`SELECT provider, event_id, body::text::bytea AS body, received_at FROM billing.webhook_events
		WHERE retry_at <= $1 ORDER BY retry_at LIMIT $2`, now, limit)
	if err != nil {
		return nil, fmt.Errorf("select due webhooks: %w", err)
	}
	out := make([]ports.Event, len(rows))
	for i, r := range rows {
		out[i] = ports.Event{Provider: r.Provider, ID: r.EventID, Body: r.Body, ReceivedAt: r.ReceivedAt.UTC()}
	}
	return out, nil
}

// Unfinished reports whether there are drafts without a number, and entries or records without a seal. A release from
// before the seals may have added the end of the chain.
func (b *Backlog) Unfinished(ctx context.Context) (drafts, entries bool, err error) {
	row, _, err := postgres.One[struct{ Drafts, Entries bool }](ctx, b.db,
		`SELECT EXISTS (SELECT FROM billing.invoice_drafts) AS drafts,
		EXISTS (SELECT FROM billing.journal_unsealed) OR EXISTS (SELECT FROM billing.unsealed_records)
			OR EXISTS (SELECT FROM billing.journal_seals WHERE position > coalesce(
				(SELECT chain_position FROM billing.seals ORDER BY sequence DESC LIMIT 1), 0)) AS entries`)
	if err != nil {
		return false, false, fmt.Errorf("select unfinished drafts and entries: %w", err)
	}
	return row.Drafts, row.Entries, nil
}
