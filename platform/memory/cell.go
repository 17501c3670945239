// Package memory holds the state of in-memory adapters, with transactions that can roll back.
package memory

import "sync"

// Cell holds a state. S's Clone must return a deep copy. A Cell is safe for concurrent use.
type Cell[S interface{ Clone() S }] struct {
	mu    sync.Mutex
	state S
}

// NewCell returns a cell with the state s.
func NewCell[S interface{ Clone() S }](s S) *Cell[S] { return &Cell[S]{state: s} }

// Update calls fn with a copy of the state. The copy becomes the state when fn returns nil; otherwise Update returns
// fn's error and the state is unchanged. Updates run one at a time, so fn must not call Update or View.
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

// View calls fn with a copy of the state, whose changes are discarded.
func (c *Cell[S]) View(fn func(S)) {
	c.mu.Lock()
	view := c.state.Clone()
	c.mu.Unlock()
	fn(view)
}
