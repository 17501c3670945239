package postgres

import (
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

type orderRow struct {
	ID              id.ID
	AccountID       id.ID
	Number          string
	Status          checkout.Status
	Currency        money.Currency
	Subtotal        int64
	Discount        int64
	Tax             int64
	Total           int64
	Attempt         int
	Method          *string
	ReturnURL       *string
	QuotedAt        time.Time
	AttemptedAt     time.Time
	GrantRefused    bool
	AdvancingUntil  *time.Time
	Version         int64
	CreatedAt       time.Time
	UpdatedAt       time.Time
	Country         *string
	TaxTreatment    checkout.Treatment
	Business        *businessJSON `bun:"type:jsonb"`
	IPCountry       string
	TaxIncluded     bool
	PaidAt          *time.Time
	PaymentRevision int64
	Refunded        int64
	Dispute         domain.Dispute
	ReviewReason    checkout.ReviewReason
	ReviewSince     *time.Time
	ReviewFulfilled bool
	Resolving       checkout.Resolution
	Lines           []lineJSON `bun:"type:jsonb"`
}

// businessJSON is the stored form of a business.
type businessJSON struct {
	Company    string `json:"company"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city"`
	VATID      string `json:"vat_id,omitempty"`
	Reference  string `json:"reference,omitempty"`
}

// businessOrNull returns the stored form of a business; nil: there is none.
func businessOrNull(b domain.Business) *string {
	if b.IsZero() {
		return nil
	}
	a := b.Address
	stored := postgres.JSON(businessJSON{b.Company, a.Line1, a.Line2, a.PostalCode, a.City, b.VATID, b.Reference})
	return &stored
}

func (b *businessJSON) business() domain.Business {
	if b == nil {
		return domain.Business{}
	}
	return domain.Business{
		Company: b.Company, Address: domain.Address{Line1: b.Line1, Line2: b.Line2, PostalCode: b.PostalCode, City: b.City},
		VATID: b.VATID, Reference: b.Reference,
	}
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
	Refused      bool       `json:"refused"`
}

// giveJSON is the stored form of a part of a line. Its amounts are in the order's currency.
type giveJSON struct {
	ID         id.ID       `json:"id"`
	Title      string      `json:"title"`
	Kind       string      `json:"kind"`
	Consumable bool        `json:"consumable,omitempty"`
	Requires   id.ID       `json:"requires,omitzero"`
	Gross      int64       `json:"gross"`
	Discount   int64       `json:"discount"`
	Tax        int64       `json:"tax"`
	Total      int64       `json:"total"`
	Rate       domain.Rate `json:"rate"`
}

func (g giveJSON) part(of func(int64) money.Money) domain.Part {
	return domain.Part{
		Product: domain.Product{ID: g.ID, Title: g.Title, Kind: g.Kind, Consumable: g.Consumable, Requires: g.Requires},
		Gross:   of(g.Gross), Discount: of(g.Discount), Tax: of(g.Tax), Total: of(g.Total), Rate: g.Rate,
	}
}

func toGive(p domain.Part) giveJSON {
	return giveJSON{
		p.ID, p.Title, p.Kind, p.Consumable, p.Requires, p.Gross.Amount(), p.Discount.Amount(),
		p.Tax.Amount(), p.Total.Amount(), p.Rate,
	}
}

func (r orderRow) order() domain.Order {
	of := func(n int64) money.Money { return money.Of(n, r.Currency) }
	s := domain.Snapshot{
		ID: r.ID, AccountID: r.AccountID, Number: r.Number, Status: r.Status, Attempt: r.Attempt, QuotedAt: r.QuotedAt.UTC(),
		AttemptedAt: r.AttemptedAt.UTC(), GrantRefused: r.GrantRefused,
		Totals:    domain.Totals{Subtotal: of(r.Subtotal), Discount: of(r.Discount), Tax: of(r.Tax), Total: of(r.Total)},
		Treatment: r.TaxTreatment, Business: r.Business.business(), IPCountry: r.IPCountry,
		TaxIncluded: r.TaxIncluded, PaymentRevision: r.PaymentRevision, Refunded: r.Refunded, Dispute: r.Dispute,
		Version: r.Version, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	}
	if r.ReviewSince != nil {
		s.Review = domain.Review{
			Reason: r.ReviewReason, Since: r.ReviewSince.UTC(), Fulfilled: r.ReviewFulfilled,
			Resolving: r.Resolving,
		}
	}
	if r.Country != nil {
		s.Country = *r.Country
	}
	if r.PaidAt != nil {
		at := r.PaidAt.UTC()
		s.PaidAt = &at
	}
	if r.Method != nil {
		s.Method = *r.Method
	}
	if r.ReturnURL != nil {
		s.ReturnURL = *r.ReturnURL
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
		Refused: l.Refused,
	}
	for _, g := range l.Gives {
		out.Gives = append(out.Gives, g.part(of))
	}
	return out
}

func toLines(lines []domain.Line) []lineJSON {
	out := make([]lineJSON, len(lines))
	for i, l := range lines {
		out[i] = lineJSON{
			ID: l.ID, Position: i + 1, CartLineID: l.CartLineID, SellableID: l.SellableID, Bundle: l.Bundle,
			Title: l.Title, Quantity: l.Quantity,
			PriceVersion: l.PriceVersion, Unit: l.Unit.Amount(), Discount: l.Discount.Amount(), Tax: l.Tax.Amount(),
			Total: l.Total.Amount(),
		}
		for _, p := range l.Gives {
			out[i].Gives = append(out[i].Gives, toGive(p))
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
