// Package rest has library's HTTP operations.
package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/library/domain"
	"coinslot/modules/library/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/library", ID: "list-library",
		Summary: "List my library", Tag: "library",
	}, h.list)
	web.Register(api, web.Op{
		Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/library/{product_id}",
		ID: "get-library-product", Summary: "Get a product of my library", Tag: "library",
	}, h.get)
}

type entitlementSourceDTO struct {
	Type    string `json:"type" enum:"order"`
	OrderID string `json:"order_id" format:"uuid"`
}

type libraryEntryDTO struct {
	ProductID string               `json:"product_id" format:"uuid"`
	Title     string               `json:"title"`
	Kind      string               `json:"kind" enum:"game,dlc,soundtrack,consumable"`
	Quantity  int                  `json:"quantity" doc:"More than 1 only for consumables"`
	Source    entitlementSourceDTO `json:"source" doc:"The order that granted it"`
	GrantedAt time.Time            `json:"granted_at"`
	Problems  []libraryProblemDTO  `json:"problems" nullable:"false" doc:"The reasons why it cannot be used"`
}

type libraryProblemDTO struct {
	Code string `json:"code" enum:"missing-base-game" doc:"missing-base-game: the base game of the DLC is not owned"`
}

func toEntry(e service.Entry) libraryEntryDTO {
	out := libraryEntryDTO{
		ProductID: e.ProductID.String(), Title: e.Title.Text, Kind: e.Title.Kind, Quantity: e.Left(),
		Source:    entitlementSourceDTO{"order", e.OrderID.String()},
		GrantedAt: e.GrantedAt, Problems: []libraryProblemDTO{},
	}
	if e.MissingBase {
		out.Problems = append(out.Problems, libraryProblemDTO{string(catalog.MissingBaseGame)})
	}
	return out
}

func (h handlers) list(ctx context.Context, in *web.PageQuery) (*web.List[libraryEntryDTO], error) {
	p, err := h.service.List(ctx, web.CallerOf(ctx).AccountID, in.Request("/v1/library"))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, "/v1/library", toEntry), nil
}

type productInput struct {
	ProductID string `path:"product_id" doc:"The ID of the product" example:"019b76da-a808-7a7b-a401-c3da0d17a2e1"`
}

type entryOutput struct{ Body libraryEntryDTO }

func (h handlers) get(ctx context.Context, in *productInput) (*entryOutput, error) {
	productID, err := id.Parse(in.ProductID)
	if err != nil {
		return nil, domain.ErrNotOwned
	}
	entry, err := h.service.Find(ctx, web.CallerOf(ctx).AccountID, productID)
	if err != nil {
		return nil, err
	}
	return &entryOutput{toEntry(entry)}, nil
}
