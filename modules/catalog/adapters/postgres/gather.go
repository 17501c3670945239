package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
)

// A filter whose index has another order than the list is read first. When it finds few sellables, they are read by
// their IDs and sorted. Many are read in the order of the list, where a page of them is found soon. PostgreSQL cannot
// choose between the two: a generic plan does not know the values, and no plan knows how many words begin with a
// prefix. gatherText returns whether there are many, and otherwise their IDs. Many are more than 1000.
func gatherText(found string) statement {
	return prepare(`SELECT count(*) > 1000, CASE WHEN count(*) <= 1000 THEN array_agg(g.id) END
		FROM (` + found + ` LIMIT 1001) g`)
}

// gatherMatching gathers what is on sale and meets a condition.
func gatherMatching(condition string) statement {
	return gatherText(`SELECT s.id FROM catalog.sellables s WHERE s.archived_at IS NULL AND ` + condition)
}

// anyOrder is that of the filter's index. Without it PostgreSQL scans the table when it expects a common value.
const anyOrder = ` ORDER BY s.created_at DESC, s.id DESC`

const gatherFilters = ` AND (s.kind = 'bundle') = @bundles AND ` + anyCategory + ` AND ` + anyKind

var (
	gatherCategory = gatherMatching(`s.category = @category` + anyOrder)
	gatherKind     = gatherMatching(`s.kind = @kind` + anyOrder)
	gatherBundles  = gatherMatching(`s.kind = 'bundle'` + anyOrder)
	// The sellables that ever had such a price.
	gatherPrice = gatherText(`SELECT v.sellable_id AS id FROM catalog.price_versions v
		WHERE v.currency = @currency AND v.amount BETWEEN @min AND @max ORDER BY v.amount, v.sellable_id`)
	gatherChecks = map[check]statement{
		rankWords: gatherMatching(`s.search_title_words @@ @query::tsquery AND NOT (` + beginning + `)` + gatherFilters),
		rankAny: gatherMatching(`s.search_words @@ @query::tsquery
			AND NOT ts_match_vq(s.search_title_words, @query::tsquery) AND NOT (` + beginning + `)` + gatherFilters),
		matching: gatherMatching(`(s.search_words @@ @query::tsquery OR ` + beginning + `
			OR s.id = ANY(@similar::uuid[]))` + gatherFilters),
	}
	// The bundles that are sold and give a product. They are few.
	gatherHolding = prepare(`SELECT FALSE, array_agg(s.id) FROM catalog.bundle_items h
		JOIN catalog.sellables s ON s.id = h.bundle_id AND s.archived_at IS NULL
		JOIN catalog.sellables g ON g.id = h.product_id AND g.archived_at IS NULL
		WHERE h.product_id = @holding AND (s.sold_without_archived OR NOT EXISTS (SELECT FROM catalog.bundle_items b
			JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id AND c.archived_at IS NOT NULL))`)
	similarTitles = prepare(`SELECT coalesce(array_agg(m.id), '{}') FROM catalog.similar_titles(@text, @bundles) m`)
)

// gather narrows the list to what a statement finds, unless it finds many.
func (s *Search) gather(ctx context.Context, l *list, from statement) error {
	var many bool
	var ids [][16]byte
	if _, err := s.db.Direct(ctx, from.text, []any{from.named(l)}, &many, &ids); err != nil {
		return fmt.Errorf("gather sellables: %w", err)
	}
	if !many {
		l.within = append([][16]byte{}, ids...)
	}
	return nil
}

// none reports whether a statement has found nothing.
func (l *list) none() bool { return l.within != nil && len(l.within) == 0 }

// narrow gathers what passes the filters whose indexes have another order than the list.
func (s *Search) narrow(ctx context.Context, l *list) error {
	var from []statement
	if l.Holding != id.Nil {
		from = append(from, gatherHolding)
	}
	byPrice := l.Sort == ports.ByPrice || l.Sort == ports.ByPriceDesc
	if (l.Prices.Min > 0 || l.Prices.Max != nil) && !byPrice {
		from = append(from, gatherPrice)
	}
	switch {
	case !byPrice:
	case l.Category != "":
		from = append(from, gatherCategory)
	case l.Bundles:
		from = append(from, gatherBundles)
	case l.Kind != "":
		from = append(from, gatherKind)
	}
	for _, statement := range from {
		if err := s.gather(ctx, l, statement); err != nil || l.within != nil {
			return err
		}
	}
	return nil
}

// match narrows a list to what the text finds, whatever its rank, and returns the check that is left to do.
func (s *Search) match(ctx context.Context, l *list) (check, error) {
	if l.text.Key == "" {
		return anyText, nil
	}
	if _, err := s.db.Direct(ctx, similarTitles.text, []any{similarTitles.named(l)}, &l.similar); err != nil {
		return anyText, fmt.Errorf("select similar titles: %w", err)
	}
	return s.matchBy(ctx, l, matching)
}

// matchBy narrows a list to what a check finds, and returns the check that is left to do.
func (s *Search) matchBy(ctx context.Context, l *list, c check) (check, error) {
	if l.within != nil {
		return c, nil
	}
	err := s.gather(ctx, l, gatherChecks[c])
	if l.within != nil {
		return anyText, err
	}
	return c, err
}
