// Package postgres keeps orders in the schema checkout. Every change is one statement, so it is atomic without a
// transaction around it and costs one round trip.
package postgres

import (
	"context"
	"fmt"
	"maps"
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

// Place adds an order, its lines and its first attempt. Lines are reserved in one order, whatever order the buyer named
// them in, so that two orders of the same lines cannot deadlock.
func (o *Orders) Place(ctx context.Context, order domain.Order, attempt ports.Attempt) error {
	s := order.Snapshot()
	n, err := o.db.DirectExec(ctx, `WITH placed AS (
			INSERT INTO checkout.orders (id, account_id, number, status, currency, subtotal, discount, tax, total, attempt,
				method, return_url, quoted_at, attempted_at, advancing_until, version, created_at, updated_at, country,
				tax_included, tax_treatment, business, ip_country)
			SELECT @id, @account_id, @number, @status, @currency, @subtotal, @discount, @tax, @total, @attempt,
				@method, @return_url, @quoted_at, @created_at, @advancing_until, @version, @created_at, @created_at, @country,
				@tax_included, @tax_treatment, @business::jsonb, @ip_country
			WHERE checkout.admits(@account_id) RETURNING id),
		history AS (
			INSERT INTO checkout.order_history (order_id, at, status, request_id)
			SELECT id, @created_at, @status, @request_id FROM placed),
		lines AS (
			INSERT INTO checkout.order_lines (id, order_id, position, cart_line_id, sellable_id, bundle, title, quantity,
				price_version, unit, discount, tax, total, gives)
			SELECT l.id, p.id, l.position, l.cart_line_id, l.sellable_id, l.bundle, l.title, l.quantity,
				l.price_version, l.unit, l.discount, l.tax, l.total, l.gives
			FROM placed p, jsonb_to_recordset(@lines::jsonb) AS l (id uuid, position int, cart_line_id uuid,
				sellable_id uuid, bundle boolean, title text, quantity int, price_version int, unit bigint,
				discount bigint, tax bigint, total bigint, gives jsonb)
			ORDER BY l.cart_line_id)
		INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
		SELECT id, @attempt, @account_id, @key, @body_hash, @created_at FROM placed`, priced(s, postgres.Named{
		"id": s.ID, "account_id": s.AccountID, "number": s.Number, "status": s.Status,
		"currency": s.Totals.Total.Currency(), "attempt": s.Attempt, "method": orNull(s.Method),
		"return_url": orNull(s.ReturnURL), "advancing_until": s.AdvancingUntil, "version": s.Version,
		"created_at": s.CreatedAt, "key": attempt.Key, "body_hash": attempt.BodyHash, "request_id": log.RequestID(ctx),
	}))
	if postgres.Uncertain(err) {
		return refusal(o.placed(ctx, order, attempt, err), "insert order")
	}
	if err == nil && n == 0 {
		return domain.ErrErased
	}
	return refusal(err, "insert order")
}

// priced adds what a quote determines of an order to the values of a statement.
func priced(s domain.Snapshot, values postgres.Named) postgres.Named {
	t := s.Totals
	maps.Copy(values, postgres.Named{
		"lines": postgres.JSON(toLines(s.Lines)), "subtotal": t.Subtotal.Amount(), "discount": t.Discount.Amount(),
		"tax": t.Tax.Amount(), "total": t.Total.Amount(), "quoted_at": s.QuotedAt, "country": orNull(s.Country),
		"tax_included": s.TaxIncluded, "tax_treatment": s.Treatment, "ip_country": s.IPCountry,
		"business": businessOrNull(s.Business),
	})
	return values
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

// resolveTimeout bounds the query for the outcome of a statement whose connection was lost.
const resolveTimeout = 2 * time.Second

// placed reports, on a new connection, whether an order was added by a statement whose reply was lost.
func (o *Orders) placed(ctx context.Context, order domain.Order, attempt ports.Attempt, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTimeout)
	defer cancel()
	known, found, err := (&Finder{o.db}).ByKey(ctx, order.Snapshot().AccountID, attempt.Key)
	if err == nil && found && known.OrderID == order.ID() {
		return nil
	}
	return lost
}

// stored reports, on a new connection, whether an order was saved by a statement whose reply was lost: no other
// caller saves under the next version.
func (o *Orders) stored(ctx context.Context, s domain.Snapshot, lost error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTimeout)
	defer cancel()
	row, _, err := postgres.One[struct{ Saved bool }](ctx, o.db,
		`SELECT version = @version + 1 AND status = @status AND updated_at = @updated_at AS saved
		FROM checkout.orders WHERE id = @id`,
		postgres.Named{"id": s.ID, "version": s.Version, "status": s.Status, "updated_at": s.UpdatedAt})
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

// updated is an order's update under the next version, with a new state of it in its history. A method that is used up
// takes the return URL with it.
func updated(more, where string) string {
	return `before AS (SELECT id, status FROM checkout.orders WHERE id = @id),
	saved AS (
		UPDATE checkout.orders SET status = @status, attempt = @attempt, method = @method, return_url = @return_url,
			business = @business::jsonb,
			advancing_until = @advancing_until, updated_at = @updated_at, attempted_at = @attempted_at,
			grant_refused = @grant_refused, paid_at = @paid_at, payment_revision = @payment_revision,
			refunded = @refunded, dispute = @dispute, review_reason = @review_reason, review_since = @review_since,
			review_fulfilled = @review_fulfilled, resolving = @resolving, version = version + 1` + more + `
		WHERE id = @id AND version = @version` + where + ` RETURNING id, account_id, attempt, updated_at, status),
	history AS (
		INSERT INTO checkout.order_history (order_id, at, status, request_id)
		SELECT s.id, h.at, h.status, @request_id FROM saved s JOIN before b ON b.id = s.id,
			LATERAL (VALUES (1, @unsaved_paid::timestamptz, 'paid'), (2, s.updated_at, s.status)) AS h (n, at, status)
		WHERE b.status <> h.status AND (h.n = 2 OR (h.at IS NOT NULL AND s.status <> 'paid')) ORDER BY h.n),`
}

// saved is an order's update, with its lines reserved or released as the order says.
var saved = updated("", "") + `
	lines AS (
		UPDATE checkout.order_lines l SET released = @released, refused = l.id = ANY(@refused::uuid[])
		FROM saved WHERE l.order_id = saved.id AND (l.released, l.refused) <> (@released, l.id = ANY(@refused::uuid[])))`

// repriced is an order's update with the prices of a new attempt: one statement, which updates each row once.
var repriced = updated(`, subtotal = @subtotal, discount = @discount, tax = @tax, total = @total,
			quoted_at = @quoted_at, country = @country, tax_included = @tax_included, tax_treatment = @tax_treatment,
			ip_country = @ip_country`,
	` AND (SELECT admitted FROM admitted)`) + `
	lines AS (
		UPDATE checkout.order_lines l SET released = @released, refused = l.id = ANY(@refused::uuid[]), title = n.title,
			price_version = n.price_version, unit = n.unit, discount = n.discount, tax = n.tax, total = n.total,
			gives = n.gives
		FROM saved, jsonb_to_recordset(@lines::jsonb) AS n (id uuid, title text, price_version int, unit bigint,
			discount bigint, tax bigint, total bigint, gives jsonb)
		WHERE l.order_id = saved.id AND l.id = n.id)`

// savedValues are the values of updated and saved.
func savedValues(ctx context.Context, s domain.Snapshot) postgres.Named {
	return postgres.Named{
		"id": s.ID, "version": s.Version, "status": s.Status, "attempt": s.Attempt, "method": orNull(s.Method),
		"return_url": orNull(s.ReturnURL), "business": businessOrNull(s.Business),
		"advancing_until": s.AdvancingUntil, "updated_at": s.UpdatedAt,
		"attempted_at": s.AttemptedAt, "grant_refused": s.GrantRefused, "paid_at": s.PaidAt,
		"unsaved_paid": s.UnsavedPaid, "payment_revision": s.PaymentRevision, "refunded": s.Refunded, "dispute": s.Dispute,
		"review_reason": s.Review.Reason, "review_since": since(s.Review), "review_fulfilled": s.Review.Fulfilled,
		"resolving": s.Review.Resolving, "released": s.Released,
		"refused": id.Strings(domain.Restore(s).RefusedLines()), "request_id": log.RequestID(ctx),
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
	query := mutant.SQL("skip-version-check", `WITH `+saved+` SELECT id FROM saved`,
		"AND version = @version RETURNING", "AND @version > 0 RETURNING")
	found, err := o.db.Direct(ctx, query, []any{savedValues(ctx, order.Snapshot())}, new(id.ID))
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
	values := priced(s, savedValues(ctx, s))
	values["account_id"], values["key"], values["body_hash"] = s.AccountID, attempt.Key, attempt.BodyHash
	n, err := postgres.Exec(ctx, o.db,
		`WITH admitted AS MATERIALIZED (SELECT checkout.admits(@account_id) AS admitted), `+repriced+`
		INSERT INTO checkout.attempts (order_id, attempt, account_id, idempotency_key, body_hash, created_at)
		SELECT id, attempt, account_id, @key, @body_hash, updated_at FROM saved`, values)
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
		return fmt.Errorf("select the tombstone of an account: %w", err)
	case erased:
		return domain.ErrErased
	}
	return domain.ErrStale
}

// Resolve is Save with a staff's resolution.
func (o *Orders) Resolve(ctx context.Context, order domain.Order, r ports.Resolution) error {
	values := savedValues(ctx, order.Snapshot())
	maps.Copy(values, postgres.Named{
		"staff_id": r.AccountID, "key": r.Key, "body_hash": r.BodyHash, "action": r.Action, "reason": r.Reason, "at": r.At,
	})
	n, err := postgres.Exec(ctx, o.db, `WITH `+saved+`
		INSERT INTO checkout.resolutions (order_id, account_id, key, body_hash, action, reason, at, request_id)
		SELECT id, @staff_id, @key, @body_hash, @action, @reason, @at, @request_id FROM saved`, values)
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

const columns = `o.id, o.account_id, o.number, o.status, o.currency, o.subtotal, o.discount, o.tax, o.total,
	o.attempt, o.method, o.return_url, o.quoted_at, o.attempted_at, o.grant_refused, o.advancing_until, o.version,
	o.created_at, o.updated_at, o.country, o.tax_included, o.paid_at, o.payment_revision, o.refunded,
	o.tax_treatment, o.business, o.ip_country, o.dispute, o.review_reason, o.review_since, o.review_fulfilled, o.resolving,
	(SELECT jsonb_agg(l ORDER BY l.position) FROM checkout.order_lines l WHERE l.order_id = o.id) AS lines`

// Claim takes the lease of an order. It does not wait for a lock of the order's row.
func (o *Orders) Claim(ctx context.Context, orderID id.ID, now time.Time) (domain.Order, error) {
	query := mutant.SQL("grant-a-lease-twice",
		`UPDATE checkout.orders o SET advancing_until = @until, version = version + 1
		WHERE o.id = (SELECT id FROM checkout.orders WHERE id = @id FOR UPDATE SKIP LOCKED)
			AND (o.advancing_until IS NULL OR o.advancing_until <= @now) RETURNING `+columns,
		"(o.advancing_until IS NULL OR o.advancing_until <= @now)", "@now::timestamptz IS NOT NULL")
	row, found, err := postgres.One[orderRow](ctx, o.db, query,
		postgres.Named{"id": orderID, "until": now.Add(domain.Lease), "now": now})
	if err != nil {
		return domain.Order{}, fmt.Errorf("claim order: %w", err)
	}
	if found {
		return row.order(), nil
	}
	_, found, err = postgres.One[struct{ ID id.ID }](ctx, o.db, `SELECT id FROM checkout.orders WHERE id = $1`, orderID)
	switch {
	case err != nil:
		return domain.Order{}, fmt.Errorf("select order: %w", err)
	case !found:
		return domain.Order{}, domain.ErrNoOrder
	}
	return domain.Order{}, domain.ErrAdvancing
}
