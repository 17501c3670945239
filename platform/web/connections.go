package web

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// closedShare is the divisor of the limit that gives the number of connections to close when the limit is reached.
	closedShare = 32
	// closeInterval is the time until further connections are closed for a waiting one. To close a connection whose
	// client still sends takes up to a second: half of it for lingerTimeout, half for net/http.
	closeInterval = time.Second
	// idleGrace is the time for which an idle connection is spared, as its client is likely to send another request.
	idleGrace = time.Second
)

// connections limits the open connections. Further ones wait in the listener's backlog. When the limit is reached, it
// closes the connections that have been idle longest, then aborts the bodies that have been arriving longest, and after
// closeInterval it closes idle connections within their idleGrace. It does not close a connection whose request is
// being handled.
//
// It does not wrap connections, unlike netutil.LimitListener, which hides CloseWrite. net/http needs that to close the
// connection of a client that still sends without a reset.
type connections struct {
	open         chan struct{}
	abortSlowest func(n int) (aborted int)
	mu           sync.Mutex
	idle         list.List // of idleConn, the longest idle first
	elements     map[net.Conn]*list.Element
}

type idleConn struct {
	conn  net.Conn
	since time.Time
}

func newConnections(limit int, abortSlowest func(n int) (aborted int)) *connections {
	return &connections{
		open: make(chan struct{}, limit), abortSlowest: abortSlowest, elements: map[net.Conn]*list.Element{},
	}
}

// state is the server's ConnState. For a new connection it blocks the goroutine that accepts.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.enter()
	case http.StateIdle:
		c.addIdle(conn)
	case http.StateActive:
		c.removeIdle(conn)
	case http.StateClosed, http.StateHijacked:
		c.removeIdle(conn)
		<-c.open
	}
}

func (c *connections) enter() {
	select {
	case c.open <- struct{}{}:
		return
	default:
	}
	n := (cap(c.open) + closedShare - 1) / closedShare
	for waited := false; ; waited = true {
		closed := c.closeIdle(n, idleGrace)
		if closed < n {
			closed += c.abortSlowest(n - closed)
		}
		if closed == 0 && waited {
			c.closeIdle(n, 0)
		}
		if sendWithin(c.open, closeInterval) {
			return
		}
	}
}

func (c *connections) addIdle(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elements[conn] = c.idle.PushBack(idleConn{conn, time.Now()})
}

func (c *connections) removeIdle(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, found := c.elements[conn]; found {
		c.idle.Remove(element)
		delete(c.elements, conn)
	}
}

// closeIdle closes up to n connections that have been idle for the grace, and returns the number of closed ones.
func (c *connections) closeIdle(n int, grace time.Duration) (closed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for element := c.idle.Front(); element != nil && closed < n; element = c.idle.Front() {
		longest := element.Value.(idleConn) //nolint:forcetypeassert // the list has no other type
		if time.Since(longest.since) < grace {
			break
		}
		c.idle.Remove(element)
		delete(c.elements, longest.conn)
		_ = longest.conn.Close() // net/http then calls state with StateClosed
		closed++
	}
	return closed
}

// sendWithin reports whether it could send before the timeout.
func sendWithin(slots chan<- struct{}, timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}
