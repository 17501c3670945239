// Package postgres stores carts in the schema cart.
package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
	"coinslot/platform/postgres"
)

type row struct {
	ID        id.ID
	AccountID id.ID
	Version   int64
	CreatedAt time.Time
	Lines     []lineJSON `bun:"type:jsonb"`
}

type lineJSON struct {
	ID           id.ID          `json:"id"`
	SellableID   id.ID          `json:"sellable_id"`
	Bundle       bool           `json:"bundle"`
	Consumable   bool           `json:"consumable"`
	Quantity     int            `json:"quantity"`
	Amount       int64          `json:"amount"`
	Currency     money.Currency `json:"currency"`
	PriceVersion int            `json:"price_version"`
	AddedAt      time.Time      `json:"added_at"`
	ReservedAt   *time.Time     `json:"reserved_at"`
}

func toRow(l domain.Line) lineJSON {
	return lineJSON{
		ID: l.ID, SellableID: l.SellableID, Bundle: l.Bundle, Consumable: l.Consumable, Quantity: l.Quantity,
		Amount: l.Seen.Money.Amount(), Currency: l.Seen.Money.Currency(), PriceVersion: l.Seen.Version,
		AddedAt: l.AddedAt,
	}
}

// columns are where Selected's columns go.
func (l *lineJSON) columns() []any {
	return []any{
		&l.ID, &l.SellableID, &l.Bundle, &l.Consumable, &l.Quantity, &l.Amount, &l.Currency, &l.PriceVersion,
		&l.AddedAt, &l.ReservedAt,
	}
}

func (l lineJSON) line() domain.Line {
	return domain.Line{
		ID: l.ID, SellableID: l.SellableID, Bundle: l.Bundle, Consumable: l.Consumable, Quantity: l.Quantity,
		Seen: domain.Price{Money: money.Of(l.Amount, l.Currency), Version: l.PriceVersion}, AddedAt: l.AddedAt.UTC(),
		Reserved: l.ReservedAt != nil,
	}
}

func (r row) cart() domain.Cart {
	s := domain.Snapshot{ID: r.ID, AccountID: r.AccountID, Version: r.Version, CreatedAt: r.CreatedAt.UTC()}
	for _, l := range r.Lines {
		s.Lines = append(s.Lines, l.line())
	}
	return domain.Restore(s)
}

const columns = `c.id, c.account_id, c.version, c.created_at,
	(SELECT jsonb_agg(l ORDER BY l.added_at, l.id) FROM cart.lines l WHERE l.cart_id = c.id) AS lines`

// UnitOfWork implements ports.UnitOfWork.
type UnitOfWork struct{ db *postgres.DB }

// NewUnitOfWork returns the unit of work.
func NewUnitOfWork(db *postgres.DB) *UnitOfWork { return &UnitOfWork{db} }

// Do runs fn in a transaction.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, carts ports.Carts) error) error {
	return u.db.InTx(ctx, func(ctx context.Context, tx *postgres.Tx) error { return fn(ctx, carts{tx}) })
}

type carts struct{ tx *postgres.Tx }

// Lock needs two statements, because the snapshot of the first one may be older than its lock.
func (s carts) Lock(ctx context.Context, fresh domain.Cart) (domain.Cart, error) {
	c := fresh.Snapshot()
	statement := `INSERT INTO cart.carts (id, account_id, version, created_at)
		SELECT @id, @account_id, @version, @created_at WHERE NOT cart.lock_account(@account_id)
		ON CONFLICT (account_id) DO UPDATE SET version = carts.version`
	if mutant.On("skip-cart-lock") {
		statement = `WITH made AS (INSERT INTO cart.carts (id, account_id, version, created_at)
			VALUES (@id, @account_id, @version, @created_at) ON CONFLICT DO NOTHING) SELECT 1`
	}
	n, err := postgres.Exec(ctx, s.tx, statement, postgres.Named{
		"id": c.ID, "account_id": c.AccountID, "version": c.Version, "created_at": c.CreatedAt,
	})
	if err != nil {
		return domain.Cart{}, fmt.Errorf("lock cart: %w", err)
	}
	if n == 0 {
		return domain.Cart{}, domain.ErrErased
	}
	row, _, err := postgres.One[row](ctx, s.tx,
		`SELECT `+columns+` FROM cart.carts c WHERE c.account_id = $1`, c.AccountID)
	if err != nil {
		return domain.Cart{}, fmt.Errorf("select cart: %w", err)
	}
	return row.cart(), nil
}

