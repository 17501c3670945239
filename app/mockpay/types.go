package mockpay

import (
	"encoding/json"
	"time"
)

// The statuses of an intent.
const (
	statusProcessing      = "processing" // the card network has not said yet
	statusRequiresAction  = "requires_action"
	statusRequiresCapture = "requires_capture"
	statusSucceeded       = "succeeded"
	statusFailed          = "failed"
	statusCanceled        = "canceled"
)

// The statuses of a refund.
const statusPending = "pending"

// Intent is one attempt to take money. Amounts are minor units.
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
	Fee           int64             `json:"fee" required:"true" description:"What mockpay keeps of what it captured"`
	ReturnURL     string            `json:"return_url,omitempty" format:"uri" description:"Where the buyer's page leads back to"`
	Metadata      map[string]string `json:"metadata,omitempty"`
	CreatedAt     time.Time         `json:"created_at" required:"true"`
}

// Card is what a provider tells of a card.
type Card struct {
	Brand string `json:"brand" required:"true"`
	Last4 string `json:"last4" required:"true"`
}

// NextAction is what the buyer must do: POST {"result": "success" | "failure"} to URL, or open it in a browser.
type NextAction struct {
	Type string `json:"type" required:"true" enum:"redirect"`
	URL  string `json:"url" required:"true" format:"uri"`
}

// Refund gives money of an intent back.
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

// Dispute is a buyer's complaint at the bank.
type Dispute struct {
	ID        string            `json:"id" required:"true"`
	Intent    string            `json:"intent" required:"true"`
	Reference string            `json:"reference" required:"true"`
	Amount    int64             `json:"amount" required:"true" description:"In minor units of the currency"`
	Currency  string            `json:"currency" required:"true"`
	Status    string            `json:"status" required:"true" enum:"opened,won,lost" description:"As the merchant sees it"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// Charge is an intent that took money or failed to, as the provider's books show it.
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

// Event is the body of a webhook. Data is an Intent, a Refund or a Dispute, as the type's first word says.
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

// record is an intent as the books keep it: with what is going to go wrong.
type record struct {
	Intent  Intent `json:"intent"`
	Steps   steps  `json:"steps,omitempty"`
	Manual  bool   `json:"manual,omitempty"`   // money is captured by a call of its own
	Settles string `json:"settles,omitempty"`  // while processing: what it will become
	FeeRate int64  `json:"fee_rate,omitempty"` // in hundredths of a percent
	// FailedRefunds counts those that a scenario made fail.
	FailedRefunds int `json:"failed_refunds,omitempty"`
}
