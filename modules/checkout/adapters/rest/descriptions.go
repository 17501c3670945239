package rest

// descriptions say in the API's document what the operations do.
var descriptions = map[string]string{
	"quote-checkout": `What the items cost now, with tax, and what stands in the way of buying them. Send its total as
expected_total of POST /v1/checkouts, its tax.country as expected_country and its tax.treatment as expected_treatment.
It reserves nothing. With a business of
another member state the buyer owes the tax (reverse charge): if the prices include tax, the total does not change and
none of it is tax; otherwise no tax is added. 422 when a detail of the business cannot be used; errors names it. 404
item-not-found; 409 cart-already-checked-out.`,
	"checkout": `Makes an order of the items, charges it once and grants what was bought; the other items stay in the
cart.

- **201**: it is paid and granted.
- **202**: its payment is not resolved yet. With status requires_action send the buyer to next_action.url; else read the
  order at Location until its status changes.
- **402** payment-declined: decline_code says why, the items are still in the cart, and POST /v1/orders/{id}/payments
  tries again.
- **409**: price-changed when the total is not expected_total, country-changed when the buyer is not taxed by
  expected_country any more, tax-treatment-changed when not by expected_treatment, item-unavailable,
  already-owned, missing-base-game, or
  cart-already-checked-out when another order reserves or bought an item.

After a timeout or a lost connection repeat the call with the same Idempotency-Key: the buyer is charged once, and
Idempotent-Replayed: true marks the order as it stands by then. 409 order-in-progress while the first call runs; 422
idempotency-key-reused when the body is another one, and return-url-not-allowed when return_url leads to an origin that
the store does not allow.`,
	"list-orders": `The newest first.`,
	"get-order":   `As it stands now, with its payment, its invoice, its refunds and a dispute. 404 order-not-found.`,
	"get-order-timeline": `The oldest first: each state of the order, each step of its payments, refunds and disputes,
and each resolution of a manual review. by is staff where staff asked for it. 404 order-not-found.`,
	"pay-order": `For an order whose payment was declined. What it costs and whether it may be bought is decided anew:
409 price-changed, item-unavailable, already-owned, missing-base-game, or contents-changed when a bundle holds other
products than before. 409 order-not-payable when it is not declined. The answers and the Idempotency-Key are those of
POST /v1/checkouts.`,
	"cancel-order": `Releases its items, which are still in the cart. An order that is canceled already answers 200. 409
payment-in-progress while the outcome of a payment is unknown, and order-not-cancelable once it is paid.`,
	"refund-order": `Refunds the whole order, lines of it, or units or products of a line, and takes from the library
what is refunded whole. Its buyer may until the refund window closes; staff may at any time, for any account, and by
amount.

- **201**: the money was refunded, and a credit note is made.
- **202**: the payment provider has not decided yet; read the order.
- **409**: refund-failed when the payment provider refused it, refund-exceeds-captured when less is left,
  refund-window-closed, payment-disputed while a bank decides, payment-in-progress, or order-not-refundable when nothing
  was bought.

Repeat it with the same Idempotency-Key after a lost connection: it is refunded once.`,
	"search-orders": `The newest first. q is an order's number or its ID; status=manual_review lists what staff has to
decide. Filters apply together, and one that names nothing finds nothing.`,
	"get-any-order": `As its buyer sees it, with the account. An order in manual review says why and shows what the
store's and the payment provider's books say, so that staff can decide. 404 order-not-found.`,
	"get-any-order-timeline": `The oldest first, as its buyer sees it, and staff_id is the account of the staff that
asked for a refund or resolved a review. 404 order-not-found.`,
	"resolve-order": `Ends a manual review. accept completes the order at its own total, refund refunds all that the
provider holds, and release cancels an order for which nothing was taken. The reason is shown in the order's timeline.

- **200**: it is done. **202**: it is decided, and the store is still at it; read the order.
- **409**: order-not-in-review, or the money does not allow the action; the code and the detail say which one it allows.

Repeat it with the same Idempotency-Key after a lost connection: it is done once.`,
}
