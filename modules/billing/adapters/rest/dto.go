package rest

import (
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
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
	return transactionDTO{
		t.ID.String(), t.Type, t.OrderID.String(), web.FromMoney(t.Amount), t.Status,
		t.DeclineCode, t.CreatedAt,
	}
}

// TransactionFilter is the filter of transactions.
type TransactionFilter struct {
	From   time.Time `query:"from" doc:"Created at that moment or later"`
	To     time.Time `query:"to" doc:"Created before that moment"`
	Type   string    `query:"type" enum:"payment,refund"`
	Status string    `query:"status" enum:"requested,unknown,requires_action,captured,declined,canceled,mismatched,captured_late,pending,succeeded,failed"`
}

func (f TransactionFilter) query(accountID id.ID) ports.Transactions {
	return ports.Transactions{AccountID: accountID, From: f.From, To: f.To, Type: f.Type, Status: f.Status}
}

type statementInput struct {
	TransactionFilter
	web.CSVLocale
}

type transactionsInput struct {
	web.PageQuery
	TransactionFilter
}

// webhookEventDTO has the fields of an event that are read; providers send more.
type webhookEventDTO struct {
	_         struct{}       `additionalProperties:"true"`
	ID        string         `json:"id" minLength:"1" maxLength:"255" doc:"A repeated event with the same ID has no effect"`
	Type      string         `json:"type,omitempty" doc:"payment_intent.…, refund.…, dispute.…, payout.… or fee.…; others have no effect"`
	CreatedAt time.Time      `json:"created_at,omitempty"`
	Data      map[string]any `json:"data,omitempty" doc:"The payment intent, refund, dispute, payout or fee as it is now"`
}

type webhookInput struct {
	Provider string `path:"provider" doc:"The payment provider's name" example:"mockpay"`
	RawBody  []byte `contentType:"application/json"`
	header   func(name string) string
}

// Resolve stores the request's headers. The provider's adapter knows the name of the one with the signature.
func (in *webhookInput) Resolve(ctx huma.Context) []error {
	in.header = ctx.Header
	return nil
}
