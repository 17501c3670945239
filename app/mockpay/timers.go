package mockpay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

type timerKind string

// reconsider is after how long a bank changes its mind.
const reconsider = time.Second

const (
	timerSettle       timerKind = "settle"        // a processing intent ends
	timerCapture      timerKind = "capture"       // money is taken although the merchant was told otherwise
	timerRefund       timerKind = "refund"        // a pending refund ends
	timerDispute      timerKind = "dispute"       // a dispute is opened
	timerDisputeClose timerKind = "dispute_close" // … and decided
	timerAmount       timerKind = "amount"        // the captured amount becomes another one
	timerExternal     timerKind = "external"      // money is refunded although the merchant did not ask
)

// timer is something that is going to happen to an intent, a refund or a dispute.
type timer struct {
	Kind    timerKind `json:"kind"`
	ID      string    `json:"id"`
	Outcome string    `json:"outcome,omitempty"`
}

func (s *store) schedule(tx *bolt.Tx, after time.Duration, t timer) error {
	return put(tx, timers, fmt.Sprintf("%020d/%s", s.now().Add(after).UnixNano(), newID("t")), t)
}

// runTimers lets happen whatever has come to its time.
func (s *store) runTimers() error {
	if !s.timersDue() {
		return nil
	}
	return s.update(func(tx *bolt.Tx) error {
		var due [][]byte
		limit := s.dueKey()
		err := each(tx, timers, func(key []byte, t timer) error {
			if string(key) >= limit {
				return errEnough
			}
			due = append(due, key)
			return s.happen(tx, t)
		})
		for _, key := range due {
			if err := tx.Bucket(timers).Delete(key); err != nil {
				return err
			}
		}
		return err
	})
}

func (s *store) dueKey() string { return fmt.Sprintf("%020d0", s.now().UnixNano()) }

func (s *store) timersDue() (due bool) {
	//nolint:errcheck // a view of a key cannot fail
	s.db.View(func(tx *bolt.Tx) error {
		key, _ := tx.Bucket(timers).Cursor().First()
		due = key != nil && string(key) < s.dueKey()
		return nil
	})
	return due
}

func (s *store) happen(tx *bolt.Tx, t timer) error {
	switch t.Kind {
	case timerSettle, timerCapture:
		var r record
		if err := must(tx, intents, t.ID, &r); err != nil {
			return err
		}
		if t.Kind == timerCapture {
			r.capture()
		} else {
			r.decide(r.Settles == statusSucceeded)
		}
		_, err := s.changed(tx, r)
		return err
	case timerRefund:
		return s.endRefund(tx, t)
	case timerDispute:
		return s.openDispute(tx, t)
	case timerDisputeClose:
		return s.closeDispute(tx, t)
	case timerAmount:
		return s.changeAmount(tx, t)
	case timerExternal:
		return s.refundExternally(tx, t)
	}
	return nil
}

// endRefund ends a pending refund. One that fails is not given back after all.
func (s *store) endRefund(tx *bolt.Tx, t timer) error {
	var refund Refund
	var r record
	if err := must(tx, refunds, t.ID, &refund); err != nil {
		return err
	}
	if err := must(tx, intents, refund.Intent, &r); err != nil {
		return err
	}
	refund.Status = t.Outcome
	if refund.Status == statusFailed {
		r.Intent.Refunded -= refund.Amount
	}
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return err
	}
	return s.refundChanged(tx, refund, r.Steps)
}

// changeAmount gives a succeeded intent the amount of its program: what was captured is another amount from then on.
func (s *store) changeAmount(tx *bolt.Tx, t timer) error {
	var r record
	if err := must(tx, intents, t.ID, &r); err != nil {
		return err
	}
	step, _ := r.Steps.find(verbLateAmount)
	r.Intent.Amount, r.Intent.Captured = step.Amount, step.Amount
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return err
	}
	_, err := s.tell(tx, "payment_intent."+r.Intent.Status, r.Intent, nil)
	return err
}

// refundExternally refunds an amount, or what is left when that is less, as somebody in the provider's dashboard would.
func (s *store) refundExternally(tx *bolt.Tx, t timer) error {
	var r record
	if err := must(tx, intents, t.ID, &r); err != nil {
		return err
	}
	step, _ := r.Steps.find(verbExternalRefund)
	amount := min(step.Amount, r.Intent.Captured-r.Intent.Refunded)
	if amount <= 0 {
		return nil
	}
	r.Intent.Refunded += amount
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return err
	}
	return s.refundChanged(tx, Refund{
		ID: newID("re"), Intent: r.Intent.ID, Reference: r.Intent.Reference, Amount: amount, Currency: r.Intent.Currency,
		Status: statusSucceeded, CreatedAt: s.now(),
	}, nil)
}

