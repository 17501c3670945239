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
	"merge-cart": `Call it after a guest has signed in, with the guest's access token. The items become a union: quantities
of consumables are added, other items stay once, and items that an order of the guest has reserved stay with the guest.
The other items leave the guest's cart; repeating the call changes nothing. 409 mixed-currency, 409 cart-full or 422
quantity-out-of-range: both carts are unchanged; change one of them and try again. 422 bad-guest-token.`,
	"remove-cart-item": `Returns the cart without the item. 404 item-not-found; 412 stale-version.`,
}
