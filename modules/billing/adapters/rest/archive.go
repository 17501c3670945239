package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/page"
	"coinslot/platform/web"
)

// ArchiveQuery is the common query of the lists of all accounts.
type ArchiveQuery struct {
	web.PageQuery
	Account string `query:"account" doc:"The ID of an account"`
	Order   string `query:"order" doc:"The ID of an order"`
}

// filter parses the query; found is false when an ID is invalid, so that nothing matches.
func (in *ArchiveQuery) filter() (f ports.Filter, found bool) {
	var accountErr, orderErr error
	if in.Account != "" {
		f.AccountID, accountErr = id.Parse(in.Account)
	}
	if in.Order != "" {
		f.OrderID, orderErr = id.Parse(in.Order)
	}
	return f, accountErr == nil && orderErr == nil
}

func (in *ArchiveQuery) path(list, status string) string {
	return web.Path("/v1/admin/"+list, map[string]string{"account": in.Account, "order": in.Order, "status": status})
}

type paymentsInput struct {
	ArchiveQuery
	Status string `query:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late"`
}

type refundsInput struct {
	ArchiveQuery
	Status string `query:"status" enum:"requested,pending,succeeded,failed"`
}

type disputesInput struct {
	ArchiveQuery
	Status string `query:"status" enum:"opened,won,lost"`
}

// Record has the common fields of payments, refunds and disputes.
type Record struct {
	ID          string    `json:"id" format:"uuid"`
	OrderID     string    `json:"order_id" format:"uuid"`
	AccountID   string    `json:"account_id" format:"uuid"`
	Amount      web.Money `json:"amount"`
	ProviderRef string    `json:"provider_ref,omitempty" doc:"The payment provider's reference"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

type staffPaymentDTO struct {
	Record
	Status      string    `json:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late"`
	Attempt     int       `json:"attempt" doc:"Counts the order's payment attempts from 1"`
	Captured    web.Money `json:"captured" doc:"The captured amount"`
	Refunded    web.Money `json:"refunded" doc:"Pending refunds included"`
	DeclineCode string    `json:"decline_code,omitempty"`
}

func toStaffPayment(payment domain.Payment) staffPaymentDTO {
	p := payment.Snapshot()
	of := func(n int64) web.Money { return web.Money{Amount: n, Currency: string(p.Amount.Currency())} }
	return staffPaymentDTO{
		Record: Record{
			p.ID.String(), p.OrderID.String(), p.AccountID.String(), web.FromMoney(p.Amount), p.ProviderRef,
			p.CreatedAt, p.UpdatedAt,
		},
		Status: string(p.Status), Attempt: p.Attempt, Captured: of(p.Captured), Refunded: of(p.Refunded),
		DeclineCode: p.DeclineCode,
	}
}

type staffRefundDTO struct {
	Record
	PaymentID   string `json:"payment_id" format:"uuid"`
	Status      string `json:"status" enum:"requested,pending,succeeded,failed"`
	Reason      string `json:"reason"`
	RequestedBy string `json:"requested_by,omitempty" format:"uuid" doc:"An account's ID; absent: the store itself"`
}

func toStaffRefund(refund domain.Refund) staffRefundDTO {
	r, requestedBy := refund.Snapshot(), ""
	if r.RequestedBy != id.Nil {
		requestedBy = r.RequestedBy.String()
	}
	return staffRefundDTO{
		Record{
			r.ID.String(), r.OrderID.String(), r.AccountID.String(), web.FromMoney(r.Amount), r.ProviderRef,
			r.CreatedAt, r.UpdatedAt,
		},
		r.PaymentID.String(), string(r.Status), r.Reason, requestedBy,
	}
}

type staffDisputeDTO struct {
	Record
	PaymentID string `json:"payment_id" format:"uuid"`
	Status    string `json:"status" enum:"opened,won,lost"`
}

func toStaffDispute(dispute domain.Dispute) staffDisputeDTO {
	d := dispute.Snapshot()
	return staffDisputeDTO{
		Record{
			d.ID.String(), d.OrderID.String(), d.AccountID.String(), web.FromMoney(d.Amount), d.ProviderRef,
			d.CreatedAt, d.UpdatedAt,
		},
		d.PaymentID.String(), string(d.Status),
	}
}

// registerArchive adds the lists of the records of all accounts, for staff.
func registerArchive(api *web.API, h handlers) {
	op := func(list, summary string) web.Op {
		return web.Op{
			Access: web.Staff, Method: http.MethodGet, Path: "/v1/admin/" + list, ID: "list-all-" + list, Tag: "billing",
			Summary: "List " + summary + " of all accounts",
		}
	}
	archive := h.service.Archive
	registerDocumentLists(api, h, op)
	web.Register(api, op("payments", "the payments"),
		func(ctx context.Context, in *paymentsInput) (*web.List[staffPaymentDTO], error) {
			path := in.path("payments", in.Status)
			p, err := listPage(ctx, query{in.ArchiveQuery, path, in.Status}, archive.AllPayments)
			return web.NewList(p, path, toStaffPayment), err
		})
	web.Register(api, op("refunds", "the refunds"),
		func(ctx context.Context, in *refundsInput) (*web.List[staffRefundDTO], error) {
			path := in.path("refunds", in.Status)
			p, err := listPage(ctx, query{in.ArchiveQuery, path, in.Status}, archive.AllRefunds)
			return web.NewList(p, path, toStaffRefund), err
		})
	web.Register(api, op("disputes", "the disputes"),
		func(ctx context.Context, in *disputesInput) (*web.List[staffDisputeDTO], error) {
			path := in.path("disputes", in.Status)
			p, err := listPage(ctx, query{in.ArchiveQuery, path, in.Status}, archive.AllDisputes)
			return web.NewList(p, path, toStaffDispute), err
		})
}

// query is a query for a page of a list.
type query struct {
	ArchiveQuery
	path   string
	status string
}

// lister returns a page of the records that match a filter.
type lister[T any] func(ctx context.Context, f ports.Filter, request page.Request) (page.Page[T], error)

// listPage returns a page of a list. It is empty when the filter has an invalid ID.
func listPage[T any](ctx context.Context, q query, list lister[T]) (page.Page[T], error) {
	f, found := q.filter()
	if !found {
		return page.Page[T]{}, nil
	}
	f.Status = q.status
	return list(ctx, f, q.Request(q.path))
}
