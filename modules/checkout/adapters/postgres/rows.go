package postgres

import (
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

type orderRow struct {
	ID             id.ID
	AccountID      id.ID
	Number         string
	Status         checkout.Status
	Currency       money.Currency
	Subtotal       int64
	Discount       int64
	Tax            int64
	Total          int64
	Attempt        int
	Method         *string
	QuotedAt       time.Time
	AttemptedAt    time.Time
	GrantRefused   bool
	AdvancingUntil *time.Time
	Version        int64
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Lines          []lineJSON `bun:"type:jsonb"`
}

type lineJSON struct {
	ID           id.ID      `json:"id"`
	Position     int        `json:"position"`
	CartLineID   id.ID      `json:"cart_line_id"`
	Released     bool       `json:"released"`
	SellableID   id.ID      `json:"sellable_id"`
	Bundle       bool       `json:"bundle"`
	Title        string     `json:"title"`
	Quantity     int        `json:"quantity"`
	PriceVersion int        `json:"price_version"`
	Unit         int64      `json:"unit"`
	Discount     int64      `json:"discount"`
	Tax          int64      `json:"tax"`
	Total        int64      `json:"total"`
	Gives        []giveJSON `json:"gives"`
}

type giveJSON struct {
	ID         id.ID  `json:"id"`
	Title      string `json:"title"`
	Consumable bool   `json:"consumable,omitempty"`
	Requires   id.ID  `json:"requires,omitzero"`
}

func (r orderRow) order() domain.Order {
	of := func(n int64) money.Money { return money.Of(n, r.Currency) }
	s := domain.Snapshot{
		ID: r.ID, AccountID: r.AccountID, Number: r.Number, Status: r.Status, Attempt: r.Attempt, QuotedAt: r.QuotedAt.UTC(),
		AttemptedAt: r.AttemptedAt.UTC(), GrantRefused: r.GrantRefused,
		Totals:  domain.Totals{Subtotal: of(r.Subtotal), Discount: of(r.Discount), Tax: of(r.Tax), Total: of(r.Total)},
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.Method != nil {
		s.Method = *r.Method
	}
	if r.AdvancingUntil != nil {
		until := r.AdvancingUntil.UTC()
		s.AdvancingUntil = &until
	}
	for _, l := range r.Lines {
		s.Released = s.Released || l.Released
		s.Lines = append(s.Lines, l.line(of))
	}
	return domain.Restore(s)
}

func (l lineJSON) line(of func(int64) money.Money) domain.Line {
	out := domain.Line{
		ID: l.ID, CartLineID: l.CartLineID, SellableID: l.SellableID, Bundle: l.Bundle, Title: l.Title, Quantity: l.Quantity,
		PriceVersion: l.PriceVersion, Unit: of(l.Unit), Discount: of(l.Discount), Tax: of(l.Tax), Total: of(l.Total),
	}
	for _, g := range l.Gives {
		out.Gives = append(out.Gives, domain.Product(g))
	}
	return out
}

func toLines(lines []domain.Line) []lineJSON {
	out := make([]lineJSON, len(lines))
	for i, l := range lines {
		out[i] = lineJSON{
			ID: l.ID, Position: i + 1, CartLineID: l.CartLineID, SellableID: l.SellableID, Bundle: l.Bundle, Title: l.Title, Quantity: l.Quantity,
			PriceVersion: l.PriceVersion, Unit: l.Unit.Amount(), Discount: l.Discount.Amount(), Tax: l.Tax.Amount(), Total: l.Total.Amount(),
		}
		for _, p := range l.Gives {
			out[i].Gives = append(out[i].Gives, giveJSON(p))
		}
	}
	return out
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type attemptRow struct {
	OrderID        id.ID
	IdempotencyKey string
	BodyHash       []byte
}
