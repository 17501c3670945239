package rest

var descriptions = map[string]string{
	"get-cart": `Prices and problems are current; price_snapshot is the price when the item was added. The cart of a new
account is empty. The ETag is the cart's version.`,
	"clear-cart": `Removes all items. 412 stale-version when If-Match is not the cart's current version.`,
	"add-cart-item": `Send either a product_id or a bundle_id. The first item determines the cart's currency. Adding a
consumable again increases its quantity. Adding any other item again returns 200 and the unchanged cart. 404 not-found;
409 item-unavailable, mixed-currency or cart-full; 422 quantity-out-of-range.`,
	"change-cart-item": `Only consumables may have a quantity above 1. 404 item-not-found; 412 stale-version;
422 quantity-out-of-range.`,
	"remove-cart-item": `Returns the cart without the item. 404 item-not-found; 412 stale-version.`,
}
