//go:build bench

package bench_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"net/url"
	"strconv"

	"github.com/stretchr/testify/require"
)

// wires sends a request over one connection per client. It uses less CPU than net/http's client, which needs more than
// a server with a constant response and would dominate the measurement.
type wires struct {
	address  string
	path     string
	requests [clients][]byte
	lines    [clients]*bufio.Reader
	conns    [clients]net.Conn
}

// newWires returns wires that get a URL.
func (b *bench) newWires(address string) *wires {
	u, err := url.Parse(address)
	require.NoError(b.t, err)
	w := &wires{address: u.Host, path: u.RequestURI()}
	for client := range w.requests {
		w.requests[client] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", w.path, u.Host)
	}
	return w
}

// dial connects a client on first use: servers close connections without a first request.
func (w *wires) dial(client int) {
	conn, err := net.Dial("tcp", w.address)
	must(err == nil, "a connection", 0, nil)
	w.conns[client], w.lines[client] = conn, bufio.NewReader(conn)
}

var lengthHeader = []byte("Content-Length: ")

// chunks reads a chunked body.
func (w *wires) chunks(client int) bool {
	n, err := io.Copy(io.Discard, httputil.NewChunkedReader(w.lines[client]))
	must(err == nil && n > 0, "a read", 0, nil)
	_, err = w.lines[client].ReadSlice('\n') // the end of the trailer
	return must(err == nil, "a read", 0, nil)
}

// send sends the client's request and reads the status line.
func (w *wires) send(client int) ([]byte, error) {
	if _, err := w.conns[client].Write(w.requests[client]); err != nil {
		return nil, err
	}
	return w.lines[client].ReadSlice('\n')
}

// read sends the client's request and reads the response, which must be a 200 or a 201. If the server has closed the
// connection while it was idle, it sends the request again, as HTTP clients do.
func (w *wires) read(client int) bool {
	if w.conns[client] == nil {
		w.dial(client)
	}
	status, err := w.send(client)
	if err != nil && len(status) == 0 {
		must(w.conns[client].Close() == nil, "a connection", 0, nil)
		w.dial(client)
		status, err = w.send(client)
	}
	must(err == nil && bytes.HasPrefix(status, []byte("HTTP/1.1 20")), "a read", 0, status)
	length := -1
	for {
		line, err := w.lines[client].ReadSlice('\n')
		must(err == nil, "a read", 0, line)
		if len(line) <= 2 {
			break
		}
		if rest, ok := bytes.CutPrefix(line, lengthHeader); ok {
			length, err = strconv.Atoi(string(bytes.TrimSpace(rest)))
			must(err == nil, "a read", 0, line)
		}
	}
	if length < 0 {
		return w.chunks(client)
	}
	n, err := w.lines[client].Discard(length)
	return must(err == nil && n == length, "a read", 0, nil)
}
