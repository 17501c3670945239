package mockpay

import (
	"encoding/json"
	"time"
)

// The statuses of an intent.
const (
	statusProcessing      = "processing" // not decided by the card network
	statusRequiresAction  = "requires_action"
	statusRequiresCapture = "requires_capture"
	statusSucceeded       = "succeeded"
	statusFailed          = "failed"
	statusCanceled        = "canceled"
)

// The statuses of a refund.
const statusPending = "pending"

// The statuses of a dispute.
const (
	disputeOpened = "opened"
	disputeWon    = "won"
	disputeLost   = "lost"
)

// Intent is a payment attempt. Amounts are in minor units.
type Intent struct {
	ID            string            `json:"id" required:"true"`
	Reference     string            `json:"reference" required:"true"`
	Amount        int64             `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency      string            `json:"currency" required:"true"`
	Status        string            `json:"status" required:"true" enum:"processing,requires_action,requires_capture,succeeded,failed,canceled"`
	DeclineCode   string            `json:"decline_code,omitempty"`
	PaymentMethod Card              `json:"payment_method" required:"true"`
	NextAction    *NextAction       `json:"next_action,omitempty"`
	Captured      int64             `json:"captured" required:"true"`
	Refunded      int64             `json:"refunded" required:"true"`
	Fee           int64             `json:"fee" required:"true" description:"Mockpay's fee"`
	ReturnURL     string            `json:"return_url,omitempty" format:"uri" description:"The link on the buyer's page"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	Traceparent   string            `json:"traceparent,omitempty" description:"Of the request that created it: its webhooks send it"`
	CreatedAt     time.Time         `json:"created_at" required:"true"`
}

// Card is the masked data of a card.
type Card struct {
	Brand   string `json:"brand" required:"true"`
	Last4   string `json:"last4" required:"true"`
	Country string `json:"country" required:"true" description:"Of the issuer: ISO 3166-1 alpha-2"`
}

// NextAction is the buyer's next action: open URL in a browser, or POST {"result": "success" | "failure"} to it.
type NextAction struct {
	Type string `json:"type" required:"true" enum:"redirect"`
	URL  string `json:"url" required:"true" format:"uri"`
}

// Refund is a refund of an intent.
type Refund struct {
	ID        string            `json:"id" required:"true"`
	Intent    string            `json:"intent" required:"true"`
	Reference string            `json:"reference" required:"true"`
	Amount    int64             `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string            `json:"currency" required:"true"`
	Status    string            `json:"status" required:"true" enum:"pending,succeeded,failed"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	CreatedAt time.Time         `json:"created_at" required:"true"`
}

// Dispute is a dispute of an intent at the buyer's bank.
type Dispute struct {
	ID        string            `json:"id" required:"true"`
	Intent    string            `json:"intent" required:"true"`
	Reference string            `json:"reference" required:"true"`
	Amount    int64             `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string            `json:"currency" required:"true"`
	Fee       int64             `json:"fee" required:"true" description:"Mockpay's fee, which is not returned"`
	Status    string            `json:"status" required:"true" enum:"opened,won,lost" description:"For the merchant"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	UpdatedAt time.Time         `json:"updated_at" required:"true" description:"When it entered its status"`
}

// Charge is a captured or failed intent.
type Charge struct {
	ID        string    `json:"id" required:"true"`
	Reference string    `json:"reference" required:"true"`
	Amount    int64     `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string    `json:"currency" required:"true"`
	Status    string    `json:"status" required:"true" enum:"succeeded,failed"`
	Captured  int64     `json:"captured" required:"true"`
	Refunded  int64     `json:"refunded" required:"true"`
	CreatedAt time.Time `json:"created_at" required:"true"`
}

// Event is the body of a webhook. Data is an Intent, a Refund, a Dispute, a Payout or a Fee by the first word of Type.
type Event struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"` // payment_intent.succeeded, refund.failed, dispute.opened …
	CreatedAt time.Time       `json:"created_at"`
	Data      json.RawMessage `json:"data"`
}

// Page is a list. NextCursor is null on the last page.
type Page[T any] struct {
	Items      []T     `json:"items" required:"true" nullable:"false"`
	NextCursor *string `json:"next_cursor" required:"true"`
}

// record is a stored intent with its injected faults.
type record struct {
	Intent  Intent `json:"intent"`
	Steps   steps  `json:"steps,omitempty"`
	Manual  bool   `json:"manual,omitempty"`   // it is captured by a separate request
	Settles string `json:"settles,omitempty"`  // the status after processing
	FeeRate int64  `json:"fee_rate,omitempty"` // in hundredths of a percent
	// FeeFixed is added to the fee of FeeRate, in minor units.
	FeeFixed int64 `json:"fee_fixed,omitempty"`
	// FailedRefunds is the number of refunds that failed by a scenario.
	FailedRefunds int `json:"failed_refunds,omitempty"`
}
