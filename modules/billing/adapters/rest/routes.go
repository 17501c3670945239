// Package rest serves billing over HTTP.
package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/page"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds billing's operations to the API.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/transactions", ID: "list-transactions",
		Summary: "List my payments and refunds", Tag: "billing",
	}, h.transactions)
	statement := web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/transactions.csv", ID: "export-transactions",
		Summary: "Download my payments and refunds", Tag: "billing",
	}
	web.Register(api, statement, h.statement)
	web.AnswersWith(api, statement, web.CSV)
	registerDocuments(api, h)
	registerLedger(api, h)
	registerManualEntries(api, h)
	registerTaxReport(api, h)
	registerArchive(api, h)
	registerExports(api, h)
	webhook := web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/webhooks/payments/{provider}", ID: "receive-payment-webhook",
		Summary: "Receive a signed event of a payment provider", Tag: "billing", Status: http.StatusOK, RawBody: true,
	}
	web.Register(api, webhook, h.webhook)
	web.Takes[webhookEventDTO](api, webhook)
	header, format := s.Webhooks.SignatureHeader()
	web.TakesHeader(api, webhook, header, format)
}

func (h handlers) transactions(ctx context.Context, in *transactionsInput) (*web.List[transactionDTO], error) {
	list := web.Path("/v1/transactions", map[string]string{
		"from": moment(in.From), "to": moment(in.To), "type": in.Type, "status": in.Status,
	})
	q := in.query(web.CallerOf(ctx).AccountID)
	q.Page = in.Request(list)
	p, err := h.service.Transactions(ctx, q)
	if err != nil {
		return nil, err
	}
	return web.NewList(p, list, toTransaction), nil
}

// moment formats a time for a filter; the zero time is empty.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// statement is the whole list of transactions as CSV.
func (h handlers) statement(ctx context.Context, in *statementInput) (*web.Table, error) {
	q := in.query(web.CallerOf(ctx).AccountID)
	header := []string{"id", "created_at", "type", "order_id", "amount", "currency", "status", "decline_code"}
	return web.NewSheet("transactions.csv", in.Dialect(), header, func(ctx context.Context, sheet *web.Sheet) error {
		q.Page = page.Request{Limit: page.MaxLimit}
		for {
			p, err := h.service.Transactions(ctx, q)
			if err != nil {
				return err
			}
			for _, t := range p.Items {
				if err := sheet.Write(transactionCells(t)...); err != nil {
					return err
				}
			}
			if p.Next == "" {
				return nil
			}
			q.Page.Cursor = p.Next
		}
	}), nil
}

func transactionCells(t domain.Transaction) []web.Value {
	return []web.Value{
		web.Text(t.ID.String()), web.Time(t.CreatedAt), web.Text(t.Type), web.Text(t.OrderID.String()),
		web.Number(t.Amount.Decimal()), web.Text(string(t.Amount.Currency())), web.Text(t.Status), web.Text(t.DeclineCode),
	}
}

func (h handlers) invoices(ctx context.Context, in *web.PageQuery) (*web.List[invoiceDTO], error) {
	p, err := h.service.Invoices(ctx, web.CallerOf(ctx).AccountID, in.Request("/v1/invoices"))
	if err != nil {
		return nil, err
	}
	return newList(p, "/v1/invoices", toInvoice)
}

// newList is web.NewList for items whose conversion can fail.
func newList[T, U any](p page.Page[T], path string, dto func(T) (U, error)) (*web.List[U], error) {
	out := page.Page[U]{Next: p.Next}
	for _, item := range p.Items {
		written, err := dto(item)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, written)
	}
	return web.NewList(out, path, func(u U) U { return u }), nil
}

func (h handlers) webhook(ctx context.Context, in *webhookInput) (*struct{}, error) {
	header, _ := h.service.Webhooks.SignatureHeader()
	return nil, h.service.ReceiveWebhook(ctx, in.Provider, in.header(header), in.RawBody)
}
