package postgres

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// contentJSON is the stored form of invoice content. Its amounts share one currency.
type contentJSON struct {
	OrderNumber   string         `json:"order_number"`
	BuyerName     string         `json:"buyer_name"`
	BuyerEmail    string         `json:"buyer_email"`
	BuyerCountry  string         `json:"buyer_country"`
	BuyerLanguage string         `json:"buyer_language"`
	TaxIncluded   bool           `json:"tax_included"`
	Currency      money.Currency `json:"currency"`
	Lines         []lineItemJSON `json:"lines"`
	Subtotal      int64          `json:"subtotal"`
	Discount      int64          `json:"discount"`
	Tax           int64          `json:"tax"`
	Total         int64          `json:"total"`

	Business   *businessJSON        `json:"business,omitempty"`
	TaxCountry string               `json:"tax_country,omitempty"`
	Treatment  billing.TaxTreatment `json:"tax_treatment,omitempty"`
}

// businessJSON is the stored form of a buyer's company.
type businessJSON struct {
	Company    string `json:"company"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city"`
	VATID      string `json:"vat_id,omitempty"`
	Reference  string `json:"reference,omitempty"`
}

func toBusinessJSON(b *billing.Business) *businessJSON {
	if b == nil {
		return nil
	}
	a := b.Address
	return &businessJSON{b.Company, a.Line1, a.Line2, a.PostalCode, a.City, b.VATID, b.Reference}
}

func (b *businessJSON) business() *billing.Business {
	if b == nil {
		return nil
	}
	return &billing.Business{
		Company: b.Company, Address: billing.Address{Line1: b.Line1, Line2: b.Line2, PostalCode: b.PostalCode, City: b.City},
		VATID: b.VATID, Reference: b.Reference,
	}
}

type lineItemJSON struct {
	LineID   id.ID      `json:"line_id"`
	Title    string     `json:"title"`
	Bundle   bool       `json:"bundle,omitempty"`
	Quantity int        `json:"quantity"`
	Unit     int64      `json:"unit"`
	Discount int64      `json:"discount"`
	Tax      int64      `json:"tax"`
	Total    int64      `json:"total"`
	Parts    []partJSON `json:"parts"`
	Unshared bool       `json:"-"`
}

type partJSON struct {
	ProductID id.ID  `json:"product_id"`
	Title     string `json:"title"`
	Discount  int64  `json:"discount"`
	Tax       int64  `json:"tax"`
	Total     int64  `json:"total"`
	Rate      int64  `json:"rate"`
}

func toContentJSON(p billing.InvoiceContent) contentJSON {
	out := contentJSON{
		OrderNumber: p.OrderNumber, BuyerName: p.Buyer.Name, BuyerEmail: p.Buyer.Email, BuyerCountry: p.Buyer.Country,
		BuyerLanguage: p.Buyer.Language,
		TaxIncluded:   p.TaxIncluded, Currency: p.Total.Currency(), Lines: make([]lineItemJSON, len(p.Lines)),
		Subtotal: p.Subtotal.Amount(), Discount: p.Discount.Amount(), Tax: p.Tax.Amount(), Total: p.Total.Amount(),
		Business: toBusinessJSON(p.Buyer.Business), TaxCountry: p.TaxCountry, Treatment: p.Treatment,
	}
	for i, l := range p.Lines {
		line := lineItemJSON{
			l.LineID, l.Title, l.Bundle, l.Quantity, l.Unit.Amount(), l.Discount.Amount(), l.Tax.Amount(), l.Total.Amount(),
			make([]partJSON, len(l.Parts)), false,
		}
		for j, part := range l.Parts {
			line.Parts[j] = partJSON{
				part.ProductID, part.Title, part.Discount.Amount(), part.Tax.Amount(),
				part.Total.Amount(), part.Rate,
			}
		}
		out.Lines[i] = line
	}
	return out
}

func contentOrNull(p *billing.InvoiceContent) *string {
	if p == nil {
		return nil
	}
	text := postgres.JSON(toContentJSON(*p))
	return &text
}

