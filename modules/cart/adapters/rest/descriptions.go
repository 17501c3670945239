package rest

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"get-cart": `Prices and problems are those of now; price_snapshot is the price when the item was added. An account that never had a
cart has an empty one. The ETag is the cart's version.`,
	"clear-cart": `Removes every item. 412 stale-version when If-Match is not the cart's version any more.`,
	"add-cart-item": `Name either a product_id or a bundle_id. The first item chooses the cart's currency. More of a consumable adds to its
item; anything else is there once, and adding it again answers 200 with the cart unchanged. 404 not-found;
409 item-unavailable, mixed-currency or cart-full; 422 quantity-out-of-range.`,
	"change-cart-item": `Only consumables may have a quantity over 1. 404 item-not-found; 412 stale-version; 422 quantity-out-of-range.`,
	"remove-cart-item": `Returns the cart without it. 404 item-not-found; 412 stale-version.`,
}
