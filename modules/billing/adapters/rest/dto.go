package rest

import (
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/web"
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

// TransactionFilter is what lists of transactions may be narrowed by.
type TransactionFilter struct {
	From   time.Time `query:"from" doc:"Made at that moment or later"`
	To     time.Time `query:"to" doc:"Made before that moment"`
	Type   string    `query:"type" enum:"payment,refund"`
	Status string    `query:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late,pending,succeeded,failed"`
}

func (f TransactionFilter) query(accountID id.ID) ports.Transactions {
	return ports.Transactions{AccountID: accountID, From: f.From, To: f.To, Type: f.Type, Status: f.Status}
}

type transactionsInput struct {
	web.PageQuery
	TransactionFilter
}

type webhookInput struct {
	Provider  string `path:"provider"`
	Signature string `header:"Mockpay-Signature" doc:"t=<unix seconds>,v1=<HMAC-SHA256 of t.body in hex>"`
	RawBody   []byte `contentType:"application/json"`
}
