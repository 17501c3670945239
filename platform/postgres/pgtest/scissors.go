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

	"github.com/stretchr/testify/require"
)

// Scissors stand between a store and its database, and cut the connection at a moment of the test's choice.
type Scissors struct {
	URL string // of the database, through the scissors

	mu     sync.Mutex
	word   []byte
	before bool
	cuts   int
}

// NewScissors returns scissors before the database at a URL.
func NewScissors(t testing.TB, databaseURL string) *Scissors {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	target := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	u.Host = listener.Addr().String()
	s := &Scissors{URL: u.String()}
	go s.serve(listener, target)
	return s
}

// CutBefore cuts once when the store sends a statement with word in it: the server never sees it.
func (s *Scissors) CutBefore(word string) { s.arm(word, true) }

// CutAfter cuts once after the server has carried out a statement with word in it: the answer is lost.
func (s *Scissors) CutAfter(word string) { s.arm(word, false) }

// Cuts returns how often was cut.
func (s *Scissors) Cuts() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cuts
}

func (s *Scissors) arm(word string, before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.word, s.before = []byte(word), before
}

// hit reports whether a statement is the one to cut at; it disarms.
func (s *Scissors) hit(statement []byte) (hit, before bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.word == nil || !bytes.Contains(statement, s.word) {
		return false, false
	}
	s.word = nil
	s.cuts++
	return true, s.before
}

func (s *Scissors) serve(listener net.Listener, target string) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", target)
		if err != nil {
			client.Close()
			continue
		}
		done := make(chan struct{})
		answers := &gate{to: client}
		go func() {
			io.Copy(answers, server)
			client.Close()
			close(done)
		}()
		go s.forward(client, server, answers)
	}
}

// prepared are the texts of a connection's prepared statements, by their names.
type prepared map[string][]byte

// run returns the texts of the statements that messages tell the server to carry out. It takes note of those that are
// only prepared.
func (p prepared) run(messages []byte) []byte {
	var texts []byte
	for len(messages) > 5 && messages[0] != 0 { // the message that starts a connection has no type
		size := min(1+int(binary.BigEndian.Uint32(messages[1:])), len(messages))
		kind, body := messages[0], messages[5:size]
		messages = messages[size:]
		fields := bytes.SplitN(body, []byte{0}, 3)
		switch {
		case kind == 'Q':
			texts = append(texts, body...)
		case kind == 'P' && len(fields) == 3: // Parse: its name and its text
			p[string(fields[0])] = bytes.Clone(fields[1])
		case kind == 'B' && len(fields) == 3: // Bind: a portal and a statement's name
			texts = append(texts, p[string(fields[1])]...)
		}
	}
	return texts
}

// forward passes the store's messages on. The store sends what belongs together in one write, so a read holds it whole.
func (s *Scissors) forward(client, server net.Conn, answers *gate) {
	defer server.Close()
	defer client.Close()
	buffer, texts := make([]byte, 1<<20), prepared{}
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		hit, before := s.hit(texts.run(buffer[:n]))
		if hit && before {
			return
		}
		if hit {
			answers.shut()
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if hit {
			<-answers.answered // the server has done it
			return
		}
	}
}

// gate passes answers on until it is shut; then it swallows the next one and says so.
type gate struct {
	mu       sync.Mutex
	to       io.Writer
	answered chan struct{}
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answered = make(chan struct{}, 1)
}

// Write passes an answer on, or swallows it.
func (g *gate) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.answered == nil {
		return g.to.Write(p)
	}
	select {
	case g.answered <- struct{}{}:
	default:
	}
	return len(p), nil
}
