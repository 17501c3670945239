package rest

import (
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type orderLineDTO struct {
	ID           string             `json:"id" format:"uuid"`
	ProductID    *string            `json:"product_id,omitempty" format:"uuid"`
	BundleID     *string            `json:"bundle_id,omitempty" format:"uuid"`
	Title        string             `json:"title"`
	Quantity     int                `json:"quantity"`
	PriceVersion int                `json:"price_version" doc:"The price version that it was sold at, for ever"`
	UnitPrice    web.Money          `json:"unit_price"`
	Discount     web.Money          `json:"discount"`
	Tax          web.Money          `json:"tax"`
	LineTotal    web.Money          `json:"line_total" doc:"With the tax"`
	Parts        []orderLinePartDTO `json:"parts,omitempty" doc:"Of a bundle: what each of its products has of the line's money, for ever"`
}

type orderLinePartDTO struct {
	ProductID string    `json:"product_id" format:"uuid"`
	Title     string    `json:"title"`
	Discount  web.Money `json:"discount"`
	Tax       web.Money `json:"tax"`
	Total     web.Money `json:"total" doc:"With the tax: what is refunded when it is refunded alone"`
}

func toLine(l domain.Line) orderLineDTO {
	out := orderLineDTO{
		ID: l.ID.String(), Title: l.Title, Quantity: l.Quantity, PriceVersion: l.PriceVersion,
		UnitPrice: web.FromMoney(l.Unit),
		Discount:  web.FromMoney(l.Discount), Tax: web.FromMoney(l.Tax), LineTotal: web.FromMoney(l.Total),
	}
	sellable := l.SellableID.String()
	if l.Bundle {
		out.BundleID = &sellable
		for _, p := range l.Gives {
			out.Parts = append(out.Parts, orderLinePartDTO{
				p.ID.String(), p.Title, web.FromMoney(p.Discount),
				web.FromMoney(p.Tax), web.FromMoney(p.Total),
			})
		}
	} else {
		out.ProductID = &sellable
	}
	return out
}

func toLines(lines []domain.Line) []orderLineDTO {
	out := make([]orderLineDTO, len(lines))
	for i, l := range lines {
		out[i] = toLine(l)
	}
	return out
}

// Totals are the sums of an order or a quote.
type Totals struct {
	Subtotal      web.Money `json:"subtotal"`
	DiscountTotal web.Money `json:"discount_total"`
	TaxTotal      web.Money `json:"tax_total" doc:"Included in the total; in the subtotal as well unless the store's prices are without tax"`
	Total         web.Money `json:"total"`
}

func newTotals(t domain.Totals) Totals {
	return Totals{web.FromMoney(t.Subtotal), web.FromMoney(t.Discount), web.FromMoney(t.Tax), web.FromMoney(t.Total)}
}

type paymentMethodDTO struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

type orderPaymentDTO struct {
	ID          string           `json:"id" format:"uuid"`
	Status      string           `json:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late"`
	DeclineCode string           `json:"decline_code,omitempty"`
	Method      paymentMethodDTO `json:"method"`
}

type documentRefDTO struct {
	ID     string  `json:"id" format:"uuid"`
	Number *string `json:"number" doc:"null until it is assigned, within a second of the payment"`
}

type nextActionDTO struct {
	Type string `json:"type" enum:"redirect"`
	URL  string `json:"url" format:"uri"`
}

// Order is an order as its buyer sees it.
type Order struct {
	ID     string         `json:"id" format:"uuid"`
	Number string         `json:"number"`
	Status string         `json:"status" enum:"pending,processing,requires_action,paid,completed,declined,canceled,partially_refunded,refunded,manual_review"`
	Lines  []orderLineDTO `json:"lines" nullable:"false"`
	Totals
	Tax        taxDTO                        `json:"tax"`
	Payment    web.Nullable[orderPaymentDTO] `json:"payment" doc:"The newest attempt; null before the first"`
	NextAction *nextActionDTO                `json:"next_action,omitempty" doc:"What the buyer must do, with requires_action"`
	Invoice    web.Nullable[documentRefDTO]  `json:"invoice" doc:"null until the order is paid"`
	Refunds    []refundDTO                   `json:"refunds" nullable:"false"`
	Dispute    *disputeDTO                   `json:"dispute,omitempty" doc:"The buyer's complaint at the bank, if there is one"`
	CreatedAt  time.Time                     `json:"created_at"`
}

// OrderInput names an order.
type OrderInput struct {
	ID string `path:"id" doc:"The ID of the order" example:"00000000-0000-7000-8000-000000000002"`
}

// order returns the ID of the order. A text that is no ID names no order.
func (in OrderInput) order() (id.ID, error) {
	orderID, err := id.Parse(in.ID)
	if err != nil {
		return id.Nil, domain.ErrNoOrder
	}
	return orderID, nil
}

func toOrder(v service.View) Order {
	o := v.Order
	out := Order{
		ID: o.ID.String(), Number: o.Number, Status: string(o.Status), Lines: toLines(o.Lines), Totals: newTotals(o.Totals),
		Tax:     newTax(o.Country, o.TaxTreatment(), domain.Reason(o.TaxTreatment(), o.Country)),
		Refunds: []refundDTO{}, CreatedAt: o.CreatedAt,
	}
	if p := v.Payment.Payment; p != nil {
		out.Payment = web.NullableOf(&orderPaymentDTO{
			p.ID.String(), string(p.Status), p.DeclineCode, paymentMethodDTO{p.Brand, p.Last4},
		})
		if o.Status == checkout.RequiresAction && p.ActionURL != "" {
			out.NextAction = &nextActionDTO{p.ActionType, p.ActionURL}
		}
	}
	for _, r := range v.Payment.Refunds {
		out.Refunds = append(out.Refunds, toRefund(r))
	}
	if d := v.Payment.Dispute; d != nil {
		out.Dispute = &disputeDTO{d.ID.String(), string(d.Status), web.FromMoney(d.Amount)}
	}
	if i := v.Payment.Invoice; i != nil {
		out.Invoice = web.NullableOf(newDocumentRef(i.ID, i.Number))
	}
	return out
}

// newDocumentRef names a document. Its number is empty until it is assigned.
func newDocumentRef(documentID id.ID, number string) *documentRefDTO {
	out := documentRefDTO{ID: documentID.String()}
	if number != "" {
		out.Number = &number
	}
	return &out
}

type orderOutput struct{ Body Order }

type payOutput struct {
	Status   int
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     Order
}

// SelectedItems names items of the cart.
type SelectedItems struct {
	ItemIDs []string `json:"item_ids" minItems:"1" maxItems:"100" uniqueItems:"true" nullable:"false" doc:"Items of the cart"`
}

// cartLineIDs reads the items; what is no ID names nothing in the cart.
func (s SelectedItems) cartLineIDs() ([]id.ID, error) {
	return web.UniqueIDs("item_ids", s.ItemIDs, domain.ErrNoItem)
}

// Selection is what a quote is for. Its name is that of the schema, which generated clients use.
type Selection struct {
	SelectedItems
	BusinessInput
}

type quoteInput struct{ Body Selection }

type quoteProblemDTO struct {
	ItemID    string            `json:"item_id" format:"uuid"`
	Code      string            `json:"code" enum:"item-unavailable,already-owned,missing-base-game"`
	Message   string            `json:"message"`
	CoveredBy *catalog.CoverDTO `json:"covered_by,omitempty" doc:"With already-owned: what gives the buyer all of it already"`
}

func toCover(c domain.Cover) *catalog.CoverDTO {
	switch {
	case c.Type == "":
		return nil
	case c.ID == id.Nil:
		return &catalog.CoverDTO{Type: string(c.Type)}
	}
	return &catalog.CoverDTO{Type: string(c.Type), ID: c.ID.String()}
}

type quoteDTO struct {
	Lines []orderLineDTO `json:"lines" nullable:"false"`
	Totals
	Tax      taxDTO            `json:"tax"`
	Problems []quoteProblemDTO `json:"problems" nullable:"false" doc:"What stands in the way of buying"`
	QuotedAt time.Time         `json:"quoted_at"`
}

type quoteOutput struct{ Body quoteDTO }

func toQuote(b domain.Basket) quoteDTO {
	out := quoteDTO{
		Lines: toLines(b.Lines), Totals: newTotals(b.Totals),
		Tax:      newTax(b.Tax.Country, b.Tax.Treatment(), b.Tax.Reason()),
		Problems: []quoteProblemDTO{}, QuotedAt: b.QuotedAt,
	}
	for i := range out.Lines {
		out.Lines[i].ID = b.Lines[i].CartLineID.String()
	}
	for _, p := range b.Problems {
		out.Problems = append(out.Problems, quoteProblemDTO{
			p.CartLineID.String(), p.Fault.Code,
			p.Fault.Message, toCover(p.CoveredBy),
		})
	}
	return out
}

// MethodInput names how to pay.
type MethodInput struct {
	PaymentMethod string `json:"payment_method" pattern:"^pm_[a-z0-9_]{1,60}$" doc:"A token of the payment provider, never a card number" example:"pm_ok"`
	ReturnURL     string `json:"return_url,omitempty" format:"uri" maxLength:"2048" doc:"The page to which the provider sends the buyer back. Its origin must be one that the store allows: any other is 422 return-url-not-allowed"`
}

type checkoutInput struct {
	web.IdempotencyKey
	Body struct {
		SelectedItems
		MethodInput
		TermsInput
		ExpectedTotal web.MoneyInput `json:"expected_total" doc:"The total that the buyer agreed to: that of the quote"`
	}
}

type payInput struct {
	web.IdempotencyKey
	OrderInput
	Body struct {
		MethodInput
		TermsInput
		ExpectedTotal *web.MoneyInput `json:"expected_total,omitempty" doc:"The total that the buyer agrees to, when it is not the order's any more"`
	}
}
