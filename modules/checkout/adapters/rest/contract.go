package rest

import (
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/fault"
	"coinslot/platform/web"
)

var (
	// offered are the faults of what is bought, at the moment of a decision.
	offered = []*fault.Error{
		domain.ErrErased, domain.ErrNoItem, domain.ErrCheckedOut, domain.ErrMixedCurrency,
		domain.ErrNotSold, domain.ErrOverflow, domain.ErrBusiness,
	}
	// bought are those of a purchase besides.
	bought = append([]*fault.Error{
		domain.ErrPriceChanged, domain.ErrCountryChanged, domain.ErrTreatmentChanged,
		domain.ErrUnavailable, domain.ErrAlreadyOwned, domain.ErrMissingBaseGame,
		domain.ErrKeyReused, domain.ErrAdvancing,
		domain.ErrStale, domain.ErrCanceled, domain.ErrDeclined, domain.ErrCurrency, domain.ErrReturnURL,
	}, offered...)
)

var contract = web.Contract{
	Descriptions: descriptions,
	Tags: map[string]string{
		"checkout": "Quotes, orders, payments and refunds.",
	},
	Faults: map[string][]*fault.Error{
		"quote-checkout":     offered,
		"checkout":           append([]*fault.Error{domain.ErrUnverified}, bought...),
		"get-order":          {domain.ErrNoOrder},
		"get-order-timeline": {domain.ErrNoOrder},
		"pay-order": append([]*fault.Error{
			domain.ErrNoOrder, domain.ErrNotPayable, domain.ErrContents,
			domain.ErrInProgress,
		}, bought...),
		"cancel-order": {
			domain.ErrNoOrder, domain.ErrInProgress, domain.ErrNotCancelable,
			domain.ErrAdvancing, domain.ErrStale,
		},
		"refund-order": append([]*fault.Error{
			domain.ErrNoOrder, domain.ErrNoLine, domain.ErrStaffAmount, errRefundItems,
			domain.ErrQuantityAndAmount, domain.ErrKeyReused,
			domain.ErrRefundWindow, domain.ErrNotRefundable, domain.ErrRefundFailed, domain.ErrDisputed, domain.ErrInProgress,
			domain.ErrAdvancing, domain.ErrStale,
			domain.ErrCurrency,
		}, ports.RefundFaults...),
		"get-any-order":          {domain.ErrNoOrder},
		"get-any-order-timeline": {domain.ErrNoOrder},
		"resolve-order": append([]*fault.Error{
			domain.ErrNoOrder, domain.ErrNotInReview, domain.ErrNotResolvable, domain.ErrPaid,
			domain.ErrDisputed, domain.ErrKeyReused,
			domain.ErrAdvancing, domain.ErrStale, domain.ErrInProgress,
		}, ports.ReviewFaults...),
	},
	Examples: map[string]any{
		"quote-checkout": map[string]any{"item_ids": []string{web.SampleItem}},
		"checkout": map[string]any{
			"item_ids": []string{web.SampleItem}, "expected_total": map[string]any{"amount": 1299, "currency": "EUR"},
			"payment_method": "pm_ok",
		},
		"pay-order":     map[string]any{"payment_method": "pm_ok"},
		"refund-order":  map[string]any{"reason": "I bought it by mistake"},
		"resolve-order": map[string]any{"action": "accept", "reason": "The buyer agreed to the other total"},
	},
	Details: map[string]any{
		domain.ErrDeclined.Code:         declinedDetails{},
		domain.ErrCanceled.Code:         orderDetails{},
		domain.ErrPriceChanged.Code:     priceDetails{},
		domain.ErrCountryChanged.Code:   countryDetails{},
		domain.ErrTreatmentChanged.Code: treatmentDetails{},
		domain.ErrUnavailable.Code:      itemDetails{},
		domain.ErrAlreadyOwned.Code:     itemDetails{},
		domain.ErrMissingBaseGame.Code:  itemDetails{},
		domain.ErrRefundWindow.Code:     windowDetails{},
		domain.ErrRefundFailed.Code:     refundFailedDetails{},
		ports.ErrExceeds.Code:           exceededDetails{},
	},
}

type orderDetails struct {
	OrderID string `json:"order_id,omitempty" format:"uuid" doc:"With payment-declined and order-canceled: the order"`
}

type declinedDetails struct {
	OrderID     string `json:"order_id,omitempty" format:"uuid" doc:"With payment-declined and order-canceled: the order"`
	DeclineCode string `json:"decline_code,omitempty" doc:"With payment-declined: the payment provider's reason, such as insufficient_funds"`
}

type priceDetails struct {
	Old web.Money `json:"old,omitempty" doc:"With price-changed: the total that was expected"`
	New web.Money `json:"new,omitempty" doc:"With price-changed: the total now"`
}

type itemDetails struct {
	ItemIDs  []string         `json:"item_ids,omitempty" nullable:"false" doc:"The items that cannot be bought"`
	Problems []itemProblemDTO `json:"problems,omitempty" nullable:"false" doc:"What stands in the way of each of them"`
}

type itemProblemDTO struct {
	ItemID    string            `json:"item_id" format:"uuid"`
	Code      string            `json:"code" enum:"item-unavailable,already-owned,missing-base-game"`
	CoveredBy *catalog.CoverDTO `json:"covered_by,omitempty" doc:"With already-owned: what gives the buyer all of it already"`
}

type refundFailedDetails struct {
	OrderID  string `json:"order_id,omitempty" format:"uuid" doc:"With refund-failed: the order"`
	RefundID string `json:"refund_id,omitempty" format:"uuid" doc:"With refund-failed: the refund"`
}

type windowDetails struct {
	Until time.Time `json:"until,omitempty" doc:"With refund-window-closed: when it closed"`
}

type exceededDetails struct {
	Remaining         *web.Money `json:"remaining,omitempty" doc:"With refund-exceeds-captured: what is left"`
	RemainingQuantity int        `json:"remaining_quantity,omitempty" doc:"With refund-exceeds-captured: the units that are left"`
}
