package ports

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Match is where an item stands among those that match a text.
type Match struct {
	Rank       Rank    `json:"r,omitempty"`
	Key        string  `json:"k,omitempty"` // the folded title
	Similarity float32 `json:"m,omitempty"` // of RankSimilar: from 0 to 1
}

// Position is the sort key of a list's last item: what a cursor holds.
type Position struct {
	Match

	Sort  Sort      `json:"s"`
	Title string    `json:"t,omitempty"`
	Price int64     `json:"p,omitempty"`
	At    time.Time `json:"a,omitzero"`
	ID    id.ID     `json:"i"`
}

// Position reads the query's cursor; ok is false on the first page. A cursor of another sort is page.ErrCursor.
func (q Query) Position() (p Position, ok bool, err error) {
	p, ok, err = page.Decode[Position](q.Page.Cursor)
	if err == nil && ok && (p.Sort != q.Sort || p.ID == id.Nil || p.Rank < RankTitle || p.Rank > RankSimilar) {
		err = page.ErrCursor
	}
	return p, ok, err
}

// PositionOf returns the position of an item in the query's list.
func (q Query) PositionOf(item Item, match Match) Position {
	s := item.Sellable.Snapshot()
	p := Position{Sort: q.Sort, ID: s.ID}
	switch q.Sort {
	case ByRelevance:
		p.Match = match
	case ByTitle:
		p.Title = s.Title
	case ByPrice, ByPriceDesc:
		p.Price = item.Price.Money.Amount()
	case ByNewest:
		p.At = s.CreatedAt
	}
	return p
}
