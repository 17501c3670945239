package rest

import (
	"context"
	"time"

	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type timelineEntryDTO struct {
	At        time.Time `json:"at"`
	Event     string    `json:"event" enum:"order,payment.requested,payment.canceled,provider.charge,provider.find,provider.cancel,webhook,refund.requested,provider.refund,dispute,resolution" doc:"order: it has a new state. Of its money: payment.requested, payment.canceled (the provider was never asked), provider.charge, provider.find, provider.cancel, webhook, refund.requested, provider.refund, dispute. Of its manual review: resolution"`
	Result    string    `json:"result" doc:"The state that it led to"`
	RequestID string    `json:"request_id,omitempty" doc:"Of the request that caused it, if one did"`
	Reason    string    `json:"reason,omitempty" doc:"That staff gave for a resolution"`
	By        string    `json:"by,omitempty" enum:"staff" doc:"Who asked for it, where it was not the buyer or the store itself"`
	StaffID   string    `json:"staff_id,omitempty" format:"uuid" doc:"The account of the staff; in the staff's timeline only"`
}

func toEntry(e ports.Entry) timelineEntryDTO {
	out := timelineEntryDTO{At: e.At, Event: e.What, Result: e.Result, RequestID: e.RequestID, Reason: e.Reason}
	if e.StaffID != id.Nil {
		out.By = "staff"
	}
	return out
}

func toStaffEntry(e ports.Entry) timelineEntryDTO {
	out := toEntry(e)
	if e.StaffID != id.Nil {
		out.StaffID = e.StaffID.String()
	}
	return out
}

// timelineOf is an order's timeline for those who may see it.
type timelineOf struct {
	entries func(ctx context.Context, orderID id.ID) ([]ports.Entry, error)
	dto     func(ports.Entry) timelineEntryDTO
}

func (t timelineOf) get(ctx context.Context, in *OrderInput) (*web.List[timelineEntryDTO], error) {
	orderID, err := in.order()
	if err != nil {
		return nil, err
	}
	entries, err := t.entries(ctx, orderID)
	if err != nil {
		return nil, err
	}
	return web.NewWholeList(entries, t.dto), nil
}
