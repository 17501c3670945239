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
	// closeInterval is the time until further connections are closed for a waiting one. net/http takes half a second to
	// close a connection whose client still sends.
	closeInterval = time.Second
)

// connections limits the open connections. Further ones wait in the listener's backlog. When the limit is reached, it
// closes the connections that have been idle longest, and then aborts the bodies that have been arriving longest. It
// does not close a connection whose request is being handled.
//
// It does not wrap connections, unlike netutil.LimitListener, which hides CloseWrite. net/http needs that to close the
// connection of a client that still sends without a reset.
type connections struct {
	open         chan struct{}
	abortSlowest func(n int)
	mu           sync.Mutex
	idle         list.List // of net.Conn, the longest idle first
	elements     map[net.Conn]*list.Element
}

func newConnections(limit int, abortSlowest func(n int)) *connections {
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
	for {
		select {
		case c.open <- struct{}{}:
			return
		default:
		}
		n := (cap(c.open) + closedShare - 1) / closedShare
		if n -= c.closeIdle(n); n > 0 {
			c.abortSlowest(n)
		}
		if sendWithin(c.open, closeInterval) {
			return
		}
	}
}

func (c *connections) addIdle(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.elements[conn] = c.idle.PushBack(conn)
}

func (c *connections) removeIdle(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, found := c.elements[conn]; found {
		c.idle.Remove(element)
		delete(c.elements, conn)
	}
}

// closeIdle closes up to n idle connections and returns the number of closed ones.
func (c *connections) closeIdle(n int) (closed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for element := c.idle.Front(); element != nil && closed < n; element = c.idle.Front() {
		conn, _ := c.idle.Remove(element).(net.Conn)
		delete(c.elements, conn)
		_ = conn.Close() // net/http then calls state with StateClosed
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
