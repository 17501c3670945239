// Package mockpay is the client of the mock payment provider, and parses its webhooks.
package mockpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/money"
	"coinslot/platform/outbound"
)

const (
	name        = "mockpay"
	maxBody     = 1 << 20
	tries       = 2
	idlePerHost = 64
)

// Provider calls mockpay over HTTP.
type Provider struct {
	base    string
	key     string
	client  *http.Client
	timeout time.Duration
	guard   *outbound.Guard
}

// NewProvider returns a client of the provider at base. The two attempts of a call share the configured timeout. The
// wrappers, such as one that measures each attempt, see each HTTP request.
func NewProvider(base string, cfg billing.PaymentConfig, log *slog.Logger,
	wrappers ...func(http.RoundTripper) http.RoundTripper,
) *Provider {
	var transport http.RoundTripper = &http.Transport{
		DialContext:         (&net.Dialer{Timeout: cfg.ConnectTimeout}).DialContext,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     time.Minute,
	}
	for _, wrap := range wrappers {
		transport = wrap(transport)
	}
	guard := outbound.NewGuard(outbound.Limits{
		Name: name, Slots: cfg.Slots, OpenAfter: cfg.OpenAfter,
		OpenFor: cfg.OpenFor,
	}, log)
	return &Provider{
		base: base, key: cfg.APIKey, client: &http.Client{Transport: transport},
		timeout: cfg.Timeout, guard: guard,
	}
}

// Breaker returns the state of the circuit breaker: closed, half-open or open.
func (p *Provider) Breaker() string { return p.guard.State() }

// Name returns the provider's name.
func (p *Provider) Name() string { return name }

type intent struct {
	ID            string            `json:"id"`
	Reference     string            `json:"reference"`
	Amount        int64             `json:"amount"`
	Fee           int64             `json:"fee"`
	Refunded      int64             `json:"refunded"`
	Currency      string            `json:"currency"`
	Status        string            `json:"status"`
	DeclineCode   string            `json:"decline_code"`
	PaymentMethod card              `json:"payment_method"`
	Metadata      map[string]string `json:"metadata"`
	NextAction    *action           `json:"next_action"`
}

type card struct {
	Brand   string `json:"brand"`
	Last4   string `json:"last4"`
	Country string `json:"country"`
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
	ReturnURL     string            `json:"return_url,omitempty"`
	Metadata      map[string]string `json:"metadata"`
}

const (
	paymentKey = "payment_id"
	refundKey  = "refund_id"
)

// Charge charges a payment, at most once per key.
func (p *Provider) Charge(ctx context.Context, r ports.ChargeRequest) domain.Outcome {
	a := p.call(ctx, http.MethodPost, "/v1/payment_intents", r.Key, createRequest{
		Reference: r.OrderID.String(), Amount: r.Amount.Amount(), Currency: string(r.Amount.Currency()),
		PaymentMethod: r.Method, ReturnURL: r.ReturnURL, Metadata: map[string]string{paymentKey: r.PaymentID.String()},
	})
	if a.status == http.StatusUnprocessableEntity { // the request is invalid: nothing was charged
		return domain.Outcome{Status: billing.Declined, DeclineCode: "payment_method_unknown"}
	}
	return a.outcome()
}

// Find finds the intent of a payment among those of its order.
func (p *Provider) Find(ctx context.Context, r ports.ChargeRequest) (domain.Outcome, bool) {
	a := p.call(ctx, http.MethodGet, "/v1/payment_intents?reference="+r.OrderID.String(), "", nil)
	var list struct {
		Items []intent `json:"items"`
	}
	if err := a.decode(&list); err != nil {
		return a.unknown(err), true // it may know the charge
	}
	for _, i := range list.Items {
		if i.Metadata[paymentKey] == r.PaymentID.String() {
			return i.outcome(), true
		}
	}
	return domain.Outcome{Status: billing.Unknown}, false
}

// Cancel cancels an intent. The outcome of one that is final already is returned unchanged.
func (p *Provider) Cancel(ctx context.Context, providerRef string) domain.Outcome {
	path := "/v1/payment_intents/" + url.PathEscape(providerRef)
	a := p.call(ctx, http.MethodPost, path+"/cancel", "cancel-"+providerRef, struct{}{})
	if a.status == http.StatusConflict {
		a = p.call(ctx, http.MethodGet, path, "", nil)
	}
	return a.outcome()
}

type refundRequest struct {
	Intent   string            `json:"intent"`
	Amount   int64             `json:"amount"`
	Metadata map[string]string `json:"metadata"`
}

