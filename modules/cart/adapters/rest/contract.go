package rest

import (
	"coinslot/modules/cart/domain"
	"coinslot/platform/fault"
	"coinslot/platform/money"
	"coinslot/platform/web"
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags:         map[string]string{"cart": "The account's cart."},
	Faults: map[string][]*fault.Error{
		"get-cart":   {domain.ErrErased},
		"clear-cart": {domain.ErrErased, domain.ErrStale},
		"add-cart-item": {
			domain.ErrErased, domain.ErrStale, domain.ErrNoSellable, domain.ErrUnavailable, domain.ErrMixedCurrency,
			domain.ErrFull, domain.ErrQuantity, money.ErrOverflow,
		},
		"change-cart-item": {
			domain.ErrErased, domain.ErrStale, domain.ErrNoItem, domain.ErrQuantity, money.ErrOverflow,
		},
		"merge-cart": {
			domain.ErrErased, domain.ErrMixedCurrency, domain.ErrFull, domain.ErrQuantity, errGuestToken, money.ErrOverflow,
		},
		"remove-cart-item": {domain.ErrErased, domain.ErrStale, domain.ErrNoItem},
	},
	Examples: map[string]any{
		"add-cart-item":    map[string]any{"product_id": web.SampleProduct},
		"change-cart-item": map[string]any{"quantity": 1},
		"merge-cart":       map[string]any{"guest_token": web.SampleRefreshToken},
	},
}
