package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type lineDTO struct {
	LineID    string    `json:"line_id" format:"uuid" doc:"Of the order"`
	Title     string    `json:"title"`
	Quantity  int       `json:"quantity"`
	UnitPrice web.Money `json:"unit_price"`
	Discount  web.Money `json:"discount"`
	Tax       web.Money `json:"tax"`
	LineTotal web.Money `json:"line_total"`
	Contents  []string  `json:"contents,omitempty" doc:"Of a bundle"`
}

func toLine(l billing.PaperLine) lineDTO {
	out := lineDTO{
		l.LineID.String(), l.Title, l.Quantity, web.FromMoney(l.Unit), web.FromMoney(l.Discount), web.FromMoney(l.Tax), web.FromMoney(l.Total), nil,
	}
	if l.Bundle {
		for _, p := range l.Parts {
			out.Contents = append(out.Contents, p.Title)
		}
	}
	return out
}

type taxDTO struct {
	Percent string    `json:"percent" example:"25.50"`
	Net     web.Money `json:"net"`
	Tax     web.Money `json:"tax"`
}

// Paper is what invoices and credit notes have in common.
type Paper struct {
	ID            string     `json:"id" format:"uuid"`
	Number        *string    `json:"number" doc:"null until it is assigned, within a second"`
	OrderID       string     `json:"order_id" format:"uuid"`
	OrderNumber   string     `json:"order_number"`
	SellerName    string     `json:"seller_name"`
	BuyerName     string     `json:"buyer_name"`
	BuyerCountry  string     `json:"buyer_country"`
	Lines         []lineDTO  `json:"lines" nullable:"false"`
	Subtotal      web.Money  `json:"subtotal"`
	DiscountTotal web.Money  `json:"discount_total"`
	TaxTotal      web.Money  `json:"tax_total"`
	Total         web.Money  `json:"total"`
	Taxes         []taxDTO   `json:"taxes" nullable:"false" doc:"What it holds at each rate"`
	SuppliedAt    time.Time  `json:"supplied_at" doc:"When the money moved"`
	IssuedAt      *time.Time `json:"issued_at" doc:"null until the number is assigned"`
	SHA256        string     `json:"sha256,omitempty" doc:"Of what an issued paper says"`
}

type invoiceDTO struct{ Paper }

type creditNoteDTO struct {
	Paper
	InvoiceID     string  `json:"invoice_id" format:"uuid" doc:"Of the invoice that it corrects"`
	InvoiceNumber *string `json:"invoice_number" doc:"null until it is assigned"`
}

func newPaper(i domain.Invoice) (Paper, error) {
	p := i.Paper
	out := Paper{
		ID: i.ID.String(), OrderID: i.OrderID.String(), OrderNumber: p.OrderNumber, SellerName: i.Seller.Name, BuyerName: p.Buyer.Name,
		BuyerCountry: p.Buyer.Country, Lines: []lineDTO{}, Subtotal: web.FromMoney(p.Subtotal), DiscountTotal: web.FromMoney(p.Discount),
		TaxTotal: web.FromMoney(p.Tax), Total: web.FromMoney(p.Total), Taxes: []taxDTO{}, SuppliedAt: i.CapturedAt,
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, toLine(l))
	}
	groups, err := domain.TaxSummary(p)
	for _, g := range groups {
		out.Taxes = append(out.Taxes, taxDTO{fmt.Sprintf("%d.%02d", g.Rate/100, g.Rate%100), web.FromMoney(g.Net), web.FromMoney(g.Tax)})
	}
	if i.Issued() {
		number := i.FullNumber()
		out.Number, out.IssuedAt, out.SHA256 = &number, &i.IssuedAt, fmt.Sprintf("%x", i.Hash)
	}
	return out, err
}

type paperInput struct {
	ID string `path:"id"`
}

type invoiceOutput struct{ Body invoiceDTO }

type creditNoteOutput struct{ Body creditNoteDTO }

const (
	pdfType = "application/pdf"
	xmlType = "application/xml"
)

// file is a paper as bytes, or a promise of it while it has no number.
type file struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	RetryAfter  string `header:"Retry-After"`
	Body        []byte
}

