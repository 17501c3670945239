package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Provider is a payment provider in memory. It accepts mockpay's tokens and two more: the outcome of pm_unclear is
// unknown until Decide, and pm_confirm requires the buyer's action until Confirm.
type Provider struct {
	mu              sync.Mutex
	outcomes        map[string]domain.Outcome // by idempotency key
	refunds         map[string]int64          // by idempotency key
	unclear         map[string]undecided      // by idempotency key
	refundStatus    billing.RefundStatus      // of new refunds
	orders          map[string]id.ID          // by the charge's reference
	refundedOf      map[string]int64          // by the charge's reference
	refundRecords   map[string]domain.ReportedRefund
	disputes        map[string]domain.ReportedDispute
	moved           []domain.BalanceTransaction // beside charges
	chargeFee       int64                       // of each charge in the balance
	calls           int
	deniesUndecided bool
	unreachable     bool
}

// undecided is a charge that the provider has not decided.
type undecided struct {
	orderID id.ID
	amount  money.Money
}

// NewProvider returns a provider without charges.
func NewProvider() *Provider {
	return &Provider{
		outcomes: map[string]domain.Outcome{}, refunds: map[string]int64{}, unclear: map[string]undecided{},
		refundStatus: billing.RefundSucceeded,
		orders:       map[string]id.ID{}, refundedOf: map[string]int64{},
		refundRecords: map[string]domain.ReportedRefund{}, disputes: map[string]domain.ReportedDispute{},
	}
}

// Name returns the provider's name.
func (p *Provider) Name() string { return "mockpay" }

var declines = map[string]string{
	"pm_declined": "card_declined", "pm_insufficient_funds": "insufficient_funds",
	"pm_expired_card": "expired_card", "pm_processing_error": "processing_error",
}

// Charge charges a payment, at most once per key.
func (p *Provider) Charge(_ context.Context, r ports.ChargeRequest) domain.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unreachable {
		return domain.Outcome{Status: billing.Unknown, Unsent: true}
	}
	p.calls++
	if known, ok := p.outcomes[r.Key]; ok {
		return known
	}
	outcome := domain.Outcome{
		Status: billing.Captured, ProviderRef: "pi_" + r.Key, Amount: &r.Amount,
		Brand: "visa", Last4: "4242", CardCountry: "AT",
	}
	code, declined := declines[r.Method]
	switch {
	case declined:
		outcome.Status, outcome.DeclineCode = billing.Declined, code
	case r.Method == "pm_unclear":
		p.unclear[r.Key] = undecided{r.OrderID, r.Amount}
		return domain.Outcome{Status: billing.Unknown}
	case r.Method == "pm_confirm":
		outcome.Status, outcome.ActionType, outcome.ActionURL = billing.RequiresAction, "redirect", "http://127.0.0.1/confirm"
	case r.Method != "pm_ok":
		return domain.Outcome{Status: billing.Declined, DeclineCode: "payment_method_unknown"}
	}
	p.outcomes[r.Key] = outcome
	p.orders[outcome.ProviderRef] = r.OrderID
	return outcome
}

// Find returns the outcome of a charge, if it was made.
func (p *Provider) Find(_ context.Context, r ports.ChargeRequest) (domain.Outcome, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.unreachable {
		return domain.Outcome{Status: billing.Unknown, Unsent: true}, true
	}
	outcome, found := p.outcomes[r.Key]
	if _, unclear := p.unclear[r.Key]; unclear && !found && !p.deniesUndecided {
		return domain.Outcome{Status: billing.Unknown}, true
	}
	return outcome, found
}

// DenyUndecided makes Find report undecided charges as not found.
func (p *Provider) DenyUndecided() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deniesUndecided = true
}

// SetUnreachable makes the provider unreachable, as an open circuit breaker does: nothing is sent.
func (p *Provider) SetUnreachable(unreachable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unreachable = unreachable
}

// Refund refunds a payment at once, by at most what was captured.
func (p *Provider) Refund(_ context.Context, r ports.RefundRequest) domain.RefundOutcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := domain.RefundOutcome{Status: p.refundStatus, ProviderRef: "re_" + r.Key}
	if _, again := p.refunds[r.Key]; again {
		return done
	}
	for _, outcome := range p.outcomes {
		left := int64(0)
		if outcome.ProviderRef == r.ProviderRef && outcome.Status == billing.Captured {
			left = outcome.Amount.Amount() - p.refundedOf[r.ProviderRef]
		}
		if amount := r.Amount.Amount(); amount > 0 && amount <= left {
			if p.refundStatus == billing.RefundSucceeded {
				p.move(domain.RefundMovement, done.ProviderRef, p.orders[r.ProviderRef], money.Of(-amount, r.Amount.Currency()))
			}
			if p.refundStatus != billing.RefundRequested && p.refundStatus != billing.RefundFailed {
				p.refunds[r.Key] = amount
				p.refundedOf[r.ProviderRef] += amount
				p.record(r.ProviderRef, r.RefundID, domain.RefundOutcome{
					Status: p.refundStatus, ProviderRef: done.ProviderRef, Amount: &r.Amount,
				})
			}
			return done
		}
	}
	return domain.RefundOutcome{Status: billing.RefundFailed}
}

