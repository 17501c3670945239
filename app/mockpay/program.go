package mockpay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Step is an injected fault. Its verb determines which parameters are valid.
type Step struct {
	Verb    string `json:"verb" required:"true"`
	MS      int64  `json:"ms,omitempty"`
	Times   int    `json:"times,omitempty"`
	Amount  int64  `json:"amount,omitempty"`
	Code    string `json:"code,omitempty"`
	Outcome string `json:"outcome,omitempty"`
}

type steps []Step

func (s steps) find(verb string) (Step, bool) {
	i := slices.IndexFunc(s, func(step Step) bool { return step.Verb == verb })
	if i < 0 {
		return Step{}, false
	}
	return s[i], true
}

func (s steps) has(verb string) bool {
	_, ok := s.find(verb)
	return ok
}

func (s Step) after() time.Duration { return time.Duration(s.MS) * time.Millisecond }

const (
	verbDelay            = "delay"
	verbLoseAnswer       = "lose_answer"
	verbError            = "error"
	verbReset            = "reset"
	verbDecline          = "decline"
	verbRequireAction    = "require_action"
	verbTimeout          = "timeout"
	verbWebhookFirst     = "webhook_first"
	verbLoseWebhook      = "lose_webhook"
	verbDuplicateWebhook = "duplicate_webhook"
	verbReorderWebhooks  = "reorder_webhooks"
	verbWrongAmount      = "wrong_amount"
	verbBadSignature     = "bad_signature"
	verbLateCapture      = "late_capture"
	verbCaptureAfterStop = "capture_after_cancel"
	verbRefundFails      = "refund_fails"
	verbRefundPending    = "refund_pending"
	verbDispute          = "dispute"
	verbLateAmount       = "late_amount"
	verbExternalRefund   = "external_refund"
)

// defaults has the verbs and the default values of their parameters. A parameter that is zero here is invalid for the
// verb.
var defaults = map[string]Step{
	verbDelay:            {MS: 1000},
	verbLoseAnswer:       {Times: 1},
	verbError:            {Times: 1},
	verbReset:            {Times: 1},
	verbDecline:          {Code: "card_declined"},
	verbRequireAction:    {},
	verbTimeout:          {MS: 6000, Outcome: "success"},
	verbWebhookFirst:     {},
	verbLoseWebhook:      {},
	verbDuplicateWebhook: {Times: 3},
	verbReorderWebhooks:  {MS: 500},
	verbWrongAmount:      {Amount: 1},
	verbBadSignature:     {Times: 1},
	verbLateCapture:      {MS: 1000},
	verbCaptureAfterStop: {MS: 1000},
	verbRefundFails:      {MS: 500, Times: maxTimes},
	verbRefundPending:    {MS: 500},
	verbDispute:          {MS: 1000, Outcome: "lost"},
	verbLateAmount:       {MS: 1000, Amount: 1},
	verbExternalRefund:   {MS: 1000, Amount: 1},
}

const (
	maxSteps = 20
	maxTimes = 100
	maxMS    = 24 * 3600 * 1000
)

// check returns the step with default values for missing parameters, or an error for invalid ones.
func (s Step) check() (Step, error) {
	d, known := defaults[s.Verb]
	if !known {
		return s, fmt.Errorf("there is no verb %q; the verbs are %s", s.Verb,
			strings.Join(slices.Sorted(maps.Keys(defaults)), ", "))
	}
	for _, p := range []struct {
		name  string
		taken bool
		given bool
		valid bool
	}{
		{"ms", d.MS != 0, s.MS != 0, s.MS >= 0 && s.MS <= maxMS},
		{"times", d.Times != 0, s.Times != 0, s.Times >= 0 && s.Times <= maxTimes},
		{"amount", d.Amount != 0, s.Amount != 0, s.Amount >= 0},
		{"code", d.Code != "", s.Code != "", len(s.Code) <= 100},
		{"outcome", d.Outcome != "", s.Outcome != "", s.outcomeFits()},
	} {
		if p.given && !p.taken {
			return s, fmt.Errorf("the verb %q has no parameter %q", s.Verb, p.name)
		}
		if p.given && !p.valid {
			return s, fmt.Errorf("the %q of the verb %q is out of range", p.name, s.Verb)
		}
	}
	return s.filled(d), nil
}

func (s Step) outcomeFits() bool {
	if s.Verb == verbDispute {
		return slices.Contains([]string{"won", "lost", "open", "won_then_lost", "lost_then_won"}, s.Outcome)
	}
	return slices.Contains([]string{"success", "decline"}, s.Outcome)
}

func (s Step) filled(d Step) Step {
	if s.MS == 0 {
		s.MS = d.MS
	}
	if s.Times == 0 {
		s.Times = d.Times
	}
	if s.Amount == 0 {
		s.Amount = d.Amount
	}
	if s.Code == "" {
		s.Code = d.Code
	}
	if s.Outcome == "" {
		s.Outcome = d.Outcome
	}
	return s
}

func one(verb string) steps { return steps{defaults[verb].named(verb)} }

func (s Step) named(verb string) Step {
	s.Verb = verb
	return s
}

func declined(code string) steps { return steps{{Verb: verbDecline, Code: code}} }

const (
	foreignCard = "pm_foreign_card"
	homeIssuer  = "AT"
)

// issuer returns the country of a card's issuer.
func issuer(token string) string {
	if token == foreignCard {
		return "US"
	}
	return homeIssuer
}

// tokens returns the payment methods and the steps that each selects.
func tokens() map[string]steps {
	late := defaults[verbTimeout].named(verbTimeout)
	never := late
	never.Outcome = "decline"
	return map[string]steps{
		"pm_ok":                   nil,
		foreignCard:               nil,
		"pm_declined":             declined("card_declined"),
		"pm_insufficient_funds":   declined("insufficient_funds"),
		"pm_expired_card":         declined("expired_card"),
		"pm_processing_error":     declined("processing_error"),
		"pm_requires_action":      one(verbRequireAction),
		"pm_timeout_then_success": {late},
		"pm_timeout_then_decline": {never},
		"pm_webhook_first":        one(verbWebhookFirst),
		"pm_duplicate_webhook":    one(verbDuplicateWebhook),
		"pm_reordered_webhooks":   one(verbReorderWebhooks),
		"pm_lost_webhook":         one(verbLoseWebhook),
		"pm_dispute":              one(verbDispute),
		"pm_refund_fails":         one(verbRefundFails),
	}
}
