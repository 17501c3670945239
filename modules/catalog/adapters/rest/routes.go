// Package rest is catalog over HTTP.
package rest

import (
	"context"
	"net/http"

	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/service"
	"coinslot/platform/web"
)

type handlers struct{ service *service.Service }

// resource is products or bundles: the same operations over different DTOs.
type resource[T any] struct {
	handlers
	bundle bool
	path   string
	dto    func(ports.Item) T
}

// Register adds the operations.
func Register(api *web.API, s *service.Service) {
	h := handlers{s}
	api.Describe(contract)
	products := resource[productDTO]{h, false, "/v1/products", toProduct}
	bundles := resource[bundleDTO]{h, true, "/v1/bundles", toBundle}
	products.register(api, "product")
	bundles.register(api, "bundle")
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodGet, Path: "/v1/products/{id}/bundles", ID: "list-product-bundles",
		Summary: "List the bundles on sale that contain a product", Tag: tag,
	}, h.bundles)
	web.Register(api, web.Op{
		Access: web.Public, Method: http.MethodGet, Path: "/v1/categories", ID: "list-categories",
		Summary: "List the categories", Tag: tag,
	}, h.categories)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPost, Path: "/v1/admin/products", ID: "add-product",
		Summary: "Add a product", Tag: staff, Status: http.StatusCreated,
	}, h.addProduct)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPost, Path: "/v1/admin/bundles", ID: "add-bundle",
		Summary: "Add a bundle", Tag: staff, Status: http.StatusCreated,
	}, h.addBundle)
}

func (s resource[T]) register(api *web.API, noun string) {
	api.Describe(contractOf(noun))
	read := func(path, verb, summary string) web.Op {
		return web.Op{Access: web.Public, Method: http.MethodGet, Path: s.path + path, ID: verb, Summary: summary, Tag: tag}
	}
	list, one := read("", "list-"+noun+"s", "List the "+noun+"s on sale"), read("/{id}", "get-"+noun, "Get a "+noun)
	list.Cached, one.Cached = true, true // what an order costs is quoted anew
	web.Register(api, list, s.list)
	web.Register(api, one, s.get)
	web.Register(api, read("/{id}/prices", "list-"+noun+"-prices", "List the price versions of a "+noun), s.prices)
	admin := "/v1/admin/" + noun + "s/{id}"
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPatch, Path: admin, ID: "change-" + noun,
		Summary: "Change a " + noun, Tag: staff,
	}, s.change)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPost, Path: admin + "/prices",
		ID: "set-" + noun + "-price", Summary: "Set the price of a " + noun, Tag: staff,
		Status: http.StatusCreated,
	}, s.setPrice)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPost, Path: admin + "/archive", ID: "archive-" + noun,
		Summary: "Archive a " + noun, Tag: staff,
	}, s.archive)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodPost, Path: admin + "/unarchive", ID: "unarchive-" + noun,
		Summary: "Unarchive a " + noun, Tag: staff,
	}, s.unarchive)
	web.Register(api, web.Op{
		Access: web.Staff, Method: http.MethodDelete, Path: admin + "/prices/{version}", ID: "withdraw-" + noun + "-price",
		Summary: "Withdraw a scheduled price of a " + noun, Tag: staff, Status: http.StatusNoContent,
	}, s.withdrawPrice)
}

type none struct{}

func (s resource[T]) get(ctx context.Context, in *RefInput) (*output[T], error) {
	currency, err := in.currency()
	if err != nil {
		return nil, err
	}
	item, err := s.service.Find(ctx, in.ID, s.bundle, currency)
	if err != nil {
		return nil, err
	}
	return out(item, s.dto), nil
}

func (s resource[T]) prices(ctx context.Context, in *pricesInput) (*pricesOutput, error) {
	currency, err := in.currency()
	if err != nil {
		return nil, err
	}
	at := &in.At
	if in.At.IsZero() {
		at = nil
	}
	prices, err := s.service.Prices(ctx, in.ID, s.bundle, currency, at)
	if err != nil {
		return nil, err
	}
	o := &pricesOutput{}
	o.Body.Items = make([]priceVersionDTO, len(prices))
	for i := range prices {
		o.Body.Items[i] = *toPrice(&prices[i])
	}
	return o, nil
}

func (h handlers) bundles(ctx context.Context, in *productBundlesInput) (*web.List[bundleDTO], error) {
	currency, err := in.currency()
	if err != nil {
		return nil, err
	}
	list := web.Path("/v1/products/"+in.ID+"/bundles", map[string]string{"currency": in.Currency})
	p, err := h.service.Bundles(ctx, in.ID, currency, in.Request(list))
	if err != nil {
		return nil, err
	}
	return web.NewList(p, list, toBundle), nil
}

func (h handlers) categories(ctx context.Context, _ *none) (*categoriesOutput, error) {
	categories, err := h.service.Categories(ctx)
	if err != nil {
		return nil, err
	}
	o := &categoriesOutput{}
	o.Body.Items = make([]categoryDTO, len(categories))
	for i, c := range categories {
		o.Body.Items[i] = categoryDTO(c)
	}
	return o, nil
}
