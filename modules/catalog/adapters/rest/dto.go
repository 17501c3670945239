package rest

import (
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/web"
)

type priceVersionDTO struct {
	Amount    int64     `json:"amount" doc:"In minor units of the currency by ISO 4217" example:"1999"`
	Currency  string    `json:"currency" doc:"ISO 4217" example:"EUR"`
	Version   int       `json:"version" doc:"Counts up; a version never changes"`
	ValidFrom time.Time `json:"valid_from"`

	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" doc:"It was withdrawn before it started"`
}

func toPrice(p *domain.Price) *priceVersionDTO {
	if p == nil {
		return nil
	}
	return &priceVersionDTO{p.Money.Amount(), string(p.Money.Currency()), p.Version, p.ValidFrom, p.Withdrawn}
}

type productDTO struct {
	ID                string                        `json:"id" format:"uuid"`
	Slug              string                        `json:"slug"`
	Title             string                        `json:"title"`
	Description       string                        `json:"description"`
	Kind              string                        `json:"kind" enum:"game,dlc,soundtrack,consumable"`
	Category          string                        `json:"category"`
	RequiresProductID *string                       `json:"requires_product_id,omitempty" format:"uuid" doc:"The game that a dlc extends"`
	Price             web.Nullable[priceVersionDTO] `json:"price" doc:"null when it is not sold in the currency asked for"`
	Archived          bool                          `json:"archived,omitempty" doc:"No longer sold"`
	CreatedAt         time.Time                     `json:"created_at"`
}

func toProduct(i ports.Item) productDTO {
	s := i.Sellable.Snapshot()
	out := productDTO{
		ID: s.ID.String(), Slug: s.Slug, Title: s.Title, Description: s.Description,
		Kind: string(s.Kind), Category: s.Category,
		Price: web.NullableOf(toPrice(i.Price)), Archived: s.ArchivedAt != nil, CreatedAt: s.CreatedAt,
	}
	if s.Requires != id.Nil {
		text := s.Requires.String()
		out.RequiresProductID = &text
	}
	return out
}

type bundleItemDTO struct {
	ProductID string                        `json:"product_id" format:"uuid"`
	Title     string                        `json:"title"`
	Price     web.Nullable[priceVersionDTO] `json:"price" doc:"Of the product alone"`
	Archived  bool                          `json:"archived,omitempty" doc:"No longer sold"`
}

