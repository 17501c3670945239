package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
)

// many is how many matches are gathered and sorted at most. More are read in the order of the list from an index,
// because a page of them is found soon. PostgreSQL cannot choose between the two: it does not know how many words begin
// with a prefix.
const many = 1000

// text is a search text as PostgreSQL reads it.
type text struct {
	Title string // its folded words
	Key   string // the same without spaces; empty when there are none
	Query string // a tsquery
}

// read has PostgreSQL read the query's text.
func (s *Search) read(ctx context.Context, q ports.Query) (text, error) {
	if q.Text == "" {
		return text{}, nil
	}
	out, _, err := postgres.One[text](ctx, s.db, `SELECT catalog.search_title($1) AS title, catalog.search_key($1) AS key,
		catalog.search_query($1)::text AS query`, q.Text)
	if err != nil {
		return text{}, fmt.Errorf("read search text: %w", err)
	}
	return out, nil
}

// findsNothing reports whether the query has a text without any letter or digit.
func (t text) findsNothing(q ports.Query) bool { return q.Text != "" && t.Key == "" }

// prefix is the pattern for titles that begin with the text. The key holds no punctuation, and so no wildcard.
func (t text) prefix() string { return t.Key + "%" }

// found are sellables, as a condition.
type found struct {
	condition

	none bool
	few  bool // they were gathered
}

// search is a condition in two forms: one gathers what it finds by its own index, the other is checked on the way
// through an index in the list's order.
type search struct{ gather, check condition }

// has is the search for a text in a column of words. The operator uses the column's index. Its function does not, and
// the planner assumes that it often holds.
func (t text) has(column string) search {
	args := []any{t.Query}
	return search{
		gather: condition{"s." + column + " @@ ?::tsquery", args},
		check:  condition{"ts_match_vq(s." + column + ", ?::tsquery)", args},
	}
}

// inTitle is the search for RankTitleWords, inAny that for RankWords.
func (t text) inTitle() search {
	return t.has("search_title_words").and(condition{"s.search_key NOT LIKE ?", []any{t.prefix()}})
}

func (t text) inAny() search {
	title := t.has("search_title_words").check
	return t.has("search_words").and(condition{"NOT " + title.text, title.args}).
		and(condition{"s.search_key NOT LIKE ?", []any{t.prefix()}})
}

func (s search) and(c condition) search { return search{s.gather.and(c), s.check.and(c)} }

// gather finds the sellables on sale that a search finds and that pass filters.
func (s *Search) gather(ctx context.Context, q ports.Query, what search, f filters) (found, error) {
	var rows []struct{ ID id.ID }
	query := f.unpriced(what.gather.where(postgres.Select(s.db).ColumnExpr("s.id").TableExpr("catalog.sellables AS s"))).
		Where("s.archived_at IS NULL").Where("(s.kind = 'bundle') = ?", q.Bundles)
	if err := query.Limit(many+1).Scan(ctx, &rows); err != nil {
		return found{}, fmt.Errorf("gather matches: %w", postgres.ReadFault(err))
	}
	if len(rows) > many {
		return found{condition: what.check}, nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID.String()
	}
	return found{condition{"s.id = ANY(?::uuid[])", []any{array(ids)}}, len(ids) == 0, true}, nil
}

// matches finds all that a text finds, whatever its rank, and that passes filters. Without a text it finds everything.
func (s *Search) matches(ctx context.Context, q ports.Query, t text, f filters) (found, error) {
	if t.Key == "" {
		return found{}, nil
	}
	rows, err := postgres.All[struct{ ID id.ID }](ctx, s.db,
		`SELECT id FROM catalog.similar_titles($1, $2)`, t.Title, q.Bundles)
	if err != nil {
		return found{}, fmt.Errorf("select similar titles: %w", err)
	}
	similar := make([]string, len(rows))
	for i, row := range rows {
		similar[i] = row.ID.String()
	}
	words, others := t.has("search_words"), condition{
		"(s.search_key LIKE ? OR s.id = ANY(?::uuid[]))", []any{t.prefix(), array(similar)},
	}
	return s.gather(ctx, q, search{words.gather.or(others), words.check.or(others)}, f)
}
