package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/page"
	"coinslot/platform/postgres"

	"github.com/uptrace/bun"
)

// Shelf answers questions outside of transactions.
type Shelf struct{ db *postgres.DB }

// NewShelf returns the shelf.
func NewShelf(db *postgres.DB) *Shelf { return &Shelf{db} }

// inForce is the price version in force of a sellable, in a currency, at a moment.
func inForce(sellable, currency, at string) string {
	return `SELECT v.amount, v.currency, v.version, v.valid_from, v.created_at FROM catalog.standing_prices v
		WHERE v.sellable_id = ` + sellable + ` AND v.currency = ` + currency + ` AND v.valid_from <= ` + at + `
		ORDER BY v.valid_from DESC, v.version DESC LIMIT 1`
}

// itemColumns are the columns of an itemRow, but for what a bundle contains.
const itemColumns = sellableColumns + `, lower(s.title) COLLATE "C" AS lower_title, ` + contents + ` AS contents, to_jsonb(p) AS price`

// items is what a bundle contains, with the prices in force.
func items(currency, at string) string {
	return `(SELECT jsonb_agg(jsonb_build_object('product_id', c.id, 'title', c.title, 'kind', c.kind, 'requires', c.requires,
			'archived', c.archived_at IS NOT NULL, 'price', (SELECT to_jsonb(cp) FROM (` + inForce("c.id", currency,
		at) + `) cp)) ORDER BY b.position)
		FROM catalog.bundle_items b JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id)`
}

// holding narrows a list to the bundles that are sold and give a product.
const holding = `JOIN catalog.bundle_items h ON h.bundle_id = s.id AND h.product_id = ?
	JOIN catalog.sellables g ON g.id = h.product_id AND g.archived_at IS NULL
	AND (s.sold_without_archived OR NOT EXISTS (SELECT FROM catalog.bundle_items b
		JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id AND c.archived_at IS NOT NULL))`

// pricesInForce are the versions in force at the moment $2, one for each currency.
const pricesInForce = `(SELECT jsonb_agg(p) FROM (SELECT DISTINCT ON (v.currency) v.amount, v.currency, v.version, v.valid_from, v.created_at
	FROM catalog.standing_prices v WHERE v.sellable_id = %s AND v.valid_from <= $2
	ORDER BY v.currency, v.valid_from DESC, v.version DESC) p)`

// List returns a page of what is on the shelf.
func (s *Shelf) List(ctx context.Context, q ports.Query) (page.Page[ports.Item], error) {
	query := postgres.Select(s.db).
		ColumnExpr(itemColumns).ColumnExpr(items("?", "?")+" AS items", q.Currency, q.At).
		TableExpr("catalog.sellables AS s").
		Join("JOIN LATERAL ("+inForce("s.id", "?", "?")+") p ON TRUE", q.Currency, q.At).
		Where("s.archived_at IS NULL").Where("(s.kind = 'bundle') = ?", q.Bundles)
	if q.Holding != id.Nil {
		query = query.Join(holding, q.Holding)
	}
	if words := ports.Words(q.Text); len(words) > 0 {
		query = query.Where("s.words @@ to_tsquery('simple', ?)", strings.Join(words, ":* & ")+":*")
	}
	if q.Category != "" {
		query = query.Where("s.category = ?", strings.ToLower(q.Category))
	}
	if q.Kind != "" {
		query = query.Where("s.kind = ?", q.Kind)
	}
	query, err := after(query, q)
	if err != nil {
		return page.Page[ports.Item]{}, err
	}
	var rows []itemRow
	if err := query.Limit(int64(q.Page.Size()+1)).Scan(ctx, &rows); err != nil {
		return page.Page[ports.Item]{}, fmt.Errorf("list sellables: %w", postgres.Fault(err))
	}
	cut := page.Cut(rows, q.Page.Size(), func(r itemRow) string { return ports.CursorOf(q.Sort, r.LowerTitle, r.item()) })
	return page.Map(cut, itemRow.item), nil
}

// after sorts, and skips to the position that the cursor names.
func after(query *bun.SelectQuery, q ports.Query) (*bun.SelectQuery, error) {
	p, ok, err := q.Position()
	if err != nil {
		return nil, err
	}
	key, value, sign, direction := "s.created_at", any(p.At), "<", " DESC"
	switch q.Sort {
	case ports.ByTitle:
		key, value, sign, direction = `lower(s.title) COLLATE "C"`, p.Title, ">", ""
	case ports.ByPrice:
		key, value, sign, direction = "p.amount", p.Price, ">", ""
	case ports.ByPriceDesc:
		key, value = "p.amount", p.Price
	case ports.ByNewest:
	}
	if ok {
		query = query.Where("("+key+", s.id) "+sign+" (?, ?)", value, p.ID)
	}
	return query.OrderExpr(key + direction + ", s.id" + direction), nil
}

