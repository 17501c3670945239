package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// numberColumn is the number with its series, in the order of its index.
const numberColumn = `billing.document_number(series, number) COLLATE "C"`

// documentList is a query for documents and drafts. Each part of its union has its own limit, because PostgreSQL would
// otherwise sort all documents.
type documentList struct {
	issued conditions
	drafts conditions
	order  string // of issued documents; drafts are ordered by descending ID
	limit  int
	// issuedOnly leaves out the drafts.
	issuedOnly bool
}

const (
	draftsPart = `(SELECT q.*, 1 AS part, row_number() OVER () AS place FROM (SELECT ` + draftColumns + `,
		'' AS series, 0 AS number, NULL::timestamptz AS issued_at, NULL::bytea AS content_hash
		FROM billing.invoice_drafts WHERE %s ORDER BY id DESC LIMIT ?) AS q)
		UNION ALL `
	issuedPart = `(SELECT q.*, 2 AS part, row_number() OVER () AS place FROM (SELECT ` + draftColumns + `,
		series, number, issued_at, content_hash
		FROM billing.invoices WHERE %s ORDER BY %s LIMIT ?) AS q)`
)

// documents returns documents and drafts, with the invoices that they correct: the drafts first.
func (a *Archive) documents(ctx context.Context, l documentList) (rows []invoiceRow, err error) {
	query := fmt.Sprintf(issuedPart, l.issued.String(), l.order)
	args := append(slices.Clone(l.issued.args), l.limit)
	if !l.issuedOnly {
		query = fmt.Sprintf(draftsPart, l.drafts.String()) + query
		args = slices.Concat(l.drafts.args, []any{l.limit}, args)
	}
	err = postgres.Select(a.db).ColumnExpr(documentColumns).TableExpr(`(`+query+`) AS i`, args...).
		Join(`LEFT JOIN billing.invoices p ON p.id = i.preceding_id`).
		OrderExpr(`i.part, i.place`).Limit(int64(l.limit)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("select documents of all accounts: %w", postgres.ReadFault(err))
	}
	return rows, nil
}

// documentPosition is the position of a document in a list: of a draft its ID alone. Number is set in lists by number.
type documentPosition struct {
	Number string     `json:"n,omitempty"`
	Issued *time.Time `json:"at,omitempty"`
	ID     id.ID      `json:"id"`
}

// AllDocuments returns a page of documents and drafts.
func (a *Archive) AllDocuments(ctx context.Context, f ports.DocumentFilter,
	request page.Request,
) (page.Page[domain.Invoice], error) {
	after, ok, err := page.Decode[documentPosition](request.Cursor)
	if err != nil {
		return page.Page[domain.Invoice]{}, err
	}
	if !ok {
		after = documentPosition{ID: id.Max}
	}
	list := newDocumentList(f, after)
	list.limit = request.Size() + 1
	rows, err := a.documents(ctx, list)
	cut := page.Cut(rows, request.Size(), func(r invoiceRow) string {
		position := documentPosition{Issued: r.IssuedAt, ID: r.ID}
		if f.NumberPrefix != "" {
			position.Number = domain.Number(r.Series, r.Number)
		}
		return page.Encode(position)
	})
	return page.Map(cut, invoiceRow.invoice), err
}

func newDocumentList(f ports.DocumentFilter, after documentPosition) documentList {
	l := documentList{order: "issued_at DESC, id DESC"}
	l.issued.documents(f)
	l.drafts.documents(f)
	l.drafts.add("id < ?", after.ID)
	numbered := f.Number != "" || f.NumberPrefix != "" || !f.From.IsZero() || !f.To.IsZero()
	l.issuedOnly = numbered || after.Issued != nil || after.Number != ""
	if f.Number != "" {
		l.issued.add(numberColumn+" = ?", f.Number)
	}
	if f.NumberPrefix != "" {
		l.order = numberColumn + " DESC"
		l.issued.add(numberColumn+" >= ?", f.NumberPrefix)
		l.issued.add(numberColumn+" < ?", f.NumberPrefix+"\x7f")
	}
	if !f.From.IsZero() {
		l.issued.add("issued_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		l.issued.add("issued_at < ?", f.To)
	}
	switch {
	case after.Number != "":
		l.issued.add(numberColumn+" < ?", after.Number)
	case after.Issued != nil:
		l.issued.add("(issued_at, id) < (?, ?)", *after.Issued)
		l.issued.args = append(l.issued.args, after.ID)
	}
	return l
}

func (c *conditions) documents(f ports.DocumentFilter) {
	c.add("kind = ?", f.Kind)
	c.filter(ports.Filter{AccountID: f.AccountID, OrderID: f.OrderID})
	if f.OrderNumber != "" {
		c.add("paper ->> 'order_number' = ?", f.OrderNumber)
	}
	if f.Country != "" {
		c.add("paper ->> 'buyer_country' = ?", f.Country)
	}
}

// OfOrders returns all documents and drafts of orders.
func (a *Archive) OfOrders(ctx context.Context, orderIDs []id.ID) ([]domain.Invoice, error) {
	rows, err := postgres.All[invoiceRow](ctx, a.db, `SELECT `+documentColumns+` FROM (
			SELECT `+draftColumns+`, series, number, issued_at, content_hash
				FROM billing.invoices WHERE order_id = ANY ($1::uuid[]) AND kind = 'invoice'
			UNION ALL SELECT `+draftColumns+`, series, number, issued_at, content_hash
				FROM billing.invoices WHERE order_id = ANY ($1::uuid[]) AND kind = 'credit_note'
			UNION ALL SELECT `+draftColumns+`, '', 0, NULL, NULL
				FROM billing.invoice_drafts WHERE order_id = ANY ($1::uuid[])) AS i
		LEFT JOIN billing.invoices p ON p.id = i.preceding_id`, id.Strings(orderIDs))
	if err != nil {
		return nil, fmt.Errorf("select documents of orders: %w", err)
	}
	out := make([]domain.Invoice, len(rows))
	for i, r := range rows {
		out[i] = r.invoice()
	}
	return out, nil
}
