package rest

import (
	"context"
	"reflect"
	"strconv"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/fault"
	"coinslot/platform/web"

	"github.com/danielgtaylor/huma/v2"
)

type listInput struct {
	web.PageQuery
	CurrencyQuery
	Q        string   `query:"q" maxLength:"200" example:"star orch" doc:"A search text of at most 20 words, without control characters"`
	Category string   `query:"category" maxLength:"50" example:"simulation"`
	Kind     string   `query:"kind" enum:"game,dlc,soundtrack,consumable,bundle" doc:"Products are of every kind but bundle, bundles of no other"`
	PriceMin int64    `query:"price_min" minimum:"0" maximum:"9007199254740991" example:"500" doc:"The lowest price, in minor units of the currency"`
	PriceMax priceMax `query:"price_max" minimum:"0" maximum:"9007199254740991" example:"1999" doc:"The highest price, in minor units of the currency; 0 is free"`
	Sort     string   `query:"sort" enum:"relevance,title,price,-price,-created_at" doc:"By default relevance with q, -created_at without. relevance needs q"`
	Facets   bool     `query:"facets" doc:"Count what is on all pages by category, kind and price"`
}

// priceMax is an upper end that may be absent, which is not 0.
type priceMax struct {
	Amount int64
	set    bool
}

// Schema describes the number.
func (priceMax) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[int64]())
}

// Receiver is where Huma puts the parameter.
func (p *priceMax) Receiver() reflect.Value { return reflect.ValueOf(p).Elem().Field(0) }

// OnParamSet notes whether there is one.
func (p *priceMax) OnParamSet(isSet bool, _ any) { p.set = isSet }

func (p *priceMax) text() string {
	if !p.set {
		return ""
	}
	return strconv.FormatInt(p.Amount, 10)
}

// address is the list's path with its filters.
func (in *listInput) address(path string) string {
	filters := map[string]string{
		"q": in.Q, "category": in.Category, "kind": in.Kind, "sort": in.Sort, "currency": in.Currency,
		"price_max": in.PriceMax.text(),
	}
	if in.PriceMin > 0 {
		filters["price_min"] = strconv.FormatInt(in.PriceMin, 10)
	}
	return web.Path(path, filters)
}

// query reads the input, or returns every violation at once.
func (in *listInput) query(path string, bundles bool) (ports.Query, error) {
	currency, err := in.currency()
	if err != nil {
		return ports.Query{}, err
	}
	prices := domain.PriceRange{Min: in.PriceMin}
	if in.PriceMax.set {
		prices.Max = &in.PriceMax.Amount
	}
	invalid := domain.ErrInvalid
	for _, err := range []error{domain.CheckSearchText("query.q", in.Q), prices.Check("query.price_max")} {
		if f := fault.Of(err); f != nil {
			invalid = invalid.At(f.Fields[0].Location, f.Fields[0].Message, f.Fields[0].Value)
		}
	}
	if in.Q == "" && ports.Sort(in.Sort) == ports.ByRelevance {
		invalid = invalid.At("query.sort", "relevance needs a search text, q", in.Sort)
	}
	if len(invalid.Fields) > 0 {
		return ports.Query{}, invalid
	}
	return ports.Query{
		Bundles: bundles, Text: in.Q, Category: in.Category, Kind: catalog.Kind(in.Kind), Prices: prices,
		Sort: ports.Sort(in.Sort), Currency: currency, Page: in.Request(in.address(path)),
	}, nil
}

type facetsDTO struct {
	Category []countDTO      `json:"category" nullable:"false" doc:"The 100 most frequent, the most frequent first"`
	Kind     []countDTO      `json:"kind" nullable:"false" doc:"The most frequent first"`
	Price    []priceCountDTO `json:"price" nullable:"false" doc:"The lowest first; ranges without any are left out"`
}

type countDTO struct {
	Value string `json:"value" example:"simulation" doc:"Send it as the parameter of the facet's name"`
	Count int    `json:"count" example:"12"`
}

type priceCountDTO struct {
	PriceMin int64  `json:"price_min" example:"500" doc:"In minor units of the currency asked for"`
	PriceMax *int64 `json:"price_max" example:"999" doc:"It belongs to the range; null: no upper end"`
	Count    int    `json:"count" example:"12"`
}

func toFacets(f ports.Facets) *facetsDTO {
	out := &facetsDTO{
		Category: toCounts(f.Categories), Kind: toCounts(f.Kinds), Price: make([]priceCountDTO, len(f.Prices)),
	}
	for i, p := range f.Prices {
		out.Price[i] = priceCountDTO{p.Range.Min, p.Range.Max, p.Count}
	}
	return out
}

func toCounts(counts []ports.Count) []countDTO {
	out := make([]countDTO, len(counts))
	for i, c := range counts {
		out[i] = countDTO(c)
	}
	return out
}

func (s resource[T]) list(ctx context.Context, in *listInput) (*web.FacetedList[T, facetsDTO], error) {
	q, err := in.query(s.path, s.bundle)
	if err != nil {
		return nil, err
	}
	p, err := s.service.List(ctx, q)
	if err != nil {
		return nil, err
	}
	list := web.NewList(p, in.address(s.path), s.dto)
	if !in.Facets {
		return web.NewFacetedList[T, facetsDTO](list, nil), nil
	}
	facets, err := s.service.Facets(ctx, q)
	if err != nil {
		return nil, err
	}
	return web.NewFacetedList(list, toFacets(facets)), nil
}
