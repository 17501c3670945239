package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// ProductRepository reads products, bundles and prices outside of transactions.
type ProductRepository struct{ db *postgres.DB }

// NewProductRepository returns the repository.
func NewProductRepository(db *postgres.DB) *ProductRepository { return &ProductRepository{db} }

// inForce is the price version in force of a sellable, in a currency, at a moment.
func inForce(sellable, currency, at string) string {
	return `SELECT v.amount, v.currency, v.version, v.valid_from, v.created_at FROM catalog.standing_prices v
		WHERE v.sellable_id = ` + sellable + ` AND v.currency = ` + currency + ` AND v.valid_from <= ` + at + `
		ORDER BY v.valid_from DESC, v.version DESC LIMIT 1`
}

// items is what a bundle contains, with the prices in force.
func items(currency, at string) string {
	return `(SELECT jsonb_agg(jsonb_build_object('product_id', c.id, 'title', c.title, 'kind', c.kind,
			'requires', c.requires, 'archived', c.archived_at IS NOT NULL,
			'price', (SELECT to_jsonb(cp) FROM (` + inForce("c.id", currency, at) + `) cp)) ORDER BY b.position)
		FROM catalog.bundle_items b JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id)`
}

// pricesInForce are the versions in force at the moment $2, one for each currency.
const pricesInForce = `(SELECT jsonb_agg(p) FROM (
	SELECT DISTINCT ON (v.currency) v.amount, v.currency, v.version, v.valid_from, v.created_at
	FROM catalog.standing_prices v WHERE v.sellable_id = %s AND v.valid_from <= $2
	ORDER BY v.currency, v.valid_from DESC, v.version DESC) p)`

var (
	findSellable = `SELECT ` + sellableColumns + `, p.amount, p.currency, p.version, p.valid_from, p.created_at
		FROM catalog.sellables s LEFT JOIN LATERAL (` + inForce("s.id", "$1", "$2") + `) p ON TRUE`
	findByID   = findSellable + ` WHERE s.id = $3`
	findBySlug = findSellable + ` WHERE s.slug = $3`
	offers     = `SELECT s.id, s.slug, s.title, s.kind, s.requires, s.archived_at IS NULL AS available,
			s.sold_without_archived, ` + fmt.Sprintf(pricesInForce, "s.id") + ` AS prices,
			CASE WHEN s.kind = 'bundle' THEN (SELECT jsonb_agg(jsonb_build_object(
					'product_id', c.id, 'title', c.title, 'kind', c.kind, 'requires', c.requires,
					'archived', c.archived_at IS NOT NULL, 'prices', ` + fmt.Sprintf(pricesInForce, "c.id") + `) ORDER BY b.position)
				FROM catalog.bundle_items b JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id) END AS items
		FROM catalog.sellables s WHERE s.id = ANY($1::uuid[])`
	unpack = `SELECT ` + contents + ` AS contents, ` + items("$1", "$2") + ` AS items
		FROM catalog.sellables s WHERE s.id = $3`
)

// Find returns one item by ID or slug. It is what most requests ask for, so it goes straight to the driver. Only a
// bundle costs a second statement: most that is looked at is none.
func (s *ProductRepository) Find(
	ctx context.Context, ref string, currency money.Currency, at time.Time,
) (ports.Item, error) {
	return postgres.Read(ctx, s.db, func(ctx context.Context, from *postgres.DB) (ports.Item, error) {
		return find(ctx, from, ref, viewed{currency, at})
	})
}

// viewed is a currency and a moment, of which prices are shown.
type viewed struct {
	currency money.Currency
	at       time.Time
}

func find(ctx context.Context, db *postgres.DB, ref string, of viewed) (ports.Item, error) {
	query, value := findBySlug, any(ref)
	if sellableID, err := id.Parse(ref); err == nil {
		query, value = findByID, sellableID
	}
	var row foundRow
	found, err := db.Direct(ctx, query, []any{of.currency, of.at, value}, row.columns()...)
	if err != nil {
		return ports.Item{}, fmt.Errorf("find sellable: %w", err)
	}
	if !found {
		return ports.Item{}, domain.ErrNotFound
	}
	if row.Kind != catalog.Bundle {
		return row.item(nil), nil
	}
	inside, _, err := postgres.One[unpackedRow](ctx, db, unpack, of.currency, of.at, row.ID)
	if err != nil {
		return ports.Item{}, fmt.Errorf("unpack bundle: %w", err)
	}
	row.Contents = inside.Contents
	return row.item(inside.Items), nil
}

// PriceHistory returns the versions in a currency, the newest first.
func (s *ProductRepository) PriceHistory(
	ctx context.Context, sellableID id.ID, currency money.Currency,
) ([]domain.Price, error) {
	rows, err := postgres.Read(ctx, s.db, func(ctx context.Context, from *postgres.DB) ([]priceRow, error) {
		return postgres.All[priceRow](ctx, from, `SELECT `+priceColumns+`
			WHERE v.sellable_id = $1 AND v.currency = $2 ORDER BY v.version DESC`, sellableID, currency)
	})
	if err != nil {
		return nil, fmt.Errorf("select price history: %w", err)
	}
	out := make([]domain.Price, len(rows))
	for i, r := range rows {
		out[i] = r.price()
	}
	return out, nil
}

// Offers returns these sellables with their prices in force at a moment, in one statement.
func (s *ProductRepository) Offers(ctx context.Context, sellableIDs []id.ID, at time.Time) ([]catalog.Offer, error) {
	rows, err := postgres.DirectAll(ctx, s.db, offers, []any{id.Strings(sellableIDs), at}, (*offerRow).columns)
	if err != nil {
		return nil, fmt.Errorf("select offers: %w", err)
	}
	out := make([]catalog.Offer, len(rows))
	for i, r := range rows {
		out[i] = r.offer()
	}
	return out, nil
}

// Slug returns the slug of a title.
func (s *ProductRepository) Slug(ctx context.Context, title string) (string, error) {
	row, _, err := postgres.One[struct{ Slug string }](ctx, s.db, `SELECT catalog.slug($1) AS slug`, title)
	if err != nil {
		return "", fmt.Errorf("select slug: %w", err)
	}
	return row.Slug, nil
}

// Empty reports whether the catalog holds nothing at all.
func (s *ProductRepository) Empty(ctx context.Context) (bool, error) {
	row, _, err := postgres.One[struct{ Empty bool }](ctx, s.db,
		`SELECT NOT EXISTS (SELECT FROM catalog.sellables) AS empty`)
	return row.Empty, err
}

// OtherCurrencies returns the currencies of all prices when none is in this currency.
func (s *ProductRepository) OtherCurrencies(ctx context.Context, currency money.Currency) ([]money.Currency, error) {
	rows, err := postgres.All[struct{ Currency money.Currency }](ctx, s.db, `SELECT DISTINCT currency
		FROM catalog.price_versions WHERE NOT EXISTS (SELECT FROM catalog.price_versions WHERE currency = $1)
		ORDER BY currency`, currency)
	if err != nil {
		return nil, fmt.Errorf("select currencies: %w", err)
	}
	var out []money.Currency
	for _, r := range rows {
		out = append(out, r.Currency)
	}
	return out, nil
}
