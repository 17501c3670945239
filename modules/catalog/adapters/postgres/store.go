// Package postgres keeps the catalog in the schema catalog.
package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// UnitOfWork runs use cases in transactions.
type UnitOfWork struct {
	db      *postgres.DB
	written func()
}

// NewUnitOfWork returns the unit of work. It calls written when this process may have written something.
func NewUnitOfWork(db *postgres.DB, written func()) *UnitOfWork { return &UnitOfWork{db, written} }

// Do runs fn in one transaction. Once it has ended, it calls written; when it commits, it notifies the other processes,
// whose Listen calls theirs.
func (u *UnitOfWork) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	defer u.written()
	return u.db.InTx(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		if err := fn(ctx, ports.Stores{Sellables: sellables{tx}, Prices: prices{tx}}); err != nil {
			return err
		}
		return postgres.Notify(ctx, tx, channel)
	})
}

const channel = "catalog"

// Listen calls written when another process may have written to the catalog, until the connection is lost or ctx ends.
func Listen(ctx context.Context, db *postgres.DB, written func()) error {
	return db.Listen(ctx, channel, written)
}

const (
	sellableColumns = `s.id, s.slug, s.title, s.description, s.kind, s.category, s.requires, s.version, s.created_at,
		s.archived_at,
	s.sold_without_archived`
	contents = `(SELECT jsonb_agg(b.product_id ORDER BY b.position) FROM catalog.bundle_items b WHERE b.bundle_id = s.id)`
)

type sellables struct{ tx *postgres.Tx }

func (s sellables) Insert(ctx context.Context, sellable domain.Sellable) error {
	p := sellable.Snapshot()
	if err := s.checkReferences(ctx, p); err != nil {
		return err
	}
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO catalog.sellables
			(id, slug, title, description, kind, category, requires, version, created_at, archived_at,
				sold_without_archived)
		VALUES (@id, @slug, @title, @description, @kind, @category, @requires, @version, @created_at, @archived_at,
			@sold_without_archived)`, postgres.Named{
		"id": p.ID, "slug": p.Slug, "title": p.Title, "description": p.Description, "kind": p.Kind,
		"category": p.Category, "requires": orNull(p.Requires), "version": p.Version, "created_at": p.CreatedAt,
		"archived_at": p.ArchivedAt, "sold_without_archived": p.SoldWithoutArchived,
	})
	if postgres.IsUnique(err, "sellables_slug") {
		return domain.ErrSlugTaken
	}
	if err != nil {
		return fmt.Errorf("insert sellable: %w", err)
	}
	return s.putContents(ctx, p)
}

// checkReferences makes sure that a DLC extends a game, and that a bundle holds products.
func (s sellables) checkReferences(ctx context.Context, p domain.Snapshot) error {
	refs := p.Contents
	if p.Requires != id.Nil {
		refs = append(refs, p.Requires)
	}
	if len(refs) == 0 {
		return nil
	}
	row, _, err := postgres.One[struct{ N int }](ctx, s.tx, `SELECT count(*) AS n FROM catalog.sellables
		WHERE id = ANY($1::uuid[]) AND kind <> 'bundle' AND (id <> $2 OR kind = 'game')`, id.Strings(refs), p.Requires)
	if err != nil {
		return fmt.Errorf("select products referred to: %w", err)
	}
	if row.N != len(refs) {
		return domain.ErrUnknownItems
	}
	return nil
}

func (s sellables) putContents(ctx context.Context, p domain.Snapshot) error {
	if len(p.Contents) == 0 {
		return nil
	}
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO catalog.bundle_items (bundle_id, position, product_id)
		SELECT $1, c.position, c.product_id FROM unnest($2::uuid[]) WITH ORDINALITY AS c (product_id, position)`, p.ID,
		id.Strings(p.Contents))
	if err != nil {
		return fmt.Errorf("insert bundle items: %w", err)
	}
	return nil
}

func (s sellables) Lock(ctx context.Context, sellableID id.ID) (domain.Sellable, error) {
	row, found, err := postgres.One[sellableRow](ctx, s.tx, `SELECT `+sellableColumns+`, `+contents+` AS contents
		FROM catalog.sellables s WHERE s.id = $1 FOR UPDATE OF s`, sellableID)
	if err != nil {
		return domain.Sellable{}, fmt.Errorf("lock sellable: %w", err)
	}
	if !found {
		return domain.Sellable{}, domain.ErrNotFound
	}
	return row.sellable(), nil
}

