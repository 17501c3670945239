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

// simCharge is a charge in the books of the simulated provider.
type simCharge struct {
	request  ports.ChargeRequest
	ref      string
	status   billing.Status // Unknown: not decided yet
	quiet    time.Time      // until then the provider neither answers about this one nor sends events of it
	taken    int64          // once it is captured
	refunded int64
	disputes []*simDispute
}

func (c *simCharge) captured() bool { return c.status == billing.Captured }

// held is what the provider has of it.
func (c *simCharge) held() int64 {
	if !c.captured() {
		return 0
	}
	return c.taken - c.refunded
}

// takenBack is what disputes have taken of it, or may.
func (c *simCharge) takenBack() (sum int64) {
	for _, d := range c.disputes {
		if d.status != billing.DisputeWon {
			sum += d.amount
		}
	}
	return sum
}

// timed is something that happens at a time of the simulation's clock.
type timed struct {
	at time.Time
	do func()
}

// simProvider takes money as a real provider does, with everything that may go wrong on the way.
type simProvider struct {
	sim     *simulation
	charges []*simCharge
	byKey   map[string]*simCharge
	refunds map[string]*domain.RefundOutcome
	events  map[string]ports.Event
	timers  []timed
	calm    bool // no further faults
	payouts int
	paid    map[money.Currency]int64 // out, and not failed
}

func newSimProvider(s *simulation) *simProvider {
	return &simProvider{
		sim: s, byKey: map[string]*simCharge{}, refunds: map[string]*domain.RefundOutcome{},
		events: map[string]ports.Event{}, paid: map[money.Currency]int64{},
	}
}

func (p *simProvider) rng() *rand.Rand { return p.sim.rng }

// chance is true in so many of a hundred cases, and never once the weather is calm.
func (p *simProvider) chance(percent int) bool { return !p.calm && p.rng().IntN(100) < percent }

// Name returns the provider's name.
func (p *simProvider) Name() string { return "mockpay" }

var (
	unclear = domain.Outcome{Status: billing.Unknown}
	unsent  = domain.Outcome{Status: billing.Unknown, Unsent: true} // the circuit breaker is open
)

// Charge takes money, once per key, and may lose the request or the answer.
func (p *simProvider) Charge(_ context.Context, r ports.ChargeRequest) domain.Outcome {
	if p.chance(4) {
		return unsent
	}
	if p.chance(8) {
		return unclear // it never arrived
	}
	c, known := p.byKey[r.Key]
	if !known {
		c = &simCharge{
			request: r, ref: fmt.Sprintf("pi_%d", len(p.charges)+1),
			status: p.decide(r.Method), quiet: p.silence(),
		}
		c.taken = p.amount(c)
		p.byKey[r.Key] = c
		p.charges = append(p.charges, c)
		p.tell(c)
		p.follow(c)
	}
	if p.silent(c) || p.chance(12) {
		return unclear // the answer is lost
	}
	return p.outcome(c)
}

func (p *simProvider) decide(method string) billing.Status {
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

// follow is what will become of a charge by itself.
func (p *simProvider) follow(c *simCharge) {
	switch {
	case c.status == billing.Unknown:
		success := p.rng().IntN(2) == 0
		p.later(20*time.Second, func() {
			p.settle(c, success)
		})
	case c.status == billing.Declined && p.chance(10):
		p.later(60*time.Second, func() { p.capture(c) })
	case c.captured():
		p.trouble(c)
	}
}

// settle ends a charge whose outcome was open.
func (p *simProvider) settle(c *simCharge, success bool) {
	if success {
		p.capture(c)
		return
	}
	c.status = billing.Declined
	p.tell(c)
}

func (p *simProvider) capture(c *simCharge) {
	if !c.captured() {
		c.status = billing.Captured
		p.tell(c)
		p.trouble(c)
	}
}

// later lets something happen within a time.
func (p *simProvider) later(within time.Duration, do func()) {
	at := p.sim.clock.Now().Add(time.Duration(p.rng().Int64N(within.Milliseconds())) * time.Millisecond)
	p.timers = append(p.timers, timed{at, do})
}

// rest is the time until the next timer, or until a kept webhook is due.
func (p *simProvider) rest() time.Duration {
	out := 3 * time.Hour
	for _, t := range p.timers {
		out = min(out, t.at.Sub(p.sim.clock.Now()))
	}
	return out
}

// tick lets happen what has come to its time.
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
		amount = money.Of(c.taken, amount.Currency())
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

// Find tells how a charge stands.
func (p *simProvider) Find(_ context.Context, r ports.ChargeRequest) (domain.Outcome, bool) {
	c, known := p.byKey[r.Key]
	switch {
	case p.chance(4):
		return unsent, true
	case known && p.silent(c), p.chance(10):
		return unclear, true
	case !known:
		return unclear, false
	}
	return p.outcome(c), true
}

// Cancel ends a charge that waits for its buyer. Sometimes the money is taken all the same, later.
func (p *simProvider) Cancel(_ context.Context, ref string) domain.Outcome {
	for _, c := range p.charges {
		if c.ref != ref {
			continue
		}
		if c.status == billing.RequiresAction {
			c.status = billing.Canceled
			p.tell(c)
			if p.chance(15) {
				p.later(60*time.Second, func() { p.capture(c) })
			}
		}
		if p.chance(10) {
			return unclear
		}
		return p.outcome(c)
	}
	return unclear
}

// confirm is the buyer's word at the provider's page.
func (p *simProvider) confirm(ref string, success bool) {
	for _, c := range p.charges {
		if c.ref == ref && c.status == billing.RequiresAction {
			p.settle(c, success)
		}
	}
}

// Refund gives money back, once per key and never more than was captured.
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

// tell sends news of a charge, as webhooks are sent: late, out of order, twice, or never.
func (p *simProvider) tell(c *simCharge) {
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

// deliver hands an event to the store after a while, often while it still writes the answer down, and again until it is
// taken.
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

// SignatureHeader names a header that nothing checks: the provider is in the same process.
func (p *simProvider) SignatureHeader() (name, format string) { return "Sim-Signature", "anything" }

// Open reads an event; the simulation forges none.
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

// simIDs makes IDs from the seed, in the order of time.
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
