//go:build failpoints

package simulation_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// simCharge is a charge at the simulated provider.
type simCharge struct {
	request        ports.ChargeRequest
	ref            string
	status         billing.Status // Unknown: not decided yet
	silentUntil    time.Time      // until then the provider sends neither responses nor events for it
	capturedAmount int64          // captured amount, if captured
	refunded       int64
	disputes       []*simDispute
}

func (c *simCharge) captured() bool { return c.status == billing.Captured }

// held returns the amount that the provider holds.
func (c *simCharge) held() int64 {
	if !c.captured() {
		return 0
	}
	return c.capturedAmount - c.refunded
}

// disputed returns the amount of open and lost disputes.
func (c *simCharge) disputed() (sum int64) {
	for _, d := range c.disputes {
		if d.status != billing.DisputeWon {
			sum += d.amount
		}
	}
	return sum
}

// timer calls do at a time of the simulated clock.
type timer struct {
	at time.Time
	do func()
}

// simProvider simulates a payment provider with faults.
type simProvider struct {
	sim       *simulation
	charges   []*simCharge
	byKey     map[string]*simCharge
	refunds   map[string]*domain.RefundOutcome
	events    map[string]ports.Event
	timers    []timer
	faultless bool // no more faults
	payouts   int
	paid      map[money.Currency]int64 // out, and not failed
}

func newSimProvider(s *simulation) *simProvider {
	return &simProvider{
		sim: s, byKey: map[string]*simCharge{}, refunds: map[string]*domain.RefundOutcome{},
		events: map[string]ports.Event{}, paid: map[money.Currency]int64{},
	}
}

func (p *simProvider) rng() *rand.Rand { return p.sim.rng }

// chance returns true with a probability in percent, and always false after faults are disabled.
func (p *simProvider) chance(percent int) bool { return !p.faultless && p.rng().IntN(100) < percent }

// Name returns the provider's name.
func (p *simProvider) Name() string { return "mockpay" }

var (
	unknownOutcome = domain.Outcome{Status: billing.Unknown}
	unsent         = domain.Outcome{Status: billing.Unknown, Unsent: true} // as with an open circuit breaker
)

// Charge creates a charge, once per key. The request or the response may be lost.
func (p *simProvider) Charge(_ context.Context, r ports.ChargeRequest) domain.Outcome {
	if p.chance(4) {
		return unsent
	}
	if p.chance(8) {
		return unknownOutcome // the request is lost
	}
	c, known := p.byKey[r.Key]
	if !known {
		c = &simCharge{
			request: r, ref: fmt.Sprintf("pi_%d", len(p.charges)+1),
			status: p.initialStatus(r.Method), silentUntil: p.silence(),
		}
		c.capturedAmount = p.amount(c)
		p.byKey[r.Key] = c
		p.charges = append(p.charges, c)
		p.notify(c)
		p.schedule(c)
	}
	if p.silent(c) || p.chance(12) {
		return unknownOutcome // the response is lost
	}
	return p.outcome(c)
}

func (p *simProvider) initialStatus(method string) billing.Status {
	switch method {
	case "pm_declined":
		return billing.Declined
	case "pm_requires_action":
		return billing.RequiresAction
	case "pm_timeout":
		return billing.Unknown
	}
	return billing.Captured
}

// schedule schedules later changes of a new charge.
func (p *simProvider) schedule(c *simCharge) {
	switch {
	case c.status == billing.Unknown:
		success := p.rng().IntN(2) == 0
		p.later(20*time.Second, func() {
			p.decide(c, success)
		})
	case c.status == billing.Declined && p.chance(10):
		p.later(60*time.Second, func() { p.capture(c) })
	case c.captured():
		p.scheduleFaults(c)
	}
}

// decide captures or declines an undecided charge.
func (p *simProvider) decide(c *simCharge, success bool) {
	if success {
		p.capture(c)
		return
	}
	c.status = billing.Declined
	p.notify(c)
}

func (p *simProvider) capture(c *simCharge) {
	if !c.captured() {
		c.status = billing.Captured
		p.notify(c)
		p.scheduleFaults(c)
	}
}

// later schedules do at a random time within the given duration.
func (p *simProvider) later(within time.Duration, do func()) {
	at := p.sim.clock.Now().Add(time.Duration(p.rng().Int64N(within.Milliseconds())) * time.Millisecond)
	p.timers = append(p.timers, timer{at, do})
}

// untilNextTimer returns the time until the next timer, at most three hours, after which stored webhooks are due.
func (p *simProvider) untilNextTimer() time.Duration {
	out := 3 * time.Hour
	for _, t := range p.timers {
		out = min(out, t.at.Sub(p.sim.clock.Now()))
	}
	return out
}

// tick runs the timers that are due.
func (p *simProvider) tick() {
	now := p.sim.clock.Now()
	due := p.timers
	p.timers = nil
	for _, t := range due {
		if t.at.After(now) {
			p.timers = append(p.timers, t)
		} else {
			t.do()
		}
	}
}

func (p *simProvider) outcome(c *simCharge) domain.Outcome {
	amount := c.request.Amount
	if c.captured() {
		amount = money.Of(c.capturedAmount, amount.Currency())
	}
	out := domain.Outcome{Status: c.status, ProviderRef: c.ref, Amount: &amount, Brand: "visa", Last4: "4242"}
	if c.status == billing.RequiresAction {
		out.ActionType, out.ActionURL = "redirect", c.ref
	}
	if c.status == billing.Declined {
		out.DeclineCode = "card_declined"
	}
	return out
}

