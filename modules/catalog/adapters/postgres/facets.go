package postgres

import (
	"context"
	"fmt"
	"strings"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/postgres"
)

type facetRow struct {
	Facet string
	Value string
	Range int // of domain.PriceRanges, from 1
	N     int
}

func (r *facetRow) columns() []any { return []any{&r.Facet, &r.Value, &r.Range, &r.N} }

// wholePrices are the prices in force in a currency, at a moment.
const wholePrices = `(
	SELECT DISTINCT ON (v.sellable_id) v.sellable_id, v.amount
	FROM catalog.standing_prices v WHERE v.currency = @currency AND v.valid_from <= @at
	ORDER BY v.sellable_id, v.valid_from DESC, v.version DESC) p ON p.sellable_id = s.id`

// facetsText counts what is found, one row for each item, whose columns say which of the three filters the item passes.
// The prices of the whole catalog are read at once when most of it is wanted, otherwise one by one.
func facetsText(within bool, c check) statement {
	from, condition := wholePrices, checks[c]
	if within {
		from, condition = "LATERAL ("+inForce("s.id", "@currency", "@at")+") p ON TRUE",
			condition+" AND s.id = ANY(@within::uuid[])"
	}
	return prepare(`SELECT c.facet, c.value, c.range, c.n FROM (WITH found AS (
			SELECT s.category, s.kind, p.amount, ` + anyCategory + ` AS category_passes, ` + anyKind + ` AS kind_passes,
				p.amount BETWEEN @min AND @max AS price_passes
			FROM catalog.sellables s JOIN ` + from + `
			WHERE s.archived_at IS NULL AND (s.kind = 'bundle') = @bundles AND ` + condition + `)
			(SELECT 'category' AS facet, f.category AS value, 0 AS range, count(*) AS n FROM found f
				WHERE f.kind_passes AND f.price_passes GROUP BY f.category ORDER BY n DESC, f.category COLLATE "C" LIMIT @limit)
			UNION ALL SELECT 'kind', f.kind, 0, count(*) FROM found f WHERE f.category_passes AND f.price_passes GROUP BY f.kind
			UNION ALL SELECT 'price', '', width_bucket(f.amount, @starts::bigint[]), count(*) FROM found f
				WHERE f.category_passes AND f.kind_passes GROUP BY 3) c
		ORDER BY c.facet, c.range, c.n DESC, c.value COLLATE "C"`)
}

type facetsShape struct {
	within bool
	check  check
}

var facetsTexts = map[facetsShape]statement{
	{false, anyText}: facetsText(false, anyText), {false, matching}: facetsText(false, matching),
	{true, anyText}: facetsText(true, anyText), {true, matching}: facetsText(true, matching),
}

// Facets counts what List finds.
func (s *Search) Facets(ctx context.Context, q ports.Query) (ports.Facets, error) {
	return postgres.Read(ctx, s.db, func(ctx context.Context, from *postgres.DB) (ports.Facets, error) {
		return (&Search{from}).facets(ctx, q)
	})
}

func (s *Search) facets(ctx context.Context, q ports.Query) (out ports.Facets, err error) {
	all := &list{Query: q, limit: ports.MaxCategories} // each facet leaves a filter out
	all.Category, all.Kind, all.Prices, all.Sort = "", "", domain.PriceRange{}, ports.ByNewest
	if all.text, err = s.read(ctx, q); err != nil || all.text.findsNothing(q) {
		return out, err
	}
	if err := s.narrow(ctx, all); err != nil || all.none() {
		return out, err
	}
	left, err := s.match(ctx, all)
	if err != nil || all.none() {
		return out, err
	}
	ranges := domain.PriceRanges(q.Currency)
	statement := facetsTexts[facetsShape{all.within != nil, left}]
	values := statement.named(all)
	values["category"], values["kind"] = strings.ToLower(q.Category), q.Kind
	wanted := list{Query: q}
	values["min"], values["max"], values["starts"] = q.Prices.Min, wanted.max(), starts(ranges)
	rows, err := postgres.DirectAll(ctx, s.db, statement.text, []any{values}, (*facetRow).columns)
	if err != nil {
		return out, fmt.Errorf("count facets: %w", err)
	}
	for _, r := range rows {
		switch r.Facet {
		case "category":
			out.Categories = append(out.Categories, ports.Count{Value: r.Value, Count: r.N})
		case "kind":
			out.Kinds = append(out.Kinds, ports.Count{Value: r.Value, Count: r.N})
		default:
			out.Prices = append(out.Prices, ports.PriceCount{Range: ranges[r.Range-1], Count: r.N})
		}
	}
	return out, nil
}

// starts returns the lower ends of ranges.
func starts(ranges []domain.PriceRange) []int64 {
	out := make([]int64, len(ranges))
	for i, r := range ranges {
		out[i] = r.Min
	}
	return out
}
