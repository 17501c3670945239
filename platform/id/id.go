// Package id generates and parses the identifiers of rows: UUIDv7, which sort by creation time.
package id

import (
	"fmt"

	"github.com/google/uuid"
)

// ID identifies a row. The zero ID identifies no row.
type ID = uuid.UUID

// Nil is the zero ID.
var Nil = uuid.Nil

// Max sorts after every other ID.
var Max = uuid.Max

// Source generates new IDs. It is a port, so that a simulation can generate them from its seed.
type Source interface {
	NewID() ID
}

// V7 generates UUIDv7 from the system's clock and random source.
type V7 struct{}

// NewID returns a new UUIDv7. It panics when the system's random source fails.
func (V7) NewID() ID { return uuid.Must(uuid.NewV7()) }

// Parse parses the canonical text form, 36 characters in lower or upper case. It returns an error for any other form.
func Parse(s string) (ID, error) {
	if len(s) != 36 {
		return Nil, fmt.Errorf("parse id: %d characters instead of 36", len(s))
	}
	return uuid.Parse(s)
}

// Strings returns the text forms of ids, in the same order.
func Strings(ids []ID) []string {
	out := make([]string, len(ids))
	for i, v := range ids {
		out[i] = v.String()
	}
	return out
}
