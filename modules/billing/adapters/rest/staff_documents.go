package rest

import (
	"context"
	"strings"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/web"
)

// documentsInput is the query of the lists of documents.
type documentsInput struct {
	web.PageQuery
	Number  string    `query:"number" maxLength:"60" doc:"The whole number with its series" example:"INV-AT-2026-000042"`
	Prefix  string    `query:"number_prefix" maxLength:"60" doc:"How the number begins; the highest number comes first" example:"INV-AT-2026-"`
	Account string    `query:"account" doc:"The ID of the buyer's account"`
	Order   string    `query:"order" maxLength:"60" doc:"The ID or the number of an order"`
	Country string    `query:"country" pattern:"^[A-Z]{2}$" doc:"The buyer's country: ISO 3166-1"`
	From    time.Time `query:"from" doc:"Issued at that moment or later"`
	To      time.Time `query:"to" doc:"Issued before that moment"`
}

// filter parses the query; found is false when nothing can match.
func (in *documentsInput) filter(kind domain.Kind) (f ports.DocumentFilter, found bool) {
	f = ports.DocumentFilter{
		Kind: kind, Number: strings.ToUpper(in.Number), NumberPrefix: strings.ToUpper(in.Prefix),
		Country: in.Country, From: in.From, To: in.To,
	}
	if f.From.UTC().Year() < 1 {
		f.From = time.Time{} // PostgreSQL has no year 0, and nothing was issued in it
	}
	if f.To.UTC().Year() < 1 {
		return f, false
	}
	if in.Account != "" {
		accountID, err := id.Parse(in.Account)
		if err != nil {
			return f, false
		}
		f.AccountID = accountID
	}
	if orderID, err := id.Parse(in.Order); err == nil {
		f.OrderID = orderID
	} else {
		f.OrderNumber = strings.ToUpper(in.Order)
	}
	return f, isASCII(f.NumberPrefix)
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x7f })
}

func (in *documentsInput) path(list string) string {
	return web.Path("/v1/admin/"+list, map[string]string{
		"number": in.Number, "number_prefix": in.Prefix, "account": in.Account, "order": in.Order,
		"country": in.Country, "from": moment(in.From), "to": moment(in.To),
	})
}

type documentLinks struct {
	PDF string `json:"pdf" doc:"The path of the PDF; 202 until the document is issued" example:"/v1/admin/invoices/01980f3e-0000-7000-8000-000000000000/pdf"`
	XML string `json:"xml" doc:"The path of the XML; 202 until the document is issued"`
}

// StaffDocument has the fields of documents that only lists for staff have.
type StaffDocument struct {
	Type      string        `json:"type" enum:"invoice,credit_note"`
	AccountID string        `json:"account_id" format:"uuid"`
	Series    *string       `json:"series" doc:"null until the number is assigned"`
	NetTotal  web.Money     `json:"net_total" doc:"The total without tax_total"`
	Links     documentLinks `json:"links"`
}

type staffInvoiceDTO struct {
	Document
	StaffDocument
}

type staffCreditNoteDTO struct {
	Document
	StaffDocument
	InvoiceID     string  `json:"invoice_id" format:"uuid" doc:"The ID of the corrected invoice"`
	InvoiceNumber *string `json:"invoice_number" doc:"null until it is assigned"`
}

func toStaffDocument(i domain.Invoice) (StaffDocument, error) {
	net, err := i.Content.Total.Sub(i.Content.Tax)
	path := "/v1/admin/invoices/" + i.ID.String()
	if i.Kind == domain.CreditNoteKind {
		path = "/v1/admin/credit-notes/" + i.ID.String()
	}
	out := StaffDocument{
		Type: string(i.Kind), AccountID: i.AccountID.String(), NetTotal: web.FromMoney(net),
		Links: documentLinks{path + "/pdf", path + "/xml"},
	}
	if i.Issued() {
		out.Series = &i.Series
	}
	return out, err
}

func toStaffInvoice(i domain.Invoice) (staffInvoiceDTO, error) {
	document, err := newDocument(i)
	if err != nil {
		return staffInvoiceDTO{}, err
	}
	staff, err := toStaffDocument(i)
	return staffInvoiceDTO{document, staff}, err
}

func toStaffCreditNote(i domain.Invoice) (staffCreditNoteDTO, error) {
	note, err := toCreditNote(i)
	if err != nil {
		return staffCreditNoteDTO{}, err
	}
	staff, err := toStaffDocument(i)
	return staffCreditNoteDTO{note.Document, staff, note.InvoiceID, note.InvoiceNumber}, err
}

// registerDocumentLists adds the lists of the documents of all accounts.
func registerDocumentLists(api *web.API, h handlers, op func(list, summary string) web.Op) {
	web.Register(api, op("invoices", "the invoices"),
		func(ctx context.Context, in *documentsInput) (*web.List[staffInvoiceDTO], error) {
			return documentList(ctx, h, in, documentLister[staffInvoiceDTO]{
				domain.InvoiceKind, "invoices", toStaffInvoice,
			})
		})
	web.Register(api, op("credit-notes", "the credit notes"),
		func(ctx context.Context, in *documentsInput) (*web.List[staffCreditNoteDTO], error) {
			return documentList(ctx, h, in, documentLister[staffCreditNoteDTO]{
				domain.CreditNoteKind, "credit-notes", toStaffCreditNote,
			})
		})
}

// documentLister lists the documents of a kind.
type documentLister[T any] struct {
	kind domain.Kind
	list string
	dto  func(i domain.Invoice) (T, error)
}

func documentList[T any](ctx context.Context, h handlers, in *documentsInput,
	l documentLister[T],
) (*web.List[T], error) {
	path := in.path(l.list)
	f, found := in.filter(l.kind)
	var p page.Page[domain.Invoice]
	if found {
		var err error
		if p, err = h.service.Archive.AllDocuments(ctx, f, in.Request(path)); err != nil {
			return nil, err
		}
	}
	return newList(p, path, l.dto)
}