func (s *store) openDispute(tx *bolt.Tx, t timer) error {
	var r record
	if err := must(tx, intents, t.ID, &r); err != nil {
		return err
	}
	d := Dispute{
		ID: newID("dp"), Intent: r.Intent.ID, Reference: r.Intent.Reference, Amount: r.Intent.Captured,
		Currency: r.Intent.Currency,
		Status:   "opened", Metadata: r.Intent.Metadata,
	}
	if t.Outcome != "open" {
		step, _ := r.Steps.find(verbDispute)
		if err := s.schedule(tx, step.after(), timer{Kind: timerDisputeClose, ID: d.ID, Outcome: t.Outcome}); err != nil {
			return err
		}
	}
	return s.disputeChanged(tx, d)
}

// closeDispute decides a dispute. A bank may decide twice.
func (s *store) closeDispute(tx *bolt.Tx, t timer) error {
	var d Dispute
	if err := must(tx, disputes, t.ID, &d); err != nil {
		return err
	}
	outcome, later, twice := strings.Cut(t.Outcome, "_then_")
	if twice {
		if err := s.schedule(tx, reconsider, timer{Kind: timerDisputeClose, ID: d.ID, Outcome: later}); err != nil {
			return err
		}
	}
	d.Status = outcome
	return s.disputeChanged(tx, d)
}

func (s *store) disputeChanged(tx *bolt.Tx, d Dispute) error {
	if err := put(tx, disputes, d.ID, d); err != nil {
		return err
	}
	_, err := s.tell(tx, "dispute."+d.Status, d, nil)
	return err
}

// delivery is an event that has not been answered with 2xx yet.
type delivery struct {
	Key      string    `json:"key"`
	Event    Event     `json:"event"`
	Forged   int       `json:"forged,omitempty"` // deliveries still to be signed badly
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at"`
}

// tell puts news into the outbox, as the program wants it: not at all, several times, late, with a wrong amount.
func (s *store) tell(tx *bolt.Tx, kind string, data any, program steps) (eventID string, err error) {
	event := Event{ID: newID("evt"), Type: kind, CreatedAt: s.now()}
	if program.has(verbLoseWebhook) {
		return event.ID, nil
	}
	if i, ok := data.(Intent); ok {
		if wrong, ok := program.find(verbWrongAmount); ok {
			i.Amount, i.Captured = wrong.Amount, min(i.Captured, wrong.Amount)
			data = i
		}
		if err := s.tellBelated(tx, i, program); err != nil {
			return "", err
		}
	}
	if event.Data, err = json.Marshal(data); err != nil {
		return "", err
	}
	copies := 1
	if duplicate, ok := program.find(verbDuplicateWebhook); ok {
		copies = duplicate.Times
	}
	forged, _ := program.find(verbBadSignature)
	for n := range copies {
		d := delivery{Key: fmt.Sprintf("%s#%d", event.ID, n), Event: event, Forged: forged.Times, NextAt: event.CreatedAt}
		if err := put(tx, outbox, d.Key, d); err != nil {
			return "", err
		}
	}
	return event.ID, nil
}

// tellBelated sends what was true before only after what is true now: news out of order.
func (s *store) tellBelated(tx *bolt.Tx, i Intent, program steps) error {
	late, ok := program.find(verbReorderWebhooks)
	if !ok {
		return nil
	}
	i.Status, i.DeclineCode, i.Captured = statusProcessing, "", 0
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	event := Event{ID: newID("evt"), Type: "payment_intent." + statusProcessing, CreatedAt: i.CreatedAt, Data: data}
	return put(tx, outbox, event.ID, delivery{Key: event.ID, Event: event, NextAt: s.now().Add(late.after())})
}

// due returns up to limit deliveries whose time has come.
func (s *store) due(limit int) (out []delivery, err error) {
	now := s.now()
	err = s.db.View(func(tx *bolt.Tx) error {
		return each(tx, outbox, func(_ []byte, d delivery) error {
			if len(out) == limit {
				return errEnough
			}
			if !d.NextAt.After(now) {
				out = append(out, d)
			}
			return nil
		})
	})
	return out, err
}

func (s *store) delivered(key string) error {
	return s.update(func(tx *bolt.Tx) error { return tx.Bucket(outbox).Delete([]byte(key)) })
}

func (s *store) postpone(d delivery) error {
	return s.update(func(tx *bolt.Tx) error { return put(tx, outbox, d.Key, d) })
}

// waiting reports whether an event is still to be delivered for the first time.
func (s *store) waiting(eventID string) (waiting bool) {
	//nolint:errcheck // what cannot be read is not waited for
	s.db.View(func(tx *bolt.Tx) error {
		var d delivery
		found, err := get(tx, outbox, eventID+"#0", &d)
		waiting = found && d.Attempts == 0
		return err
	})
	return waiting
}
