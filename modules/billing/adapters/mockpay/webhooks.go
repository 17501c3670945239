package mockpay

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"

	"github.com/go-json-experiment/json/jsontext"
)

const tolerance = 300 * time.Second

// Webhooks parses mockpay's webhooks. It accepts several secrets, so that they can be rotated.
type Webhooks struct{ secrets []string }

// NewWebhooks returns a parser of webhooks that are signed with one of the secrets.
func NewWebhooks(secrets []string) *Webhooks { return &Webhooks{secrets} }

// SignatureHeader returns the header with the time and the MACs.
func (w *Webhooks) SignatureHeader() (name, format string) {
	return "Mockpay-Signature", "t=<unix seconds>,v1=<HMAC-SHA256 of t.body in hex>"
}

// Open verifies the signature of the raw body, then parses it.
func (w *Webhooks) Open(signature string, body []byte, now time.Time) (ports.Event, error) {
	at, macs := parse(signature)
	if now.Sub(at).Abs() > tolerance || !slices.ContainsFunc(macs,
		func(mac []byte) bool { return w.signed(at, body, mac) }) {
		return ports.Event{}, domain.ErrSignature
	}
	return w.Read(body)
}

// Read parses an event of an intent, a refund, a dispute, a payout or a fee. Events of other types are marked as Other.
func (w *Webhooks) Read(body []byte) (ports.Event, error) {
	var event struct {
		ID        string          `json:"id"`
		Type      string          `json:"type"`
		CreatedAt time.Time       `json:"created_at"`
		Data      json.RawMessage `json:"data"`
	}
	var about struct {
		Intent   string            `json:"intent"`
		Metadata map[string]string `json:"metadata"`
	}
	if !storable(body) || json.Unmarshal(body, &event) != nil || event.ID == "" || len(event.ID) > 255 ||
		(event.Data != nil && json.Unmarshal(event.Data, &about) != nil) {
		return ports.Event{}, domain.ErrEvent
	}
	out := ports.Event{
		Provider: name, ID: event.ID, PaymentID: idOf(about.Metadata[paymentKey]),
		PaymentRef: about.Intent, Body: body,
	}
	kind, _, _ := strings.Cut(event.Type, ".")
	switch kind {
	case "payment_intent":
		var i intent
		if json.Unmarshal(event.Data, &i) != nil {
			return ports.Event{}, domain.ErrEvent
		}
		out.Outcome = i.outcome()
	case "refund":
		var r refund
		if json.Unmarshal(event.Data, &r) != nil {
			return ports.Event{}, domain.ErrEvent
		}
		outcome := r.outcome()
		out.RefundID, out.Refund = idOf(about.Metadata[refundKey]), &outcome
	case "dispute":
		var d dispute
		if json.Unmarshal(event.Data, &d) != nil {
			return ports.Event{}, domain.ErrEvent
		}
		if out.Dispute = d.report(event.CreatedAt); out.Dispute == nil {
			out.Other = true
		}
	case "payout", "fee":
		return out, readBalanceEvent(&out, kind, event.Data)
	default:
		out.Other = true
	}
	return out, nil
}

type dispute struct {
	ID     string `json:"id"`
	Amount int64  `json:"amount"`
	Fee    int64  `json:"fee"`
	Status string `json:"status"`
}

var disputeStatuses = map[string]billing.DisputeStatus{
	"opened": billing.DisputeOpened, "won": billing.DisputeWon, "lost": billing.DisputeLost,
}

// report returns the report of a dispute; nil for an unknown status.
func (d dispute) report(at time.Time) *domain.DisputeReport {
	status, known := disputeStatuses[d.Status]
	if !known || d.ID == "" {
		return nil
	}
	return &domain.DisputeReport{
		ProviderRef: d.ID, Status: status, Amount: d.Amount, Fee: max(d.Fee, 0),
		At: at.UTC().Truncate(time.Microsecond),
	}
}

// idOf parses an ID of the store's; id.Nil for any other text.
func idOf(text string) id.ID {
	out, err := id.Parse(text)
	if err != nil {
		return id.Nil
	}
	return out
}

// storable reports whether PostgreSQL can store a body as JSON: it is valid UTF-8 without lone surrogates and NUL.
func storable(body []byte) bool {
	if !jsontext.Value(body).IsValid() {
		return false
	}
	for decoder := jsontext.NewDecoder(bytes.NewReader(body)); ; {
		token, err := decoder.ReadToken()
		if err != nil {
			return errors.Is(err, io.EOF)
		}
		if token.Kind() == '"' && strings.ContainsRune(token.String(), 0) {
			return false
		}
	}
}

// parse parses t=<unix seconds>,v1=<hex>. There may be several v1, one for each secret.
func parse(signature string) (at time.Time, macs [][]byte) {
	for part := range strings.SplitSeq(signature, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return time.Time{}, nil
			}
			at = time.Unix(seconds, 0)
		case "v1":
			if mac, err := hex.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	return at, macs
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
