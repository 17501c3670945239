package postgres

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

type paymentRow struct {
	ID          id.ID
	OrderID     id.ID
	Attempt     int
	AccountID   id.ID
	Amount      int64
	Currency    money.Currency
	Status      billing.Status
	Method      *string
	Provider    string
	ProviderRef *string
	DeclineCode string
	Brand       string
	Last4       string
	ActionType  string
	ActionURL   string
	Paper       *paperJSON `bun:"type:jsonb"`
	Captured    int64
	Returned    int64
	LookAt      *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

func (r paymentRow) payment() domain.Payment {
	s := domain.PaymentSnapshot{
		ID: r.ID, OrderID: r.OrderID, Attempt: r.Attempt, AccountID: r.AccountID, Amount: money.Of(r.Amount, r.Currency),
		Status: r.Status, Method: deref(r.Method), Provider: r.Provider, ProviderRef: deref(r.ProviderRef), DeclineCode: r.DeclineCode,
		Brand: r.Brand, Last4: r.Last4, ActionType: r.ActionType, ActionURL: r.ActionURL,
		Captured: r.Captured, Returned: r.Returned, LookAt: utc(r.LookAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.Paper != nil {
		paper := r.Paper.paper()
		s.Paper = &paper
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
	Key         string
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
	return domain.RestoreRefund(domain.RefundSnapshot{
		ID: r.ID, PaymentID: r.PaymentID, OrderID: r.OrderID, AccountID: r.AccountID, Key: r.Key, Amount: money.Of(r.Amount, r.Currency),
		Status: r.Status, Reason: r.Reason, ProviderRef: deref(r.ProviderRef), LookAt: utc(r.LookAt), CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	})
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
		ID: r.ID, Type: r.Type, OrderID: r.OrderID, Amount: money.Of(r.Amount, r.Currency), Status: r.Status, DeclineCode: r.DeclineCode, CreatedAt: r.CreatedAt.UTC(),
	}
}

// refundJSON is a refund as a bill's query collects it.
type refundJSON struct {
	ID        id.ID                `json:"id"`
	OrderID   id.ID                `json:"order_id"`
	Amount    int64                `json:"amount"`
	Currency  money.Currency       `json:"currency"`
	Status    billing.RefundStatus `json:"status"`
	Reason    string               `json:"reason"`
	CreatedAt time.Time            `json:"created_at"`
}

func (r refundJSON) view() billing.Refund {
	return billing.Refund{ID: r.ID, OrderID: r.OrderID, Amount: money.Of(r.Amount, r.Currency), Status: r.Status, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC()}
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

// paperJSON is the stored form of an invoice's content. Its amounts share one currency.
type paperJSON struct {
	OrderNumber string         `json:"order_number"`
	BuyerName   string         `json:"buyer_name"`
	BuyerEmail  string         `json:"buyer_email"`
	Currency    money.Currency `json:"currency"`
	Lines       []paperLine    `json:"lines"`
	Subtotal    int64          `json:"subtotal"`
	Discount    int64          `json:"discount"`
	Tax         int64          `json:"tax"`
	Total       int64          `json:"total"`
}

type paperLine struct {
	Title    string   `json:"title"`
	Quantity int      `json:"quantity"`
	Unit     int64    `json:"unit"`
	Discount int64    `json:"discount"`
	Tax      int64    `json:"tax"`
	Total    int64    `json:"total"`
	Contents []string `json:"contents,omitempty"`
}

func toPaper(p billing.Paper) paperJSON {
	out := paperJSON{
		OrderNumber: p.OrderNumber, BuyerName: p.Buyer.Name, BuyerEmail: p.Buyer.Email, Currency: p.Total.Currency(),
		Subtotal: p.Subtotal.Amount(), Discount: p.Discount.Amount(), Tax: p.Tax.Amount(), Total: p.Total.Amount(),
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, paperLine{
			l.Title, l.Quantity, l.Unit.Amount(), l.Discount.Amount(), l.Tax.Amount(), l.Total.Amount(), l.Contents,
		})
	}
	return out
}

func paperOrNull(p *billing.Paper) *string {
	if p == nil {
		return nil
	}
	text := postgres.JSON(toPaper(*p))
	return &text
}

func (p paperJSON) paper() billing.Paper {
	of := func(n int64) money.Money { return money.Of(n, p.Currency) }
	out := billing.Paper{
		OrderNumber: p.OrderNumber, Buyer: billing.Buyer{Name: p.BuyerName, Email: p.BuyerEmail},
		Subtotal: of(p.Subtotal), Discount: of(p.Discount), Tax: of(p.Tax), Total: of(p.Total),
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, billing.PaperLine{
			Title: l.Title, Quantity: l.Quantity, Unit: of(l.Unit), Discount: of(l.Discount), Tax: of(l.Tax), Total: of(l.Total), Contents: l.Contents,
		})
	}
	return out
}

type invoiceRow struct {
	ID         id.ID
	OrderID    id.ID
	PaymentID  id.ID
	AccountID  id.ID
	Series     string
	Number     int64
	Paper      paperJSON `bun:"type:jsonb"`
	CapturedAt time.Time
	IssuedAt   *time.Time
}

func (r invoiceRow) invoice() domain.Invoice {
	i := domain.Invoice{
		Draft: domain.Draft{
			ID: r.ID, OrderID: r.OrderID, PaymentID: r.PaymentID, AccountID: r.AccountID, Paper: r.Paper.paper(), CapturedAt: r.CapturedAt.UTC(),
		},
		Series: r.Series, Number: r.Number,
	}
	if r.IssuedAt != nil {
		i.IssuedAt = r.IssuedAt.UTC()
	}
	return i
}

type issueJSON struct {
	ID       id.ID     `json:"id"`
	Series   string    `json:"series"`
	Number   int64     `json:"number"`
	IssuedAt time.Time `json:"issued_at"`
}
