// Package postgres keeps orders in the schema checkout. Every change is one statement, so it is atomic without a
// transaction around it and costs one round trip.
package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/log"
	"coinslot/platform/postgres"
)

// Orders keeps orders.
type Orders struct{ db *postgres.DB }

// NewOrders returns the store.
func NewOrders(db *postgres.DB) *Orders { return &Orders{db} }

// Place adds an order, its lines and its first attempt. Lines are held in one order, whatever order the buyer named
// them in, so that two orders of the same lines do not wait for each other in a circle.
func (o *Orders) Place(ctx context.Context, order domain.Order, attempt ports.Attempt) error {
	s := order.Snapshot()
	t := s.Totals
	_, err := postgres.Exec(ctx, o.db, `WITH placed AS (
			INSERT INTO checkout.orders (id, account_id, number, status, currency, subtotal, discount, tax, total, attempt, method,
				quoted_at, attempted_at, advancing_until, version, created_at, updated_at, country, tax_included)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $15, $13, $14, $15, $15, $20, $21) RETURNING id),
		history AS (
			INSERT INTO checkout.order_history (order_id, at, status, request_id) SELECT id, $15, $4, $19 FROM placed),
		lines AS (
			INSERT INTO checkout.order_lines (id, order_id, position, cart_line_id, sellable_id, bundle, title, quantity, price_version,
				unit, discount, tax, total, gives)
			SELECT l.id, p.id, l.position, l.cart_line_id, l.sellable_id, l.bundle, l.title, l.quantity, l.price_version,
				l.unit, l.discount, l.tax, l.total, l.gives
			FROM placed p, jsonb_to_recordset($16::jsonb) AS l (id uuid, position int, cart_line_id uuid, sellable_id uuid, bundle boolean,
				title text, quantity int, price_version int, unit bigint, discount bigint, tax bigint, total bigint, gives jsonb)
			ORDER BY l.cart_line_id)
		INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
		SELECT id, $10, $2, $17, $18, $15 FROM placed`,
		s.ID, s.AccountID, s.Number, s.Status, t.Total.Currency(), t.Subtotal.Amount(), t.Discount.Amount(), t.Tax.Amount(), t.Total.Amount(),
		s.Attempt, orNull(s.Method), s.QuotedAt, s.AdvancingUntil, s.Version, s.CreatedAt, postgres.JSON(toLines(s.Lines)),
		attempt.Key, attempt.BodyHash, log.RequestID(ctx), orNull(s.Country), s.TaxIncluded)
	if postgres.Uncertain(err) {
		err = o.placed(ctx, order, attempt, err)
	}
	return refusal(err, "insert order")
}

// resolveTimeout bounds the question what became of a statement whose connection was lost.
const resolveTimeout = 2 * time.Second

// placed looks, on a new connection, whether an order was added by a statement whose answer was lost.
func (o *Orders) placed(ctx context.Context, order domain.Order, attempt ports.Attempt, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTimeout)
	defer cancel()
	known, found, err := (&Finder{o.db}).ByKey(ctx, order.Snapshot().AccountID, attempt.Key)
	if err == nil && found && known.OrderID == order.ID() {
		return nil
	}
	return lost
}

// stored looks, on a new connection, whether an order was saved by a statement whose answer was lost: nobody else
// saves under the next version.
func (o *Orders) stored(ctx context.Context, s domain.Snapshot, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTimeout)
	defer cancel()
	row, _, err := postgres.One[struct{ Saved bool }](ctx, o.db, `SELECT version = $2 + 1 AND status = $3 AND updated_at = $4 AS saved
		FROM checkout.orders WHERE id = $1`, s.ID, s.Version, s.Status, s.UpdatedAt)
	if err == nil && row.Saved {
		return nil
	}
	return lost
}

func refusal(err error, attempted string) error {
	switch {
	case err == nil:
		return nil
	case postgres.IsUnique(err, "attempts_key"):
		return domain.ErrKeyReused
	case postgres.IsUnique(err, "order_lines_held"):
		return domain.ErrCheckedOut
	}
	return fmt.Errorf("%s: %w", attempted, err)
}

