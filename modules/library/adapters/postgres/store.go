// Package postgres stores entitlements in the schema library.
package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/library/domain"
	"coinslot/modules/library/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

type row struct {
	ID           id.ID      `json:"id"`
	AccountID    id.ID      `json:"account_id"`
	ProductID    id.ID      `json:"product_id"`
	OrderID      id.ID      `json:"order_id"`
	LineID       id.ID      `json:"line_id"`
	Consumable   bool       `json:"consumable"`
	Quantity     int        `json:"quantity"`
	Refunded     int        `json:"refunded"`
	GrantedAt    time.Time  `json:"granted_at"`
	RevokedAt    *time.Time `json:"ended_at" bun:"ended_at"`
	RevokeReason string     `json:"end_reason" bun:"end_reason"`
	Suspended    *time.Time `json:"suspended_at" bun:"suspended_at"`
}

func (r row) entitlement() domain.Entitlement {
	e := domain.Entitlement(r)
	e.GrantedAt, e.RevokedAt, e.Suspended = e.GrantedAt.UTC(), utc(e.RevokedAt), utc(e.Suspended)
	return e
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	out := t.UTC()
	return &out
}

const columns = `id, account_id, product_id, order_id, line_id, consumable, quantity, refunded,
	granted_at, ended_at, end_reason, suspended_at`

func all(ctx context.Context, c postgres.Conn, query string, args ...any) ([]domain.Entitlement, error) {
	rows, err := postgres.All[row](ctx, c, query, args...)
	if err != nil {
		return nil, fmt.Errorf("select entitlements: %w", err)
	}
	out := make([]domain.Entitlement, len(rows))
	for i, r := range rows {
		out[i] = r.entitlement()
	}
	return out, nil
}

// UnitOfWork implements ports.UnitOfWork.
type UnitOfWork struct{ db *postgres.DB }

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(db *postgres.DB) *UnitOfWork { return &UnitOfWork{db} }

// Do runs fn in a transaction.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, e ports.Entitlements) error) error {
	return u.db.InRepeatableTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return fn(ctx, entitlements{tx})
	})
}

type entitlements struct{ tx *postgres.Tx }

// relevant selects the entitlements of an order, and the active and covered ones of other orders. Each condition has an
// index of its own, so that the cost does not depend on the size of the library.
func relevant(orderID string) string {
	return `(order_id = ` + orderID + `
	OR (NOT consumable AND ended_at IS NULL)
	OR (NOT consumable AND end_reason = 'covered'))`
}

func (s entitlements) Held(ctx context.Context, accountID, orderID id.ID,
	productIDs []id.ID,
) ([]domain.Entitlement, error) {
	return all(ctx, s.tx, `SELECT `+columns+` FROM library.entitlements
		WHERE account_id = $1 AND product_id = ANY($3::uuid[]) AND `+relevant("$2")+` ORDER BY id`, accountID, orderID,
		id.Strings(productIDs))
}

// records reads a JSON array of rows.
func records(array string) string {
	return `jsonb_to_recordset(` + array + `::jsonb) AS e (
		id uuid, account_id uuid, product_id uuid, order_id uuid, line_id uuid, consumable boolean, quantity int,
		refunded int, granted_at timestamptz, ended_at timestamptz, end_reason text, suspended_at timestamptz)`
}

func (s entitlements) Insert(ctx context.Context, entitlements []domain.Entitlement) error {
	rows := make([]row, len(entitlements))
	for i, e := range entitlements {
		rows[i] = row(e)
	}
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO library.entitlements (`+columns+`)
		SELECT `+columns+` FROM `+records("$1"), postgres.JSON(rows))
	if postgres.IsUnique(err) {
		return domain.ErrAlreadyActive
	}
	if err != nil {
		return fmt.Errorf("insert entitlements: %w", err)
	}
	return nil
}

func (s entitlements) LockOrder(ctx context.Context, accountID, orderID id.ID) ([]domain.Entitlement, error) {
	return all(ctx, s.tx, `SELECT `+columns+` FROM library.entitlements
		WHERE account_id = $1
			AND product_id IN (
				SELECT product_id FROM library.entitlements WHERE account_id = $1 AND order_id = $2)
			AND `+relevant("$2")+`
		ORDER BY id FOR UPDATE`, accountID, orderID)
}

func (s entitlements) Update(ctx context.Context, entitlements []domain.Entitlement) error {
	for _, e := range entitlements {
		_, err := postgres.Exec(ctx, s.tx, `UPDATE library.entitlements
			SET ended_at = @ended_at, end_reason = @end_reason, suspended_at = @suspended_at, refunded = @refunded
			WHERE id = @id`, postgres.Named{
			"id": e.ID, "ended_at": e.RevokedAt, "end_reason": e.RevokeReason, "suspended_at": e.Suspended,
			"refunded": e.Refunded,
		})
		if postgres.IsUnique(err) {
			return domain.ErrAlreadyActive
		}
		if err != nil {
			return fmt.Errorf("update entitlement: %w", err)
		}
	}
	return nil
}

func (s entitlements) RevokeAll(ctx context.Context, accountID id.ID, at time.Time) error {
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO library.erased_accounts (account_id, erased_at)
		VALUES ($1, $2) ON CONFLICT DO NOTHING`, accountID, at)
	if err != nil {
		return fmt.Errorf("insert tombstone: %w", err)
	}
	_, err = postgres.Exec(ctx, s.tx, `UPDATE library.entitlements
		SET ended_at = coalesce(ended_at, $2), end_reason = 'erasure'
		WHERE account_id = $1 AND end_reason <> 'refund'`, accountID, at)
	if err != nil {
		return fmt.Errorf("revoke entitlements: %w", err)
	}
	return nil
}