var (
	find = `SELECT ` + sellableColumns + `, p.amount, p.currency, p.version, p.valid_from, p.created_at
		FROM catalog.sellables s LEFT JOIN LATERAL (` + inForce("s.id", "$1", "$2") + `) p ON TRUE`
	findByID   = find + ` WHERE s.id = $3`
	findBySlug = find + ` WHERE s.slug = $3`
	unpack     = `SELECT ` + contents + ` AS contents, ` + items("$1",
		"$2") + ` AS items FROM catalog.sellables s WHERE s.id = $3`
)

// Find returns one item by ID or slug. It is what most requests ask for, so it goes straight to the driver. Only a bundle
// costs a second statement: most that is looked at is none.
func (s *Shelf) Find(ctx context.Context, ref string, currency money.Currency, at time.Time) (ports.Item, error) {
	query, value := findBySlug, any(ref)
	if sellableID, err := id.Parse(ref); err == nil {
		query, value = findByID, sellableID
	}
	var row foundRow
	found, err := s.db.Direct(ctx, query, []any{currency, at, value}, row.columns()...)
	if err != nil {
		return ports.Item{}, fmt.Errorf("find sellable: %w", err)
	}
	if !found {
		return ports.Item{}, domain.ErrNotFound
	}
	if row.Kind != catalog.Bundle {
		return row.item(nil), nil
	}
	inside, _, err := postgres.One[unpackedRow](ctx, s.db, unpack, currency, at, row.ID)
	if err != nil {
		return ports.Item{}, fmt.Errorf("unpack bundle: %w", err)
	}
	row.Contents = inside.Contents
	return row.item(inside.Items), nil
}

// PriceHistory returns the versions in a currency, the newest first.
func (s *Shelf) PriceHistory(ctx context.Context, sellableID id.ID, currency money.Currency) ([]domain.Price, error) {
	rows, err := postgres.All[priceRow](ctx, s.db, `SELECT `+priceColumns+`
		WHERE v.sellable_id = $1 AND v.currency = $2 ORDER BY v.version DESC`, sellableID, currency)
	if err != nil {
		return nil, fmt.Errorf("select price history: %w", err)
	}
	out := make([]domain.Price, len(rows))
	for i, r := range rows {
		out[i] = r.price()
	}
	return out, nil
}

// Categories returns the categories of products on the shelf, by name.
func (s *Shelf) Categories(ctx context.Context) ([]ports.Category, error) {
	type row struct {
		Name         string
		ProductCount int
	}
	rows, err := postgres.All[row](ctx, s.db, `SELECT category AS name, count(*) AS product_count FROM catalog.sellables
		WHERE archived_at IS NULL AND kind <> 'bundle' GROUP BY category ORDER BY category COLLATE "C"`)
	if err != nil {
		return nil, fmt.Errorf("select categories: %w", err)
	}
	out := make([]ports.Category, len(rows))
	for i, r := range rows {
		out[i] = ports.Category(r)
	}
	return out, nil
}

// Offers returns these sellables with their prices in force at a moment, in one statement.
func (s *Shelf) Offers(ctx context.Context, sellableIDs []id.ID, at time.Time) ([]catalog.Offer, error) {
	rows, err := postgres.All[offerRow](ctx, s.db,
		`SELECT s.id, s.slug, s.title, s.kind, s.requires, s.archived_at IS NULL AS available,
			s.sold_without_archived,
			`+fmt.Sprintf(pricesInForce, "s.id")+` AS prices,
			CASE WHEN s.kind = 'bundle' THEN (SELECT jsonb_agg(jsonb_build_object('product_id', c.id, 'title', c.title, 'kind', c.kind,
					'requires', c.requires, 'archived', c.archived_at IS NOT NULL, 'prices', `+fmt.Sprintf(pricesInForce,
			"c.id")+`) ORDER BY b.position)
				FROM catalog.bundle_items b JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id) END AS items
		FROM catalog.sellables s WHERE s.id = ANY($1::uuid[])`, id.Strings(sellableIDs), at)
	if err != nil {
		return nil, fmt.Errorf("select offers: %w", err)
	}
	out := make([]catalog.Offer, len(rows))
	for i, r := range rows {
		out[i] = r.offer()
	}
	return out, nil
}

// Empty reports whether the catalog holds nothing at all.
func (s *Shelf) Empty(ctx context.Context) (bool, error) {
	row, _, err := postgres.One[struct{ Empty bool }](ctx, s.db,
		`SELECT NOT EXISTS (SELECT FROM catalog.sellables) AS empty`)
	return row.Empty, err
}

// OtherCurrencies returns the currencies of all prices when none is in this currency.
func (s *Shelf) OtherCurrencies(ctx context.Context, currency money.Currency) ([]money.Currency, error) {
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
