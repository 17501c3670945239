// Package id makes and reads the identifiers of every row: UUIDv7, so that they sort by the time of their making.
package id

import (
	"fmt"

	"github.com/google/uuid"
)

// ID identifies a row. The zero ID identifies nothing.
type ID = uuid.UUID

// Nil identifies nothing.
var Nil = uuid.Nil

// Max sorts behind every ID.
var Max = uuid.Max

// Source makes new IDs. It is a port: a simulation makes them from its seed.
type Source interface {
	NewID() ID
}

// V7 makes UUIDv7s from the system's clock and randomness.
type V7 struct{}

// NewID returns a new UUIDv7. It panics when the system has no randomness left, as crypto/rand does.
func (V7) NewID() ID { return uuid.Must(uuid.NewV7()) }

// Parse reads the canonical text form, 36 characters in lower or upper case; other spellings are refused.
func Parse(s string) (ID, error) {
	if len(s) != 36 {
		return Nil, fmt.Errorf("parse id: %d characters instead of 36", len(s))
	}
	return uuid.Parse(s)
}

// Strings returns the text forms in order.
func Strings(ids []ID) []string {
	out := make([]string, len(ids))
	for i, v := range ids {
		out[i] = v.String()
	}
	return out
}
