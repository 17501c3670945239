package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/mutant"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Finder reads orders.
type Finder struct{ db *postgres.DB }

// NewFinder returns the finder.
func NewFinder(db *postgres.DB) *Finder { return &Finder{db} }

// ByKey returns the attempt that an account made with a key.
func (f *Finder) ByKey(ctx context.Context, accountID id.ID, key string) (ports.Attempt, bool, error) {
	attempt := ports.Attempt{Key: key}
	found, err := f.db.Direct(ctx, `SELECT order_id, body_hash FROM checkout.attempts
		WHERE account_id = $1 AND idempotency_key = $2`, []any{accountID, key}, &attempt.OrderID, &attempt.BodyHash)
	if err != nil {
		return ports.Attempt{}, false, fmt.Errorf("select attempt: %w", err)
	}
	if !found {
		return ports.Attempt{}, false, nil
	}
	return attempt, true, nil
}

// Find returns an account's order.
func (f *Finder) Find(ctx context.Context, accountID, orderID id.ID) (domain.Order, error) {
	return f.one(ctx, `o.id = $1 AND o.account_id = $2`, orderID, accountID)
}

// Any returns an order, of any account.
func (f *Finder) Any(ctx context.Context, orderID id.ID) (domain.Order, error) {
	return f.one(ctx, `o.id = $1`, orderID)
}

func (f *Finder) one(ctx context.Context, where string, args ...any) (domain.Order, error) {
	row, found, err := postgres.One[orderRow](ctx, f.db, `SELECT `+columns+` FROM checkout.orders o WHERE `+where, args...)
	if err != nil {
		return domain.Order{}, fmt.Errorf("select order: %w", err)
	}
	if !found {
		return domain.Order{}, domain.ErrNoOrder
	}
	return row.order(), nil
}

// List returns a page of an account's orders, the newest first.
func (f *Finder) List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Order], error) {
	after, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[domain.Order]{}, err
	}
	rows, err := postgres.Read(ctx, f.db, func(ctx context.Context, from *postgres.DB) ([]orderRow, error) {
		return postgres.All[orderRow](ctx, from, `SELECT `+columns+` FROM checkout.orders o
			WHERE o.account_id = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3`, accountID, after, request.Size()+1)
	})
	if err != nil {
		return page.Page[domain.Order]{}, fmt.Errorf("select orders: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r orderRow) string { return page.Encode(r.ID) })
	return page.Map(cut, orderRow.order), nil
}

// Known reports whether one of these cart lines belongs to an order of the account.
func (f *Finder) Known(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (bool, error) {
	row, _, err := postgres.One[struct{ Known bool }](ctx, f.db, `SELECT EXISTS (SELECT FROM checkout.order_lines l
		JOIN checkout.orders o ON o.id = l.order_id
		WHERE l.cart_line_id = ANY($2::uuid[]) AND NOT l.released AND o.account_id = $1) AS known`, accountID,
		id.Strings(cartLineIDs))
	if err != nil {
		return false, fmt.Errorf("select reserved cart lines: %w", err)
	}
	return row.Known, nil
}

// Open returns an account's orders that a cancellation may still end.
func (f *Finder) Open(ctx context.Context, accountID id.ID) ([]id.ID, error) {
	rows, err := postgres.All[struct{ ID id.ID }](ctx, f.db, `SELECT id FROM checkout.orders
		WHERE account_id = $1 AND `+cancelable+` ORDER BY id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("select open orders: %w", err)
	}
	out := make([]id.ID, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, nil
}

// Stuck returns stalled orders.
func (f *Finder) Stuck(ctx context.Context, now time.Time, patience time.Duration, limit int) ([]id.ID, error) {
	resumed := unfinished
	if mutant.On("skip-sweep-of-paid-orders") {
		resumed = statusIn("status", domain.Unpaid)
	}
	rows, err := postgres.All[struct{ ID id.ID }](ctx, f.db, `SELECT id FROM checkout.orders
		WHERE (`+resumed+`
				OR (status = 'manual_review' AND (review_reason = 'payment_unknown' OR resolving <> '')))
			AND updated_at + greatest(make_interval(secs => $2), least((updated_at - attempted_at) / 2,
				CASE status WHEN 'manual_review' THEN interval '1 hour' ELSE interval '1 minute' END)) <= $1
			AND (advancing_until IS NULL OR advancing_until <= $1)
		ORDER BY updated_at, id LIMIT $3`, now, patience.Seconds(), limit)
	if err != nil {
		return nil, fmt.Errorf("select stuck orders: %w", err)
	}
	out := make([]id.ID, len(rows))
	for i, r := range rows {
		out[i] = r.ID
	}
	return out, nil
}

type historyRow struct {
	At        time.Time
	Status    string
	RequestID string
}

// History returns the states that an order went through.
func (f *Finder) History(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
	rows, err := postgres.All[historyRow](ctx, f.db,
		`SELECT at, status, request_id FROM checkout.order_history WHERE order_id = $1 ORDER BY id`, orderID)
	if err != nil {
		return nil, fmt.Errorf("select an order's history: %w", err)
	}
	out := make([]ports.Entry, len(rows))
	for i, r := range rows {
		out[i] = ports.Entry{At: r.At.UTC(), What: "order", Result: r.Status, RequestID: r.RequestID}
	}
	return out, nil
}
