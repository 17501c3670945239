package memory

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
)

// Provider is a payment provider in memory. It knows mockpay's tokens, and two of its own for the services' tests:
// pm_unclear never answers clearly, and pm_confirm waits for the buyer until Confirm.
type Provider struct {
	mu       sync.Mutex
	outcomes map[string]domain.Outcome // by idempotency key
	calls    int
}

// NewProvider returns a provider that has taken nothing yet.
func NewProvider() *Provider { return &Provider{outcomes: map[string]domain.Outcome{}} }

// Name returns the provider's name.
func (p *Provider) Name() string { return "mockpay" }

var declines = map[string]string{
	"pm_declined": "card_declined", "pm_insufficient_funds": "insufficient_funds",
	"pm_expired_card": "expired_card", "pm_processing_error": "processing_error",
}

// Charge takes money, at most once per key.
func (p *Provider) Charge(_ context.Context, r ports.ChargeRequest) domain.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	if known, ok := p.outcomes[r.Key]; ok {
		return known
	}
	outcome := domain.Outcome{Status: billing.Captured, ProviderRef: fmt.Sprintf("pi_%d", len(p.outcomes)+1), Amount: &r.Amount, Brand: "visa", Last4: "4242"}
	code, declined := declines[r.Method]
	switch {
	case declined:
		outcome.Status, outcome.DeclineCode = billing.Declined, code
	case r.Method == "pm_unclear":
		return domain.Outcome{Status: billing.Unknown}
	case r.Method == "pm_confirm":
		outcome.Status, outcome.ActionType, outcome.ActionURL = billing.RequiresAction, "redirect", "http://127.0.0.1/confirm"
	case r.Method != "pm_ok":
		return domain.Outcome{Status: billing.Declined, DeclineCode: "payment_method_unknown"}
	}
	p.outcomes[r.Key] = outcome
	return outcome
}

// Cancel ends an intent that waits for its buyer.
func (p *Provider) Cancel(_ context.Context, providerRef string) domain.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if outcome.ProviderRef == providerRef {
			if outcome.Status == billing.RequiresAction {
				outcome = domain.Outcome{Status: billing.Canceled, ProviderRef: providerRef}
				p.outcomes[key] = outcome
			}
			return outcome
		}
	}
	return domain.Outcome{Status: billing.Unknown}
}

// Confirm lets every buyer who is waited for pay, as if at the provider's page.
func (p *Provider) Confirm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if outcome.Status == billing.RequiresAction {
			outcome.Status, outcome.ActionType, outcome.ActionURL = billing.Captured, "", ""
			p.outcomes[key] = outcome
		}
	}
}

// Captured returns how many charges succeeded, and Calls how often the provider was asked.
func (p *Provider) Captured() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, outcome := range p.outcomes {
		if outcome.Status == billing.Captured && strings.HasPrefix(outcome.ProviderRef, "pi_") {
			n++
		}
	}
	return n
}

// Calls returns how often the provider was asked for money.
func (p *Provider) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}
