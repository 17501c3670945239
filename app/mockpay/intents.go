package mockpay

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"
)

// plan is what an idempotency key stands for.
type plan struct {
	BodyHash []byte `json:"body_hash"`
	IntentID string `json:"intent_id,omitempty"`
	Steps    steps  `json:"steps,omitempty"`
	Errors   int    `json:"errors,omitempty"` // requests still to be answered with 500
	Resets   int    `json:"resets,omitempty"` // … with a reset
	Lost     int    `json:"lost,omitempty"`   // answers still to be lost
}

// mishap is what happens to a request instead of an answer.
type mishap int

const (
	fine mishap = iota
	failure
	reset
)

// take answers a request under its idempotency key: it makes the intent, finds the one that the key made before, or
// tells what goes wrong before anything is done.
func (s *store) take(key string, bodyHash []byte, in createRequest, token steps) (m made, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		m = made{}
		var p plan
		found, err := get(tx, plans, key, &p)
		if err != nil {
			return err
		}
		if found && !bytes.Equal(p.BodyHash, bodyHash) {
			return errKeyReused
		}
		if !found {
			armed, err := fire(tx, in.Reference, s.now())
			if err != nil {
				return err
			}
			p = newPlan(bodyHash, append(armed, token...))
		}
		if m.mishap = p.spend(); m.mishap == fine {
			if err := s.make(tx, &p, &m, in); err != nil {
				return err
			}
		}
		return put(tx, plans, key, p)
	})
	return m, err
}

// spend uses up the next thing that goes wrong before anything is done.
func (p *plan) spend() mishap {
	switch {
	case p.Errors > 0:
		p.Errors--
		return failure
	case p.Resets > 0:
		p.Resets--
		return reset
	}
	return fine
}

func newPlan(bodyHash []byte, program steps) plan {
	p := plan{BodyHash: bodyHash, Steps: program}
	for verb, target := range map[string]*int{verbError: &p.Errors, verbReset: &p.Resets, verbLoseAnswer: &p.Lost} {
		step, _ := program.find(verb)
		*target = step.Times
	}
	return p
}

// made is the outcome of a request to take money.
type made struct {
	record
	mishap  mishap
	fresh   bool
	lost    bool   // the answer is to be lost
	eventID string // of a fresh one
}

func (s *store) make(tx *bolt.Tx, p *plan, m *made, in createRequest) (err error) {
	if p.IntentID != "" {
		err = must(tx, intents, p.IntentID, &m.record)
	} else {
		m.record, m.fresh = s.newRecord(in, p.Steps), true
		p.IntentID = m.Intent.ID
		m.eventID, err = s.insert(tx, m.record)
	}
	if p.Lost > 0 {
		p.Lost--
		m.lost = true
	}
	return err
}

func (s *store) newRecord(in createRequest, program steps) record {
	r := record{Steps: program, FeeRate: s.feeRate, Manual: in.CaptureMethod == "manual", Intent: Intent{
		ID: newID("pi"), Reference: in.Reference, Amount: in.Amount, Currency: in.Currency,
		PaymentMethod: Card{Brand: "visa", Last4: "4242"},
		ReturnURL:     in.ReturnURL, Metadata: in.Metadata, CreatedAt: s.now(),
	}}
	if late, ok := program.find(verbTimeout); ok {
		r.Intent.Status, r.Settles = statusProcessing, statusSucceeded
		if late.Outcome == "decline" {
			r.Settles = statusFailed
		}
		return r
	}
	if program.has(verbRequireAction) {
		r.Intent.Status = statusRequiresAction
		r.Intent.NextAction = &NextAction{
			Type: "redirect",
			URL:  s.public + "/v1/payment_intents/" + r.Intent.ID + "/next_action",
		}
		return r
	}
	r.decide(!program.has(verbDecline))
	return r
}

// decide ends an intent: the money is taken, or it is not.
func (r *record) decide(success bool) {
	r.Intent.NextAction = nil
	switch {
	case !success:
		code, _ := r.Steps.find(verbDecline)
		if code.Code == "" {
			code.Code = "card_declined"
		}
		r.Intent.Status, r.Intent.DeclineCode = statusFailed, code.Code
	case r.Manual:
		r.Intent.Status = statusRequiresCapture
	default:
		r.capture()
	}
}

func (r *record) capture() {
	r.Intent.Status, r.Intent.DeclineCode, r.Intent.NextAction, r.Intent.Captured = statusSucceeded, "", nil, r.Intent.Amount
	const whole = 10_000
	r.Intent.Fee = (r.Intent.Captured*r.FeeRate + whole/2) / whole
}

