package web

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// freedAtOnce is the share of all connections that is closed when all are open: one for so many.
	freedAtOnce = 32
	// freeAgainAfter is how long a new connection waits for a place until more are closed. net/http takes half a second to
	// end one whose client still sends.
	freeAgainAfter = time.Second
)

// connections has the listener accept no more connections than a limit: the others wait in its backlog. While all are
// open, those that have been idle longest are closed, and then those whose bodies have been arriving longest are cut. A
// connection that is being answered is never closed.
//
// It wraps no connection, unlike netutil.LimitListener, which hides CloseWrite: net/http needs it to end a connection
// whose client still sends without resetting it.
type connections struct {
	open       chan struct{}
	cutSlowest func(n int)
	mu         sync.Mutex
	idle       list.List // of net.Conn, the longest idle first
	places     map[net.Conn]*list.Element
}

func newConnections(most int, cutSlowest func(n int)) *connections {
	return &connections{
		open: make(chan struct{}, most), cutSlowest: cutSlowest, places: map[net.Conn]*list.Element{},
	}
}

// state is the server's ConnState. For a new connection it runs in the goroutine that accepts.
func (c *connections) state(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.enter()
	case http.StateIdle:
		c.rest(conn)
	case http.StateActive:
		c.wake(conn)
	case http.StateClosed, http.StateHijacked:
		c.wake(conn)
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
		n := (cap(c.open) + freedAtOnce - 1) / freedAtOnce
		if n -= c.closeIdle(n); n > 0 {
			c.cutSlowest(n)
		}
		if sendWithin(c.open, freeAgainAfter) {
			return
		}
	}
}

func (c *connections) rest(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places[conn] = c.idle.PushBack(conn)
}

func (c *connections) wake(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, found := c.places[conn]; found {
		c.idle.Remove(place)
		delete(c.places, conn)
	}
}

// closeIdle closes up to n connections and returns how many.
func (c *connections) closeIdle(n int) (closed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for place := c.idle.Front(); place != nil && closed < n; place = c.idle.Front() {
		conn, _ := c.idle.Remove(place).(net.Conn)
		delete(c.places, conn)
		_ = conn.Close() // its goroutine, which waits for a request, reports that it is closed
		closed++
	}
	return closed
}

// sendWithin reports whether there was room.
func sendWithin(room chan<- struct{}, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case room <- struct{}{}:
		return true
	case <-timer.C:
		return false
	}
}
