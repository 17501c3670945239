package rest

import (
	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/service"
	"coinslot/platform/money"
	"coinslot/platform/web"
)

type problemDTO struct {
	Code string     `json:"code" enum:"price-changed,unavailable,already-owned,missing-base-game"`
	Old  *web.Money `json:"old,omitempty" doc:"The price that was seen"`
	New  *web.Money `json:"new,omitempty" doc:"The price of now"`
}

type snapshotDTO struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Version  int    `json:"version"`
}

type itemDTO struct {
	ID            string       `json:"id" format:"uuid"`
	ProductID     *string      `json:"product_id,omitempty" format:"uuid"`
	BundleID      *string      `json:"bundle_id,omitempty" format:"uuid"`
	Title         string       `json:"title"`
	Quantity      int          `json:"quantity"`
	UnitPrice     web.Money    `json:"unit_price" doc:"Of now"`
	PriceSnapshot snapshotDTO  `json:"price_snapshot" doc:"The price version that was seen when it was added"`
	LineTotal     web.Money    `json:"line_total"`
	Problems      []problemDTO `json:"problems" nullable:"false"`
}

type cartDTO struct {
	ID       string       `json:"id" format:"uuid"`
	Version  int64        `json:"version"`
	Items    []itemDTO    `json:"items" nullable:"false"`
	Subtotal web.Money    `json:"subtotal"`
	Problems []problemDTO `json:"problems" nullable:"false" doc:"Those of all items"`
}

type cartOutput struct {
	ETag string `header:"ETag"`
	Body cartDTO
}

type addOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   cartDTO
}

func cartOut(v service.View) *cartOutput {
	return &cartOutput{ETag: web.ETag(v.Version), Body: toCart(v)}
}

func toCart(v service.View) cartDTO {
	out := cartDTO{ID: v.ID.String(), Version: v.Version, Items: []itemDTO{}, Subtotal: web.FromMoney(v.Subtotal), Problems: []problemDTO{}}
	for _, item := range v.Items {
		dto := toItem(item)
		out.Items = append(out.Items, dto)
		out.Problems = append(out.Problems, dto.Problems...)
	}
	return out
}

func toItem(a domain.Assessed) itemDTO {
	seen := a.Seen.Money
	out := itemDTO{
		ID: a.ID.String(), Title: a.Title, Quantity: a.Quantity, UnitPrice: web.FromMoney(a.Unit), LineTotal: web.FromMoney(a.Total),
		PriceSnapshot: snapshotDTO{seen.Amount(), string(seen.Currency()), a.Seen.Version}, Problems: []problemDTO{},
	}
	sellable := a.SellableID.String()
	if a.Bundle {
		out.BundleID = &sellable
	} else {
		out.ProductID = &sellable
	}
	for _, p := range a.Problems {
		out.Problems = append(out.Problems, problemDTO{p.Code, orNil(p.Old), orNil(p.New)})
	}
	return out
}

func orNil(m *money.Money) *web.Money {
	if m == nil {
		return nil
	}
	dto := web.FromMoney(*m)
	return &dto
}

type addInput struct {
	web.IfMatch
	Body struct {
		ProductID string `json:"product_id,omitempty" doc:"Either this or bundle_id"`
		BundleID  string `json:"bundle_id,omitempty"`
		Quantity  int    `json:"quantity,omitempty" minimum:"1" maximum:"999" default:"1" doc:"More than 1 only for consumables"`
	}
}

type quantityInput struct {
	web.IfMatch
	ID   string `path:"id"`
	Body struct {
		Quantity int `json:"quantity" minimum:"1" maximum:"999"`
	}
}

type itemInput struct {
	web.IfMatch
	ID string `path:"id"`
}
