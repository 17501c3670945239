// Package rest has cart's HTTP operations.
package rest

import (
	"context"
	"net/http"

	"coinslot/modules/cart/domain"
	"coinslot/modules/cart/service"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	op := func(method, path, operationID, summary string, status int, also ...int) web.Op {
		return web.Op{
			Access: web.SignedIn, Method: method, Path: "/v1/cart" + path, ID: operationID, Summary: summary,
			Tag: "cart", Status: status, Also: also,
		}
	}
	web.Register(api, op(http.MethodGet, "", "get-cart", "Get my cart", http.StatusOK), h.show)
	web.Register(api, op(http.MethodDelete, "", "clear-cart", "Empty my cart", http.StatusNoContent), h.clear)
	web.Register(api, op(http.MethodPost, "/items", "add-cart-item", "Add a product or a bundle to my cart",
		http.StatusCreated, http.StatusOK), h.add)
	web.Register(api, op(http.MethodPatch, "/items/{id}", "change-cart-item", "Change the quantity of an item",
		http.StatusOK), h.changeQuantity)
	web.Register(api, op(http.MethodDelete, "/items/{id}", "remove-cart-item", "Remove an item from my cart",
		http.StatusOK), h.remove)
}

var errOneOf = fault.New(fault.Invalid, "invalid-request", "send either a product_id or a bundle_id")

func (h handlers) show(ctx context.Context, _ *struct{}) (*cartOutput, error) {
	view, err := h.service.Show(ctx, web.CallerOf(ctx).AccountID)
	if err != nil {
		return nil, err
	}
	return cartOut(view), nil
}

func (h handlers) add(ctx context.Context, in *addInput) (*addOutput, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if (in.Body.ProductID == "") == (in.Body.BundleID == "") {
		return nil, errOneOf.At("body", "product_id and bundle_id exclude each other", nil)
	}
	sellableID, err := id.Parse(in.Body.ProductID + in.Body.BundleID)
	if err != nil {
		return nil, domain.ErrNoSellable
	}
	view, changed, err := h.service.Add(ctx, web.CallerOf(ctx).AccountID, service.AddItem{
		SellableID: sellableID, Bundle: in.Body.BundleID != "", Quantity: in.Body.Quantity, Version: version,
	})
	if err != nil {
		return nil, err
	}
	status := http.StatusCreated
	if !changed {
		status = http.StatusOK
	}
	return &addOutput{Status: status, ETag: web.ETag(view.Version), Body: toCart(view)}, nil
}

func (h handlers) changeQuantity(ctx context.Context, in *quantityInput) (*cartOutput, error) {
	lineID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNoItem
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	view, err := h.service.ChangeQuantity(ctx, web.CallerOf(ctx).AccountID, lineID, in.Body.Quantity, version)
	if err != nil {
		return nil, err
	}
	return cartOut(view), nil
}

func (h handlers) remove(ctx context.Context, in *itemInput) (*cartOutput, error) {
	lineID, err := id.Parse(in.ID)
	if err != nil {
		return nil, domain.ErrNoItem
	}
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	view, err := h.service.Remove(ctx, web.CallerOf(ctx).AccountID, lineID, version)
	if err != nil {
		return nil, err
	}
	return cartOut(view), nil
}

func (h handlers) clear(ctx context.Context, in *web.IfMatch) (*struct{}, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return nil, h.service.Clear(ctx, web.CallerOf(ctx).AccountID, version)
}
