package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/ports"
	"coinslot/modules/checkout/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type settlementDTO struct {
	Owed             web.Money `json:"owed" doc:"The order's total"`
	Captured         web.Money `json:"captured" doc:"By the store's books"`
	Refunded         web.Money `json:"refunded" doc:"By the store's books, pending refunds included"`
	Disputed         web.Money `json:"disputed" doc:"Withheld by a bank, or returned to the buyer"`
	ProviderCaptured web.Money `json:"provider_captured" doc:"By the payment provider's books"`
	ProviderRefunded web.Money `json:"provider_refunded" doc:"By the payment provider's books"`
}

type manualReviewDTO struct {
	Reason     string         `json:"reason" enum:"payment_unknown,amount_mismatch,more_out_than_in,refund_failed,disputed,fulfilment_failed"`
	Since      time.Time      `json:"since"`
	Resolution string         `json:"resolution,omitempty" enum:"accept,refund,release" doc:"What staff decided, while it is being carried out"`
	Settlement *settlementDTO `json:"settlement,omitempty" doc:"Both sides' figures; absent in lists and while the provider does not answer"`
}

type staffOrderDTO struct {
	Order
	Evidence  evidenceDTO      `json:"evidence" doc:"Of the buyer's country"`
	AccountID string           `json:"account_id" format:"uuid"`
	Review    *manualReviewDTO `json:"review,omitempty" doc:"Why the order is in manual review"`
}

func toStaffOrder(v service.StaffView) staffOrderDTO {
	out := staffOrderDTO{Order: toOrder(v.View), Evidence: toEvidence(v.View), AccountID: v.Order.AccountID.String()}
	if r := v.Order.Review; r.Reason != "" {
		out.Review = &manualReviewDTO{
			Reason: string(r.Reason), Since: r.Since, Resolution: string(r.Resolving),
			Settlement: toSettlement(v.Settlement),
		}
	}
	return out
}

func toSettlement(s *ports.Settlement) *settlementDTO {
	if s == nil {
		return nil
	}
	return &settlementDTO{
		Owed: web.FromMoney(s.Owed), Captured: web.FromMoney(s.Captured), Refunded: web.FromMoney(s.Refunded),
		Disputed: web.FromMoney(s.Disputed), ProviderCaptured: web.FromMoney(s.ProviderCaptured),
		ProviderRefunded: web.FromMoney(s.ProviderRefunded),
	}
}

type staffOrderOutput struct{ Body staffOrderDTO }

type searchInput struct {
	web.PageQuery
	Status  string `query:"status" enum:"pending,processing,requires_action,paid,completed,declined,canceled,partially_refunded,refunded,manual_review"`
	Account string `query:"account" doc:"The ID of an account"`
	Query   string `query:"q" maxLength:"64" doc:"An order's number or its ID"`
}

// filter reads the query; found is false when it names nothing.
func (in *searchInput) filter() (f ports.Filter, found bool) {
	f.Status = checkout.Status(in.Status)
	if in.Account != "" {
		accountID, err := id.Parse(in.Account)
		if err != nil {
			return f, false
		}
		f.AccountID = accountID
	}
	if in.Query != "" {
		orderID, err := id.Parse(in.Query)
		if err != nil {
			f.Number = in.Query
		}
		f.OrderID = orderID
	}
	return f, true
}

type resolveInput struct {
	web.IdempotencyKey
	OrderInput
	Body struct {
		Action string `json:"action" enum:"accept,refund,release" doc:"accept: complete the order at its own total. refund: refund all that the provider holds, but for what a bank has returned to the buyer; 409 payment-disputed while a bank decides. release: cancel the order when nothing was taken"`
		Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Shown in the order's timeline"`
	}
}

type resolveOutput struct {
	Status   int
	Replayed string `header:"Idempotent-Replayed"`
	Body     staffOrderDTO
}

func registerStaff(api *web.API, h handlers) {
	op := func(method, path, operationID, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: method, Path: "/v1/admin/orders" + path, ID: operationID,
			Summary: summary, Tag: "checkout",
			Status: http.StatusOK,
		}
	}
	web.Register(api, op(http.MethodGet, "", "search-orders", "List the orders of all accounts"), h.search)
	web.Register(api, op(http.MethodGet, "/{id}", "get-any-order", "Get an order of any account"), h.anyOrder)
	web.Register(api, op(http.MethodGet, "/{id}/timeline", "get-any-order-timeline",
		"List what happened to an order of any account"),
		timelineOf{h.service.AnyTimeline, toStaffEntry}.get)
	resolve := op(http.MethodPost, "/{id}/resolve", "resolve-order", "Resolve the manual review of an order")
	resolve.Also = []int{http.StatusAccepted}
	web.Register(api, resolve, h.resolve)
}

func (h handlers) search(ctx context.Context, in *searchInput) (*web.List[staffOrderDTO], error) {
	path := web.Path("/v1/admin/orders", map[string]string{"status": in.Status, "account": in.Account, "q": in.Query})
	filter, found := in.filter()
	if !found {
		return web.NewWholeList(nil, toStaffOrder), nil
	}
	p, err := h.service.Search(ctx, filter, in.Request(path))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, path, toStaffOrder), nil
}

func (h handlers) anyOrder(ctx context.Context, in *OrderInput) (*staffOrderOutput, error) {
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	view, err := h.service.AnyOrder(ctx, orderID)
	if err != nil {
		return nil, err
	}
	return &staffOrderOutput{toStaffOrder(view)}, nil
}

func (h handlers) resolve(ctx context.Context, in *resolveInput) (*resolveOutput, error) {
	key, err := in.Valid()
	if err != nil {
		return nil, err
	}
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	view, err := h.service.Resolve(ctx, service.ResolveOrder{
		StaffID: web.CallerOf(ctx).AccountID, OrderID: orderID, Action: checkout.Resolution(in.Body.Action),
		Reason: in.Body.Reason, Key: key,
	})
	if err != nil {
		return nil, err
	}
	out := &resolveOutput{Status: http.StatusOK, Body: toStaffOrder(service.StaffView{View: view})}
	if s := view.Order.Status; s == checkout.Paid || s == checkout.ManualReview {
		out.Status = http.StatusAccepted
	}
	if view.Replayed {
		out.Replayed = "true"
	}
	return out, nil
}
