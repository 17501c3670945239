package mockpay

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Scenario injects faults into the next intents, or into those of a reference.
type Scenario struct {
	ID    string  `json:"id" required:"true"`
	For   Target  `json:"for" required:"true"`
	Do    steps   `json:"do" required:"true" nullable:"false"`
	Left  int     `json:"left" required:"true" description:"The remaining intents; -1 for all of a reference"`
	Fired []Fired `json:"fired" required:"true" nullable:"false"`
}

// Target selects the intents of a scenario.
type Target struct {
	Next      int    `json:"next,omitempty" minimum:"1" maximum:"100000"`
	Reference string `json:"reference,omitempty" maxLength:"255"`
}

// Fired is an intent that a scenario was used for.
type Fired struct {
	Reference string    `json:"reference" required:"true"`
	At        time.Time `json:"at" required:"true"`
}

const (
	maxNext   = 100_000
	maxFired  = 1000
	maxArmed  = 1000
	unlimited = -1
)

func (s *Scenario) check() error {
	switch {
	case (s.For.Next > 0) == (s.For.Reference != "") || s.For.Next < 0 || s.For.Next > maxNext ||
		len(s.For.Reference) > 255:
		return errors.New(`"for" must be {"next": 1 to 100000} or {"reference": "…"}`)
	case len(s.Do) == 0 || len(s.Do) > maxSteps:
		return errors.New(`"do" must be a list of 1 to 20 steps, such as {"verb": "delay", "ms": 800}`)
	}
	for i, step := range s.Do {
		filled, err := step.check()
		if err != nil {
			return err
		}
		s.Do[i] = filled
	}
	s.Left = s.For.Next
	if s.For.Reference != "" {
		s.Left = unlimited
	}
	return nil
}

type scenarioInput struct {
	For Target `json:"for" required:"true" description:"Either next or reference"`
	Do  steps  `json:"do" required:"true" nullable:"false" minItems:"1" maxItems:"20"`
}

func (s *Server) armScenario(w http.ResponseWriter, r *http.Request) {
	var in scenarioInput
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		respondError(w, http.StatusBadRequest, "malformed_body",
			`send {"for": {"next": 1}, "do": [{"verb": "…"}]}: `+err.Error())
		return
	}
	scenario := Scenario{ID: newID("sc"), For: in.For, Do: in.Do, Fired: []Fired{}}
	if err := scenario.check(); err != nil {
		respondError(w, http.StatusBadRequest, "bad_scenario", err.Error())
		return
	}
	err := s.store.update(func(tx *bolt.Tx) error {
		if tx.Bucket(scenarios).Stats().KeyN >= maxArmed {
			return errTooMany
		}
		return put(tx, scenarios, scenario.ID, scenario)
	})
	if errors.Is(err, errTooMany) {
		respondError(w, http.StatusConflict, "too_many_scenarios",
			"1000 scenarios are armed; DELETE /_scenarios disarms them")
		return
	}
	respond(w, http.StatusCreated, scenario, err)
}

func (s *Server) listScenarios(w http.ResponseWriter, _ *http.Request) {
	page := Page[Scenario]{Items: []Scenario{}}
	err := s.store.db.View(func(tx *bolt.Tx) error {
		return each(tx, scenarios, func(_ []byte, sc Scenario) error {
			page.Items = append(page.Items, sc)
			return nil
		})
	})
	respond(w, http.StatusOK, page, err)
}

func (s *Server) disarmScenarios(w http.ResponseWriter, _ *http.Request) {
	err := s.store.update(func(tx *bolt.Tx) error {
		if err := tx.DeleteBucket(scenarios); err != nil {
			return err
		}
		_, err := tx.CreateBucket(scenarios)
		return err
	})
	respond(w, http.StatusOK, Page[Scenario]{Items: []Scenario{}}, err)
}

var errStop = errors.New("stop")

// useScenario returns the steps of the first scenario that is armed for a reference, and counts its use.
func useScenario(tx *bolt.Tx, reference string, now time.Time) (steps, error) {
	var hit *Scenario
	err := each(tx, scenarios, func(_ []byte, sc Scenario) error {
		if sc.Left == 0 || (sc.For.Reference != "" && sc.For.Reference != reference) {
			return nil
		}
		hit = &sc
		return errStop
	})
	if hit == nil {
		return nil, err
	}
	if hit.Left > 0 {
		hit.Left--
	}
	if len(hit.Fired) < maxFired {
		hit.Fired = append(hit.Fired, Fired{reference, now})
	}
	return hit.Do, put(tx, scenarios, hit.ID, *hit)
}

// each calls fn for the entries of a bucket in the order of their keys, until fn returns an error. It returns that
// error, or nil for errStop.
func each[T any](tx *bolt.Tx, bucket []byte, fn func(key []byte, value T) error) error {
	cursor := tx.Bucket(bucket).Cursor()
	for key, raw := cursor.First(); key != nil; key, raw = cursor.Next() {
		var value T
		if err := json.Unmarshal(raw, &value); err != nil {
			return err
		}
		if err := fn(bytes.Clone(key), value); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

type advanceRequest struct {
	Seconds float64 `json:"seconds" required:"true" exclusiveMinimum:"0" maximum:"31622400"`
}

type clockReading struct {
	Now time.Time `json:"now" required:"true"`
}

// advanceClock moves the provider's clock forward, so that timers and webhooks become due.
func (s *Server) advanceClock(w http.ResponseWriter, r *http.Request) {
	var in advanceRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil || in.Seconds <= 0 || in.Seconds > maxAdvance {
		respondError(w, http.StatusBadRequest, "bad_clock",
			`send {"seconds": n} with n above 0 and at most a year: the clock moves forward only`)
		return
	}
	now, err := s.store.advance(time.Duration(in.Seconds * float64(time.Second)))
	s.sender.notify()
	respond(w, http.StatusOK, clockReading{now}, err)
}

const maxAdvance = 366 * 24 * 3600
