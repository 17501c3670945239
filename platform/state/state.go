// Package state holds tables of transitions: which state of an aggregate may follow which.
package state

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Table lists for each state the states that may follow it. A state with an empty list is final; a state that is no key
// does not exist.
type Table[S ~string] map[S][]S

// Allows reports whether an aggregate may move from one state to another. Staying in a state is no move: whoever means it
// does not ask.
func (t Table[S]) Allows(from, to S) bool { return slices.Contains(t[from], to) }

// Final reports whether nothing follows a state.
func (t Table[S]) Final(s S) bool { return len(t[s]) == 0 }

// States returns all states in alphabetical order.
func (t Table[S]) States() []S { return slices.Sorted(maps.Keys(t)) }

// Before returns the states from which one can be reached in a single move, in alphabetical order.
func (t Table[S]) Before(to S) (out []S) {
	for _, from := range t.States() {
		if t.Allows(from, to) {
			out = append(out, from)
		}
	}
	return out
}

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
