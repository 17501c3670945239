package rest

import (
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type lineDTO struct {
	ID           string    `json:"id" format:"uuid"`
	ProductID    *string   `json:"product_id,omitempty" format:"uuid"`
	BundleID     *string   `json:"bundle_id,omitempty" format:"uuid"`
	Title        string    `json:"title"`
	Quantity     int       `json:"quantity"`
	PriceVersion int       `json:"price_version" doc:"The price version that it was sold at, for ever"`
	UnitPrice    web.Money `json:"unit_price"`
	Discount     web.Money `json:"discount"`
	Tax          web.Money `json:"tax"`
	LineTotal    web.Money `json:"line_total" doc:"With the tax"`
	Parts        []partDTO `json:"parts,omitempty" doc:"Of a bundle: what each of its products has of the line's money, for ever"`
}

type partDTO struct {
	ProductID string    `json:"product_id" format:"uuid"`
	Title     string    `json:"title"`
	Discount  web.Money `json:"discount"`
	Tax       web.Money `json:"tax"`
	Total     web.Money `json:"total" doc:"With the tax: what goes back when it is refunded alone"`
}

func toLine(l domain.Line) lineDTO {
	out := lineDTO{
		ID: l.ID.String(), Title: l.Title, Quantity: l.Quantity, PriceVersion: l.PriceVersion, UnitPrice: web.FromMoney(l.Unit),
		Discount: web.FromMoney(l.Discount), Tax: web.FromMoney(l.Tax), LineTotal: web.FromMoney(l.Total),
	}
	sellable := l.SellableID.String()
	if l.Bundle {
		out.BundleID = &sellable
		for _, p := range l.Gives {
			out.Parts = append(out.Parts, partDTO{p.ID.String(), p.Title, web.FromMoney(p.Discount), web.FromMoney(p.Tax), web.FromMoney(p.Total)})
		}
	} else {
		out.ProductID = &sellable
	}
	return out
}

func toLines(lines []domain.Line) []lineDTO {
	out := make([]lineDTO, len(lines))
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

type methodDTO struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

type paymentDTO struct {
	ID          string    `json:"id" format:"uuid"`
	Status      string    `json:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late"`
	DeclineCode string    `json:"decline_code,omitempty"`
	Method      methodDTO `json:"method"`
}

type invoiceDTO struct {
	ID     string  `json:"id" format:"uuid"`
	Number *string `json:"number" doc:"null until it is assigned, within a second of the payment"`
}

type actionDTO struct {
	Type string `json:"type"`
	URL  string `json:"url" format:"uri"`
}

type orderDTO struct {
	ID     string    `json:"id" format:"uuid"`
	Number string    `json:"number"`
	Status string    `json:"status" enum:"pending,processing,requires_action,paid,completed,declined,canceled,partially_refunded,refunded,manual_review"`
	Lines  []lineDTO `json:"lines" nullable:"false"`
	Totals
	Payment    web.Nullable[paymentDTO] `json:"payment" doc:"The newest attempt; null before the first"`
	NextAction *actionDTO               `json:"next_action,omitempty" doc:"What the buyer must do, with requires_action"`
	Invoice    web.Nullable[invoiceDTO] `json:"invoice" doc:"null until the order is paid"`
	Refunds    []refundDTO              `json:"refunds" nullable:"false"`
	Dispute    *disputeDTO              `json:"dispute,omitempty" doc:"The buyer's complaint at the bank, if there is one"`
	CreatedAt  time.Time                `json:"created_at"`
}

type timelineEntryDTO struct {
	At        time.Time `json:"at"`
	Event     string    `json:"event" doc:"order: it has a new state. Of its money: payment.requested, provider.charge, provider.find, provider.cancel, webhook, refund.requested, provider.refund, dispute"`
	Result    string    `json:"result" doc:"The state that it led to"`
	RequestID string    `json:"request_id,omitempty" doc:"Of the request that caused it, if one did"`
}

func toEntry(e ports.Entry) timelineEntryDTO {
	return timelineEntryDTO{e.At, e.What, e.Result, e.RequestID}
}

func toOrder(v service.View) orderDTO {
	o := v.Order
	out := orderDTO{
		ID: o.ID.String(), Number: o.Number, Status: string(o.Status), Lines: toLines(o.Lines), Totals: newTotals(o.Totals),
		Payment: web.NullableOf(toPayment(v.Bill)), Refunds: []refundDTO{}, CreatedAt: o.CreatedAt,
	}
	if o.Status == checkout.RequiresAction && v.Bill.ActionURL != "" {
		out.NextAction = &actionDTO{v.Bill.ActionType, v.Bill.ActionURL}
	}
	for _, r := range v.Bill.Refunds {
		out.Refunds = append(out.Refunds, toRefund(o.ID, r))
	}
	if v.Bill.Dispute != domain.NoDispute {
		out.Dispute = &disputeDTO{v.Bill.DisputeID.String(), string(v.Bill.Dispute), web.FromMoney(v.Bill.Disputed)}
	}
	if v.Bill.InvoiceID != id.Nil {
		invoice := invoiceDTO{ID: v.Bill.InvoiceID.String()}
		if v.Bill.InvoiceNumber != "" {
			invoice.Number = &v.Bill.InvoiceNumber
		}
		out.Invoice = web.NullableOf(&invoice)
	}
	return out
}

func toPayment(b ports.Bill) *paymentDTO {
	if b.PaymentID == id.Nil {
		return nil
	}
	return &paymentDTO{b.PaymentID.String(), b.PaymentStatus, b.DeclineCode, methodDTO{b.Brand, b.Last4}}
}

type orderOutput struct{ Body orderDTO }

type payOutput struct {
	Status   int
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     orderDTO
}

// Selection names items of the cart.
type Selection struct {
	ItemIDs []string `json:"item_ids" minItems:"1" maxItems:"100" uniqueItems:"true" nullable:"false" doc:"Items of the cart"`
}

// cartLineIDs reads the Selection; what is no ID names nothing in the cart.
func (s Selection) cartLineIDs() ([]id.ID, error) {
	out := make([]id.ID, len(s.ItemIDs))
	for i, text := range s.ItemIDs {
		lineID, err := id.Parse(text)
		if err != nil {
			return nil, domain.ErrNoItem
		}
		out[i] = lineID
	}
	return out, nil
}

type quoteInput struct{ Body Selection }

type problemDTO struct {
	ItemID  string `json:"item_id" format:"uuid"`
	Code    string `json:"code" enum:"item-unavailable,already-owned,missing-base-game"`
	Message string `json:"message"`
}

type quoteDTO struct {
	Lines []lineDTO `json:"lines" nullable:"false"`
	Totals
	Problems []problemDTO `json:"problems" nullable:"false" doc:"What stands in the way of buying"`
	QuotedAt time.Time    `json:"quoted_at"`
}

type quoteOutput struct{ Body quoteDTO }

func toQuote(b domain.Basket) quoteDTO {
	out := quoteDTO{Lines: toLines(b.Lines), Totals: newTotals(b.Totals), Problems: []problemDTO{}, QuotedAt: b.QuotedAt}
	for i := range out.Lines {
		out.Lines[i].ID = b.Lines[i].CartLineID.String()
	}
	for _, p := range b.Problems {
		out.Problems = append(out.Problems, problemDTO{p.CartLineID.String(), p.Fault.Code, p.Fault.Message})
	}
	return out
}

// MethodInput names how to pay.
type MethodInput struct {
	PaymentMethod string `json:"payment_method" pattern:"^pm_[a-z0-9_]{1,60}$" doc:"A token of the payment provider, never a card number" example:"pm_ok"`
}

type checkoutInput struct {
	web.IdempotencyKey
	Body struct {
		Selection
		MethodInput
		ExpectedTotal web.Money `json:"expected_total" doc:"The total that the buyer agreed to: that of the quote"`
	}
}

type payInput struct {
	web.IdempotencyKey
	ID   string `path:"id"`
	Body MethodInput
}

type orderInput struct {
	ID string `path:"id"`
}
