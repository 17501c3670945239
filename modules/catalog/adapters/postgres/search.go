package postgres

import (
	"context"
	"fmt"
	"strings"

	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"

	"github.com/uptrace/bun"
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

// holding narrows a list to the bundles that are sold and give a product.
const holding = `JOIN catalog.bundle_items h ON h.bundle_id = s.id AND h.product_id = ?
	JOIN catalog.sellables g ON g.id = h.product_id AND g.archived_at IS NULL
	AND (s.sold_without_archived OR NOT EXISTS (SELECT FROM catalog.bundle_items b
		JOIN catalog.sellables c ON c.id = b.product_id WHERE b.bundle_id = s.id AND c.archived_at IS NOT NULL))`

// List returns a page of what is on sale.
func (s *Search) List(ctx context.Context, q ports.Query) (out page.Page[ports.Item], err error) {
	start, after, err := q.Position()
	if err != nil {
		return out, err
	}
	text, err := s.read(ctx, q)
	if err != nil || text.findsNothing(q) {
		return out, err
	}
	var rows []listRow
	if q.Sort == ports.ByRelevance {
		rows, err = s.ranked(ctx, q, text, start, after)
	} else {
		rows, err = s.sorted(ctx, q, text, start, after)
	}
	if err != nil {
		return out, fmt.Errorf("list sellables: %w", err)
	}
	cut := page.Cut(rows, q.Page.Size(), func(r listRow) string { return page.Encode(q.PositionOf(r.item(), r.match())) })
	return page.Map(cut, listRow.item), nil
}

// sorted returns up to one row more than a page has, in an order that does not depend on the text.
func (s *Search) sorted(ctx context.Context, q ports.Query, t text, p ports.Position, after bool) ([]listRow, error) {
	f := filtersOf(q)
	matches, err := s.matches(ctx, q, t, f)
	if err != nil || matches.none {
		return nil, err
	}
	key, value, sign, order, whole := "s.created_at", any(p.At), "<", "s.created_at DESC, s.id DESC", false
	switch q.Sort {
	case ports.ByTitle:
		key, value, sign = "s.title COLLATE catalog.titles", p.Title, ">"
		order = key + ", s.id"
	case ports.ByPrice:
		key, value, sign, order, whole = "p.amount", p.Price, ">", "p.amount, s.id", true
	case ports.ByPriceDesc:
		key, value, order, whole = "p.amount", p.Price, "p.amount DESC, s.id DESC", true
	case ports.ByNewest, ports.ByRelevance:
	}
	narrow := matches.few || q.Category != "" || q.Holding != id.Nil
	query := f.all(s.on(q, matches.condition, whole && !narrow))
	if after {
		query = query.Where("("+key+", s.id) "+sign+" (?, ?)", value, p.ID)
	}
	return s.rows(ctx, q, query.OrderExpr(order).Limit(int64(q.Page.Size()+1)), order)
}

// ranked returns up to one row more than a page has, by rank. Each rank is a statement of its own, and the worse ranks
// are not asked for while the better ones fill the page.
func (s *Search) ranked(
	ctx context.Context, q ports.Query, t text, p ports.Position, after bool,
) (rows []listRow, err error) {
	most := q.Page.Size() + 1
	for rank := p.Rank; rank <= ports.RankSimilar && len(rows) < most; rank++ {
		query, err := s.of(ctx, q, t, rank)
		if err != nil {
			return nil, err
		}
		if query == nil {
			continue
		}
		order := "s.search_key, s.id"
		if after && rank == p.Rank {
			query = behind(query, p)
		}
		if rank == ports.RankSimilar {
			query, order = query.OrderExpr("m.similarity DESC"), "s.similarity DESC, "+order
		}
		next, err := s.rows(ctx, q, query.OrderExpr("s.search_key, s.id").Limit(int64(most-len(rows))), order)
		if err != nil {
			return nil, fmt.Errorf("rank %d: %w", rank, err)
		}
		for i := range next {
			next[i].Rank = rank
		}
		rows = append(rows, next...)
	}
	return rows, nil
}

// of returns a query for what a text finds with a rank, or nil when that is nothing.
func (s *Search) of(ctx context.Context, q ports.Query, t text, rank ports.Rank) (*bun.SelectQuery, error) {
	f, what := filtersOf(q), t.inAny()
	switch rank {
	case ports.RankTitle: // its index is in the list's order
		return f.all(s.on(q, condition{"s.search_key LIKE ?", []any{t.prefix()}}, false)), nil
	case ports.RankSimilar:
		better := condition{"s.search_key NOT LIKE ? AND NOT s.search_words @@ ?::tsquery", []any{t.prefix(), t.Query}}
		return f.all(s.on(q, better, false)).ColumnExpr("m.similarity").
			Join("JOIN catalog.similar_titles(?, ?) m ON m.id = s.id", t.Title, q.Bundles), nil
	case ports.RankTitleWords:
		what = t.inTitle()
	case ports.RankWords:
	}
	found, err := s.gather(ctx, q, what, f)
	if err != nil || found.none {
		return nil, err
	}
	return f.all(s.on(q, found.condition, false)), nil
}

// behind skips to the position that the cursor names, within its rank.
func behind(query *bun.SelectQuery, p ports.Position) *bun.SelectQuery {
	if p.Rank == ports.RankSimilar {
		return query.Where("(-m.similarity, s.search_key, s.id) > (-?::real, ?, ?)", p.Similarity, p.Key, p.ID)
	}
	return query.Where("(s.search_key, s.id) > (?, ?)", p.Key, p.ID)
}

// listColumns are the columns of a listRow, but for the products inside a bundle.
const listColumns = sellableColumns + `, s.search_key, p.amount, p.currency, p.version AS price_version, p.valid_from,
	p.created_at AS priced_at`

// rows reads the rows of a page, and only then the products inside bundles.
func (s *Search) rows(
	ctx context.Context, q ports.Query, page *bun.SelectQuery, order string,
) (rows []listRow, err error) {
	err = postgres.Select(s.db).ColumnExpr("s.*").ColumnExpr(contents+" AS contents").
		ColumnExpr(items("?", "?")+" AS items", q.Currency, q.At).
		TableExpr("(?) AS s", page.ColumnExpr(listColumns)).
		OrderExpr(strings.ReplaceAll(order, "p.amount", "s.amount")).Scan(ctx, &rows)
	return rows, postgres.ReadFault(err)
}

// Categories returns the categories of products on sale, by name.
func (s *Search) Categories(ctx context.Context) ([]ports.Category, error) {
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