// insert stores a new intent, its news, and what is going to happen to it.
func (s *store) insert(tx *bolt.Tx, r record) (eventID string, err error) {
	if err := tx.Bucket(references).Put([]byte(r.Intent.Reference+"/"+r.Intent.ID), nil); err != nil {
		return "", err
	}
	if late, ok := r.Steps.find(verbTimeout); ok {
		after := late.after()
		if s.settle > 0 {
			after = s.settle
		}
		if err := s.schedule(tx, after, timer{Kind: timerSettle, ID: r.Intent.ID}); err != nil {
			return "", err
		}
	}
	return s.changed(tx, r)
}

// changed stores an intent in a new state, with its news and what follows from the state.
func (s *store) changed(tx *bolt.Tx, r record) (eventID string, err error) {
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return "", err
	}
	follow := func(verb string, kind timerKind) error {
		step, ok := r.Steps.find(verb)
		if !ok {
			return nil
		}
		return s.schedule(tx, step.after(), timer{Kind: kind, ID: r.Intent.ID, Outcome: step.Outcome})
	}
	switch r.Intent.Status {
	case statusFailed:
		err = follow(verbLateCapture, timerCapture)
	case statusCanceled:
		err = follow(verbCaptureAfterStop, timerCapture)
	case statusSucceeded:
		for verb, kind := range map[string]timerKind{
			verbDispute: timerDispute, verbLateAmount: timerAmount, verbExternalRefund: timerExternal,
		} {
			if err = follow(verb, kind); err != nil {
				break
			}
		}
	}
	if err != nil {
		return "", err
	}
	return s.tell(tx, "payment_intent."+r.Intent.Status, r.Intent, r.Steps)
}

// change applies fn to an intent and stores it unless fn returns an error; without a new state nothing is told.
func (s *store) change(intentID string, fn func(r *record) error) (intent Intent, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		var r record
		if err := must(tx, intents, intentID, &r); err != nil {
			return err
		}
		before := r.Intent.Status
		if err := fn(&r); err != nil {
			return err
		}
		intent = r.Intent
		if r.Intent.Status == before {
			return nil
		}
		_, err := s.changed(tx, r)
		return err
	})
	return intent, err
}

// confirm is the buyer's word at the provider's page. A second word changes nothing.
func confirm(success bool) func(r *record) error {
	return func(r *record) error {
		switch r.Intent.Status {
		case statusRequiresAction:
			r.decide(success)
		case statusCanceled, statusProcessing:
			return errState
		}
		return nil
	}
}

func capture(r *record) error {
	switch r.Intent.Status {
	case statusRequiresCapture:
		r.capture()
	case statusSucceeded:
	default:
		return errState
	}
	return nil
}

// cancel ends an intent that has taken no money.
func cancel(r *record) error {
	switch r.Intent.Status {
	case statusCanceled:
	case statusSucceeded, statusFailed:
		return errFinal
	case statusProcessing:
		return errProcessing
	default:
		r.Intent.Status, r.Intent.NextAction = statusCanceled, nil
	}
	return nil
}

func (s *store) find(intentID string) (Intent, error) {
	var r record
	err := s.db.View(func(tx *bolt.Tx) error { return must(tx, intents, intentID, &r) })
	return r.Intent, err
}

// byReference returns a reference's intents in the order of their making.
func (s *store) byReference(reference string) (out []Intent, err error) {
	prefix := []byte(reference + "/")
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(references).Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
			var r record
			if err := must(tx, intents, string(key[len(prefix):]), &r); err != nil {
				return err
			}
			out = append(out, r.Intent)
		}
		return nil
	})
	return out, err
}

type window struct {
	from, to time.Time
	after    string
	limit    int
}

// charges returns the books of a time, in the order of the intents' making.
func (s *store) charges(w window) (page Page[Charge], err error) {
	page.Items = []Charge{}
	err = s.db.View(func(tx *bolt.Tx) error {
		return each(tx, intents, func(key []byte, r record) error {
			if string(key) <= w.after || !isCharge(r.Intent) || r.Intent.CreatedAt.Before(w.from) ||
				(!w.to.IsZero() && !r.Intent.CreatedAt.Before(w.to)) {
				return nil
			}
			if len(page.Items) == w.limit {
				last := page.Items[w.limit-1].ID
				page.NextCursor = &last
				return errEnough
			}
			page.Items = append(page.Items, toCharge(r.Intent))
			return nil
		})
	})
	return page, err
}

func isCharge(i Intent) bool { return i.Status == statusSucceeded || i.Status == statusFailed }

func toCharge(i Intent) Charge {
	return Charge{i.ID, i.Reference, i.Amount, i.Currency, i.Status, i.Captured, i.Refunded, i.CreatedAt}
}
