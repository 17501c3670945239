package postgres

import (
	"context"
	"fmt"
	"strings"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/postgres"
)

// Archive reads the records of all accounts.
type Archive struct{ db *postgres.DB }

// NewArchive returns the archive.
func NewArchive(db *postgres.DB) *Archive { return &Archive{db} }

// conditions are the conditions of a WHERE clause with their arguments.
type conditions struct {
	clauses []string
	args    []any
}

func (c *conditions) add(clause string, value any) {
	c.clauses, c.args = append(c.clauses, clause), append(c.args, value)
}

func (c *conditions) filter(f ports.Filter) {
	if f.AccountID != id.Nil {
		c.add("account_id = ?", f.AccountID)
	}
	if f.OrderID != id.Nil {
		c.add("order_id = ?", f.OrderID)
	}
	if f.Status != "" {
		c.add("status = ?", f.Status)
	}
}

func (c *conditions) String() string { return strings.Join(c.clauses, " AND ") }

// AnyDocument returns a document or draft of a kind.
func (a *Archive) AnyDocument(ctx context.Context, kind domain.Kind, documentID id.ID) (domain.Invoice, error) {
	var c conditions
	c.add("kind = ?", kind)
	c.add("id = ?", documentID)
	rows, err := a.documents(ctx, documentList{issued: c, drafts: c, order: "id DESC", limit: 1})
	if err != nil {
		return domain.Invoice{}, err
	}
	if len(rows) == 0 {
		return domain.Invoice{}, domain.ErrNoInvoice
	}
	return rows[0].invoice(), nil
}

// AllPayments returns a page of payments.
func (a *Archive) AllPayments(ctx context.Context, f ports.Filter,
	request page.Request,
) (page.Page[domain.Payment], error) {
	p, err := list(ctx, source[paymentRow]{
		a.db, "billing.payments", paymentColumns,
		func(r paymentRow) id.ID { return r.ID },
	}, f, request)
	return page.Map(p, paymentRow.payment), err
}

// AllRefunds returns a page of refunds.
func (a *Archive) AllRefunds(ctx context.Context, f ports.Filter,
	request page.Request,
) (page.Page[domain.Refund], error) {
	p, err := list(ctx, source[refundRow]{
		a.db, "billing.refunds", refundColumns,
		func(r refundRow) id.ID { return r.ID },
	}, f, request)
	return page.Map(p, refundRow.refund), err
}

// AllDisputes returns a page of disputes.
func (a *Archive) AllDisputes(ctx context.Context, f ports.Filter,
	request page.Request,
) (page.Page[domain.Dispute], error) {
	p, err := list(ctx, source[disputeRow]{
		a.db, "billing.disputes", disputeColumns,
		func(r disputeRow) id.ID { return r.ID },
	}, f, request)
	return page.Map(p, disputeRow.dispute), err
}

// source is a table of records with their ID.
type source[R any] struct {
	db      *postgres.DB
	table   string
	columns string
	idOf    func(R) id.ID
}

// list returns a page of a table, the newest first.
func list[R any](ctx context.Context, from source[R], f ports.Filter, request page.Request) (page.Page[R], error) {
	before, err := page.Before(request.Cursor)
	if err != nil {
		return page.Page[R]{}, err
	}
	var c conditions
	c.add("id < ?", before)
	c.filter(f)
	var rows []R
	err = postgres.Select(from.db).ColumnExpr(from.columns).TableExpr(from.table).Where(c.String(), c.args...).
		OrderExpr("id DESC").Limit(int64(request.Size()+1)).Scan(ctx, &rows)
	if err != nil {
		return page.Page[R]{}, fmt.Errorf("list %s: %w", from.table, postgres.ReadFault(err))
	}
	return page.Cut(rows, request.Size(), func(r R) string { return page.Encode(from.idOf(r)) }), nil
}