// Save stores all lines in one statement.
func (s carts) Save(ctx context.Context, cart domain.Cart) error {
	c := cart.Snapshot()
	lines := make([]lineJSON, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = toRow(l)
	}
	_, err := postgres.Exec(ctx, s.tx, `WITH wanted AS (
			SELECT * FROM jsonb_to_recordset($3::jsonb) AS w (id uuid, sellable_id uuid, bundle boolean, consumable boolean,
				quantity int, amount bigint, currency char(3), price_version int, added_at timestamptz)),
		deleted AS (DELETE FROM cart.lines WHERE cart_id = $1 AND id NOT IN (SELECT id FROM wanted)),
		stored AS (INSERT INTO cart.lines
				(id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
			SELECT id, $1, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at
			FROM wanted
			ON CONFLICT (id) DO UPDATE
			SET quantity = excluded.quantity, amount = excluded.amount, price_version = excluded.price_version)
		UPDATE cart.carts SET version = version + 1 WHERE id = $1 AND version = $2`,
		c.ID, c.Version, postgres.JSON(lines))
	if err != nil {
		return fmt.Errorf("save cart: %w", err)
	}
	return nil
}

func (s carts) Erase(ctx context.Context, accountID id.ID, at time.Time) error {
	if _, err := postgres.Exec(ctx, s.tx, `SELECT cart.lock_account($1)`, accountID); err != nil {
		return fmt.Errorf("lock account: %w", err)
	}
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO cart.erased_accounts (account_id, erased_at) VALUES ($1, $2)
		ON CONFLICT DO NOTHING`, accountID, at)
	if err != nil {
		return fmt.Errorf("insert tombstone: %w", err)
	}
	if _, err := postgres.Exec(ctx, s.tx, `DELETE FROM cart.carts WHERE account_id = $1`, accountID); err != nil {
		return fmt.Errorf("delete cart: %w", err)
	}
	return nil
}

// Lines implements ports.Lines.
type Lines struct{ db *postgres.DB }

// NewLines returns the repository of lines.
func NewLines(db *postgres.DB) *Lines { return &Lines{db} }

// Selected returns lines of an account's cart.
func (s *Lines) Selected(ctx context.Context, accountID id.ID, lineIDs []id.ID) ([]domain.Line, error) {
	rows, err := postgres.DirectAll(ctx, s.db,
		`SELECT l.id, l.sellable_id, l.bundle, l.consumable, l.quantity, l.amount, l.currency, l.price_version,
			l.added_at, l.reserved_at
		FROM cart.lines l JOIN cart.carts c ON c.id = l.cart_id WHERE l.id = ANY($2::uuid[]) AND c.account_id = $1`,
		[]any{accountID, id.Strings(lineIDs)}, (*lineJSON).columns)
	if err != nil {
		return nil, fmt.Errorf("select cart lines: %w", err)
	}
	out := make([]domain.Line, len(rows))
	for i, r := range rows {
		out[i] = r.line()
	}
	return out, nil
}

type removalJSON struct {
	LineID   id.ID `json:"line_id"`
	Quantity int   `json:"quantity"`
	RestID   id.ID `json:"rest_id"`
}

// Remove locks the cart, as every writer does. It removes a line that has been changed meanwhile with its new quantity.
// It does not wait until that is durable: checkout saves the order afterwards. When a crash of the database loses the
// removal alone, a line stays in the cart, but no other order can be made from it.
func (s *Lines) Remove(ctx context.Context, accountID id.ID, removals []ports.Removal) error {
	lines := make([]removalJSON, len(removals))
	for i, r := range removals {
		lines[i] = removalJSON{r.LineID, r.Quantity, r.RestID}
	}
	statement := mutant.SQL("remove-bought-lines-without-the-lock",
		`WITH locked AS (
			SELECT c.id FROM cart.carts c, `+postgres.AsyncCommit+` WHERE c.account_id = $1 FOR UPDATE OF c),
		bought AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS b (line_id uuid, quantity int, rest_id uuid)),
		removed AS (DELETE FROM cart.lines l USING locked, bought b WHERE l.cart_id = locked.id AND l.id = b.line_id
			RETURNING l.*, b.rest_id, l.quantity - b.quantity AS rest),
		remaining AS (INSERT INTO cart.lines
				(id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
			SELECT rest_id, cart_id, sellable_id, bundle, consumable, rest, amount, currency, price_version, added_at
			FROM removed WHERE rest > 0)
		UPDATE cart.carts SET version = version + 1 WHERE id IN (SELECT cart_id FROM removed)`, " FOR UPDATE OF c", "")
	_, err := s.db.DirectExec(ctx, statement, accountID, postgres.JSON(lines))
	if err != nil {
		return fmt.Errorf("remove cart lines: %w", err)
	}
	return nil
}

// Put guards the version: a writer that has locked the cart increments it.
func (s *Lines) Put(ctx context.Context, cart domain.Cart, line domain.Line) (bool, error) {
	c, l := cart.Snapshot(), toRow(line)
	n, err := s.db.DirectExec(ctx, mutant.SQL("put-a-line-into-a-changed-cart",
		`WITH next AS (
			UPDATE cart.carts SET version = version + 1 WHERE id = @cart_id AND version = @version RETURNING id)
		INSERT INTO cart.lines
			(id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
		SELECT @id, next.id, @sellable_id, @bundle, @consumable, @quantity, @amount, @currency, @price_version, @added_at
		FROM next
		ON CONFLICT (id) DO UPDATE
		SET quantity = excluded.quantity, amount = excluded.amount, price_version = excluded.price_version`,
		"AND version = @version", "AND @version > 0"), postgres.Named{
		"id": l.ID, "cart_id": c.ID, "version": c.Version, "sellable_id": l.SellableID, "bundle": l.Bundle,
		"consumable": l.Consumable, "quantity": l.Quantity, "amount": l.Amount, "currency": l.Currency,
		"price_version": l.PriceVersion, "added_at": l.AddedAt,
	})
	if postgres.Uncertain(err) {
		err = fmt.Errorf("%w (%w)", postgres.ErrOutcome, err)
	}
	if err != nil {
		return false, fmt.Errorf("put cart line: %w", err)
	}
	return n == 1, nil
}

// Reserve sets or releases the reservation of lines.
func (s *Lines) Reserve(ctx context.Context, accountID id.ID, lineIDs []id.ID, at *time.Time) error {
	_, err := postgres.Exec(ctx, s.db, `UPDATE cart.lines l SET reserved_at = $3 FROM cart.carts c
		WHERE c.id = l.cart_id AND c.account_id = $1 AND l.id = ANY($2::uuid[])`, accountID, id.Strings(lineIDs), at)
	if err != nil {
		return fmt.Errorf("reserve cart lines: %w", err)
	}
	return nil
}

// Finder implements ports.Finder.
type Finder struct{ db *postgres.DB }

// NewFinder returns the finder.
func NewFinder(db *postgres.DB) *Finder { return &Finder{db} }

// Find returns an account's cart.
func (f *Finder) Find(ctx context.Context, accountID id.ID) (domain.Cart, bool, error) {
	var row row
	found, err := f.db.Direct(ctx, `SELECT `+columns+` FROM cart.carts c WHERE c.account_id = $1`, []any{accountID},
		&row.ID, &row.AccountID, &row.Version, &row.CreatedAt, &row.Lines)
	if err != nil {
		return domain.Cart{}, false, fmt.Errorf("find cart: %w", err)
	}
	return row.cart(), found, nil
}
