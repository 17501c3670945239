// Package mockpay is the client of the mock payment provider, and reads its webhooks.
package mockpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/config"
	"coinslot/platform/money"
)

const (
	name        = "mockpay"
	maxAnswer   = 1 << 20
	tries       = 2
	idlePerHost = 64
)

// Provider talks to mockpay over HTTP.
type Provider struct {
	base    string
	client  *http.Client
	timeout time.Duration
}

// NewProvider returns a client of the provider at base. Both tries of a call share the configured timeout.
func NewProvider(base string, cfg config.Payments) *Provider {
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     time.Minute,
	}
	return &Provider{base: base, client: &http.Client{Transport: transport}, timeout: cfg.Timeout}
}

// Name returns the provider's name.
func (p *Provider) Name() string { return name }

type intent struct {
	ID            string            `json:"id"`
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"`
	DeclineCode   string            `json:"decline_code"`
	PaymentMethod card              `json:"payment_method"`
	Metadata      map[string]string `json:"metadata"`
	NextAction    *action           `json:"next_action"`
}

type card struct {
	Brand string `json:"brand"`
	Last4 string `json:"last4"`
}

type action struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type createRequest struct {
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Currency      string            `json:"currency"`
	PaymentMethod string            `json:"payment_method"`
	Metadata      map[string]string `json:"metadata"`
}

const paymentKey = "payment_id"

// Charge takes money, at most once per key.
func (p *Provider) Charge(ctx context.Context, r ports.ChargeRequest) domain.Outcome {
	body, err := json.Marshal(createRequest{
		Reference: r.OrderID.String(), Amount: r.Amount.Amount(), Currency: string(r.Amount.Currency()),
		PaymentMethod: r.Method, Metadata: map[string]string{paymentKey: r.PaymentID.String()},
	})
	if err != nil {
		return unknown(err)
	}
	return p.post(ctx, "/v1/payment_intents", r.Key, body)
}

// Cancel asks the provider to take no money for an intent any more.
func (p *Provider) Cancel(ctx context.Context, providerRef string) domain.Outcome {
	return p.post(ctx, "/v1/payment_intents/"+url.PathEscape(providerRef)+"/cancel", "cancel-"+providerRef, nil)
}

func unknown(cause error) domain.Outcome {
	return domain.Outcome{Status: billing.Unknown, Cause: cause}
}

// post tries twice with one key. Only a clear answer counts; everything else is not known.
func (p *Provider) post(ctx context.Context, path, key string, body []byte) domain.Outcome {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var causes []error
	for try := range tries {
		// The first try leaves time for the second, and the second takes what is left.
		once, done := context.WithTimeout(ctx, p.timeout/time.Duration(tries-try))
		outcome := p.once(once, path, key, body)
		done()
		if outcome.Status != billing.Unknown {
			return outcome
		}
		causes = append(causes, outcome.Cause)
	}
	return unknown(errors.Join(causes...))
}

func (p *Provider) once(ctx context.Context, path, key string, body []byte) domain.Outcome {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(body))
	if err != nil {
		return unknown(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	response, err := p.client.Do(request)
	if err != nil {
		return unknown(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return unknown(err)
	}
	return read(response.StatusCode, raw)
}

// read takes a provider's answer. A refusal of the request itself (422) is clear: nothing was charged.
func read(status int, raw []byte) domain.Outcome {
	if status == http.StatusUnprocessableEntity {
		return domain.Outcome{Status: billing.Declined, DeclineCode: "payment_method_unknown"}
	}
	var i intent
	if status/100 != 2 {
		return unknown(fmt.Errorf("the provider answered %d", status))
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		return unknown(fmt.Errorf("read the provider's answer: %w", err))
	}
	return i.outcome()
}

var statuses = map[string]billing.Status{
	"succeeded": billing.Captured, "failed": billing.Declined, "canceled": billing.Canceled, "requires_action": billing.RequiresAction,
}

func (i intent) outcome() domain.Outcome {
	status, known := statuses[i.Status]
	if !known {
		return unknown(fmt.Errorf("the provider's status is %q", i.Status))
	}
	out := domain.Outcome{Status: status, ProviderRef: i.ID, DeclineCode: i.DeclineCode, Brand: i.PaymentMethod.Brand, Last4: i.PaymentMethod.Last4}
	if amount, err := money.New(i.Amount, i.Currency); err == nil {
		out.Amount = &amount
	}
	if i.NextAction != nil {
		out.ActionType, out.ActionURL = i.NextAction.Type, i.NextAction.URL
	}
	return out
}
