// Package state holds tables of transitions: which state of an aggregate may follow which.
package state

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table lists for each state the states that may follow it. A state with an empty list is final. Every state is a key.
type Table[S ~string] map[S][]S

// Allows reports whether the table lists a transition. A transition from a state to itself must be listed, too.
func (t Table[S]) Allows(from, to S) bool { return slices.Contains(t[from], to) }

// ErrTransition is returned for a transition that a table does not list. It is a defect of the program, not of a
// request.
var ErrTransition = errors.New("illegal transition")

// Check returns nil when the table lists the transition, and ErrTransition with both states otherwise.
func (t Table[S]) Check(from, to S) error {
	if t.Allows(from, to) {
		return nil
	}
	return Illegal(from, to)
}

// Illegal returns ErrTransition with both states, for transitions that have conditions beyond the table.
func Illegal[S ~string](from, to S) error {
	return fmt.Errorf("%w: from %s to %s", ErrTransition, from, to)
}

// Final reports whether the table lists no transition from a state.
func (t Table[S]) Final(s S) bool { return len(t[s]) == 0 }

// States returns all states in alphabetical order.
func (t Table[S]) States() []S { return slices.Sorted(maps.Keys(t)) }

// Mermaid returns the table as a Mermaid state diagram with an initial state.
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
