// Package rest is billing over HTTP.
package rest

import (
	"context"
	"fmt"
	"net/http"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	op := func(path, operationID, summary string) web.Op {
		return web.Op{Access: web.SignedIn, Method: http.MethodGet, Path: path, ID: operationID, Summary: summary, Tag: "billing"}
	}
	web.Register(api, op("/v1/transactions", "list-transactions", "List one's payments and refunds"), h.transactions)
	web.Register(api, op("/v1/invoices", "list-invoices", "List one's invoices"), h.invoices)
	web.Register(api, op("/v1/invoices/{id}", "get-invoice", "Show an invoice"), h.invoice)
	registerPDF(api, h)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodPost, Path: "/v1/webhooks/payments/{provider}", ID: "receive-payment-webhook",
		Summary: "Take a payment provider's news, signed by it", Tag: "billing", Status: http.StatusOK, RawBody: true,
	}, h.webhook)
}

func (h handlers) transactions(ctx context.Context, in *web.PageQuery) (*web.List[transactionDTO], error) {
	p, err := h.service.Transactions(ctx, web.CallerOf(ctx).AccountID, in.Request())
	if err != nil {
		return nil, err
	}
	return web.NewList(p, "/v1/transactions", toTransaction), nil
}

func (h handlers) invoices(ctx context.Context, in *web.PageQuery) (*web.List[invoiceDTO], error) {
	p, err := h.service.Invoices(ctx, web.CallerOf(ctx).AccountID, in.Request())
	if err != nil {
		return nil, err
	}
	return web.NewList(p, "/v1/invoices", toInvoice), nil
}

func (h handlers) invoice(ctx context.Context, in *invoiceInput) (*invoiceOutput, error) {
	invoiceID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNoInvoice
	}
	invoice, err := h.service.Invoice(ctx, web.CallerOf(ctx).AccountID, invoiceID)
	if err != nil {
		return nil, err
	}
	return &invoiceOutput{toInvoice(invoice)}, nil
}

func (h handlers) pdf(ctx context.Context, in *invoiceInput) (*pdfOutput, error) {
	invoiceID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNoInvoice
	}
	invoice, pdf, err := h.service.PDF(ctx, web.CallerOf(ctx).AccountID, invoiceID)
	if err != nil {
		return nil, err
	}
	if pdf == nil {
		return &pdfOutput{Status: http.StatusAccepted, RetryAfter: "1"}, nil
	}
	return &pdfOutput{
		Status: http.StatusOK, ContentType: pdfType, Body: pdf,
		Disposition: fmt.Sprintf(`inline; filename="%s.pdf"`, invoice.FullNumber()),
	}, nil
}

func (h handlers) webhook(ctx context.Context, in *webhookInput) (*struct{}, error) {
	return nil, h.service.ReceiveWebhook(ctx, in.Provider, in.Signature, in.RawBody)
}
