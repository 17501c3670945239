package mockpay

import (
	"bytes"
	"time"

	bolt "go.etcd.io/bbolt"
)

// keyRecord is the state of an idempotency key.
type keyRecord struct {
	BodyHash []byte `json:"body_hash"`
	IntentID string `json:"intent_id,omitempty"`
	Steps    steps  `json:"steps,omitempty"`
	Errors   int    `json:"errors,omitempty"` // remaining requests that fail with 500
	Resets   int    `json:"resets,omitempty"` // remaining requests whose connection is reset
	Lost     int    `json:"lost,omitempty"`   // remaining responses that are lost
}

// fault is an injected fault of a request.
type fault int

const (
	noFault fault = iota
	faultError
	faultReset
)

// create creates the intent of an idempotency key, or returns the one that the key has created before. When a fault is
// injected, it creates nothing.
func (s *store) create(key string, bodyHash []byte, in createRequest, token steps) (m created, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		m = created{}
		var p keyRecord
		found, err := get(tx, keys, key, &p)
		if err != nil {
			return err
		}
		if found && !bytes.Equal(p.BodyHash, bodyHash) {
			return errKeyReused
		}
		if !found {
			armed, err := useScenario(tx, in.Reference, s.now())
			if err != nil {
				return err
			}
			p = newKeyRecord(bodyHash, append(armed, token...))
		}
		if m.fault = p.nextFault(); m.fault == noFault {
			if err := s.make(tx, &p, &m, in); err != nil {
				return err
			}
		}
		return put(tx, keys, key, p)
	})
	return m, err
}

// nextFault consumes the next fault that prevents the creation of an intent.
func (p *keyRecord) nextFault() fault {
	switch {
	case p.Errors > 0:
		p.Errors--
		return faultError
	case p.Resets > 0:
		p.Resets--
		return faultReset
	}
	return noFault
}

func newKeyRecord(bodyHash []byte, program steps) keyRecord {
	p := keyRecord{BodyHash: bodyHash, Steps: program}
	for verb, target := range map[string]*int{verbError: &p.Errors, verbReset: &p.Resets, verbLoseAnswer: &p.Lost} {
		step, _ := program.find(verb)
		*target = step.Times
	}
	return p
}

// created is the result of a request to create an intent.
type created struct {
	record
	fault   fault
	fresh   bool
	lost    bool   // the response is lost
	eventID string // of the new intent
}

func (s *store) make(tx *bolt.Tx, p *keyRecord, m *created, in createRequest) (err error) {
	if p.IntentID != "" {
		err = mustGet(tx, intents, p.IntentID, &m.record)
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
	r := record{Steps: program, FeeRate: s.fees.rate, FeeFixed: s.fees.fixed}
	r.Manual, r.Intent = in.CaptureMethod == "manual", Intent{
		ID: newID("pi"), Reference: in.Reference, Amount: in.Amount, Currency: in.Currency,
		PaymentMethod: Card{Brand: "visa", Last4: "4242", Country: issuer(in.PaymentMethod)},
		ReturnURL:     in.ReturnURL, Metadata: in.Metadata, Traceparent: in.traceparent,
		CreatedAt: s.now(),
	}
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

// decide captures, authorizes or declines the payment.
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
	r.Intent.Status, r.Intent.DeclineCode, r.Intent.NextAction = statusSucceeded, "", nil
	r.Intent.Captured = r.Intent.Amount
	const whole = 10_000
	r.Intent.Fee = min((r.Intent.Captured*r.FeeRate+whole/2)/whole+r.FeeFixed, r.Intent.Captured)
}

// insert stores a new intent, its event and its timers.
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
	return s.storeChange(tx, r)
}

// storeChange stores an intent with a new status, the event of the change, and the timers that start with the status.
func (s *store) storeChange(tx *bolt.Tx, r record) (eventID string, err error) {
	if err := put(tx, intents, r.Intent.ID, r); err != nil {
		return "", err
	}
	startTimer := func(verb string, kind timerKind) error {
		step, ok := r.Steps.find(verb)
		if !ok {
			return nil
		}
		return s.schedule(tx, step.after(), timer{Kind: kind, ID: r.Intent.ID, Outcome: step.Outcome})
	}
	switch r.Intent.Status {
	case statusFailed:
		err = startTimer(verbLateCapture, timerCapture)
	case statusCanceled:
		err = startTimer(verbCaptureAfterStop, timerCapture)
	case statusSucceeded:
		if err := s.bookCharge(tx, r.Intent); err != nil {
			return "", err
		}
		for verb, kind := range map[string]timerKind{
			verbDispute: timerDispute, verbLateAmount: timerAmount, verbExternalRefund: timerExternal,
		} {
			if err = startTimer(verb, kind); err != nil {
				break
			}
		}
	}
	if err != nil {
		return "", err
	}
	return s.enqueue(tx, "payment_intent."+r.Intent.Status, r.Intent, r.Steps)
}

// change applies fn to an intent. It stores the intent and its event when the status has changed.
func (s *store) change(intentID string, fn func(r *record) error) (intent Intent, err error) {
	err = s.update(func(tx *bolt.Tx) error {
		var r record
		if err := mustGet(tx, intents, intentID, &r); err != nil {
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
		_, err := s.storeChange(tx, r)
		return err
	})
	return intent, err
}

// confirm applies the buyer's decision. A second decision changes nothing.
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

// cancel cancels an intent that has captured nothing.
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
	err := s.db.View(func(tx *bolt.Tx) error { return mustGet(tx, intents, intentID, &r) })
	return r.Intent, err
}

// byReference returns a reference's intents in the order of their creation.
func (s *store) byReference(reference string) (out []Intent, err error) {
	prefix := []byte(reference + "/")
	err = s.db.View(func(tx *bolt.Tx) error {
		cursor := tx.Bucket(references).Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
			var r record
			if err := mustGet(tx, intents, string(key[len(prefix):]), &r); err != nil {
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

// charges returns a page of the charges of a period, in the order of their creation.
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
				return errStop
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
