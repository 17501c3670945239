package rest

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type refundLineDTO struct {
	LineID    string    `json:"line_id" format:"uuid"`
	ProductID string    `json:"product_id" format:"uuid"`
	Quantity  int       `json:"quantity,omitempty" doc:"Units that are refunded whole"`
	Amount    web.Money `json:"amount" doc:"With the tax"`
	Tax       web.Money `json:"tax"`
}

type refundDTO struct {
	ID         string                       `json:"id" format:"uuid"`
	OrderID    string                       `json:"order_id" format:"uuid"`
	Amount     web.Money                    `json:"amount"`
	Status     string                       `json:"status" enum:"requested,pending,succeeded,failed"`
	Reason     string                       `json:"reason"`
	Lines      []refundLineDTO              `json:"lines" nullable:"false"`
	CreditNote web.Nullable[documentRefDTO] `json:"credit_note" doc:"null until the refund has succeeded"`
	CreatedAt  time.Time                    `json:"created_at"`
}

type disputeDTO struct {
	ID     string    `json:"id" format:"uuid"`
	Status string    `json:"status" enum:"opened,won,lost" doc:"As the store sees it"`
	Amount web.Money `json:"amount"`
}

func toRefund(r ports.Refund) refundDTO {
	out := refundDTO{
		ID: r.ID.String(), OrderID: r.OrderID.String(), Amount: web.FromMoney(r.Amount), Status: string(r.Status),
		Reason:    r.Reason,
		Lines:     []refundLineDTO{},
		CreatedAt: r.CreatedAt,
	}
	for _, l := range r.Lines {
		out.Lines = append(out.Lines, refundLineDTO{
			l.LineID.String(), l.ProductID.String(), l.Quantity,
			web.FromMoney(l.Amount), web.FromMoney(l.Tax),
		})
	}
	if n := r.CreditNote; n != nil {
		out.CreditNote = web.NullableOf(newDocumentRef(n.ID, n.Number))
	}
	return out
}

type refundItemInput struct {
	LineID    string          `json:"line_id" format:"uuid"`
	ProductID string          `json:"product_id,omitempty" format:"uuid" doc:"One product of the line; the whole line when left out"`
	Quantity  int             `json:"quantity,omitempty" minimum:"1" maximum:"1000" doc:"Units of the line; not together with an amount"`
	Amount    *web.MoneyInput `json:"amount,omitempty" doc:"For the staff: a part of what is left; all of it when left out"`
}

type refundInput struct {
	web.IdempotencyKey
	OrderInput
	Body struct {
		LineIDs []string          `json:"line_ids,omitempty" minItems:"1" maxItems:"100" uniqueItems:"true" nullable:"false" doc:"Lines of the order, each as far as it is left; the whole order without any"`
		Items   []refundItemInput `json:"items,omitempty" minItems:"1" maxItems:"500" nullable:"false" doc:"Instead of line_ids: lines, or products of them"`
		Reason  string            `json:"reason" minLength:"1" maxLength:"500"`
	}
}

var errRefundItems = fault.New(fault.Invalid, "invalid-request",
	"name what is to be refunded once, in line_ids or in items")

// items reads what is to be refunded. A text that is no ID names nothing in the order.
func (in *refundInput) items() ([]ports.RefundItem, error) {
	b := in.Body
	if len(b.LineIDs) > 0 && len(b.Items) > 0 {
		return nil, errRefundItems
	}
	lineIDs, err := web.UniqueIDs("line_ids", b.LineIDs, domain.ErrNoLine)
	if err != nil {
		return nil, err
	}
	out := make([]ports.RefundItem, len(b.Items), len(b.Items)+len(lineIDs))
	for _, lineID := range lineIDs {
		out = append(out, ports.RefundItem{LineID: lineID})
	}
	for i, item := range b.Items {
		if out[i], err = item.read(fmt.Sprintf("body.items[%d]", i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (item refundItemInput) read(at string) (out ports.RefundItem, err error) {
	if out.LineID, err = id.Parse(item.LineID); err != nil {
		return out, domain.ErrNoLine
	}
	if item.ProductID != "" {
		if out.ProductID, err = id.Parse(item.ProductID); err != nil {
			return out, domain.ErrNoLine
		}
	}
	if item.Quantity > 0 && item.Amount != nil {
		return out, domain.ErrQuantityAndAmount
	}
	out.Quantity = item.Quantity
	if item.Amount == nil {
		return out, nil
	}
	amount, err := item.Amount.Restored()
	if err != nil {
		return out, fault.Of(err).At(at+".amount.currency", "write the order's currency", item.Amount.Currency)
	}
	out.Amount = &amount
	return out, nil
}

const refundFailed = "failed"

type refundOutput struct {
	Status   int
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     refundDTO
}

func registerRefunds(api *web.API, h handlers) {
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodPost, Path: "/v1/orders/{id}/refunds", ID: "refund-order", Tag: "checkout",
		Summary: "Refund an order", Status: http.StatusCreated, Also: []int{http.StatusAccepted},
	}, h.refund)
}

func (h handlers) refund(ctx context.Context, in *refundInput) (*refundOutput, error) {
	key, err := in.Valid()
	if err != nil {
		return nil, err
	}
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	items, err := in.items()
	if err != nil {
		return nil, err
	}
	caller := web.CallerOf(ctx)
	view, err := h.service.Refund(ctx, service.RefundOrder{
		AccountID: caller.AccountID, Staff: caller.IsStaff(), OrderID: orderID, Items: items,
		Reason: in.Body.Reason, Key: key,
	})
	if err != nil {
		return nil, err
	}
	out := &refundOutput{
		Status: http.StatusCreated, Location: "/v1/orders/" + orderID.String(),
		Body: toRefund(view.Refund),
	}
	if view.Replayed {
		out.Replayed = "true"
	}
	switch {
	case !view.Refund.Status.Final():
		out.Status = http.StatusAccepted
	case out.Body.Status == refundFailed:
		failed := domain.ErrRefundFailed.With("order_id", out.Body.OrderID).With("refund_id", out.Body.ID)
		return nil, huma.ErrorWithHeaders(failed, http.Header{"Idempotent-Replayed": replayed(out.Replayed)})
	}
	return out, nil
}
