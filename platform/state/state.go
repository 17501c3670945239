// Package state holds tables of transitions: which state of an aggregate may follow which.
package state

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table lists for each state the states that may follow it. A state with an empty list is final; a state that is no key
// does not exist.
type Table[S ~string] map[S][]S

// Allows reports whether an aggregate may move from one state to another. It reports false for a state and itself, unless
// the table lists that.
func (t Table[S]) Allows(from, to S) bool { return slices.Contains(t[from], to) }

// ErrTransition refuses a move that a table does not list: a defect of the program, for which no caller can be blamed.
var ErrTransition = errors.New("illegal transition")

// Check returns nil for a move that the table lists, and ErrTransition for any other.
func (t Table[S]) Check(from, to S) error {
	if t.Allows(from, to) {
		return nil
	}
	return Illegal(from, to)
}

// Illegal returns ErrTransition with both states, for moves that depend on more than the table.
func Illegal[S ~string](from, to S) error {
	return fmt.Errorf("%w: from %s to %s", ErrTransition, from, to)
}

// Final reports whether nothing follows a state.
func (t Table[S]) Final(s S) bool { return len(t[s]) == 0 }

// States returns all states in alphabetical order.
func (t Table[S]) States() []S { return slices.Sorted(maps.Keys(t)) }

// Mermaid draws the table as a state diagram that begins at a state.
func (t Table[S]) Mermaid(first S) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n    [*] --> %s\n", first)
	for _, from := range t.States() {
		for _, to := range t[from] {
			fmt.Fprintf(&b, "    %s --> %s\n", from, to)
		}
		if t.Final(from) {
			fmt.Fprintf(&b, "    %s --> [*]\n", from)
		}
	}
	return b.String()
}
