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
	ID            string            `json:"id"`
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"` // processing, requires_action, requires_capture, succeeded, failed, canceled
	DeclineCode   string            `json:"decline_code,omitempty"`
	PaymentMethod Card              `json:"payment_method"`
	NextAction    *NextAction       `json:"next_action,omitempty"`
	Captured      int64             `json:"captured"`
	Refunded      int64             `json:"refunded"`
	Fee           int64             `json:"fee"` // what the provider keeps of what it captured
	Metadata      map[string]string `json:"metadata,omitempty"`
	CreatedAt     time.Time         `json:"created_at"`
}

// Card is what a provider tells of a card.
type Card struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

// NextAction is what the buyer must do: POST {"result": "success" | "failure"} to URL, or open it in a browser.
type NextAction struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

// Refund gives money of an intent back.
type Refund struct {
	ID        string            `json:"id"`
	Intent    string            `json:"intent"`
	Reference string            `json:"reference"`
	Amount    int64             `json:"amount"`
	Currency  string            `json:"currency"`
	Status    string            `json:"status"` // pending, succeeded, failed
	Metadata  map[string]string `json:"metadata,omitempty"`
	CreatedAt time.Time         `json:"created_at"`
}

// Dispute is a buyer's complaint at the bank.
type Dispute struct {
	ID        string            `json:"id"`
	Intent    string            `json:"intent"`
	Reference string            `json:"reference"`
	Amount    int64             `json:"amount"`
	Currency  string            `json:"currency"`
	Status    string            `json:"status"` // opened, won, lost: as the merchant sees it
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// Charge is an intent that took money or failed to, as the provider's books show it.
type Charge struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Status    string    `json:"status"` // succeeded, failed
	Captured  int64     `json:"captured"`
	Refunded  int64     `json:"refunded"`
	CreatedAt time.Time `json:"created_at"`
}

// Event is news, as a webhook carries it. Data is an Intent, a Refund or a Dispute, as the type's first word says.
type Event struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"` // payment_intent.succeeded, refund.failed, dispute.opened …
	CreatedAt time.Time       `json:"created_at"`
	Data      json.RawMessage `json:"data"`
}

// Page is a list. NextCursor is null on the last page.
type Page[T any] struct {
	Items      []T     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// record is an intent as the books keep it: with what is going to go wrong.
type record struct {
	Intent  Intent `json:"intent"`
	Steps   steps  `json:"steps,omitempty"`
	Manual  bool   `json:"manual,omitempty"`   // money is captured by a call of its own
	Settles string `json:"settles,omitempty"`  // while processing: what it will become
	FeeRate int64  `json:"fee_rate,omitempty"` // in hundredths of a percent
}
