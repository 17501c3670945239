// Package domain holds the rules of orders: what may be bought, what it costs, and what leads from one state to the
// next.
package domain

import (
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/money"
)

// The faults of checkout.
var (
	ErrNoOrder    = fault.New(fault.NotFound, "order-not-found", "there is no such order")
	ErrNoItem     = fault.New(fault.NotFound, "item-not-found", "an item is not in your cart")
	ErrCheckedOut = fault.New(fault.Conflict, "cart-already-checked-out",
		"an item is reserved or was bought by another of your orders; list your orders")
	ErrPriceChanged = fault.New(fault.Conflict, "price-changed",
		"the total has changed; if you agree to the new one, buy for it")
	ErrUnavailable = fault.New(fault.Conflict, "item-unavailable",
		"an item is not sold any more; remove it from the cart")
	ErrAlreadyOwned = fault.New(fault.Conflict, "already-owned",
		"an item gives nothing that you do not own or buy already; remove the item")
	ErrMissingBaseGame = fault.New(fault.Conflict, "missing-base-game",
		"an item extends a game that you do not own; buy the game with it")
	ErrMixedCurrency = fault.New(fault.Conflict, "mixed-currency",
		"the items are priced in different currencies; buy them apart")
	ErrNotSold   = fault.New(fault.Invalid, "nothing-selected", "select 1 to 100 different items of your cart")
	ErrKeyReused = fault.New(fault.Invalid, "idempotency-key-reused",
		"this idempotency key was used for another request; use a new one")
	ErrReturnURL = fault.New(fault.Invalid, "return-url-not-allowed",
		"the return URL leads to an origin to which this store returns no buyers; leave it out, "+
			"or have the operator add the origin to payments.return_origins")
	ErrAdvancing = fault.New(fault.Conflict, "order-in-progress",
		"the order is being advanced; ask again in a second").After(time.Second)
	ErrInProgress = fault.New(fault.Conflict, "payment-in-progress",
		"a payment of the order is under way: wait for its outcome; while the order is requires_action, "+
			"its buyer confirms the payment at next_action.url or cancels the order").After(time.Second)
	ErrNotPayable    = fault.New(fault.Conflict, "order-not-payable", "only a declined order can be paid again")
	ErrNotCancelable = fault.New(fault.Conflict, "order-not-cancelable", "the order is paid or canceled already")
	ErrCanceled      = fault.New(fault.Conflict, "order-canceled",
		"the order of this idempotency key was canceled; use a new key for a new purchase")
	ErrDeclined = fault.New(fault.PaymentRequired, "payment-declined",
		"the payment was declined and nothing was bought; the order can be paid again")
	ErrNotResolvable = fault.New(fault.Conflict, "not-resolvable",
		"the order's money does not allow this resolution; choose another one")
	ErrPaid          = fault.New(fault.Conflict, "order-paid", "the order was paid; resolve it with accept or refund")
	ErrNotRefundable = fault.New(fault.Conflict, "order-not-refundable",
		"nothing was bought with the order, so nothing can be refunded")
	ErrDisputed = fault.New(fault.Conflict, "payment-disputed",
		"the payment is disputed: the bank withholds the money or has returned it to the buyer")
	ErrRefundFailed = fault.New(fault.Conflict, "refund-failed",
		"the payment provider refused the refund and nothing was refunded; ask for what is left with a new idempotency key")
	ErrRefundWindow = fault.New(fault.Conflict, "refund-window-closed",
		"the time for refunds is over; ask the store's staff")
	ErrNoLine = fault.New(fault.NotFound, "order-line-not-found",
		"the order has no such line, or the line no such product")
	ErrStaffAmount = fault.New(fault.Forbidden, "forbidden",
		"only the store's staff may refund a part of a price; leave the amount out")
	ErrQuantityAndAmount = fault.New(fault.Invalid, "invalid-request", "name a quantity or an amount of an item, not both")
	ErrNotInReview       = fault.New(fault.Conflict, "order-not-in-review",
		"only an order in manual review can be resolved; list those orders to find one")
	ErrContents = fault.New(fault.Conflict, "contents-changed",
		"a bundle of the order holds other products than before; cancel the order and check out again")
	ErrNoMail     = fault.New(fault.Unavailable, "mail-not-configured", "this store sends no mail")
	ErrUnverified = fault.New(fault.Forbidden, "address-not-verified",
		"confirm your e-mail address first, with the link in the mail")
	ErrErased = fault.New(fault.Unauthenticated, "account-erased",
		"the account has been erased; register again to buy")
	ErrCurrency = money.ErrCurrency
	ErrOverflow = money.ErrOverflow
	ErrStale    = fault.New(fault.Conflict, "order-in-progress",
		"the order has changed in the meantime; read it again").After(time.Second)
)

// Obstacle returns the fault of a problem by its code, which is the same in the cart, in a quote and in a refused
// purchase; nil when no problem has the code.
func Obstacle(code string) *fault.Error {
	for _, f := range []*fault.Error{ErrUnavailable, ErrAlreadyOwned, ErrMissingBaseGame} {
		if f.Code == code {
			return f
		}
	}
	return nil
}
