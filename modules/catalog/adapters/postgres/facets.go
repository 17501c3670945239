package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

type facetRow struct {
	Facet string
	Value string
	Range int // of domain.PriceRanges, from 1
	N     int
}

// facetCounts counts found, one row for each item, whose columns say which of the three filters the item passes.
const facetCounts = `(SELECT 'category' AS facet, f.category AS value, 0 AS range, count(*) AS n FROM found f
		WHERE f.kind_passes AND f.price_passes GROUP BY f.category ORDER BY n DESC, f.category COLLATE "C" LIMIT ?)
	UNION ALL SELECT 'kind', f.kind, 0, count(*) FROM found f WHERE f.category_passes AND f.price_passes GROUP BY f.kind
	UNION ALL SELECT 'price', '', width_bucket(f.amount, ?::bigint[]), count(*) FROM found f
		WHERE f.category_passes AND f.kind_passes GROUP BY 3`

// Facets counts what List finds.
func (s *Search) Facets(ctx context.Context, q ports.Query) (out ports.Facets, err error) {
	text, err := s.read(ctx, q)
	if err != nil || text.findsNothing(q) {
		return out, err
	}
	matches, err := s.matches(ctx, q, text, filters{}) // each facet leaves a filter out
	if err != nil || matches.none {
		return out, err
	}
	ranges := domain.PriceRanges(q.Currency)
	all := s.on(q, matches.condition, !matches.few && q.Holding == id.Nil)
	found := filtersOf(q).passes(all).ColumnExpr("s.category, s.kind, p.amount")
	var rows []facetRow
	err = postgres.Select(s.db).With("found", found).ColumnExpr("c.*").
		TableExpr("("+facetCounts+") AS c", ports.MaxCategories, starts(ranges)).
		OrderExpr(`c.facet, c.range, c.n DESC, c.value COLLATE "C"`).Scan(ctx, &rows)
	if err != nil {
		return out, fmt.Errorf("count facets: %w", postgres.ReadFault(err))
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

// starts returns the lower ends of ranges as an array's text.
func starts(ranges []domain.PriceRange) string {
	texts := make([]string, len(ranges))
	for i, r := range ranges {
		texts[i] = strconv.FormatInt(r.Min, 10)
	}
	return array(texts)
}

// array writes texts without commas and quotes as the text of an array.
func array(texts []string) string { return "{" + strings.Join(texts, ",") + "}" }
