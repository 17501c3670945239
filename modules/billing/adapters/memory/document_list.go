package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

func fitsDocument(i domain.Invoice, f ports.DocumentFilter) bool {
	numbered := f.Number != "" || f.NumberPrefix != "" || !f.From.IsZero() || !f.To.IsZero()
	return i.Kind == f.Kind && (i.Issued() || !numbered) &&
		(f.Number == "" || i.FullNumber() == f.Number) && strings.HasPrefix(i.FullNumber(), f.NumberPrefix) &&
		(f.AccountID == id.Nil || i.AccountID == f.AccountID) && (f.OrderID == id.Nil || i.OrderID == f.OrderID) &&
		(f.OrderNumber == "" || i.Content.OrderNumber == f.OrderNumber) &&
		(f.Country == "" || i.Content.Buyer.Country == f.Country) &&
		!i.IssuedAt.Before(f.From) && (f.To.IsZero() || i.IssuedAt.Before(f.To))
}

// documentPosition is the position of a document in a list.
type documentPosition struct {
	Number string    `json:"number"` // in lists by number
	Draft  bool      `json:"draft"`
	Issued time.Time `json:"issued"`
	ID     id.ID     `json:"id"`
}

func documentPositionOf(i domain.Invoice, byNumber bool) documentPosition {
	p := documentPosition{Draft: !i.Issued(), Issued: i.IssuedAt, ID: i.ID}
	if byNumber {
		p.Number = i.FullNumber()
	}
	return p
}

// compareDocuments compares positions in the order of a list.
func compareDocuments(a, b documentPosition) int {
	if a.Draft != b.Draft {
		if a.Draft {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(b.Number, a.Number), b.Issued.Compare(a.Issued), bytes.Compare(b.ID[:], a.ID[:]))
}

// AllDocuments returns a page of documents and drafts.
func (s *Store) AllDocuments(_ context.Context, f ports.DocumentFilter,
	request page.Request,
) (page.Page[domain.Invoice], error) {
	after, ok, err := page.Decode[documentPosition](request.Cursor)
	if err != nil {
		return page.Page[domain.Invoice]{}, err
	}
	at := func(i domain.Invoice) documentPosition { return documentPositionOf(i, f.NumberPrefix != "") }
	var items []domain.Invoice
	s.cell.View(func(st *state) {
		items = slices.DeleteFunc(st.all(), func(i domain.Invoice) bool {
			return !fitsDocument(i, f) || (ok && compareDocuments(at(i), after) <= 0)
		})
	})
	slices.SortFunc(items, func(a, b domain.Invoice) int { return compareDocuments(at(a), at(b)) })
	return page.Cut(items, request.Size(), func(i domain.Invoice) string { return page.Encode(at(i)) }), nil
}

// OfOrders returns all documents and drafts of orders.
func (s *Store) OfOrders(_ context.Context, orderIDs []id.ID) (items []domain.Invoice, err error) {
	s.cell.View(func(st *state) {
		items = slices.DeleteFunc(st.all(), func(i domain.Invoice) bool { return !slices.Contains(orderIDs, i.OrderID) })
	})
	return items, nil
}
