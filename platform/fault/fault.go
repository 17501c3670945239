// Package fault has the errors that callers of the API may see.
//
// Domains declare faults as package variables. Services and adapters wrap them with the operation that failed. The
// web edge renders them as problem documents by their kind. The text of any other error is logged and hidden from the
// caller.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Kind classifies faults by the action of the caller. The web edge maps each kind to one HTTP status.
type Kind int

// The kinds and their HTTP status.
const (
	Internal        Kind = iota // 500: a defect of the store; the cause is hidden
	Malformed                   // 400: the request cannot be parsed
	Unauthenticated             // 401: the caller must sign in
	PaymentRequired             // 402: the payment was declined
	Forbidden                   // 403: the caller is signed in, but lacks the role
	NotFound                    // 404: the object does not exist, or belongs to somebody else
	Conflict                    // 409: the current state does not allow the request
	Stale                       // 412: the row has changed since it was read
	Invalid                     // 422: the request can be parsed, but a value is invalid
	RateLimited                 // 429: too many attempts
	Unavailable                 // 503: a temporary condition; the caller may retry
)

// Field is one invalid value of a request.
type Field struct {
	Location string // the name of the value, such as items[1].amount; the edge adds the part of the request, such as body
	Message  string // what is wrong, and how to correct it
	Value    any
}

// Error is a fault: a kind, a stable code in kebab-case and a sentence for people.
//
// Its identity under errors.Is is the variable that declares it: the variable and all copies made by With, After,
// Saying and At match each other. Faults of two variables never match, even when they share a code, so two modules
// can return the same code without sharing an error.
type Error struct {
	Kind       Kind
	Code       string
	Message    string
	RetryAfter time.Duration  // zero when a retry cannot succeed
	Details    map[string]any // additional members of the problem document, in snake_case
	Fields     []Field
	declared   *Error // the variable that this is a copy of; nil for the variable itself
}

// New returns a new fault, to be declared as a package variable.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Error returns the code and the message.
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

// With returns a copy with an additional member of the problem document.
func (e *Error) With(name string, value any) *Error {
	c := e.copied()
	c.Details = maps.Clone(e.Details)
	if c.Details == nil {
		c.Details = map[string]any{}
	}
	c.Details[name] = value
	return c
}

// After returns a copy that asks the caller to wait for d before a retry.
func (e *Error) After(d time.Duration) *Error {
	c := e.copied()
	c.RetryAfter = d
	return c
}

// Saying returns a copy with another message.
func (e *Error) Saying(format string, args ...any) *Error {
	c := e.copied()
	c.Message = fmt.Sprintf(format, args...)
	return c
}

// At returns a copy with an additional invalid field.
func (e *Error) At(location, message string, value any) *Error {
	c := e.copied()
	c.Fields = append(append([]Field(nil), e.Fields...), Field{location, message, value})
	return c
}

// Of returns the first fault in err's tree, or nil.
func Of(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is reports whether the first fault in err's tree has this kind.
func Is(err error, kind Kind) bool {
	f := Of(err)
	return f != nil && f.Kind == kind
}

// ErrOverloaded is returned when admission control rejects a request, or when no database connection is free in time.
var ErrOverloaded = New(Unavailable, "overloaded",
	"the store is overloaded; try again in a second").After(time.Second)
