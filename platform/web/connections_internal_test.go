package web

import (
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConnections_LimitReached_SparesRecentlyIdle(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		idle     time.Duration // since the last request of the idle connection
		slow     int           // bodies past bodyGrace
		waited   time.Duration
		aborted  int
		busy     bool // the idle connection has further requests, so that it is never idle for the grace
		survives bool
	}{
		"idle for longer than the grace": {idle: 2 * idleGrace, slow: 1},
		"a slow body":                    {idle: idleGrace / 2, slow: 1, aborted: 1, survives: true},
		"no slow body":                   {idle: idleGrace / 4, waited: closeInterval, busy: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				aborted := 0
				var c *connections
				slow := &net.TCPConn{}
				c = newConnections(2, func(int) int {
					if aborted == test.slow {
						return 0
					}
					aborted++
					go c.state(slow, http.StateClosed)
					return 1
				})
				idle := &closing{c: c}
				c.state(slow, http.StateNew)
				c.state(idle, http.StateNew)
				c.state(idle, http.StateIdle)
				time.Sleep(test.idle)
				if test.busy {
					time.AfterFunc(idleGrace/2, func() {
						c.state(idle, http.StateActive)
						c.state(idle, http.StateIdle)
					})
				}
				began := time.Now()
				c.state(nil, http.StateNew)
				require.Equal(t, test.waited, time.Since(began))
				require.Equal(t, test.aborted, aborted)
				require.Equal(t, test.survives, !idle.closed)
			})
		})
	}
}

// closing tells connections that it is closed, as net/http does.
type closing struct {
	net.Conn
	c      *connections
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	go c.c.state(c, http.StateClosed)
	return nil
}