type bundleDTO struct {
	ID          string                        `json:"id" format:"uuid"`
	Slug        string                        `json:"slug"`
	Title       string                        `json:"title"`
	Description string                        `json:"description"`
	Category    string                        `json:"category"`
	Items       []bundleItemDTO               `json:"items" nullable:"false"`
	Price       web.Nullable[priceVersionDTO] `json:"price"`
	Savings     web.Nullable[web.Money]       `json:"savings" doc:"Against buying everything apart; null when something is not sold apart, or the bundle is not sold"`
	Available   bool                          `json:"available" doc:"False while a product of it is archived, unless it is sold without"`

	SoldWithoutArchived bool `json:"sold_without_archived" doc:"It is sold without those of its products that are archived"`

	Archived  bool      `json:"archived,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func toBundle(i ports.Item) bundleDTO {
	s := i.Sellable.Snapshot()
	out := bundleDTO{
		ID: s.ID.String(), Slug: s.Slug, Title: s.Title, Description: s.Description, Category: s.Category,
		Items: []bundleItemDTO{}, Price: web.NullableOf(toPrice(i.Price)), Savings: web.NullableOf(savings(i)),
		Archived: s.ArchivedAt != nil, CreatedAt: s.CreatedAt,
		SoldWithoutArchived: s.SoldWithoutArchived,
	}
	_, out.Available = i.Sold()
	for _, c := range i.Contents {
		out.Items = append(out.Items, bundleItemDTO{
			c.ProductID.String(), c.Title,
			web.NullableOf(toPrice(c.Price)), c.Archived,
		})
	}
	return out
}

func savings(i ports.Item) *web.Money {
	contents, sold := i.Sold()
	if i.Price == nil || !sold {
		return nil
	}
	apart := money.Zero(i.Price.Money.Currency())
	for _, c := range contents {
		if c.Price == nil {
			return nil
		}
		sum, err := apart.Add(c.Price.Money)
		if err != nil {
			return nil
		}
		apart = sum
	}
	saved, err := apart.Sub(i.Price.Money)
	if err != nil {
		return nil
	}
	dto := web.FromMoney(saved)
	return &dto
}

// CurrencyQuery asks for prices in a currency.
type CurrencyQuery struct {
	Currency string `query:"currency" pattern:"^[A-Z]{3}$" doc:"ISO 4217, in force; the store's own unless given"`
}

func (q CurrencyQuery) currency() (money.Currency, error) {
	if q.Currency == "" {
		return "", nil
	}
	return money.ParseCurrency(q.Currency)
}

// RefInput names a product or a bundle.
type RefInput struct {
	CurrencyQuery
	ID string `path:"id" doc:"The ID or the slug" maxLength:"200"`
}

type pricesInput struct {
	RefInput
	At time.Time `query:"at" doc:"Only the version in force at this moment"`
}

type productBundlesInput struct {
	web.PageQuery
	RefInput
}

type pricesOutput struct {
	Body struct {
		Items []priceVersionDTO `json:"items" nullable:"false"`
	}
}

type categoryDTO struct {
	Name         string `json:"name"`
	ProductCount int    `json:"product_count"`
}

type categoriesOutput struct {
	Body struct {
		Items []categoryDTO `json:"items" nullable:"false"`
	}
}

type output[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func out[T any](i ports.Item, dto func(ports.Item) T) *output[T] {
	return &output[T]{ETag: web.ETag(i.Sellable.Snapshot().Version), Body: dto(i)}
}

type productInput struct {
	Body struct {
		Slug              string          `json:"slug,omitempty" pattern:"^([a-z0-9]+(-[a-z0-9]+)*)?$" maxLength:"200" doc:"Words of a to z and digits with hyphens between them. Unless given, made from the title, or the ID when the title has no Latin letters"`
		Title             string          `json:"title" minLength:"1" maxLength:"200"`
		Description       string          `json:"description,omitempty" maxLength:"5000"`
		Kind              string          `json:"kind" enum:"game,dlc,soundtrack,consumable"`
		Category          string          `json:"category" minLength:"1" maxLength:"50"`
		RequiresProductID string          `json:"requires_product_id,omitempty" format:"uuid"`
		Price             *web.MoneyInput `json:"price,omitempty" doc:"The first price; without one it is not sold yet"`
	}
}

func (in *productInput) draft() domain.Draft {
	b := in.Body
	requires, _ := id.Parse(b.RequiresProductID) // the schema has checked it; empty is id.Nil
	return domain.Draft{
		Slug: b.Slug, Title: b.Title, Description: b.Description, Kind: catalog.Kind(b.Kind),
		Category: b.Category, Requires: requires,
	}
}

type bundleInput struct {
	Body struct {
		Slug        string          `json:"slug,omitempty" pattern:"^([a-z0-9]+(-[a-z0-9]+)*)?$" maxLength:"200" doc:"Words of a to z and digits with hyphens between them. Unless given, made from the title, or the ID when the title has no Latin letters"`
		Title       string          `json:"title" minLength:"1" maxLength:"200"`
		Description string          `json:"description,omitempty" maxLength:"5000"`
		Category    string          `json:"category,omitempty" maxLength:"50" default:"bundles"`
		ProductIDs  []string        `json:"product_ids" minItems:"2" maxItems:"50" uniqueItems:"true" nullable:"false"`
		Price       *web.MoneyInput `json:"price,omitempty"`

		SoldWithoutArchived bool `json:"sold_without_archived,omitempty" doc:"Sell it without those of its products that are archived"`
	}
}

func (in *bundleInput) draft() (domain.Draft, error) {
	b := in.Body
	contents, err := web.UniqueIDs("product_ids", b.ProductIDs, domain.ErrUnknownItems)
	return domain.Draft{
		Slug: b.Slug, Title: b.Title, Description: b.Description, Kind: catalog.Bundle,
		Category: b.Category, Contents: contents,
		SoldWithoutArchived: b.SoldWithoutArchived,
	}, err
}

type changeInput struct {
	web.IfMatch
	ID   string `path:"id" doc:"The ID"`
	Body struct {
		Slug        *string  `json:"slug,omitempty" minLength:"1" maxLength:"200"`
		Title       *string  `json:"title,omitempty" minLength:"1" maxLength:"200"`
		Description *string  `json:"description,omitempty" maxLength:"5000"`
		Category    *string  `json:"category,omitempty" minLength:"1" maxLength:"50"`
		ProductIDs  []string `json:"product_ids,omitempty" minItems:"2" maxItems:"50" uniqueItems:"true" nullable:"false" doc:"Of a bundle"`

		SoldWithoutArchived *bool `json:"sold_without_archived,omitempty" doc:"Of a bundle: sell it without those of its products that are archived"`
	}
}

type archiveInput struct {
	web.IfMatch
	ID string `path:"id" doc:"The ID"`
}

type setPriceInput struct {
	ID   string `path:"id" doc:"The ID"`
	Body struct {
		Amount    int64      `json:"amount" minimum:"0" doc:"In minor units; at most about a million dollars' worth, and the error says how much that is in the currency"`
		Currency  string     `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217, in force: no withdrawn code, fund, metal or test code" example:"EUR"`
		ValidFrom *time.Time `json:"valid_from,omitempty" doc:"Now unless given; never in the past"`
	}
}

type withdrawInput struct {
	CurrencyQuery
	ID      string `path:"id" doc:"The ID"`
	Version int    `path:"version" minimum:"1" maximum:"2147483647" example:"2" doc:"Of a price that has not started. Withdrawing it again changes nothing"`
}

type priceOutput struct{ Body priceVersionDTO }

func amountOf(m *web.MoneyInput) (*money.Money, error) {
	if m == nil {
		return nil, nil
	}
	amount, err := m.Money()
	if err != nil {
		return nil, fault.Of(err).At("body.price.currency",
			"write the ISO 4217 code of a currency in force, such as USD", m.Currency)
	}
	return &amount, nil
}
