package postgres

import (
	"context"
	"fmt"

	"coinslot/modules/catalog/ports"
)

// text is a search text as PostgreSQL reads it.
type text struct {
	Title string // its folded words
	Key   string // the same without spaces; empty when there are none
	Query string // a tsquery
}

const readText = `SELECT catalog.search_title($1), catalog.search_key($1), catalog.search_query($1)::text`

// read has PostgreSQL read the query's text.
func (s *Search) read(ctx context.Context, q ports.Query) (out text, err error) {
	if q.Text == "" {
		return text{}, nil
	}
	if _, err := s.db.Direct(ctx, readText, []any{q.Text}, &out.Title, &out.Key, &out.Query); err != nil {
		return text{}, fmt.Errorf("read search text: %w", err)
	}
	return out, nil
}

// findsNothing reports whether the query has a text without any letter or digit.
func (t text) findsNothing(q ports.Query) bool { return q.Text != "" && t.Key == "" }

// value returns the value of a parameter of checks.
func (t text) value(parameter string, similar [][16]byte) any {
	switch parameter {
	case "@from":
		return t.Key
	case "@until":
		return t.Key + "\U0010FFFF" // follows all titles that begin with the key
	case "@text":
		return t.Title
	case "@query":
		return t.Query
	case "@similar":
		return similar
	}
	return nil
}
