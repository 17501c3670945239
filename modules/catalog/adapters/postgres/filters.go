package postgres

import (
	"cmp"
	"slices"
	"strings"

	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"

	"github.com/uptrace/bun"
)

// condition is a condition on a sellable s or its price p, and its arguments; without text it is always true.
type condition struct {
	text string
	args []any
}

func (c condition) where(query *bun.SelectQuery) *bun.SelectQuery {
	if c.text == "" {
		return query
	}
	return query.Where(c.text, c.args...)
}

func (c condition) and(other condition) condition { return c.joined(" AND ", other) }

func (c condition) or(other condition) condition { return c.joined(" OR ", other) }

func (c condition) joined(operator string, other condition) condition {
	return condition{"(" + c.text + operator + other.text + ")", slices.Concat(c.args, other.args)}
}

// wholePrices are the prices in force in a currency, at a moment.
const wholePrices = `JOIN (
	SELECT DISTINCT ON (v.sellable_id) v.sellable_id, v.amount, v.currency, v.version, v.valid_from, v.created_at
	FROM catalog.standing_prices v WHERE v.currency = ? AND v.valid_from <= ?
	ORDER BY v.sellable_id, v.valid_from DESC, v.version DESC) p ON p.sellable_id = s.id`

// on returns a query for what is on sale and meets a condition, with its price as p and without the filters that are
// facets. The prices of the whole catalog are read at once when most of it is wanted, otherwise one by one.
func (s *Search) on(q ports.Query, c condition, whole bool) *bun.SelectQuery {
	query := c.where(postgres.Select(s.db).TableExpr("catalog.sellables AS s").Where("s.archived_at IS NULL")).
		Where("(s.kind = 'bundle') = ?", q.Bundles)
	if whole {
		query = query.Join(wholePrices, q.Currency, q.At)
	} else {
		query = query.Join("JOIN LATERAL ("+inForce("s.id", "?", "?")+") p ON TRUE", q.Currency, q.At)
	}
	if q.Holding != id.Nil {
		query = query.Join(holding, q.Holding)
	}
	return query
}

// filters are the conditions of the filters that are facets.
type filters struct {
	category, kind, price condition
	once                  condition // follows from price, and finds the few sellables that ever had such a price
}

func filtersOf(q ports.Query) (f filters) {
	if q.Category != "" {
		f.category = condition{"s.category = ?", []any{strings.ToLower(q.Category)}}
	}
	if q.Kind != "" {
		f.kind = condition{"s.kind = ?", []any{q.Kind}}
	}
	var within string
	args := []any{q.Prices.Min}
	switch {
	case q.Prices.Max != nil:
		within, args = ".amount BETWEEN ? AND ?", append(args, *q.Prices.Max)
	case q.Prices.Min > 0:
		within = ".amount >= ?"
	default:
		return f
	}
	f.price = condition{"p" + within, args}
	f.once = condition{
		"s.id IN (SELECT v.sellable_id FROM catalog.price_versions v WHERE v.currency = ? AND v" + within + ")",
		append([]any{q.Currency}, args...),
	}
	return f
}

// unpriced narrows a query without prices to what may pass every filter.
func (f filters) unpriced(query *bun.SelectQuery) *bun.SelectQuery {
	return f.once.where(f.kind.where(f.category.where(query)))
}

// all narrows a query to what passes every filter.
func (f filters) all(query *bun.SelectQuery) *bun.SelectQuery {
	return f.price.where(f.unpriced(query))
}

// passes adds a column for each filter that says whether a sellable passes it.
func (f filters) passes(query *bun.SelectQuery) *bun.SelectQuery {
	for _, filter := range []struct {
		name string
		condition
	}{{"category", f.category}, {"kind", f.kind}, {"price", f.price}} {
		query = query.ColumnExpr("("+cmp.Or(filter.text, "TRUE")+") AS "+filter.name+"_passes", filter.args...)
	}
	return query
}
