package rest

import (
	"coinslot/modules/cart/service"
	"coinslot/modules/catalog"
	"coinslot/platform/web"
)

type cartProblemDTO struct {
	Code      string            `json:"code" enum:"price-changed,item-unavailable,already-owned,missing-base-game"`
	Old       *web.Money        `json:"old,omitempty" doc:"With price-changed: the price in price_snapshot"`
	New       *web.Money        `json:"new,omitempty" doc:"With price-changed: the current price"`
	CoveredBy *catalog.CoverDTO `json:"covered_by,omitempty" doc:"With already-owned: the item or order that gives it"`
}

type priceSnapshotDTO struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
	Version  int    `json:"version"`
}

type cartItemDTO struct {
	ID            string           `json:"id" format:"uuid"`
	ProductID     *string          `json:"product_id,omitempty" format:"uuid"`
	BundleID      *string          `json:"bundle_id,omitempty" format:"uuid"`
	Title         string           `json:"title"`
	Quantity      int              `json:"quantity"`
	UnitPrice     web.Money        `json:"unit_price" doc:"The current price"`
	PriceSnapshot priceSnapshotDTO `json:"price_snapshot" doc:"The price version when the item was added"`
	LineTotal     web.Money        `json:"line_total"`
	Problems      []cartProblemDTO `json:"problems" nullable:"false"`
}

type cartDTO struct {
	ID       string           `json:"id" format:"uuid"`
	Version  int64            `json:"version"`
	Items    []cartItemDTO    `json:"items" nullable:"false"`
	Subtotal web.Money        `json:"subtotal"`
	Problems []cartProblemDTO `json:"problems" nullable:"false" doc:"The problems of all items"`
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
	out := cartDTO{
		ID: v.ID.String(), Version: v.Version, Items: []cartItemDTO{}, Subtotal: web.FromMoney(v.Subtotal),
		Problems: []cartProblemDTO{},
	}
	for _, item := range v.Items {
		dto := toItem(item)
		out.Items = append(out.Items, dto)
		out.Problems = append(out.Problems, dto.Problems...)
	}
	return out
}

func toItem(a service.Item) cartItemDTO {
	seen := a.Seen.Money
	out := cartItemDTO{
		ID: a.ID.String(), Title: a.Title, Quantity: a.Quantity, UnitPrice: web.FromMoney(a.Unit),
		LineTotal:     web.FromMoney(a.Total),
		PriceSnapshot: priceSnapshotDTO{seen.Amount(), string(seen.Currency()), a.Seen.Version},
		Problems:      []cartProblemDTO{},
	}
	sellable := a.SellableID.String()
	if a.Bundle {
		out.BundleID = &sellable
	} else {
		out.ProductID = &sellable
	}
	for _, p := range a.Problems {
		out.Problems = append(out.Problems, toProblem(p, a))
	}
	return out
}

func toProblem(p catalog.Problem, a service.Item) cartProblemDTO {
	out := cartProblemDTO{Code: string(p.Code)}
	switch p.Code {
	case catalog.PriceChanged:
		seen, now := web.FromMoney(a.Seen.Money), web.FromMoney(a.Unit)
		out.Old, out.New = &seen, &now
	case catalog.AlreadyOwned:
		out.CoveredBy = p.CoveredBy.DTO()
	case catalog.ItemUnavailable, catalog.MissingBaseGame:
	}
	return out
}

type addInput struct {
	web.IfMatch
	Body struct {
		ProductID string `json:"product_id,omitempty" doc:"Either this or bundle_id"`
		BundleID  string `json:"bundle_id,omitempty"`
		Quantity  int    `json:"quantity,omitempty" minimum:"1" maximum:"999" default:"1" doc:"Above 1 only for consumables"`
	}
}

type quantityInput struct {
	web.IfMatch
	ID   string `path:"id" doc:"The ID of the item" example:"00000000-0000-7000-8000-000000000001"`
	Body struct {
		Quantity int `json:"quantity" minimum:"1" maximum:"999"`
	}
}

type itemInput struct {
	web.IfMatch
	ID string `path:"id" doc:"The ID of the item" example:"00000000-0000-7000-8000-000000000001"`
}
