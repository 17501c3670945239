// Package rest is checkout over HTTP.
package rest

import (
	"context"
	"net/http"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	op := func(method, path, operationID, summary string, status int, also ...int) web.Op {
		return web.Op{
			Access: web.SignedIn, Method: method, Path: path, ID: operationID, Summary: summary, Tag: "checkout",
			Status: status, Also: also,
		}
	}
	web.Register(api, op(http.MethodPost, "/v1/checkouts/quote", "quote-checkout", "Quote selected items of my cart",
		http.StatusOK), h.quote)
	web.Register(api, op(http.MethodPost, "/v1/checkouts", "checkout", "Buy selected items of my cart",
		http.StatusCreated, http.StatusAccepted), h.checkout)
	web.Register(api, op(http.MethodGet, "/v1/orders", "list-orders", "List my orders", http.StatusOK), h.list)
	web.Register(api, op(http.MethodGet, "/v1/orders/{id}", "get-order", "Get an order", http.StatusOK), h.get)
	web.Register(api, op(http.MethodGet, "/v1/orders/{id}/timeline", "get-order-timeline",
		"List what happened to an order", http.StatusOK), h.timeline().get)
	web.Register(api, op(http.MethodPost, "/v1/orders/{id}/payments", "pay-order", "Pay a declined order again",
		http.StatusCreated, http.StatusAccepted), h.pay)
	web.Register(api, op(http.MethodPost, "/v1/orders/{id}/cancel", "cancel-order", "Cancel an unpaid order",
		http.StatusOK), h.cancel)
	registerRefunds(api, h)
	registerStaff(api, h)
}

func (h handlers) quote(ctx context.Context, in *quoteInput) (*quoteOutput, error) {
	lineIDs, err := in.Body.cartLineIDs()
	if err != nil {
		return nil, err
	}
	basket, err := h.service.QuoteFor(ctx, web.CallerOf(ctx).AccountID, lineIDs, in.Body.read())
	if err != nil {
		return nil, err
	}
	return &quoteOutput{toQuote(basket)}, nil
}

func (h handlers) checkout(ctx context.Context, in *checkoutInput) (*payOutput, error) {
	key, err := in.Valid()
	if err != nil {
		return nil, err
	}
	lineIDs, err := in.Body.cartLineIDs()
	if err != nil {
		return nil, err
	}
	expected, err := in.Body.ExpectedTotal.Money()
	if err != nil {
		return nil, fault.Of(err).At("body.expected_total.currency",
			"write the ISO 4217 code of a currency in force, such as USD", in.Body.ExpectedTotal.Currency)
	}
	view, err := h.service.Place(ctx, service.PlaceOrder{
		AccountID: web.CallerOf(ctx).AccountID, CartLineIDs: lineIDs, Expected: expected, Method: in.Body.PaymentMethod,
		ReturnURL: in.Body.ReturnURL, Key: key, Terms: in.Body.terms(ctx),
	})
	if err != nil {
		return nil, err
	}
	return answer(view)
}

// answer maps an order's status to that of the response: bought, unresolved, or declined.
func answer(v service.View) (*payOutput, error) {
	out := &payOutput{Status: http.StatusCreated, Location: "/v1/orders/" + v.Order.ID.String(), Body: toOrder(v)}
	if v.Replayed {
		out.Replayed = "true"
	}
	switch v.Order.Status {
	case checkout.Declined:
		refusal := domain.ErrDeclined.With("order_id", v.Order.ID.String())
		if p := v.Payment.Payment; p != nil {
			refusal = refusal.With("decline_code", p.DeclineCode)
		}
		return nil, huma.ErrorWithHeaders(refusal, http.Header{"Idempotent-Replayed": replayed(out.Replayed)})
	case checkout.Canceled:
		return nil, domain.ErrCanceled.With("order_id", v.Order.ID.String())
	case checkout.Pending, checkout.Processing, checkout.RequiresAction, checkout.Paid, checkout.ManualReview:
		out.Status = http.StatusAccepted
	case checkout.Completed, checkout.PartiallyRefunded, checkout.Refunded:
	}
	return out, nil
}

// replayed repeats an answer's header where a problem takes its place.
func replayed(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

func (h handlers) list(ctx context.Context, in *web.PageQuery) (*web.List[Order], error) {
	p, err := h.service.List(ctx, web.CallerOf(ctx).AccountID, in.Request("/v1/orders"))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, "/v1/orders", toOrder), nil
}

func (h handlers) get(ctx context.Context, in *OrderInput) (*orderOutput, error) {
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	view, err := h.service.Order(ctx, web.CallerOf(ctx).AccountID, orderID)
	if err != nil {
		return nil, err
	}
	return &orderOutput{toOrder(view)}, nil
}

func (h handlers) timeline() timelineOf {
	own := func(ctx context.Context, orderID id.ID) ([]ports.Entry, error) {
		return h.service.Timeline(ctx, web.CallerOf(ctx).AccountID, orderID)
	}
	return timelineOf{own, toEntry}
}

func (h handlers) pay(ctx context.Context, in *payInput) (*payOutput, error) {
	key, err := in.Valid()
	if err != nil {
		return nil, err
	}
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	c := service.PayOrder{
		AccountID: web.CallerOf(ctx).AccountID, OrderID: orderID, Method: in.Body.PaymentMethod,
		ReturnURL: in.Body.ReturnURL, Key: key, Terms: in.Body.terms(ctx),
	}
	if in.Body.ExpectedTotal != nil {
		expected, err := in.Body.ExpectedTotal.Money()
		if err != nil {
			return nil, fault.Of(err).At("body.expected_total.currency",
				"write the ISO 4217 code of a currency in force, such as USD", in.Body.ExpectedTotal.Currency)
		}
		c.Expected = &expected
	}
	view, err := h.service.Pay(ctx, c)
	if err != nil {
		return nil, err
	}
	return answer(view)
}

func (h handlers) cancel(ctx context.Context, in *OrderInput) (*orderOutput, error) {
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	view, err := h.service.Cancel(ctx, web.CallerOf(ctx).AccountID, orderID)
	if err != nil {
		return nil, err
	}
	return &orderOutput{toOrder(view)}, nil
}
