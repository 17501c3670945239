package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Search finds what is on sale. PostgreSQL folds texts and titles, by the functions of migrations/catalog.
type Search struct{ db *postgres.DB }

// NewSearch returns the search.
func NewSearch(db *postgres.DB) *Search { return &Search{db} }

// effects are what the search does without a part of the server.
var effects = map[string]string{
	"unaccent": "without the extension unaccent, letters such as ł and ß are not found as l and ss",
	"pg_trgm":  "without the extension pg_trgm, spelling mistakes are not forgiven",
	"icu":      "without ICU, titles are sorted by the codes of their characters",
}

// Missing returns what the server lacked when the search was set up, by the last migration, and what the search does
// without: nothing when it can do everything.
func (s *Search) Missing(ctx context.Context) (sentences []string, err error) {
	rows, err := postgres.All[struct{ Part string }](ctx, s.db,
		`SELECT unnest(missing) AS part FROM catalog.search_setup ORDER BY part`)
	if err != nil {
		return nil, fmt.Errorf("select what the search lacks: %w", err)
	}
	for _, row := range rows {
		sentences = append(sentences, effects[row.Part])
	}
	return sentences, nil
}

// List returns a page of what is on sale.
func (s *Search) List(ctx context.Context, q ports.Query) (page.Page[ports.Item], error) {
	return postgres.Read(ctx, s.db, func(ctx context.Context, from *postgres.DB) (page.Page[ports.Item], error) {
		return (&Search{from}).list(ctx, q)
	})
}

func (s *Search) list(ctx context.Context, q ports.Query) (out page.Page[ports.Item], err error) {
	l := &list{Query: q, limit: q.Page.Size() + 1}
	start, after, err := q.Position()
	if err != nil || (q.Kind != "" && (q.Kind == catalog.Bundle) != q.Bundles) {
		return out, err
	}
	if l.start = ends[q.Sort]; after {
		l.start = start
	}
	if l.text, err = s.read(ctx, q); err != nil || l.text.findsNothing(q) {
		return out, err
	}
	if err := s.narrow(ctx, l); err != nil || l.none() {
		return out, err
	}
	var rows []listRow
	if q.Sort == ports.ByRelevance {
		rows, err = s.ranked(ctx, l)
	} else {
		rows, err = s.sorted(ctx, l)
	}
	if err != nil {
		return out, fmt.Errorf("list sellables: %w", err)
	}
	cut := page.Cut(rows, q.Page.Size(), func(r listRow) string { return page.Encode(q.PositionOf(r.item(), r.match())) })
	return page.Map(cut, listRow.item), nil
}

// sorted returns up to one row more than a page has, in an order that does not depend on the text.
func (s *Search) sorted(ctx context.Context, l *list) ([]listRow, error) {
	left, err := s.match(ctx, l)
	if err != nil || l.none() {
		return nil, err
	}
	return s.rows(ctx, l, l.shape(l.Sort, left))
}

// ranks are the checks of the ranks.
var ranks = [...]check{rankTitle, rankWords, rankAny, rankSimilar}

// ranked returns up to one row more than a page has, by rank. Each rank is a statement of its own, and the worse ranks
// are not asked for while the better ones fill the page.
func (s *Search) ranked(ctx context.Context, l *list) (rows []listRow, err error) {
	within := l.within
	if l.start.Rank == ports.RankTitle {
		l.start.Key = max(l.start.Key, l.text.Key) // the titles that begin with the text
	}
	for rank := l.start.Rank; rank <= ports.RankSimilar && l.limit > 0; rank++ {
		l.within = within
		left := ranks[rank]
		if gatherChecks[left].text != "" { // other ranks have an index in the list's order
			if left, err = s.matchBy(ctx, l, left); err != nil {
				return nil, err
			}
		}
		if !l.none() {
			next, err := s.rows(ctx, l, l.shape(ports.ByRelevance, left))
			if err != nil {
				return nil, fmt.Errorf("rank %d: %w", rank, err)
			}
			for i := range next {
				next[i].Rank = rank
			}
			rows = append(rows, next...)
			l.limit -= len(next)
		}
		l.start = ends[ports.ByRelevance]
	}
	return rows, nil
}

// rows reads the rows of a page.
func (s *Search) rows(ctx context.Context, l *list, as shape) ([]listRow, error) {
	statement := as.statement()
	columns := (*listRow).columns
	if as.bundles {
		columns = (*listRow).bundleColumns
	}
	return postgres.DirectAll(ctx, s.db, statement.text, []any{statement.named(l)}, columns)
}

// Categories returns the categories of products on sale, by name.
func (s *Search) Categories(ctx context.Context) ([]ports.Category, error) {
	type row struct {
		Name         string
		ProductCount int
	}
	rows, err := postgres.Read(ctx, s.db, func(ctx context.Context, from *postgres.DB) ([]row, error) {
		return postgres.All[row](ctx, from, `SELECT category AS name, count(*) AS product_count FROM catalog.sellables
			WHERE archived_at IS NULL AND kind <> 'bundle' GROUP BY category ORDER BY category COLLATE "C"`)
	})
	if err != nil {
		return nil, fmt.Errorf("select categories: %w", err)
	}
	out := make([]ports.Category, len(rows))
	for i, r := range rows {
		out[i] = ports.Category(r)
	}
	return out, nil
}
