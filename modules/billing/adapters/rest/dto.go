package rest

import (
	"net/http"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type transactionDTO struct {
	ID          string    `json:"id" format:"uuid"`
	Type        string    `json:"type" enum:"payment,refund"`
	OrderID     string    `json:"order_id" format:"uuid"`
	Amount      web.Money `json:"amount"`
	Status      string    `json:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late,pending,succeeded,failed"`
	DeclineCode string    `json:"decline_code,omitempty"`
	CreatedAt   time.Time `json:"created_at"`
}

func toTransaction(t domain.Transaction) transactionDTO {
	return transactionDTO{t.ID.String(), t.Type, t.OrderID.String(), web.FromMoney(t.Amount), t.Status, t.DeclineCode, t.CreatedAt}
}

type lineDTO struct {
	Title     string    `json:"title"`
	Quantity  int       `json:"quantity"`
	UnitPrice web.Money `json:"unit_price"`
	Discount  web.Money `json:"discount"`
	Tax       web.Money `json:"tax"`
	LineTotal web.Money `json:"line_total"`
	Contents  []string  `json:"contents,omitempty" doc:"Of a bundle"`
}

func toLine(l billing.PaperLine) lineDTO {
	return lineDTO{
		l.Title, l.Quantity, web.FromMoney(l.Unit), web.FromMoney(l.Discount), web.FromMoney(l.Tax), web.FromMoney(l.Total), l.Contents,
	}
}

type invoiceDTO struct {
	ID            string     `json:"id" format:"uuid"`
	Number        *string    `json:"number" doc:"null until it is assigned, within a second of the payment"`
	OrderID       string     `json:"order_id" format:"uuid"`
	OrderNumber   string     `json:"order_number"`
	BuyerName     string     `json:"buyer_name"`
	Lines         []lineDTO  `json:"lines" nullable:"false"`
	Subtotal      web.Money  `json:"subtotal"`
	DiscountTotal web.Money  `json:"discount_total"`
	TaxTotal      web.Money  `json:"tax_total"`
	Total         web.Money  `json:"total"`
	SuppliedAt    time.Time  `json:"supplied_at"`
	IssuedAt      *time.Time `json:"issued_at" doc:"null until the number is assigned"`
}

func toInvoice(i domain.Invoice) invoiceDTO {
	p := i.Paper
	out := invoiceDTO{
		ID: i.ID.String(), OrderID: i.OrderID.String(), OrderNumber: p.OrderNumber, BuyerName: p.Buyer.Name, Lines: []lineDTO{},
		Subtotal: web.FromMoney(p.Subtotal), DiscountTotal: web.FromMoney(p.Discount), TaxTotal: web.FromMoney(p.Tax),
		Total: web.FromMoney(p.Total), SuppliedAt: i.CapturedAt,
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, toLine(l))
	}
	if i.Issued() {
		number := i.FullNumber()
		out.Number, out.IssuedAt = &number, &i.IssuedAt
	}
	return out
}

type invoiceInput struct {
	ID string `path:"id"`
}

type invoiceOutput struct{ Body invoiceDTO }

const pdfType = "application/pdf"

type pdfOutput struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	RetryAfter  string `header:"Retry-After"`
	Body        []byte `contentType:"application/pdf"`
}

// registerPDF documents the two answers of the one operation whose body is not JSON.
func registerPDF(api *web.API, h handlers) {
	op := web.Op{Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/invoices/{id}/pdf", ID: "get-invoice-pdf", Summary: "Download an invoice; 202 until it has its number", Tag: "billing"}
	web.Register(api, op, h.pdf)
	responses := api.OpenAPI().Paths[op.Path].Get.Responses
	responses["200"].Content = map[string]*huma.MediaType{pdfType: {Schema: &huma.Schema{Type: "string", Format: "binary"}}}
	responses["202"] = &huma.Response{Description: "The number is not assigned yet; ask again after Retry-After seconds"}
}

type webhookInput struct {
	Provider  string `path:"provider"`
	Signature string `header:"Mockpay-Signature" doc:"t=<unix seconds>,v1=<HMAC-SHA256 of t.body in hex>"`
	RawBody   []byte `contentType:"application/json"`
}
