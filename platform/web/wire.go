package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/log"
)

// problemListener replaces net/http's responses to requests that it cannot parse by problem documents. net/http writes
// these plain-text responses directly to the connection, without calling a handler.
type problemListener struct{ net.Listener }

// Accept implements net.Listener.
func (l problemListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if tcp, ok := conn.(*net.TCPConn); ok {
		return &problemConn{TCPConn: tcp}, err
	}
	return conn, err
}

// problemConn embeds *net.TCPConn for the methods that net/http uses, such as CloseWrite.
type problemConn struct {
	*net.TCPConn

	unread atomic.Bool // the rest of the request will not be read
}

// lingerTimeout is the time for which Close reads on. The client sees the end of the response meanwhile.
const lingerTimeout = 500 * time.Millisecond

// Close closes the connection. If its request was not read completely, it ends the response first and then reads what
// the client still sends, until the client stops or lingerTimeout has passed. To close with unread data would reset the
// connection, and the client could lose the response (RFC 9112, section 9.6).
func (c *problemConn) Close() error {
	if c.unread.Load() {
		_ = c.CloseWrite() // each fails when the client has closed the connection
		_ = c.SetReadDeadline(time.Now().Add(lingerTimeout))
		_, _ = io.Copy(io.Discard, c.TCPConn)
	}
	return c.TCPConn.Close()
}

type connKey struct{}

// withConn is the server's ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// notRead tells a request's connection that the rest of the request will not be read.
func notRead(r *http.Request) {
	if conn, found := r.Context().Value(connKey{}).(*problemConn); found {
		conn.unread.Store(true)
	}
}

// In net/http's server.go, each such response is one write with exactly these headers.
var (
	statusLine   = []byte("HTTP/1.1 ")
	errorHeaders = []byte("Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
)

var unparsed = map[int]*fault.Error{
	http.StatusBadRequest: fault.New(fault.Malformed, "malformed-request",
		"the request is not valid HTTP: check its path, such as a % without two hexadecimal digits, and its headers"),
	http.StatusRequestHeaderFieldsTooLarge: fault.New(fault.Malformed, "headers-too-large",
		"the headers are larger than 64 KiB"),
	http.StatusNotImplemented: fault.New(fault.Malformed, "unsupported-transfer-encoding",
		"send the body with Content-Length or chunked"),
	http.StatusHTTPVersionNotSupported: fault.New(fault.Malformed, "unsupported-http-version", "send HTTP/1.1"),
}

// Write writes a problem document in place of net/http's plain text.
func (c *problemConn) Write(piece []byte) (int, error) {
	if !bytes.HasPrefix(piece, statusLine) {
		return c.TCPConn.Write(piece)
	}
	line, rest, _ := bytes.Cut(piece, []byte("\r\n"))
	if !bytes.HasPrefix(rest, errorHeaders) || len(line) < len(statusLine)+3 {
		return c.TCPConn.Write(piece)
	}
	status, err := strconv.Atoi(string(line[len(statusLine) : len(statusLine)+3]))
	f := unparsed[status]
	if err != nil || f == nil {
		return c.TCPConn.Write(piece)
	}
	c.unread.Store(true)
	if _, err := c.TCPConn.Write(wireProblem(f, status)); err != nil {
		return 0, err
	}
	return len(piece), nil
}

func wireProblem(f *fault.Error, status int) []byte {
	requestID := id.V7{}.NewID().String()
	body, err := json.Marshal(problem(log.WithRequestID(context.Background(), requestID), f, status))
	if err != nil {
		return nil
	}
	body = append(body, '\n')
	var out bytes.Buffer
	fmt.Fprintf(&out, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n%s: %s\r\n"+
		"Connection: close\r\n", status, http.StatusText(status), time.Now().UTC().Format(http.TimeFormat), problemType,
		len(body), headerRequestID, requestID)
	for name, values := range commonHeaders {
		fmt.Fprintf(&out, "%s: %s\r\n", name, values[0])
	}
	out.WriteString("\r\n")
	out.Write(body)
	return out.Bytes()
}