type refund struct {
	ID       string            `json:"id"`
	Intent   string            `json:"intent"`
	Amount   int64             `json:"amount"`
	Currency string            `json:"currency"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
}

var refundStatuses = map[string]billing.RefundStatus{
	"pending": billing.RefundPending, "succeeded": billing.RefundSucceeded, "failed": billing.RefundFailed,
}

func (r refund) outcome() domain.RefundOutcome {
	status, known := refundStatuses[r.Status]
	if !known {
		return domain.RefundOutcome{
			Status: billing.RefundRequested,
			Cause:  fmt.Errorf("the provider's status is %q", r.Status),
		}
	}
	out := domain.RefundOutcome{Status: status, ProviderRef: r.ID}
	if amount, err := money.Restore(r.Amount, r.Currency); err == nil {
		out.Amount = &amount
	}
	return out
}

// Refund refunds a payment, at most once per key.
func (p *Provider) Refund(ctx context.Context, r ports.RefundRequest) domain.RefundOutcome {
	a := p.call(ctx, http.MethodPost, "/v1/refunds", r.Key, refundRequest{
		Intent: r.ProviderRef, Amount: r.Amount.Amount(),
		Metadata: map[string]string{paymentKey: r.PaymentID.String(), refundKey: r.RefundID.String()},
	})
	var out refund
	switch err := a.decode(&out); {
	case a.status == http.StatusUnprocessableEntity || a.status == http.StatusNotFound:
		return domain.RefundOutcome{Status: billing.RefundFailed, Cause: err}
	case err != nil:
		return domain.RefundOutcome{Status: billing.RefundRequested, Cause: err}
	}
	return out.outcome()
}

func unknown(cause error) domain.Outcome {
	return domain.Outcome{Status: billing.Unknown, Cause: cause}
}

// reply is the result of a call: an HTTP status and a body, or an error.
type reply struct {
	status int
	body   []byte
	err    error
	unsent bool // no request was sent
}

func (a reply) unknown(cause error) domain.Outcome {
	out := unknown(cause)
	out.Unsent = a.unsent
	return out
}

func (a reply) decode(v any) error {
	if a.err != nil {
		return a.err
	}
	if a.status/100 != 2 {
		return fmt.Errorf("the provider returned status %d", a.status)
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("parse the provider's response: %w", err)
	}
	return nil
}

func (a reply) outcome() domain.Outcome {
	var i intent
	if err := a.decode(&i); err != nil {
		return a.unknown(err)
	}
	return i.outcome()
}

// call sends a request up to twice with the same key, within one budget.
func (p *Provider) call(ctx context.Context, method, path, key string, body any) reply {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return reply{err: err}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	var causes []error
	for try := range tries {
		var response reply
		err := p.guard.Do(func() error {
			// The first attempt may use half of the budget, the second the rest.
			once, done := context.WithTimeout(ctx, p.timeout/time.Duration(tries-try))
			defer done()
			response = p.once(once, method, path, key, raw)
			return response.failure(ctx)
		})
		if errors.Is(err, outbound.ErrNotSent) {
			return reply{err: errors.Join(append(causes, err)...), unsent: try == 0}
		}
		if err = response.unclear(); err == nil {
			return response
		}
		causes = append(causes, err)
	}
	return reply{err: errors.Join(causes...)}
}

// failure returns the error of a reply that counts for the circuit breaker. A caller's cancellation does not.
func (a reply) failure(ctx context.Context) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil
	case a.status >= http.StatusInternalServerError:
		return fmt.Errorf("the provider returned status %d", a.status)
	}
	return a.err
}

// unclear returns why a reply leaves the outcome unknown. After a rejection it is known: the request had no effect.
func (a reply) unclear() error {
	if a.err == nil && (a.status == http.StatusNotFound || a.status == http.StatusUnprocessableEntity ||
		a.status == http.StatusConflict) {
		return nil
	}
	var anything json.RawMessage
	return a.decode(&anything)
}

func (p *Provider) once(ctx context.Context, method, path, key string, body []byte) reply {
	request, err := http.NewRequestWithContext(ctx, method, p.base+path, bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	request.Header.Set("Authorization", "Bearer "+p.key)
	if key != "" {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	return reply{status: response.StatusCode, body: raw, err: err}
}

var statuses = map[string]billing.Status{
	"succeeded": billing.Captured, "failed": billing.Declined, "canceled": billing.Canceled,
	"requires_action": billing.RequiresAction,
}

func (i intent) outcome() domain.Outcome {
	status, known := statuses[i.Status]
	if !known {
		return unknown(fmt.Errorf("the provider's status is %q", i.Status))
	}
	out := domain.Outcome{
		Status: status, ProviderRef: i.ID, Fee: i.Fee, DeclineCode: i.DeclineCode,
		Brand: i.PaymentMethod.Brand, Last4: i.PaymentMethod.Last4,
		CardCountry: i.PaymentMethod.Country,
	}
	if amount, err := money.Restore(i.Amount, i.Currency); err == nil {
		out.Amount = &amount
	}
	if i.NextAction != nil {
		out.ActionType, out.ActionURL = i.NextAction.Type, i.NextAction.URL
	}
	return out
}
