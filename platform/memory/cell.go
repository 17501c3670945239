// Package memory holds the state of in-memory adapters, with real transactions: a change is made on a copy, and the
// copy becomes the state only when the change succeeds.
package memory

import "sync"

// Cell holds a state that knows how to clone itself deeply.
type Cell[S interface{ Clone() S }] struct {
	mu    sync.Mutex
	state S
}

// NewCell returns a cell that holds s.
func NewCell[S interface{ Clone() S }](s S) *Cell[S] { return &Cell[S]{state: s} }

// Update runs fn on a copy, one caller at a time, and keeps the copy when fn returns nil.
func (c *Cell[S]) Update(fn func(S) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := c.state.Clone()
	if err := fn(next); err != nil {
		return err
	}
	c.state = next
	return nil
}

// View runs fn on a copy whose changes are lost.
func (c *Cell[S]) View(fn func(S)) {
	c.mu.Lock()
	view := c.state.Clone()
	c.mu.Unlock()
	fn(view)
}
