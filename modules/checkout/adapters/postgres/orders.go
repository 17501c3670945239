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
	"coinslot/platform/mutant"
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
	n, err := postgres.Exec(ctx, o.db, `WITH placed AS (
			INSERT INTO checkout.orders (id, account_id, number, status, currency, subtotal, discount, tax, total, attempt, method,
				quoted_at, attempted_at, advancing_until, version, created_at, updated_at, country, tax_included, return_url)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $15, $13, $14, $15, $15, $20, $21, $22 WHERE checkout.admits($2) RETURNING id),
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
		s.ID, s.AccountID, s.Number, s.Status, t.Total.Currency(), t.Subtotal.Amount(), t.Discount.Amount(),
		t.Tax.Amount(), t.Total.Amount(),
		s.Attempt, orNull(s.Method), s.QuotedAt, s.AdvancingUntil, s.Version, s.CreatedAt, postgres.JSON(toLines(s.Lines)),
		attempt.Key, attempt.BodyHash, log.RequestID(ctx), orNull(s.Country), s.TaxIncluded, orNull(s.ReturnURL))
	if postgres.Uncertain(err) {
		return refusal(o.placed(ctx, order, attempt, err), "insert order")
	}
	if err == nil && n == 0 {
		return domain.ErrErased
	}
	return refusal(err, "insert order")
}

// Erase makes Place and Retry refuse an account. The lock is held until the tombstone is there.
func (o *Orders) Erase(ctx context.Context, accountID id.ID, at time.Time) error {
	_, err := postgres.Exec(ctx, o.db, `INSERT INTO checkout.erased_accounts (account_id, erased_at)
		SELECT $1, $2 WHERE checkout.admits($1) ON CONFLICT DO NOTHING`, accountID, at)
	if err != nil {
		return fmt.Errorf("insert the tombstone of an account: %w", err)
	}
	return nil
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
	row, _, err := postgres.One[struct{ Saved bool }](ctx, o.db,
		`SELECT version = $2 + 1 AND status = $3 AND updated_at = $4 AS saved
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
	case postgres.IsUnique(err, "attempts_key", "resolutions_key"):
		return domain.ErrKeyReused
	case postgres.IsUnique(err, "order_lines_held"):
		return domain.ErrCheckedOut
	}
	return fmt.Errorf("%s: %w", attempted, err)
}

// updated is an order's update under the next version, with a new state of it in its history.
func updated(returnURL, more, where string) string {
	return `before AS (SELECT id, status FROM checkout.orders WHERE id = $1),
	saved AS (
		UPDATE checkout.orders SET status = $3, attempt = $4, method = $5, advancing_until = $6, updated_at = $7, attempted_at = $9,
			grant_refused = $10, paid_at = $12, refunded = $13, dispute = $14, review_reason = $15, review_since = $16,
			review_fulfilled = $17, resolving = $18, version = version + 1,
			return_url = ` + returnURL + more + `
		WHERE id = $1 AND version = $2` + where + ` RETURNING id, account_id, attempt, updated_at, status),
	history AS (
		INSERT INTO checkout.order_history (order_id, at, status, request_id)
		SELECT s.id, s.updated_at, s.status, $11 FROM saved s JOIN before b ON b.id = s.id WHERE b.status <> s.status),`
}

// saved is an order's update, whose return URL goes with its payment method, with its lines reserved or released as the order says.
var saved = updated(`CASE WHEN $5::text IS NOT NULL THEN return_url END`, "", "") + `
	lines AS (
		UPDATE checkout.order_lines l SET released = $8, refused = l.id = ANY($19::uuid[])
		FROM saved WHERE l.order_id = saved.id AND (l.released, l.refused) <> ($8, l.id = ANY($19::uuid[])))`

// repriced is an order's update with the prices of a new attempt: one statement, which updates each row once.
var repriced = updated(`$31`, `, subtotal = $23, discount = $24, tax = $25, total = $26, quoted_at = $27, country = $28, tax_included = $29`,
	` AND (SELECT admitted FROM admitted)`) + `
	lines AS (
		UPDATE checkout.order_lines l SET released = $8, refused = l.id = ANY($19::uuid[]), title = n.title, price_version = n.price_version,
			unit = n.unit, discount = n.discount, tax = n.tax, total = n.total, gives = n.gives
		FROM saved, jsonb_to_recordset($22::jsonb) AS n (id uuid, title text, price_version int, unit bigint, discount bigint, tax bigint,
			total bigint, gives jsonb)
		WHERE l.order_id = saved.id AND l.id = n.id)`