func (s entitlements) Lock(ctx context.Context, accountID id.ID) (erased bool, err error) {
	row, _, err := postgres.One[struct{ Erased bool }](ctx, s.tx,
		`SELECT library.lock_account($1) AS erased`, accountID)
	if err != nil {
		return false, fmt.Errorf("lock account: %w", err)
	}
	return row.Erased, nil
}

// Finder implements ports.Finder.
type Finder struct{ db *postgres.DB }

// NewFinder returns the finder.
func NewFinder(db *postgres.DB) *Finder { return &Finder{db} }

// Owned returns the products that an account owns, with the order of each.
func (f *Finder) Owned(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error) {
	type owned struct{ ProductID, OrderID id.ID }
	rows, err := postgres.DirectAll(ctx, f.db, `SELECT product_id, order_id FROM library.entitlements
		WHERE account_id = $1 AND product_id = ANY($2::uuid[]) AND ended_at IS NULL AND NOT consumable`,
		[]any{accountID, id.Strings(productIDs)}, func(r *owned) []any { return []any{&r.ProductID, &r.OrderID} })
	if err != nil {
		return nil, fmt.Errorf("select owned products: %w", err)
	}
	out := map[id.ID]id.ID{}
	for _, r := range rows {
		out[r.ProductID] = r.OrderID
	}
	return out, nil
}

// Usable returns the products that an account owns and may use.
func (f *Finder) Usable(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]bool, error) {
	type usable struct{ ProductID id.ID }
	rows, err := postgres.All[usable](ctx, f.db, `SELECT product_id FROM library.entitlements
		WHERE account_id = $1 AND product_id = ANY($2::uuid[])
			AND ended_at IS NULL AND suspended_at IS NULL AND NOT consumable`, accountID, id.Strings(productIDs))
	if err != nil {
		return nil, fmt.Errorf("select usable products: %w", err)
	}
	out := map[id.ID]bool{}
	for _, r := range rows {
		out[r.ProductID] = true
	}
	return out, nil
}

// read is all for a view, which a replica may answer.
func (f *Finder) read(ctx context.Context, query string, args ...any) ([]domain.Entitlement, error) {
	return postgres.Read(ctx, f.db, func(ctx context.Context, from *postgres.DB) ([]domain.Entitlement, error) {
		return all(ctx, from, query, args...)
	})
}

// List returns a page of an account's usable entitlements, the newest first.
func (f *Finder) List(
	ctx context.Context, accountID id.ID, request page.Request,
) (page.Page[domain.Entitlement], error) {
	after, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[domain.Entitlement]{}, err
	}
	items, err := f.read(ctx, `SELECT `+columns+` FROM library.entitlements
		WHERE account_id = $1 AND ended_at IS NULL AND suspended_at IS NULL AND id < $2 ORDER BY id DESC LIMIT $3`,
		accountID, after, request.Size()+1)
	return page.Cut(items, request.Size(), func(e domain.Entitlement) string { return page.Encode(e.ID) }), err
}

// Find returns the newest usable entitlement to a product.
func (f *Finder) Find(ctx context.Context, accountID, productID id.ID) (domain.Entitlement, error) {
	items, err := f.read(ctx, `SELECT `+columns+` FROM library.entitlements
		WHERE account_id = $1 AND product_id = $2 AND ended_at IS NULL AND suspended_at IS NULL
		ORDER BY id DESC LIMIT 1`, accountID, productID)
	if err != nil {
		return domain.Entitlement{}, err
	}
	if len(items) == 0 {
		return domain.Entitlement{}, domain.ErrNotOwned
	}
	return items[0], nil
}
