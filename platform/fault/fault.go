// Package fault is the one vocabulary of errors that callers may see.
//
// Domains declare faults as package variables; code below the edge wraps them with what was attempted;
// the web edge turns them into problem documents by their kind. Anything that is not a fault is hidden
// from the caller and logged.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Kind says what a caller can do about a fault. The web edge maps each kind to one HTTP status.
type Kind int

// The kinds, with the HTTP status that each becomes.
const (
	Internal        Kind = iota // 500: ours to mend; the cause is hidden
	Malformed                   // 400: the request cannot be read
	Unauthenticated             // 401: sign in first
	PaymentRequired             // 402: the payment was declined
	Forbidden                   // 403: signed in, but the role is missing
	NotFound                    // 404: absent, or somebody else's
	Conflict                    // 409: the state of things refuses it
	Stale                       // 412: the row has moved since it was read
	Invalid                     // 422: readable, but a value is out of range
	RateLimited                 // 429: too many attempts
	Unavailable                 // 503: passing; try again
)

// Field is one violation in a request: where it is, and what to do about it.
type Field struct {
	Location string // the value's name, such as items[1].amount; the edge adds where in the request it is
	Message  string
	Value    any
}

// Error is a fault: a kind, a stable kebab-case code and a sentence for people.
// Its identity under errors.Is is the variable that declares it: copies that carry details match it and each other. Faults
// of two variables never match, even with one code: modules may tell clients the same without sharing an error.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	RetryAfter time.Duration  // zero when waiting does not help
	Details    map[string]any // members added to the problem document, snake_case
	Fields     []Field
	declared   *Error // the variable that a copy was made of; nil for the variable itself
}

// New declares a fault.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error returns the code and the sentence.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether target is the same fault, or a copy of it.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.identity() == e.identity()
}

func (e *Error) identity() *Error {
	if e.declared == nil {
		return e
	}
	return e.declared
}

func (e *Error) copied() *Error {
	c := *e
	c.declared = e.identity()
	return &c
}

// With returns a copy that carries one more member for the problem document.
func (e *Error) With(name string, value any) *Error {
	c := e.copied()
	c.Details = maps.Clone(e.Details)
	if c.Details == nil {
		c.Details = map[string]any{}
	}
	c.Details[name] = value
	return c
}

// After returns a copy that tells the caller how long to wait before trying again.
func (e *Error) After(d time.Duration) *Error {
	c := e.copied()
	c.RetryAfter = d
	return c
}

// Saying returns a copy with another sentence.
func (e *Error) Saying(format string, args ...any) *Error {
	c := e.copied()
	c.Message = fmt.Sprintf(format, args...)
	return c
}

// At returns a copy that names one more violating field.
func (e *Error) At(location, message string, value any) *Error {
	c := e.copied()
	c.Fields = append(append([]Field(nil), e.Fields...), Field{location, message, value})
	return c
}

// Of returns the fault inside err, or nil.
func Of(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is reports whether err holds a fault of this kind.
func Is(err error, kind Kind) bool {
	f := Of(err)
	return f != nil && f.Kind == kind
}

// ErrOverloaded is returned for what comes while there is more to do than can be done.
var ErrOverloaded = New(Unavailable, "overloaded",
	"the store has more to do than it can; try again in a second").After(time.Second)
