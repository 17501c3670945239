// Package rest is library over HTTP.
package rest

import (
	"context"
	"net/http"
	"time"

	"coinslot/modules/library/domain"
	"coinslot/modules/library/service"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	web.Register(api, web.Op{Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/library", ID: "list-library", Summary: "List what one owns", Tag: "library"}, h.list)
	web.Register(api, web.Op{Access: web.SignedIn, Method: http.MethodGet, Path: "/v1/library/{product_id}", ID: "get-library-product", Summary: "Show whether one owns a product", Tag: "library"}, h.get)
}

type sourceDTO struct {
	Type    string `json:"type" enum:"order"`
	OrderID string `json:"order_id" format:"uuid"`
}

type entryDTO struct {
	ProductID string    `json:"product_id" format:"uuid"`
	Title     string    `json:"title"`
	Kind      string    `json:"kind" enum:"game,dlc,soundtrack,consumable"`
	Quantity  int       `json:"quantity" doc:"More than 1 only for consumables"`
	Source    sourceDTO `json:"source" doc:"Why one owns it"`
	GrantedAt time.Time `json:"granted_at"`
}

func toEntry(e service.Entry) entryDTO {
	return entryDTO{e.ProductID.String(), e.Title.Text, e.Title.Kind, e.Quantity, sourceDTO{"order", e.OrderID.String()}, e.GrantedAt}
}

func (h handlers) list(ctx context.Context, in *web.PageQuery) (*web.List[entryDTO], error) {
	p, err := h.service.List(ctx, web.CallerOf(ctx).AccountID, in.Request())
	if err != nil {
		return nil, err
	}
	return web.NewList(p, "/v1/library", toEntry), nil
}

type productInput struct {
	ProductID string `path:"product_id"`
}

type entryOutput struct{ Body entryDTO }

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
