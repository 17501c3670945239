package postgres

import (
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// paperJSON is the stored form of a paper's content. Its amounts share one currency.
type paperJSON struct {
	OrderNumber   string         `json:"order_number"`
	BuyerName     string         `json:"buyer_name"`
	BuyerEmail    string         `json:"buyer_email"`
	BuyerCountry  string         `json:"buyer_country"`
	BuyerLanguage string         `json:"buyer_language"`
	TaxIncluded   bool           `json:"tax_included"`
	Currency      money.Currency `json:"currency"`
	Lines         []paperLine    `json:"lines"`
	Subtotal      int64          `json:"subtotal"`
	Discount      int64          `json:"discount"`
	Tax           int64          `json:"tax"`
	Total         int64          `json:"total"`
}

type paperLine struct {
	LineID   id.ID       `json:"line_id"`
	Title    string      `json:"title"`
	Bundle   bool        `json:"bundle,omitempty"`
	Quantity int         `json:"quantity"`
	Unit     int64       `json:"unit"`
	Discount int64       `json:"discount"`
	Tax      int64       `json:"tax"`
	Total    int64       `json:"total"`
	Parts    []paperPart `json:"parts"`
	Unshared bool        `json:"-"`
}

type paperPart struct {
	ProductID id.ID  `json:"product_id"`
	Title     string `json:"title"`
	Discount  int64  `json:"discount"`
	Tax       int64  `json:"tax"`
	Total     int64  `json:"total"`
	Rate      int64  `json:"rate"`
}

func toPaper(p billing.Paper) paperJSON {
	out := paperJSON{
		OrderNumber: p.OrderNumber, BuyerName: p.Buyer.Name, BuyerEmail: p.Buyer.Email, BuyerCountry: p.Buyer.Country,
		BuyerLanguage: p.Buyer.Language,
		TaxIncluded:   p.TaxIncluded, Currency: p.Total.Currency(), Lines: make([]paperLine, len(p.Lines)),
		Subtotal: p.Subtotal.Amount(), Discount: p.Discount.Amount(), Tax: p.Tax.Amount(), Total: p.Total.Amount(),
	}
	for i, l := range p.Lines {
		line := paperLine{
			l.LineID, l.Title, l.Bundle, l.Quantity, l.Unit.Amount(), l.Discount.Amount(), l.Tax.Amount(), l.Total.Amount(),
			make([]paperPart, len(l.Parts)), false,
		}
		for j, part := range l.Parts {
			line.Parts[j] = paperPart{
				part.ProductID, part.Title, part.Discount.Amount(), part.Tax.Amount(),
				part.Total.Amount(), part.Rate,
			}
		}
		out.Lines[i] = line
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
		OrderNumber: p.OrderNumber, Buyer: billing.Buyer{
			Name: p.BuyerName, Email: p.BuyerEmail, Country: p.BuyerCountry,
			Language: p.BuyerLanguage,
		},
		TaxIncluded: p.TaxIncluded, Subtotal: of(p.Subtotal), Discount: of(p.Discount), Tax: of(p.Tax), Total: of(p.Total),
	}
	for _, l := range p.Lines {
		line := billing.PaperLine{
			LineID: l.LineID, Title: l.Title, Bundle: l.Bundle, Quantity: l.Quantity, Unit: of(l.Unit),
			Discount: of(l.Discount), Tax: of(l.Tax), Total: of(l.Total),
			Unshared: l.Unshared,
		}
		for _, part := range l.Parts {
			line.Parts = append(line.Parts, billing.PaperPart{
				ProductID: part.ProductID, Title: part.Title, Discount: of(part.Discount), Tax: of(part.Tax),
				Total: of(part.Total), Rate: part.Rate,
			})
		}
		if len(l.Parts) == 0 { // a paper from before lines had parts
			line.Parts = []billing.PaperPart{{Title: l.Title, Discount: line.Discount, Tax: line.Tax, Total: line.Total}}
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
}

type invoiceRow struct {
	ID              id.ID
	Kind            domain.Kind
	OrderID         id.ID
	PaymentID       id.ID
	AccountID       id.ID
	Series          string
	Number          int64
	Seller          sellerJSON `bun:"type:jsonb"`
	Paper           paperJSON  `bun:"type:jsonb"`
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
			Seller: domain.Seller(r.Seller),
			Paper:  r.Paper.paper(), CapturedAt: r.CapturedAt.UTC(),
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
