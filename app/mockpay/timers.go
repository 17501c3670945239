package mockpay

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

type timerKind string

// reconsider is the time between two decisions of a dispute.
const reconsider = time.Second

const (
	timerSettle       timerKind = "settle"        // decides a processing intent
	timerCapture      timerKind = "capture"       // captures a declined or canceled intent
	timerRefund       timerKind = "refund"        // decides a pending refund
	timerDispute      timerKind = "dispute"       // opens a dispute
	timerDisputeClose timerKind = "dispute_close" // decides a dispute
	timerAmount       timerKind = "amount"        // changes the captured amount
	timerExternal     timerKind = "external"      // refunds without a request of the merchant
)

// timer is a scheduled change of an intent, a refund or a dispute.
type timer struct {
	Kind    timerKind `json:"kind"`
	ID      string    `json:"id"`
	Outcome string    `json:"outcome,omitempty"`
}

func (s *store) schedule(tx *bolt.Tx, after time.Duration, t timer) error {
	return put(tx, timers, fmt.Sprintf("%020d/%s", s.now().Add(after).UnixNano(), newID("t")), t)
}

// runTimers runs the due timers.
func (s *store) runTimers() error {
	if err := s.payOutDaily(); err != nil {
		return err
	}
	if !s.timersDue() {
		return nil
	}
	return s.update(func(tx *bolt.Tx) error {
		var due [][]byte
		limit := s.dueKey()
		err := each(tx, timers, func(key []byte, t timer) error {
			if string(key) >= limit {
				return errStop
			}
			due = append(due, key)
			return s.runTimer(tx, t)
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
	//nolint:errcheck // reading a key cannot fail
	s.db.View(func(tx *bolt.Tx) error {
		key, _ := tx.Bucket(timers).Cursor().First()
		due = key != nil && string(key) < s.dueKey()
		return nil
	})
	return due
}

func (s *store) runTimer(tx *bolt.Tx, t timer) error {
	switch t.Kind {
	case timerSettle, timerCapture:
		var r record
		if err := mustGet(tx, intents, t.ID, &r); err != nil {
			return err
		}
		if t.Kind == timerCapture {
			r.capture()
		} else {
			r.decide(r.Settles == statusSucceeded)
		}
		_, err := s.storeChange(tx, r)
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

// endRefund decides a pending refund. A failed one does not count as refunded.
func (s *store) endRefund(tx *bolt.Tx, t timer) error {
	var refund Refund
	var r record
	if err := mustGet(tx, refunds, t.ID, &refund); err != nil {
		return err
	}
	if err := mustGet(tx, intents, refund.Intent, &r); err != nil {
		return err
	}
	refund.Status = t.Outcome
	if refund.Status == statusFailed {
		r.Intent.Refunded -= refund.Amount
	}
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return err
	}
	return s.storeRefund(tx, refund, r.Steps)
}

// changeAmount changes the amount and the captured amount of a succeeded intent to that of its step.
func (s *store) changeAmount(tx *bolt.Tx, t timer) error {
	var r record
	if err := mustGet(tx, intents, t.ID, &r); err != nil {
		return err
	}
	step, _ := r.Steps.find(verbLateAmount)
	change := movement{typeAdjustment, step.Amount - r.Intent.Captured, 0, r.Intent.ID, r.Intent}
	r.Intent.Amount, r.Intent.Captured = step.Amount, step.Amount
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return err
	}
	if err := s.book(tx, change); err != nil {
		return err
	}
	_, err := s.enqueue(tx, "payment_intent."+r.Intent.Status, r.Intent, nil)
	return err
}

// refundExternally refunds the amount of the step, at most the remaining one, like a refund in a provider's dashboard.
func (s *store) refundExternally(tx *bolt.Tx, t timer) error {
	var r record
	if err := mustGet(tx, intents, t.ID, &r); err != nil {
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
	return s.storeRefund(tx, Refund{
		ID: newID("re"), Intent: r.Intent.ID, Reference: r.Intent.Reference, Amount: amount,
		Currency: r.Intent.Currency, Status: statusSucceeded, CreatedAt: s.now(),
	}, nil)
}

func (s *store) openDispute(tx *bolt.Tx, t timer) error {
	var r record
	if err := mustGet(tx, intents, t.ID, &r); err != nil {
		return err
	}
	d := Dispute{
		ID: newID("dp"), Intent: r.Intent.ID, Reference: r.Intent.Reference, Amount: r.Intent.Captured,
		Currency: r.Intent.Currency, Fee: s.fees.dispute, Status: disputeOpened, Metadata: r.Intent.Metadata,
	}
	if t.Outcome != "open" {
		step, _ := r.Steps.find(verbDispute)
		decision := timer{Kind: timerDisputeClose, ID: d.ID, Outcome: t.Outcome}
		if err := s.schedule(tx, step.after(), decision); err != nil {
			return err
		}
	}
	return s.storeDispute(tx, d, "")
}

// closeDispute decides a dispute, and schedules a second decision when the outcome has one.
func (s *store) closeDispute(tx *bolt.Tx, t timer) error {
	var d Dispute
	if err := mustGet(tx, disputes, t.ID, &d); err != nil {
		return err
	}
	outcome, later, twice := strings.Cut(t.Outcome, "_then_")
	if twice {
		if err := s.schedule(tx, reconsider, timer{Kind: timerDisputeClose, ID: d.ID, Outcome: later}); err != nil {
			return err
		}
	}
	before := d.Status
	d.Status = outcome
	return s.storeDispute(tx, d, before)
}

// storeDispute stores a dispute with a new status; before is the earlier one, empty for a new dispute.
func (s *store) storeDispute(tx *bolt.Tx, d Dispute, before string) error {
	d.UpdatedAt = s.now()
	if err := put(tx, disputes, d.ID, d); err != nil {
		return err
	}
	if err := s.bookDispute(tx, d, before); err != nil {
		return err
	}
	_, err := s.enqueue(tx, "dispute."+d.Status, d, nil)
	return err
}

func (s *store) findDispute(disputeID string) (d Dispute, err error) {
	err = s.db.View(func(tx *bolt.Tx) error { return mustGet(tx, disputes, disputeID, &d) })
	return d, err
}

// delivery is an event in the outbox.
type delivery struct {
	Key      string    `json:"key"`
	Event    Event     `json:"event"`
	Forged   int       `json:"forged,omitempty"` // remaining attempts with a bad signature
	Attempts int       `json:"attempts"`
	NextAt   time.Time `json:"next_at"`
	Trace    string    `json:"trace,omitempty"`
}

// enqueue puts an event into the outbox. The steps may lose it, duplicate it, reorder it, or change its amount.
func (s *store) enqueue(tx *bolt.Tx, kind string, data any, program steps) (eventID string, err error) {
	event := Event{ID: newID("evt"), Type: kind, CreatedAt: s.now()}
	if program.has(verbLoseWebhook) {
		return event.ID, nil
	}
	if i, ok := data.(Intent); ok {
		if wrong, ok := program.find(verbWrongAmount); ok {
			i.Amount, i.Captured = wrong.Amount, min(i.Captured, wrong.Amount)
			data = i
		}
		if err := s.enqueueReordered(tx, i, program); err != nil {
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
	intent, _ := data.(Intent) // other events have no trace
	for n := range copies {
		d := delivery{
			Key: fmt.Sprintf("%s#%d", event.ID, n), Event: event, Forged: forged.Times, NextAt: event.CreatedAt,
			Trace: intent.Traceparent,
		}
		if err := put(tx, outbox, d.Key, d); err != nil {
			return "", err
		}
	}
	return event.ID, nil
}

// enqueueReordered enqueues an event with an earlier status that is delivered after the current one.
func (s *store) enqueueReordered(tx *bolt.Tx, i Intent, program steps) error {
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

// due returns up to limit due deliveries.
func (s *store) due(limit int) (out []delivery, err error) {
	now := s.now()
	err = s.db.View(func(tx *bolt.Tx) error {
		return each(tx, outbox, func(_ []byte, d delivery) error {
			if len(out) == limit {
				return errStop
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

func (s *store) reschedule(d delivery) error {
	return s.update(func(tx *bolt.Tx) error { return put(tx, outbox, d.Key, d) })
}

// pending reports whether the delivery of an event has not been attempted.
func (s *store) pending(eventID string) (pending bool) {
	//nolint:errcheck // an unreadable event is not pending
	s.db.View(func(tx *bolt.Tx) error {
		var d delivery
		found, err := get(tx, outbox, eventID+"#0", &d)
		pending = found && d.Attempts == 0
		return err
	})
	return pending
}