// saved is an order's update under the next version, with its lines held or released as the order says.
const saved = `before AS (SELECT id, status FROM checkout.orders WHERE id = $1),
	saved AS (
		UPDATE checkout.orders SET status = $3, attempt = $4, method = $5, advancing_until = $6, updated_at = $7, attempted_at = $9,
			grant_refused = $10, paid_at = $12, refunded = $13, dispute = $14, version = version + 1
		WHERE id = $1 AND version = $2 RETURNING id, account_id, attempt, updated_at, status),
	history AS (
		INSERT INTO checkout.order_history (order_id, at, status, request_id)
		SELECT s.id, s.updated_at, s.status, $11 FROM saved s JOIN before b ON b.id = s.id WHERE b.status <> s.status),
	lines AS (
		UPDATE checkout.order_lines l SET released = $8 FROM saved WHERE l.order_id = saved.id AND l.released <> $8)`

func savedArgs(ctx context.Context, s domain.Snapshot) []any {
	return []any{
		s.ID, s.Version, s.Status, s.Attempt, orNull(s.Method), s.AdvancingUntil, s.UpdatedAt, s.Released, s.AttemptedAt, s.GrantRefused,
		log.RequestID(ctx), s.PaidAt, s.Aftermath.Refunded, s.Aftermath.Dispute,
	}
}

// Save stores an order under the next version.
func (o *Orders) Save(ctx context.Context, order domain.Order) error {
	_, found, err := postgres.One[struct{ ID id.ID }](ctx, o.db, `WITH `+saved+` SELECT id FROM saved`, savedArgs(ctx, order.Snapshot())...)
	if postgres.Uncertain(err) {
		if err = o.stored(ctx, order.Snapshot(), err); err == nil {
			return nil
		}
	}
	if err != nil {
		return refusal(err, "update order")
	}
	if !found {
		return domain.ErrStale
	}
	return nil
}

// Retry is Save with a further attempt.
func (o *Orders) Retry(ctx context.Context, order domain.Order, attempt ports.Attempt) error {
	n, err := postgres.Exec(ctx, o.db, `WITH `+saved+`
		INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
		SELECT id, attempt, account_id, $15, $16, updated_at FROM saved`, append(savedArgs(ctx, order.Snapshot()), attempt.Key, attempt.BodyHash)...)
	if postgres.Uncertain(err) {
		if err = o.stored(ctx, order.Snapshot(), err); err == nil {
			return nil
		}
	}
	if err != nil {
		return refusal(err, "retry order")
	}
	if n == 0 {
		return domain.ErrStale
	}
	return nil
}

const columns = `o.id, o.account_id, o.number, o.status, o.currency, o.subtotal, o.discount, o.tax, o.total, o.attempt, o.method,
	o.quoted_at, o.attempted_at, o.grant_refused, o.advancing_until, o.version, o.created_at, o.updated_at, o.country, o.tax_included,
	o.paid_at, o.refunded, o.dispute,
	(SELECT jsonb_agg(l ORDER BY l.position) FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines`

// advances are the orders that Advance has something to do with, as domain.Order.Advances tells them.
const advances = `o.status IN ('pending', 'processing', 'requires_action', 'paid', 'manual_review')`

// Claim takes the lease if nobody has it; it tells an order that is being worked on from one that is finished or
// absent.
func (o *Orders) Claim(ctx context.Context, orderID id.ID, now time.Time) (domain.Order, error) {
	row, found, err := postgres.One[orderRow](ctx, o.db, `UPDATE checkout.orders o SET advancing_until = $2, version = version + 1
		WHERE o.id = $1 AND `+advances+` AND (o.advancing_until IS NULL OR o.advancing_until <= $3) RETURNING `+columns,
		orderID, now.Add(domain.Lease), now)
	if err != nil {
		return domain.Order{}, fmt.Errorf("claim order: %w", err)
	}
	if found {
		return row.order(), nil
	}
	row, found, err = postgres.One[orderRow](ctx, o.db, `SELECT `+columns+` FROM checkout.orders o WHERE o.id = $1`, orderID)
	switch {
	case err != nil:
		return domain.Order{}, fmt.Errorf("look for order: %w", err)
	case !found:
		return domain.Order{}, domain.ErrNoOrder
	case row.order().Advances():
		return domain.Order{}, domain.ErrAdvancing
	}
	return row.order(), nil
}