// Find returns the outcome of a charge.
func (p *simProvider) Find(_ context.Context, r ports.ChargeRequest) (domain.Outcome, bool) {
	c, known := p.byKey[r.Key]
	switch {
	case p.chance(4):
		return unsent, true
	case known && p.silent(c), p.chance(10):
		return unknownOutcome, true
	case !known:
		return unknownOutcome, false
	}
	return p.outcome(c), true
}

// Cancel cancels a charge that requires action. It may still be captured later.
func (p *simProvider) Cancel(_ context.Context, ref string) domain.Outcome {
	for _, c := range p.charges {
		if c.ref != ref {
			continue
		}
		if c.status == billing.RequiresAction {
			c.status = billing.Canceled
			p.notify(c)
			if p.chance(15) {
				p.later(60*time.Second, func() { p.capture(c) })
			}
		}
		if p.chance(10) {
			return unknownOutcome
		}
		return p.outcome(c)
	}
	return unknownOutcome
}

// confirm is the buyer's response to a required action.
func (p *simProvider) confirm(ref string, success bool) {
	for _, c := range p.charges {
		if c.ref == ref && c.status == billing.RequiresAction {
			p.decide(c, success)
		}
	}
}

// Refund refunds a charge, once per key and at most the captured amount.
func (p *simProvider) Refund(_ context.Context, r ports.RefundRequest) domain.RefundOutcome {
	if p.chance(10) {
		return domain.RefundOutcome{Status: billing.RefundRequested}
	}
	out, known := p.refunds[r.Key]
	if !known {
		out = p.refund(r)
		p.refunds[r.Key] = out
	}
	if p.chance(10) {
		return domain.RefundOutcome{Status: billing.RefundRequested}
	}
	return *out
}

func (p *simProvider) refund(r ports.RefundRequest) *domain.RefundOutcome {
	out := &domain.RefundOutcome{Status: billing.RefundFailed, ProviderRef: "re_" + r.Key}
	for _, c := range p.charges {
		if c.ref == r.ProviderRef && c.captured() && r.Amount.Amount() <= c.held() {
			c.refunded += r.Amount.Amount()
			out.Status = billing.RefundSucceeded
			if p.chance(30) {
				out.Status = billing.RefundPending
				fails := p.chance(30)
				p.later(30*time.Second, func() {
					out.Status = billing.RefundSucceeded
					if fails {
						out.Status = billing.RefundFailed
						c.refunded -= r.Amount.Amount()
					}
					final := *out
					p.send(ports.Event{PaymentID: r.PaymentID, RefundID: r.RefundID, Refund: &final})
				})
			}
		}
	}
	return out
}

// notify sends a webhook event of a charge, which may be late, out of order, duplicated or lost.
func (p *simProvider) notify(c *simCharge) {
	if !p.silent(c) {
		p.send(ports.Event{PaymentID: c.request.PaymentID, Outcome: p.outcome(c)})
	}
}

func (p *simProvider) send(e ports.Event) {
	if !p.chance(20) {
		p.sendAlways(e)
	}
}

func (p *simProvider) sendAlways(e ports.Event) {
	e.Provider, e.ID = "mockpay", fmt.Sprintf("evt_%d", len(p.events)+1)
	e.Body = []byte(`"` + e.ID + `"`)
	p.events[e.ID] = e
	p.deliver(e)
	if p.chance(20) {
		p.deliver(e)
	}
}

// deliver sends an event to the store after a random delay, often before the response to the charge is stored, and
// retries until it is accepted.
func (p *simProvider) deliver(e ports.Event) {
	within := 10 * time.Second
	if p.chance(40) {
		within = 2 * time.Millisecond
	}
	p.later(within, func() {
		p.sim.spawn("webhook", func(ctx context.Context, store *simStore) {
			if err := store.Billing.ReceiveWebhook(ctx, "mockpay", "", e.Body); err != nil && !store.dead {
				p.deliver(e)
			}
		}, func() { p.deliver(e) })
	})
}

// SignatureHeader returns the header of the signature, which the simulation does not check.
func (p *simProvider) SignatureHeader() (name, format string) { return "Sim-Signature", "anything" }

// Open reads an event without checking a signature.
func (p *simProvider) Open(_ string, body []byte, _ time.Time) (ports.Event, error) {
	return p.Read(body)
}

// Read reads an event.
func (p *simProvider) Read(body []byte) (ports.Event, error) {
	e, known := p.events[string(body[1:len(body)-1])]
	if !known {
		return ports.Event{}, domain.ErrEvent
	}
	return e, nil
}

// simIDs generates sequential IDs that are ordered by time.
type simIDs struct {
	sim  *simulation
	next uint64
}

// NewID returns the next ID.
func (s *simIDs) NewID() id.ID {
	s.next++
	var out id.ID
	ms := uint64(s.sim.clock.Now().UnixMilli())
	for i := range 6 {
		out[i] = byte(ms >> (40 - 8*i))
	}
	out[6] = 0x70
	for i := range 8 {
		out[8+i] = byte(s.next >> (56 - 8*i))
	}
	out[8] |= 0x80
	return out
}
