package postgres

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

type paymentRow struct {
	ID           id.ID
	OrderID      id.ID
	Attempt      int
	AccountID    id.ID
	Amount       int64
	Currency     money.Currency
	Status       billing.Status
	Method       *string
	Provider     string
	ProviderRef  *string
	DeclineCode  string
	Brand        string
	Last4        string
	ActionType   string
	ActionURL    string
	Paper        *contentJSON `bun:"type:jsonb"`
	Captured     int64
	Fee          int64
	Returned     int64
	LookAt       *time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
	Claimed      *int64
	Difference   int64
	AcceptedOut  int64
	Resolutions  int
	RefundFailed bool
	ReturnURL    *string
	Sends        int
	CardCountry  string
}

func (r paymentRow) payment() domain.Payment {
	s := domain.PaymentSnapshot{
		ID: r.ID, OrderID: r.OrderID, Attempt: r.Attempt, AccountID: r.AccountID, Amount: money.Of(r.Amount, r.Currency),
		Status: r.Status, Method: deref(r.Method), ReturnURL: deref(r.ReturnURL), Provider: r.Provider,
		ProviderRef: deref(r.ProviderRef), DeclineCode: r.DeclineCode,
		Brand: r.Brand, Last4: r.Last4, CardCountry: r.CardCountry, ActionType: r.ActionType, ActionURL: r.ActionURL,
		Captured: r.Captured, Fee: r.Fee, Refunded: r.Returned, PollAt: utc(r.LookAt), CreatedAt: r.CreatedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC(),
		Claimed:   r.Claimed, Difference: r.Difference, AcceptedOut: r.AcceptedOut, Resolutions: r.Resolutions,
		RefundFailed: r.RefundFailed, Sends: r.Sends,
	}
	if r.Paper != nil {
		content := r.Paper.content()
		s.Invoice = &content
	}
	return domain.RestorePayment(s)
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	out := t.UTC()
	return &out
}

type refundRow struct {
	ID          id.ID
	PaymentID   id.ID
	OrderID     id.ID
	AccountID   id.ID
	RequestedBy *id.ID
	Key         string
	BodyHash    []byte
	Lines       []refundLineJSON `bun:"type:jsonb"`
	Amount      int64
	Currency    money.Currency
	Status      billing.RefundStatus
	Reason      string
	ProviderRef *string
	LookAt      *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

func (r refundRow) refund() domain.Refund {
	s := domain.RefundSnapshot{
		ID: r.ID, PaymentID: r.PaymentID, OrderID: r.OrderID, AccountID: r.AccountID, Key: r.Key, BodyHash: r.BodyHash,
		Lines: refundLines(r.Lines, r.Currency), Amount: money.Of(r.Amount, r.Currency), Status: r.Status, Reason: r.Reason,
		ProviderRef: deref(r.ProviderRef), PollAt: utc(r.LookAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.RequestedBy != nil {
		s.RequestedBy = *r.RequestedBy
	}
	return domain.RestoreRefund(s)
}

// refundLineJSON is the stored form of a refund line. Its amounts are in the refund's currency.
type refundLineJSON struct {
	LineID    id.ID `json:"line_id"`
	ProductID id.ID `json:"product_id"`
	Quantity  int   `json:"quantity,omitempty"`
	Amount    int64 `json:"amount"`
	Discount  int64 `json:"discount"`
	Tax       int64 `json:"tax"`
}

func refundLines(lines []refundLineJSON, c money.Currency) (out []billing.RefundLine) {
	for _, l := range lines {
		out = append(out, billing.RefundLine{
			LineID: l.LineID, ProductID: l.ProductID, Quantity: l.Quantity,
			Amount: money.Of(l.Amount, c), Discount: money.Of(l.Discount, c), Tax: money.Of(l.Tax, c),
		})
	}
	return out
}

func toRefundLines(lines []billing.RefundLine) []refundLineJSON {
	out := make([]refundLineJSON, len(lines))
	for i, l := range lines {
		out[i] = refundLineJSON{l.LineID, l.ProductID, l.Quantity, l.Amount.Amount(), l.Discount.Amount(), l.Tax.Amount()}
	}
	return out
}

type transactionRow struct {
	ID          id.ID
	Type        string
	OrderID     id.ID
	Amount      int64
	Currency    money.Currency
	Status      string
	DeclineCode string
	CreatedAt   time.Time
}

func (r transactionRow) transaction() domain.Transaction {
	return domain.Transaction{
		ID: r.ID, Type: r.Type, OrderID: r.OrderID, Amount: money.Of(r.Amount, r.Currency), Status: r.Status,
		DeclineCode: r.DeclineCode, CreatedAt: r.CreatedAt.UTC(),
	}
}

// refundJSON is a refund in the result of the summary's query.
type refundJSON struct {
	ID        id.ID                `json:"id"`
	OrderID   id.ID                `json:"order_id"`
	Amount    int64                `json:"amount"`
	Currency  money.Currency       `json:"currency"`
	Status    billing.RefundStatus `json:"status"`
	Reason    string               `json:"reason"`
	Lines     []refundLineJSON     `json:"lines"`
	CreatedAt time.Time            `json:"created_at"`
	Noted     bool                 `json:"noted"` // it has a credit note or a draft of one
	Series    *string              `json:"series"`
	Number    *int64               `json:"number"`
}

func (r refundJSON) view() billing.Refund {
	out := billing.Refund{
		ID: r.ID, OrderID: r.OrderID, Amount: money.Of(r.Amount, r.Currency), Status: r.Status, Reason: r.Reason,
		Lines: refundLines(r.Lines, r.Currency), CreatedAt: r.CreatedAt.UTC(),
	}
	if r.Noted {
		out.CreditNote = &billing.InvoiceRef{ID: r.ID}
	}
	if r.Number != nil {
		out.CreditNote.Number = domain.Number(*r.Series, *r.Number)
	}
	return out
}

// disputeJSON is a dispute in the result of the summary's query.
type disputeJSON struct {
	ID       id.ID                 `json:"id"`
	Amount   int64                 `json:"amount"`
	Currency money.Currency        `json:"currency"`
	Status   billing.DisputeStatus `json:"status"`
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
