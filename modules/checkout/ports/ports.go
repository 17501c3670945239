// Package ports is what checkout needs from outside, in its own words.
package ports

import (
	"context"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/catalog"
	"coinslot/modules/checkout"
	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/page"
)

// Clock returns the present time.
type Clock interface {
	Now() time.Time
}

// Attempt is a buyer's call to pay: the first makes the order, later ones follow a decline.
type Attempt struct {
	OrderID  id.ID
	Key      string // idempotency key
	BodyHash []byte // SHA-256 of what was asked for
}

// Orders keeps orders. Each method is one atomic statement: no use case of checkout changes more than one order, so
// none needs a transaction of its own.
type Orders interface {
	// Place adds an order with its first attempt. domain.ErrKeyReused when the account has used the key before,
	// domain.ErrCheckedOut when another order has reserved one of the lines; then nothing was added.
	Place(ctx context.Context, order domain.Order, attempt Attempt) error
	// Erase makes Place and Retry refuse an account with domain.ErrErased from now on. An order that was placed before is
	// there when Erase returns. The same call again changes nothing.
	Erase(ctx context.Context, accountID id.ID, at time.Time) error
	// Save stores an order under the next version; domain.ErrStale when the stored version is another one.
	Save(ctx context.Context, order domain.Order) error
	// Retry is Save with a further attempt; the lines are reserved again. domain.ErrKeyReused, domain.ErrCheckedOut,
	// domain.ErrStale; then nothing was changed.
	Retry(ctx context.Context, order domain.Order, attempt Attempt) error
	// Resolve is Save with a staff's resolution of the order's review. domain.ErrKeyReused when the account has used the
	// key before, domain.ErrStale; then nothing was changed.
	Resolve(ctx context.Context, order domain.Order, resolution Resolution) error
	// Claim takes the lease of an order; domain.ErrAdvancing while another caller has it or is changing the order,
	// domain.ErrNoOrder.
	Claim(ctx context.Context, orderID id.ID, now time.Time) (domain.Order, error)
}

// Finder reads orders.
type Finder interface {
	// ByKey returns the attempt that an account made with a key.
	ByKey(ctx context.Context, accountID id.ID, key string) (attempt Attempt, found bool, err error)
	// Find returns an account's order; domain.ErrNoOrder when it is absent or another account's.
	Find(ctx context.Context, accountID, orderID id.ID) (domain.Order, error)
	// Any returns an order, of any account; domain.ErrNoOrder.
	Any(ctx context.Context, orderID id.ID) (domain.Order, error)
	// List returns a page of an account's orders, the newest first; page.ErrCursor.
	List(ctx context.Context, accountID id.ID, request page.Request) (page.Page[domain.Order], error)
	// Known reports whether one of these cart lines belongs to an order of the account.
	Known(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) (bool, error)
	// Open returns an account's orders that a cancellation may still end.
	Open(ctx context.Context, accountID id.ID) ([]id.ID, error)
	// Stuck returns unfinished orders without a lease that have not changed for patience, or for half as long
	// as their attempt had been under way but a minute at most; the longest stalled first. Orders in review whose
	// payment is unknown or whose resolution is not done are among them; they are returned after an hour at the latest.
	Stuck(ctx context.Context, now time.Time, patience time.Duration, limit int) ([]id.ID, error)
	// History returns the states that an order went through, the oldest first.
	History(ctx context.Context, orderID id.ID) ([]Entry, error)
}

// Resolution is how a member of staff ended the manual review of an order.
type Resolution struct {
	OrderID   id.ID
	AccountID id.ID // of the staff
	Key       string
	BodyHash  []byte
	Action    checkout.Resolution
	Reason    string
	At        time.Time
	RequestID string
}

// Filter narrows a list of orders. A zero member does not narrow it.
type Filter struct {
	Status    checkout.Status
	AccountID id.ID
	Number    string // in any case
	OrderID   id.ID
}

// Reviews is what staff and the sweeper ask about orders of all accounts.
type Reviews interface {
	// Search returns a page of the orders that a filter leaves, the newest first; page.ErrCursor.
	Search(ctx context.Context, filter Filter, request page.Request) (page.Page[domain.Order], error)
	// Expired returns orders that have been declined since before a moment, the oldest first.
	Expired(ctx context.Context, before time.Time, limit int) ([]id.ID, error)
	// ResolutionByKey returns the resolution that an account asked for with a key.
	ResolutionByKey(ctx context.Context, accountID id.ID, key string) (resolution Resolution, found bool, err error)
	// Resolutions returns an order's resolutions, the oldest first.
	Resolutions(ctx context.Context, orderID id.ID) ([]Resolution, error)
	// PruneKeys deletes up to limit attempts of finished orders, and returns their number: attempts and orders are from
	// before a moment. The first attempt of each order is kept, so that a repeat of its call finds the order.
	PruneKeys(ctx context.Context, before time.Time, limit int) (int, error)
}

// Entry is something that happened to an order.
type Entry struct {
	At        time.Time
	What      string // "order" for a new status of it; of its money, billing's event
	Result    string
	RequestID string // of the HTTP request that caused it, if one did
	Reason    string // that staff gave
	StaffID   id.ID  // of who asked for it, if it was staff
}

