package mockpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
)

const tolerance = 300 * time.Second

// Webhooks reads mockpay's webhooks. It has several secrets while one replaces another.
type Webhooks struct{ secrets []string }

// NewWebhooks returns the reader.
func NewWebhooks(secrets []string) *Webhooks { return &Webhooks{secrets} }

// Open checks the signature over the raw body, then reads it.
func (w *Webhooks) Open(signature string, body []byte, now time.Time) (ports.Event, error) {
	at, mac, ok := parse(signature)
	if !ok || now.Sub(at).Abs() > tolerance || !w.signed(at, body, mac) {
		return ports.Event{}, domain.ErrSignature
	}
	var event struct {
		ID   string `json:"id"`
		Data intent `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil || event.ID == "" || len(event.ID) > 255 {
		return ports.Event{}, domain.ErrEvent
	}
	paymentID, err := id.Parse(event.Data.Metadata[paymentKey])
	if err != nil {
		paymentID = id.Nil // not one of ours: kept, and applied to nothing
	}
	return ports.Event{Provider: name, ID: event.ID, PaymentID: paymentID, Outcome: event.Data.outcome(), Body: body}, nil
}

// parse reads t=<unix seconds>,v1=<hex>.
func parse(signature string) (at time.Time, mac []byte, ok bool) {
	for part := range strings.SplitSeq(signature, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return time.Time{}, nil, false
			}
			at = time.Unix(seconds, 0)
		case "v1":
			decoded, err := hex.DecodeString(value)
			if err != nil {
				return time.Time{}, nil, false
			}
			mac = decoded
		}
	}
	return at, mac, !at.IsZero() && len(mac) > 0
}

func (w *Webhooks) signed(at time.Time, body, mac []byte) bool {
	for _, secret := range w.secrets {
		hash := hmac.New(sha256.New, []byte(secret))
		hash.Write([]byte(strconv.FormatInt(at.Unix(), 10) + "."))
		hash.Write(body)
		if hmac.Equal(hash.Sum(nil), mac) {
			return true
		}
	}
	return false
}