func (s sellables) Update(ctx context.Context, sellable domain.Sellable) error {
	p := sellable.Snapshot()
	if err := s.checkReferences(ctx, p); err != nil {
		return err
	}
	n, err := postgres.Exec(ctx, s.tx, `UPDATE catalog.sellables
		SET slug = @slug, title = @title, description = @description, category = @category, archived_at = @archived_at,
			sold_without_archived = @sold_without_archived, version = version + 1
		WHERE id = @id AND version = @version`, postgres.Named{
		"id": p.ID, "version": p.Version, "slug": p.Slug, "title": p.Title, "description": p.Description,
		"category": p.Category, "archived_at": p.ArchivedAt, "sold_without_archived": p.SoldWithoutArchived,
	})
	switch {
	case postgres.IsUnique(err, "sellables_slug"):
		return domain.ErrSlugTaken
	case err != nil:
		return fmt.Errorf("update sellable: %w", err)
	case n == 0:
		return domain.ErrStale
	}
	if _, err := postgres.Exec(ctx, s.tx, `DELETE FROM catalog.bundle_items WHERE bundle_id = $1`, p.ID); err != nil {
		return fmt.Errorf("delete bundle items: %w", err)
	}
	return s.putContents(ctx, p)
}

const (
	insertColumns = `sellable_id, currency, version, amount, valid_from, created_at`
	priceColumns  = `v.sellable_id, v.currency, v.version, v.amount, v.valid_from, v.created_at,
		w.withdrawn_at AS withdrawn
		FROM catalog.price_versions v LEFT JOIN catalog.price_withdrawals w USING (sellable_id, currency, version)`
)

type prices struct{ tx *postgres.Tx }

func (s prices) Last(ctx context.Context, sellableID id.ID, currency money.Currency) (*domain.Price, error) {
	row, found, err := postgres.One[priceRow](ctx, s.tx, `SELECT `+priceColumns+`
		WHERE v.sellable_id = $1 AND v.currency = $2 ORDER BY v.version DESC LIMIT 1`, sellableID, currency)
	if err != nil {
		return nil, fmt.Errorf("select last price: %w", err)
	}
	if !found {
		return nil, nil
	}
	price := row.price()
	return &price, nil
}

func (s prices) Find(ctx context.Context, sellableID id.ID, currency money.Currency,
	version int,
) (domain.Price, error) {
	row, found, err := postgres.One[priceRow](ctx, s.tx, `SELECT `+priceColumns+`
		WHERE v.sellable_id = $1 AND v.currency = $2 AND v.version = $3`, sellableID, currency, version)
	if err != nil {
		return domain.Price{}, fmt.Errorf("select price: %w", err)
	}
	if !found {
		return domain.Price{}, domain.ErrNoPrice
	}
	return row.price(), nil
}

func (s prices) Withdraw(ctx context.Context, p domain.Price) error {
	n, err := postgres.Exec(ctx, s.tx, `INSERT INTO catalog.price_withdrawals
			(sellable_id, currency, version, withdrawn_at)
		SELECT v.sellable_id, v.currency, v.version, @withdrawn_at FROM catalog.price_versions v
		WHERE v.sellable_id = @sellable_id AND v.currency = @currency AND v.version = @version`, postgres.Named{
		"sellable_id": p.SellableID, "currency": p.Money.Currency(), "version": p.Version,
		"withdrawn_at": p.Withdrawn,
	})
	switch {
	case postgres.IsUnique(err):
		return domain.ErrPriceRace
	case err != nil:
		return fmt.Errorf("insert price withdrawal: %w", err)
	case n == 0:
		return domain.ErrNoPrice
	}
	return nil
}

func (s prices) Insert(ctx context.Context, p domain.Price) error {
	_, err := postgres.Exec(ctx, s.tx,
		`INSERT INTO catalog.price_versions (`+insertColumns+`)
			VALUES (@sellable_id, @currency, @version, @amount, @valid_from, @created_at)`, postgres.Named{
			"sellable_id": p.SellableID, "currency": p.Money.Currency(), "version": p.Version,
			"amount": p.Money.Amount(), "valid_from": p.ValidFrom, "created_at": p.CreatedAt,
		})
	if postgres.IsUnique(err) {
		return domain.ErrPriceRace
	}
	if err != nil {
		return fmt.Errorf("insert price: %w", err)
	}
	return nil
}
