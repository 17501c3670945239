package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Reviews answers staff and the sweeper.
type Reviews struct{ db *postgres.DB }

// NewReviews returns it.
func NewReviews(db *postgres.DB) *Reviews { return &Reviews{db} }

// Search returns a page of the orders that a filter leaves.
func (r *Reviews) Search(ctx context.Context, f ports.Filter, request page.Request) (page.Page[domain.Order], error) {
	before, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[domain.Order]{}, err
	}
	where, args := []string{`o.id < $1`}, []any{before, request.Size() + 1}
	add := func(column string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf("%s = $%d", column, len(args)))
	}
	if f.Status != "" {
		add("o.status", f.Status)
	}
	if f.AccountID != id.Nil {
		add("o.account_id", f.AccountID)
	}
	if f.Number != "" {
		add("o.number", strings.ToUpper(f.Number))
	}
	if f.OrderID != id.Nil {
		add("o.id", f.OrderID)
	}
	rows, err := postgres.All[orderRow](ctx, r.db, `SELECT `+columns+` FROM checkout.orders o
		WHERE `+strings.Join(where, " AND ")+` ORDER BY o.id DESC LIMIT $2`, args...)
	if err != nil {
		return page.Page[domain.Order]{}, fmt.Errorf("search orders: %w", err)
	}
	cut := page.Cut(rows, request.Size(), func(r orderRow) string { return page.Encode(r.ID) })
	return page.Map(cut, orderRow.order), nil
}

// Expired returns orders that have been declined since before a moment.
func (r *Reviews) Expired(ctx context.Context, before time.Time, limit int) ([]id.ID, error) {
	rows, err := postgres.All[struct{ ID id.ID }](ctx, r.db, `SELECT id FROM checkout.orders
		WHERE status = 'declined' AND updated_at <= $1 ORDER BY updated_at, id LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("select declined orders: %w", err)
	}
	out := make([]id.ID, len(rows))
	for i, row := range rows {
		out[i] = row.ID
	}
	return out, nil
}

type resolutionRow struct {
	OrderID   id.ID
	AccountID id.ID
	Key       string
	BodyHash  []byte
	Action    checkout.Resolution
	Reason    string
	At        time.Time
	RequestID string
}

func (r resolutionRow) resolution() ports.Resolution {
	out := ports.Resolution(r)
	out.At = r.At.UTC()
	return out
}

const resolutionColumns = `order_id, account_id, key, body_hash, action, reason, at, request_id`

// ResolutionByKey returns the resolution that an account asked for with a key.
func (r *Reviews) ResolutionByKey(ctx context.Context, accountID id.ID, key string) (ports.Resolution, bool, error) {
	row, found, err := postgres.One[resolutionRow](ctx, r.db, `SELECT `+resolutionColumns+` FROM checkout.resolutions
		WHERE account_id = $1 AND key = $2`, accountID, key)
	if err != nil || !found {
		return ports.Resolution{}, false, err
	}
	return row.resolution(), true, nil
}

// Resolutions returns an order's resolutions, the oldest first.
func (r *Reviews) Resolutions(ctx context.Context, orderID id.ID) ([]ports.Resolution, error) {
	rows, err := postgres.All[resolutionRow](ctx, r.db, `SELECT `+resolutionColumns+` FROM checkout.resolutions
		WHERE order_id = $1 ORDER BY at, key`, orderID)
	if err != nil {
		return nil, fmt.Errorf("select an order's resolutions: %w", err)
	}
	out := make([]ports.Resolution, len(rows))
	for i, row := range rows {
		out[i] = row.resolution()
	}
	return out, nil
}

// PruneKeys deletes the keys of repeated payments of finished orders.
func (r *Reviews) PruneKeys(ctx context.Context, before time.Time, limit int) (int, error) {
	row, _, err := postgres.One[struct{ N int }](ctx, r.db, `SELECT checkout.prune_keys($1, $2) AS n`, before, limit)
	if err != nil {
		return 0, fmt.Errorf("delete old idempotency keys: %w", err)
	}
	return row.N, nil
}
