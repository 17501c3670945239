package ports

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Position is the sort key of a list's last item: what a cursor holds.
type Position struct {
	Sort  Sort      `json:"s"`
	Title string    `json:"t,omitempty"`
	Price int64     `json:"p,omitempty"`
	At    time.Time `json:"a,omitzero"`
	ID    id.ID     `json:"i"`
}

// Position reads the query's cursor; ok is false on the first page. A cursor of another sort is page.ErrCursor.
func (q Query) Position() (p Position, ok bool, err error) {
	p, ok, err = page.Decode[Position](q.Page.Cursor)
	if err == nil && ok && (p.Sort != q.Sort || p.ID == id.Nil) {
		err = page.ErrCursor
	}
	return p, ok, err
}

// CursorOf returns the cursor of an item under a sort.
func CursorOf(sort Sort, lowerTitle string, item Item) string {
	s := item.Sellable.Snapshot()
	p := Position{Sort: sort, ID: s.ID}
	switch sort {
	case ByTitle:
		p.Title = lowerTitle
	case ByPrice, ByPriceDesc:
		p.Price = item.Price.Money.Amount()
	case ByNewest:
		p.At = s.CreatedAt
	}
	return page.Encode(p)
}