func (p contentJSON) content() billing.InvoiceContent {
	of := func(n int64) money.Money { return money.Of(n, p.Currency) }
	out := billing.InvoiceContent{
		OrderNumber: p.OrderNumber, Buyer: billing.Buyer{
			Name: p.BuyerName, Email: p.BuyerEmail, Country: p.BuyerCountry,
			Language: p.BuyerLanguage, Business: p.Business.business(),
		},
		TaxCountry: p.TaxCountry, Treatment: p.Treatment,
		TaxIncluded: p.TaxIncluded, Subtotal: of(p.Subtotal), Discount: of(p.Discount), Tax: of(p.Tax), Total: of(p.Total),
	}
	for _, l := range p.Lines {
		line := billing.LineItem{
			LineID: l.LineID, Title: l.Title, Bundle: l.Bundle, Quantity: l.Quantity, Unit: of(l.Unit),
			Discount: of(l.Discount), Tax: of(l.Tax), Total: of(l.Total),
			Unshared: l.Unshared,
		}
		for _, part := range l.Parts {
			line.Parts = append(line.Parts, billing.LineItemPart{
				ProductID: part.ProductID, Title: part.Title, Discount: of(part.Discount), Tax: of(part.Tax),
				Total: of(part.Total), Rate: part.Rate,
			})
		}
		if len(l.Parts) == 0 { // content of old orders
			line.Parts = []billing.LineItemPart{{Title: l.Title, Discount: line.Discount, Tax: line.Tax, Total: line.Total}}
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

type sellerJSON struct {
	Name    string   `json:"name"`
	Address []string `json:"address"`
	Country string   `json:"country"`
	TaxID   string   `json:"tax_id"`
	Email   string   `json:"email"`

	Series   string `json:"series,omitempty"`
	TimeZone string `json:"time_zone,omitempty"`

	PostalCode string `json:"postal_code,omitempty"`
	City       string `json:"city,omitempty"`
	Contact    string `json:"contact,omitempty"`
	Phone      string `json:"phone,omitempty"`

	Untaxed     domain.Untaxed   `json:"untaxed,omitempty"`
	UntaxedNote string           `json:"untaxed_note,omitempty"`
	Currency    money.Currency   `json:"currency,omitempty"`
	Exchange    *domain.Exchange `json:"exchange,omitempty"`
}

type invoiceRow struct {
	ID              id.ID
	Kind            domain.Kind
	OrderID         id.ID
	PaymentID       id.ID
	AccountID       id.ID
	Series          string
	Number          int64
	Seller          sellerJSON  `bun:"type:jsonb"`
	Paper           contentJSON `bun:"type:jsonb"`
	CapturedAt      time.Time
	IssuedAt        *time.Time
	ContentHash     []byte
	PrecedingID     *id.ID
	PrecedingSeries *string
	PrecedingNumber *int64
	PrecedingIssued *time.Time
}

func (r invoiceRow) invoice() domain.Invoice {
	i := domain.Invoice{
		Draft: domain.Draft{
			ID: r.ID, Kind: r.Kind, OrderID: r.OrderID, PaymentID: r.PaymentID, AccountID: r.AccountID,
			Seller:  domain.Seller(r.Seller),
			Content: r.Paper.content(), CapturedAt: r.CapturedAt.UTC(),
		},
		Series: r.Series, Number: r.Number, Hash: r.ContentHash,
	}
	if r.IssuedAt != nil {
		i.IssuedAt = r.IssuedAt.UTC()
	}
	if r.PrecedingID != nil {
		i.Preceding = &domain.Preceding{ID: *r.PrecedingID}
	}
	if r.PrecedingNumber != nil {
		i.Preceding.Number, i.Preceding.IssuedAt = domain.Number(*r.PrecedingSeries,
			*r.PrecedingNumber), r.PrecedingIssued.UTC()
	}
	return i
}

func precedingOf(d domain.Draft) *id.ID {
	if d.Preceding == nil {
		return nil
	}
	return &d.Preceding.ID
}

type issueJSON struct {
	ID       id.ID     `json:"id"`
	Series   string    `json:"series"`
	Number   int64     `json:"number"`
	IssuedAt time.Time `json:"issued_at"`
}
