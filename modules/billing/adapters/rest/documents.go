package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type documentLineDTO struct {
	LineID    string    `json:"line_id" format:"uuid" doc:"The ID of the order's line"`
	Title     string    `json:"title"`
	Quantity  int       `json:"quantity"`
	UnitPrice web.Money `json:"unit_price"`
	Discount  web.Money `json:"discount"`
	Tax       web.Money `json:"tax"`
	LineTotal web.Money `json:"line_total"`
	Contents  []string  `json:"contents,omitempty" doc:"The titles of a bundle's products"`
}

func toLine(l billing.LineItem) documentLineDTO {
	out := documentLineDTO{
		l.LineID.String(), l.Title, l.Quantity, web.FromMoney(l.Unit), web.FromMoney(l.Discount), web.FromMoney(l.Tax),
		web.FromMoney(l.Total), nil,
	}
	if l.Bundle {
		for _, p := range l.Parts {
			out.Contents = append(out.Contents, p.Title)
		}
	}
	return out
}

type documentTaxDTO struct {
	Percent string    `json:"percent" example:"25.50"`
	Net     web.Money `json:"net"`
	Tax     web.Money `json:"tax"`
}

// Document has the common fields of invoices and credit notes.
type Document struct {
	ID            string            `json:"id" format:"uuid"`
	Number        *string           `json:"number" doc:"null until it is assigned, usually within a second"`
	OrderID       string            `json:"order_id" format:"uuid"`
	OrderNumber   string            `json:"order_number"`
	SellerName    string            `json:"seller_name"`
	BuyerName     string            `json:"buyer_name"`
	BuyerCountry  string            `json:"buyer_country"`
	BuyerCompany  string            `json:"buyer_company,omitempty"`
	BuyerVATID    string            `json:"buyer_vat_id,omitempty"`
	Treatment     string            `json:"tax_treatment,omitempty" enum:"taxed,reverse_charge,untaxed" doc:"How the sale is treated for tax; absent in old documents"`
	Lines         []documentLineDTO `json:"lines" nullable:"false"`
	Subtotal      web.Money         `json:"subtotal"`
	DiscountTotal web.Money         `json:"discount_total"`
	TaxTotal      web.Money         `json:"tax_total"`
	Total         web.Money         `json:"total"`
	Taxes         []documentTaxDTO  `json:"taxes" nullable:"false" doc:"The tax summary by rate"`
	SuppliedAt    time.Time         `json:"supplied_at" doc:"When the money was captured or refunded"`
	IssuedAt      *time.Time        `json:"issued_at" doc:"null until the number is assigned"`
	SHA256        string            `json:"sha256,omitempty" doc:"SHA-256 of the issued document's content, in hex"`
}

type invoiceDTO struct{ Document }

type creditNoteDTO struct {
	Document
	InvoiceID     string  `json:"invoice_id" format:"uuid" doc:"The ID of the corrected invoice"`
	InvoiceNumber *string `json:"invoice_number" doc:"null until it is assigned"`
}

func newDocument(i domain.Invoice) (Document, error) {
	p := i.Content
	out := Document{
		ID: i.ID.String(), OrderID: i.OrderID.String(), OrderNumber: p.OrderNumber, SellerName: i.Seller.Name,
		BuyerName:    p.Buyer.Name,
		BuyerCountry: p.Buyer.Country, Lines: []documentLineDTO{}, Subtotal: web.FromMoney(p.Subtotal),
		DiscountTotal: web.FromMoney(p.Discount),
		TaxTotal:      web.FromMoney(p.Tax), Total: web.FromMoney(p.Total), Taxes: []documentTaxDTO{},
		SuppliedAt: i.CapturedAt,
	}
	out.Treatment = string(p.Treatment)
	if b := p.Buyer.Business; b != nil {
		out.BuyerCompany, out.BuyerVATID = b.Company, b.VATID
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, toLine(l))
	}
	groups, err := domain.TaxSummary(p)
	for _, g := range groups {
		out.Taxes = append(out.Taxes, documentTaxDTO{
			fmt.Sprintf("%d.%02d", g.Rate/100, g.Rate%100),
			web.FromMoney(g.Net), web.FromMoney(g.Tax),
		})
	}
	if i.Issued() {
		number := i.FullNumber()
		out.Number, out.IssuedAt, out.SHA256 = &number, &i.IssuedAt, fmt.Sprintf("%x", i.Hash)
	}
	return out, err
}

type documentInput struct {
	ID string `path:"id" doc:"The ID of the document"`
}

type invoiceOutput struct{ Body invoiceDTO }

type creditNoteOutput struct{ Body creditNoteDTO }

const (
	pdfType = "application/pdf"
	xmlType = "application/xml"
)

// file is a rendered document, or 202 while the document has no number.
type file struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	RetryAfter  string `header:"Retry-After"`
	Body        []byte
}