// Charges returns all captured charges; this provider has no clock.
func (p *Provider) Charges(context.Context, time.Time, time.Time) (out []domain.ProviderCharge, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, outcome := range p.outcomes {
		if outcome.Status == billing.Captured {
			out = append(out, p.charge(outcome))
		}
	}
	return out, nil
}

// ChargesOf returns the captured charges of an order.
func (p *Provider) ChargesOf(ctx context.Context, orderID id.ID) ([]domain.ProviderCharge, error) {
	all, err := p.Charges(ctx, time.Time{}, time.Time{})
	return slices.DeleteFunc(all, func(c domain.ProviderCharge) bool { return c.OrderID != orderID.String() }), err
}

func (p *Provider) charge(o domain.Outcome) domain.ProviderCharge {
	return domain.ProviderCharge{
		Ref: o.ProviderRef, OrderID: p.orders[o.ProviderRef].String(), Currency: o.Amount.Currency(),
		Captured: o.Amount.Amount(), Refunded: p.refundedOf[o.ProviderRef],
	}
}

// SetRefundStatus sets the status of new refunds.
func (p *Provider) SetRefundStatus(status billing.RefundStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refundStatus = status
}

// CaptureEnded captures every declined or canceled charge.
func (p *Provider) CaptureEnded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if outcome.Status == billing.Declined || outcome.Status == billing.Canceled {
			outcome.Status, outcome.DeclineCode = billing.Captured, ""
			p.outcomes[key] = outcome
		}
	}
}

// CaptureExternally captures a charge of an order that the store did not request.
func (p *Provider) CaptureExternally(orderID id.ID, amount money.Money) {
	p.mu.Lock()
	defer p.mu.Unlock()
	outcome := domain.Outcome{
		Status:      billing.Captured,
		ProviderRef: fmt.Sprintf("pi_behind_%d", len(p.outcomes)+1), Amount: &amount,
	}
	p.outcomes[outcome.ProviderRef], p.orders[outcome.ProviderRef] = outcome, orderID
}

// RefundExternally refunds an order without a request of the store.
func (p *Provider) RefundExternally(orderID id.ID, amount int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for ref, of := range p.orders {
		if of == orderID {
			p.refundedOf[ref] += amount
			p.move(domain.RefundMovement, "re_external_"+ref, orderID, money.Of(-amount, "USD"))
			of := money.Of(amount, "USD")
			p.record(ref, id.Nil, domain.RefundOutcome{
				Status: billing.RefundSucceeded, ProviderRef: "re_external_" + ref, Amount: &of,
			})
		}
	}
}

// SetCaptured changes the captured amount of an order, without an event.
func (p *Provider) SetCaptured(orderID id.ID, amount money.Money) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if p.orders[outcome.ProviderRef] == orderID {
			outcome.Amount = &amount
			p.outcomes[key] = outcome
		}
	}
}

// Forget deletes the charges of an order.
func (p *Provider) Forget(orderID id.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if p.orders[outcome.ProviderRef] == orderID {
			delete(p.outcomes, key)
		}
	}
}

// Refunds returns how many refunds were made.
func (p *Provider) Refunds() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.refunds)
}

// Cancel cancels an intent that its buyer has yet to confirm.
func (p *Provider) Cancel(_ context.Context, providerRef string) domain.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, outcome := range p.outcomes {
		if outcome.ProviderRef == providerRef {
			if outcome.Status == billing.RequiresAction {
				outcome.Status, outcome.ActionType, outcome.ActionURL = billing.Canceled, "", ""
				p.outcomes[key] = outcome
			}
			return outcome
		}
	}
	return domain.Outcome{Status: billing.Unknown}
}

// Confirm captures every charge that its buyer has yet to confirm, as the provider's page does.
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

// Decide decides every undecided charge.
func (p *Provider) Decide(status billing.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, u := range p.unclear {
		ref := fmt.Sprintf("pi_%d", len(p.outcomes)+1)
		p.outcomes[key], p.orders[ref] = domain.Outcome{Status: status, ProviderRef: ref, Amount: &u.amount}, u.orderID
	}
}

// Captured returns how many charges succeeded.
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

// Calls returns how many charge requests the provider received.
func (p *Provider) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}