// Carts is the buyer's cart.
type Carts interface {
	Selected(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) ([]domain.Selected, error)
	// Remove removes what an order bought. What was added to its lines in the meantime stays.
	Remove(ctx context.Context, order domain.Order) error
	// Reserve marks the lines of consumables of an order that waits for its payment: units added from then on start a new
	// line.
	Reserve(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error
	// Release removes that mark when the order ends unpaid. Absent lines are no error.
	Release(ctx context.Context, accountID id.ID, cartLineIDs []id.ID) error
}

// Catalog quotes sellables: what they are and cost now.
type Catalog interface {
	Quote(ctx context.Context, sellableIDs []id.ID) (catalog.Quote, error)
}

// Library reads and changes what the buyer owns.
type Library interface {
	Owns(ctx context.Context, accountID id.ID, productIDs []id.ID) (map[id.ID]id.ID, error)
	// Grant gives what the lines of an order give that are not refused, once, and returns those that it refuses because
	// they add nothing. domain.ErrErased when nothing can be given any more.
	Grant(ctx context.Context, order domain.Order) (refused []id.ID, err error)
	// Adjust sets what an order granted to what its money says. The same call again changes nothing.
	Adjust(ctx context.Context, order domain.Order, adjustment domain.Adjustment) error
}

// Taxes returns how sales to a country are taxed at a moment.
type Taxes interface {
	Tax(country string, at time.Time) domain.Tax
}

// VATRegistry knows which VAT IDs are assigned to businesses.
type VATRegistry interface {
	// Assigned reports whether a VAT ID is assigned at this moment. It fails when the registry does not say.
	Assigned(ctx context.Context, vatID string) (bool, error)
}

// Buyer is who buys.
type Buyer struct {
	Name     string
	Email    string
	Country  string
	Language string
	Verified bool // the address is confirmed
}

// Buyers returns who an account is; found is false when it has been erased.
type Buyers interface {
	Buyer(ctx context.Context, accountID id.ID) (buyer Buyer, found bool, err error)
}

// What means the same here as in billing.
type (
	// Summary is an order's payment summary.
	Summary = billing.PaymentSummary
	// Settlement is what both ledgers say about an order's money.
	Settlement = billing.Settlement
	// Refund is a refund of an order.
	Refund = billing.Refund
	// RefundItem names what is to be refunded.
	RefundItem = billing.RefundItem
	// RefundOrder requests a refund.
	RefundOrder = billing.RefundOrder
)

// ErrNoRefund is returned by Refunds.Refund for a ReplayOnly request whose key has made no refund.
var ErrNoRefund = billing.ErrNoRefund

// Payment is how an order's money stands, with all that billing has stored about it. The zero Payment: there is none.
type Payment struct {
	domain.Payment
	Summary Summary
}

// RefundResult is a refund with the order's money after it.
type RefundResult struct {
	Refund   Refund
	Replayed bool // an earlier call with the same key had made it
	Payment  Payment
}

// Payments takes the money.
type Payments interface {
	// Charge makes the order's present attempt, at most once however often it is called.
	Charge(ctx context.Context, order domain.Order, buyer Buyer) (Payment, error)
	// Resume continues the newest attempt: it asks the provider for the outcome, and sends the charge, with the same key,
	// when the provider does not know it. The zero Payment when no attempt is stored.
	Resume(ctx context.Context, orderID id.ID) (Payment, error)
	// Cancel ends the order's present attempt if it was never sent or waits for the buyer's confirmation, and returns its
	// outcome. An attempt that was never sent will never be.
	Cancel(ctx context.Context, order domain.Order) (Payment, error)
	// Poll asks the provider for the outcome of the newest attempt and never charges. An attempt that the provider does
	// not know is canceled. The zero Payment when no attempt is stored.
	Poll(ctx context.Context, orderID id.ID) (Payment, error)
	// Settlement returns what both ledgers say about an order's money; the provider is asked now.
	Settlement(ctx context.Context, orderID id.ID) (Settlement, error)
	// Resolve settles an order's money as staff decided, once however often it is called. domain.ErrNotResolvable when the
	// money does not allow it, with the fault that says why.
	Resolve(ctx context.Context, orderID id.ID, resolution checkout.Resolution) (Payment, error)
	// Of returns how the money of orders stands; orders without a payment are left out.
	Of(ctx context.Context, orderIDs []id.ID) (map[id.ID]Payment, error)
	// History returns what happened to an order's money, the oldest first.
	History(ctx context.Context, orderID id.ID) ([]Entry, error)
}

// Refunds refunds orders.
type Refunds interface {
	// Return refunds what an order's refused lines cost, or the whole order when it is refused whole, once however often
	// it is called, and returns how far that got.
	Return(ctx context.Context, order domain.Order) (domain.Return, Payment, error)
	// Refund refunds what a request names, once for the caller and their key. Errors: ErrNoRefund and billing's refund
	// errors.
	Refund(ctx context.Context, request RefundOrder) (RefundResult, error)
}