func savedArgs(ctx context.Context, s domain.Snapshot) []any {
	return []any{
		s.ID, s.Version, s.Status, s.Attempt, orNull(s.Method), s.AdvancingUntil, s.UpdatedAt, s.Released,
		s.AttemptedAt, s.GrantRefused,
		log.RequestID(ctx), s.PaidAt, s.Aftermath.Refunded, s.Aftermath.Dispute,
		s.Review.Reason, since(s.Review), s.Review.Fulfilled, s.Review.Resolving,
		id.Strings(domain.Restore(s).RefusedLines()),
	}
}

func since(r domain.Review) *time.Time {
	if r.Reason == "" {
		return nil
	}
	return &r.Since
}

// Save stores an order under the next version.
func (o *Orders) Save(ctx context.Context, order domain.Order) error {
	query := mutant.SQL("save-over-any-version", `WITH `+saved+` SELECT id FROM saved`,
		"AND version = $2 RETURNING", "AND $2 > 0 RETURNING")
	_, found, err := postgres.One[struct{ ID id.ID }](ctx, o.db, query, savedArgs(ctx, order.Snapshot())...)
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
	s := order.Snapshot()
	t := s.Totals
	n, err := postgres.Exec(ctx, o.db, `WITH admitted AS MATERIALIZED (SELECT checkout.admits($30) AS admitted), `+repriced+`
		INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
		SELECT id, attempt, account_id, $20, $21, updated_at FROM saved`, append(savedArgs(ctx, s),
		attempt.Key, attempt.BodyHash, postgres.JSON(toLines(s.Lines)), t.Subtotal.Amount(),
		t.Discount.Amount(), t.Tax.Amount(),
		t.Total.Amount(), s.QuotedAt, orNull(s.Country), s.TaxIncluded, s.AccountID, orNull(s.ReturnURL))...)
	if postgres.Uncertain(err) {
		if err = o.stored(ctx, order.Snapshot(), err); err == nil {
			return nil
		}
	}
	if err != nil {
		return refusal(err, "retry order")
	}
	if n == 0 {
		return o.notRetried(ctx, s.AccountID)
	}
	return nil
}

// notRetried says why a retry changed nothing.
func (o *Orders) notRetried(ctx context.Context, accountID id.ID) error {
	_, erased, err := postgres.One[struct{ AccountID id.ID }](ctx, o.db, `SELECT account_id FROM checkout.erased_accounts
		WHERE account_id = $1`, accountID)
	switch {
	case err != nil:
		return fmt.Errorf("look for the tombstone of an account: %w", err)
	case erased:
		return domain.ErrErased
	}
	return domain.ErrStale
}

// Resolve is Save with a staff's resolution.
func (o *Orders) Resolve(ctx context.Context, order domain.Order, r ports.Resolution) error {
	n, err := postgres.Exec(ctx, o.db, `WITH `+saved+`
		INSERT INTO checkout.resolutions (order_id, account_id, key, body_hash, action, reason, at, request_id)
		SELECT id, $20, $21, $22, $23, $24, $25, $11 FROM saved`, append(savedArgs(ctx, order.Snapshot()),
		r.AccountID, r.Key, r.BodyHash, r.Action, r.Reason, r.At)...)
	if postgres.Uncertain(err) {
		if err = o.stored(ctx, order.Snapshot(), err); err == nil {
			return nil
		}
	}
	if err != nil {
		return refusal(err, "resolve order")
	}
	if n == 0 {
		return domain.ErrStale
	}
	return nil
}

const columns = `o.id, o.account_id, o.number, o.status, o.currency, o.subtotal, o.discount, o.tax, o.total, o.attempt, o.method, o.return_url,
	o.quoted_at, o.attempted_at, o.grant_refused, o.advancing_until, o.version, o.created_at, o.updated_at, o.country, o.tax_included,
	o.paid_at, o.refunded, o.dispute, o.review_reason, o.review_since, o.review_fulfilled, o.resolving,
	(SELECT jsonb_agg(l ORDER BY l.position) FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines`

// Claim takes the lease if nobody has it; it tells an order that is being worked on from one that is finished or
// absent.
func (o *Orders) Claim(ctx context.Context, orderID id.ID, now time.Time) (domain.Order, error) {
	query := mutant.SQL("give-one-lease-to-two",
		`UPDATE checkout.orders o SET advancing_until = $2, version = version + 1
		WHERE o.id = $1 AND `+advances+` AND (o.advancing_until IS NULL OR o.advancing_until <= $3) RETURNING `+columns,
		"(o.advancing_until IS NULL OR o.advancing_until <= $3)", "$3::timestamptz IS NOT NULL")
	row, found, err := postgres.One[orderRow](ctx, o.db, query, orderID, now.Add(domain.Lease), now)
	if err != nil {
		return domain.Order{}, fmt.Errorf("claim order: %w", err)
	}
	if found {
		return row.order(), nil
	}
	row, found, err = postgres.One[orderRow](ctx, o.db,
		`SELECT `+columns+` FROM checkout.orders o WHERE o.id = $1`, orderID)
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