func newFile(paper domain.Invoice, body []byte, contentType, suffix string) *file {
	if body == nil {
		return &file{Status: http.StatusAccepted, RetryAfter: "1"}
	}
	return &file{
		Status: http.StatusOK, ContentType: contentType, Body: body, Disposition: fmt.Sprintf(`inline; filename="%s.%s"`, paper.FullNumber(), suffix),
	}
}

// finder finds one of the caller's papers.
type finder func(ctx context.Context, accountID, paperID id.ID) (domain.Invoice, error)

func find(ctx context.Context, in *paperInput, of finder, absent error) (domain.Invoice, error) {
	paperID, err := id.Parse(in.ID)
	if err != nil {
		return domain.Invoice{}, absent
	}
	return of(ctx, web.CallerOf(ctx).AccountID, paperID)
}

func (h handlers) invoice(ctx context.Context, in *paperInput) (*invoiceOutput, error) {
	invoice, err := find(ctx, in, h.service.Invoice, domain.ErrNoInvoice)
	if err != nil {
		return nil, err
	}
	paper, err := newPaper(invoice)
	return &invoiceOutput{invoiceDTO{paper}}, err
}

func (h handlers) creditNote(ctx context.Context, in *paperInput) (*creditNoteOutput, error) {
	note, err := find(ctx, in, h.service.CreditNote, domain.ErrNoNote)
	if err != nil {
		return nil, err
	}
	paper, err := newPaper(note)
	out := creditNoteDTO{Paper: paper, InvoiceID: note.Preceding.ID.String()}
	if note.Preceding.Number != "" {
		out.InvoiceNumber = &note.Preceding.Number
	}
	return &creditNoteOutput{out}, err
}

// pdf returns a handler for papers of one kind.
func (h handlers) pdf(of finder, absent error) func(ctx context.Context, in *paperInput) (*file, error) {
	return func(ctx context.Context, in *paperInput) (*file, error) {
		paper, err := find(ctx, in, of, absent)
		if err != nil {
			return nil, err
		}
		body, err := h.service.PDFOf(ctx, paper)
		return newFile(paper, body, pdfType, "pdf"), err
	}
}

// xml returns a handler for papers of one kind.
func (h handlers) xml(of finder, absent error) func(ctx context.Context, in *paperInput) (*file, error) {
	return func(ctx context.Context, in *paperInput) (*file, error) {
		paper, err := find(ctx, in, of, absent)
		if err != nil {
			return nil, err
		}
		body, err := h.service.XMLOf(paper)
		return newFile(paper, body, xmlType, "xml"), err
	}
}

// registerPapers adds the operations on papers. Two of their answers are no JSON.
func registerPapers(api *web.API, h handlers) {
	op := func(path, operationID, summary string) web.Op {
		return web.Op{Access: web.SignedIn, Method: http.MethodGet, Path: path, ID: operationID, Summary: summary, Tag: "billing"}
	}
	web.Register(api, op("/v1/invoices", "list-invoices", "List one's invoices"), h.invoices)
	web.Register(api, op("/v1/invoices/{id}", "get-invoice", "Show an invoice"), h.invoice)
	web.Register(api, op("/v1/credit-notes/{id}", "get-credit-note", "Show a credit note"), h.creditNote)
	for _, kind := range []struct {
		path, name string
		of         finder
		absent     error
	}{{"/v1/invoices/{id}", "invoice", h.service.Invoice, domain.ErrNoInvoice}, {"/v1/credit-notes/{id}", "credit-note", h.service.CreditNote, domain.ErrNoNote}} {
		pdf := op(kind.path+"/pdf", "get-"+kind.name+"-pdf", "Download it as a PDF; 202 until it has its number")
		web.Register(api, pdf, h.pdf(kind.of, kind.absent))
		xml := op(kind.path+"/xml", "get-"+kind.name+"-xml", "Download it for machines, as EN 16931 CII; 202 until it has its number")
		web.Register(api, xml, h.xml(kind.of, kind.absent))
		web.AnswersWith(api, pdf, pdfType)
		web.AnswersWith(api, xml, xmlType)
		for _, op := range []web.Op{pdf, xml} {
			api.OpenAPI().Paths[op.Path].Get.Responses["202"] = &huma.Response{Description: "The number is not assigned yet; ask again after Retry-After seconds"}
		}
	}
}