func newFile(document domain.Invoice, body []byte, contentType, suffix string) *file {
	if body == nil {
		return &file{Status: http.StatusAccepted, RetryAfter: "1"}
	}
	return &file{
		Status: http.StatusOK, ContentType: contentType, Body: body,
		Disposition: fmt.Sprintf(`attachment; filename="%s.%s"`, document.FullNumber(), suffix),
	}
}

// finder finds a document that the caller may read.
type finder func(ctx context.Context, documentID id.ID) (domain.Invoice, error)

// own finds documents of the caller's account only.
func own(find func(ctx context.Context, accountID, documentID id.ID) (domain.Invoice, error)) finder {
	return func(ctx context.Context, documentID id.ID) (domain.Invoice, error) {
		return find(ctx, web.CallerOf(ctx).AccountID, documentID)
	}
}

// kind is a kind of document with the access to it.
type kind struct {
	access web.Access
	path   string
	id     string // of operations
	title  string
	find   finder
	absent *fault.Error
}

func (k kind) of(ctx context.Context, in *documentInput) (domain.Invoice, error) {
	documentID, err := id.Parse(in.ID)
	if err != nil {
		return domain.Invoice{}, k.absent
	}
	return k.find(ctx, documentID)
}

func (k kind) op(suffix, idSuffix, summary string) web.Op {
	return web.Op{
		Access: k.access, Method: http.MethodGet, Path: k.path + "/{id}" + suffix, ID: "get-" + k.id + idSuffix,
		Tag: "billing", Summary: summary,
	}
}

func (k kind) invoice(ctx context.Context, in *documentInput) (*invoiceOutput, error) {
	invoice, err := k.of(ctx, in)
	if err != nil {
		return nil, err
	}
	out, err := toInvoice(invoice)
	return &invoiceOutput{out}, err
}

func (k kind) creditNote(ctx context.Context, in *documentInput) (*creditNoteOutput, error) {
	note, err := k.of(ctx, in)
	if err != nil {
		return nil, err
	}
	out, err := toCreditNote(note)
	return &creditNoteOutput{out}, err
}

func toInvoice(i domain.Invoice) (invoiceDTO, error) {
	document, err := newDocument(i)
	return invoiceDTO{document}, err
}

func toCreditNote(note domain.Invoice) (creditNoteDTO, error) {
	document, err := newDocument(note)
	out := creditNoteDTO{Document: document, InvoiceID: note.Preceding.ID.String()}
	if note.Preceding.Number != "" {
		out.InvoiceNumber = &note.Preceding.Number
	}
	return out, err
}

// download returns a handler that renders a document. render returns nil while the document has no number.
func (k kind) download(format string, render func(ctx context.Context, document domain.Invoice) ([]byte,
	error),
) func(ctx context.Context, in *documentInput) (*file, error) {
	return func(ctx context.Context, in *documentInput) (*file, error) {
		document, err := k.of(ctx, in)
		if err != nil {
			return nil, err
		}
		body, err := render(ctx, document)
		return newFile(document, body, "application/"+format, format), err
	}
}

// registerDocuments adds the operations on documents, for their buyers and for staff.
func registerDocuments(api *web.API, h handlers) {
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/invoices", ID: "list-invoices",
		Summary: "List my invoices", Tag: "billing",
	}, h.invoices)
	for _, invoices := range []kind{
		{web.SignedIn, "/v1/invoices", "invoice", "an invoice", own(h.service.Invoice), domain.ErrNoInvoice},
		{
			web.Staff, "/v1/admin/invoices", "any-invoice", "an invoice of any account",
			h.service.AnyInvoice, domain.ErrNoInvoice,
		},
	} {
		api.Describe(invoices.contract())
		web.Register(api, invoices.op("", "", "Get "+invoices.title), invoices.invoice)
		registerDownloads(api, h, invoices)
	}
	for _, notes := range []kind{
		{web.SignedIn, "/v1/credit-notes", "credit-note", "a credit note", own(h.service.CreditNote), domain.ErrNoNote},
		{
			web.Staff, "/v1/admin/credit-notes", "any-credit-note", "a credit note of any account",
			h.service.AnyCreditNote, domain.ErrNoNote,
		},
	} {
		api.Describe(notes.contract())
		web.Register(api, notes.op("", "", "Get "+notes.title), notes.creditNote)
		registerDownloads(api, h, notes)
	}
}

func registerDownloads(api *web.API, h handlers, k kind) {
	pdf := k.op("/pdf", "-pdf", "Download "+k.title+" as a PDF")
	web.Register(api, pdf, k.download("pdf", h.service.PDFOf))
	xml := k.op("/xml", "-xml", "Download "+k.title+" as XML")
	web.Register(api, xml, k.download("xml",
		func(_ context.Context, document domain.Invoice) ([]byte, error) { return h.service.XMLOf(document) }))
	web.AnswersWith(api, pdf, pdfType)
	web.AnswersWith(api, xml, xmlType)
	pending := &huma.Response{Description: "The number is not assigned yet; retry after Retry-After seconds"}
	for _, op := range []web.Op{pdf, xml} {
		api.OpenAPI().Paths[op.Path].Get.Responses["202"] = pending
	}
}
