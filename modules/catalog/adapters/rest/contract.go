package rest

import (
	"coinslot/modules/catalog/domain"
	"coinslot/platform/fault"
	"coinslot/platform/money"
	"coinslot/platform/web"
)

const (
	tag   = "catalog"
	staff = "catalog for staff"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		tag:   "Products, bundles and prices: public, without an access token.",
		staff: "Changing the catalog. Needs the role staff.",
	},
	Faults: map[string][]*fault.Error{"list-product-bundles": {domain.ErrNotFound, money.ErrCurrency}},
	IDs:    map[string]string{"list-product-bundles": "tidewright"},
	Examples: map[string]any{
		"add-product": map[string]any{
			"title": "Comet Ferry", "kind": "game", "category": "simulation", "description": "Carry passengers between comets.",
			"price": map[string]any{"amount": 1999, "currency": "EUR"},
		},
		"add-bundle": map[string]any{
			"title": "Quiet Evenings", "product_ids": []string{web.SampleProduct, web.OtherSampleProduct},
			"price": map[string]any{"amount": 2499, "currency": "EUR"},
		},
	},
}

// contractOf is the part that products and bundles have alike.
func contractOf(noun string) web.Contract {
	slug, sample := "tidewright", web.SampleProduct
	if noun == "bundle" {
		slug, sample = "starter-purse", web.SampleBundle
	}
	prices := []*fault.Error{domain.ErrNotFound, money.ErrCurrency}
	return web.Contract{
		Descriptions: descriptionsOf(noun),
		Faults: map[string][]*fault.Error{
			"add-" + noun: {
				domain.ErrSlugTaken, domain.ErrInvalid, domain.ErrUnknownItems,
				domain.ErrPriceInPast, money.ErrCurrency,
			},
			"list-" + noun + "s":       {money.ErrCurrency, domain.ErrInvalid},
			"get-" + noun:              prices,
			"list-" + noun + "-prices": prices,
			"change-" + noun: {
				domain.ErrNotFound, domain.ErrSlugTaken, domain.ErrArchived, domain.ErrStale,
				domain.ErrInvalid, domain.ErrUnknownItems,
			},
			"set-" + noun + "-price": {
				domain.ErrNotFound, domain.ErrPriceInPast, domain.ErrPriceRace, domain.ErrInvalid, money.ErrCurrency,
			},
			"archive-" + noun:             {domain.ErrNotFound, domain.ErrStale},
			"unarchive-" + noun:           {domain.ErrNotFound, domain.ErrStale},
			"withdraw-" + noun + "-price": {domain.ErrNotFound, domain.ErrNoPrice, domain.ErrPriceInForce},
		},
		IDs: map[string]string{
			"get-" + noun: slug, "list-" + noun + "-prices": slug, "change-" + noun: sample, "set-" + noun + "-price": sample,
			"archive-" + noun: sample, "unarchive-" + noun: sample, "withdraw-" + noun + "-price": sample,
		},
		Examples: map[string]any{
			"change-" + noun:         map[string]any{"description": "Now with a longer description."},
			"set-" + noun + "-price": map[string]any{"amount": 1499, "currency": "EUR"},
		},
	}
}
