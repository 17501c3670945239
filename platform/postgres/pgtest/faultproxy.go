//go:build unix

package pgtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FaultProxy is a fault-injecting proxy between a store and its database. It drops a connection before or after a given
// statement.
type FaultProxy struct {
	URL string // of the database, through the proxy

	mu     sync.Mutex
	word   []byte
	before bool
	drops  int
	cut    bool
	delay  time.Duration
	open   map[net.Conn]bool // of clients
}

// NewFaultProxy starts a proxy of a database. It runs until the test ends.
func NewFaultProxy(t testing.TB, databaseURL string) *FaultProxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	target := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	u.Host = listener.Addr().String()
	p := &FaultProxy{URL: u.String(), open: map[net.Conn]bool{}}
	go p.serve(listener, target)
	return p
}

// DropBefore drops the connection of the next statement that contains word. The server does not receive the statement.
func (p *FaultProxy) DropBefore(word string) { p.arm(word, true) }

// DropAfter drops the connection of the next statement that contains word, after the server has executed it. The client
// does not receive the result.
func (p *FaultProxy) DropAfter(word string) { p.arm(word, false) }

// Cut closes all connections and refuses further ones, as if the machine of the store had lost its power.
func (p *FaultProxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = true
	for client := range p.open {
		client.Close()
	}
}

// Delay makes further connections open slowly, as on a busy server.
func (p *FaultProxy) Delay(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = by
}

func (p *FaultProxy) delayed() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay
}

// admit reports whether a connection may be opened, and remembers it for Cut.
func (p *FaultProxy) admit(client net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.cut {
		p.open[client] = true
	}
	return !p.cut
}

func (p *FaultProxy) forget(client net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, client)
}

// Drops returns the number of dropped connections.
func (p *FaultProxy) Drops() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drops
}

func (p *FaultProxy) arm(word string, before bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.word, p.before = []byte(word), before
}

// hit reports whether to drop the connection at a statement, and disarms the proxy if so.
func (p *FaultProxy) hit(statement []byte) (hit, before bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.word == nil || !bytes.Contains(statement, p.word) {
		return false, false
	}
	p.word = nil
	p.drops++
	return true, p.before
}

func (p *FaultProxy) serve(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		if !p.admit(client) {
			client.Close()
			continue
		}
		go p.connect(client, target)
	}
}

// connect forwards a connection to the server, after the delay of Delay.
func (p *FaultProxy) connect(client net.Conn, target string) {
	time.Sleep(p.delayed())
	server, err := net.Dial("tcp", target)
	if err != nil {
		client.Close()
		return
	}
	results := &gate{to: client}
	go func() {
		io.Copy(results, server)
		client.Close()
	}()
	p.forward(client, server, results)
}

// prepared are the texts of a connection's prepared statements, by name.
type prepared map[string][]byte

// run returns the texts of the statements that the messages execute, and stores those of statements that they prepare.
func (p prepared) run(messages []byte) []byte {
	var texts []byte
	for len(messages) > 5 && messages[0] != 0 { // the startup message has no type
		size := min(1+int(binary.BigEndian.Uint32(messages[1:])), len(messages))
		kind, body := messages[0], messages[5:size]
		messages = messages[size:]
		fields := bytes.SplitN(body, []byte{0}, 3)
		switch {
		case kind == 'Q':
			texts = append(texts, body...)
		case kind == 'P' && len(fields) == 3: // Parse: a name and a text
			p[string(fields[0])] = bytes.Clone(fields[1])
		case kind == 'B' && len(fields) == 3: // Bind: a portal and the name of a statement
			texts = append(texts, p[string(fields[1])]...)
		}
	}
	return texts
}

// forward forwards the store's messages. pgx sends the messages of a statement in one write, so one read returns them
// all.
func (p *FaultProxy) forward(client, server net.Conn, results *gate) {
	defer server.Close()
	defer client.Close()
	defer p.forget(client)
	buffer, texts := make([]byte, 1<<20), prepared{}
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		hit, before := p.hit(texts.run(buffer[:n]))
		if hit && before {
			return
		}
		if hit {
			results.close()
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if hit {
			<-results.dropped // the server has executed it
			return
		}
	}
}

// gate forwards results until it is closed. Then it drops them, and signals the first one.
type gate struct {
	mu      sync.Mutex
	to      io.Writer
	dropped chan struct{}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dropped = make(chan struct{}, 1)
}

// Write forwards or drops a result.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.dropped == nil {
		return g.to.Write(p)
	}
	select {
	case g.dropped <- struct{}{}:
	default:
	}
	return len(p), nil
}
