package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

type textInput struct{ Body struct{ Text string } }

// startServer starts a server with POST /takes, whose handler calls works, and returns its address.
func startServer(t *testing.T, change func(*config.HTTP), works func(context.Context)) string {
	t.Helper()
	return listening(t, change, works).Address()
}

func listening(t *testing.T, change func(*config.HTTP), works func(context.Context)) *web.Server {
	t.Helper()
	s := newServer(t, io.Discard, change)
	web.Register(s.API, web.Op{Method: http.MethodPost, Path: "/takes", ID: "takes", Summary: "takes", Tag: "test"},
		func(ctx context.Context, in *textInput) (*textOutput, error) {
			if works != nil {
				works(ctx)
			}
			out := &textOutput{}
			out.Body.Text = in.Body.Text
			return out, nil
		})
	require.NoError(t, s.Listen(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	return s
}

// begin sends the headers of a request whose body has a length, and the first part of that body.
func begin(t *testing.T, address string, length int, part string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", length, part)
	require.NoError(t, err)
	return conn, bufio.NewReader(conn)
}

func statusOf(t *testing.T, reader *bufio.Reader) int {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

func TestBodies_SlowSender_HoldsNoSlot(t *testing.T) {
	t.Parallel()
	address := startServer(t, func(c *config.HTTP) { c.InFlight, c.ReadTimeout = 1, time.Minute }, nil)
	const text = `{"Text":"x"}`
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(text))
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "100 Continue", "the store waits for the body")
	_, err = reader.ReadString('\n')
	require.NoError(t, err)
	other, err := http.Post("http://"+address+"/takes", "application/json",
		strings.NewReader(text)) //nolint:noctx // a test's own server
	require.NoError(t, err)
	require.NoError(t, other.Body.Close())
	require.Equal(t, http.StatusOK, other.StatusCode)
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, statusOf(t, reader), "the slow body is received completely")
}

// 40 bodies of 64 KiB stall, and the memory limit allows 16.
func TestBodies_MemoryLimit_AbortsOldest(t *testing.T) {
	t.Parallel()
	address := startServer(t, func(c *config.HTTP) { c.ReadTimeout = time.Hour }, nil)
	part := strings.Repeat(" ", 60<<10)
	var aborted atomic.Int32
	for range 40 {
		_, reader := begin(t, address, 64<<10, part)
		go func() {
			response, err := http.ReadResponse(reader, nil)
			if err == nil && response.StatusCode == http.StatusRequestTimeout {
				aborted.Add(1)
			}
		}()
	}
	require.Eventually(t, func() bool { return aborted.Load() >= 24 }, time.Minute, time.Millisecond,
		"16 are within the limit")
	for range 3 {
		began := time.Now()
		response, err := http.Post("http://"+address+"/takes", "application/json",
			strings.NewReader(`{"Text":"`+part+`"}`)) //nolint:noctx // a test's own server
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Less(t, time.Since(began), time.Minute, "it does not wait for the read timeout of the stalled bodies")
	}
}

func TestBodies_ContentLengthTooLarge_Returns413AtOnce(t *testing.T) {
	t.Parallel()
	_, reader := begin(t, startServer(t, nil, nil), 1<<20, "")
	require.Equal(t, http.StatusRequestEntityTooLarge, statusOf(t, reader))
}

func TestBodies_ResponseBeforeBodyIsSent_ClosesWithoutReset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		target string
		length int
		status int
	}{
		"too large, and net/http reads the rest":    {"/takes", 80 << 10, http.StatusRequestEntityTooLarge},
		"too large for net/http to read the rest":   {"/takes", 1 << 20, http.StatusRequestEntityTooLarge},
		"net/http responds, not the store":          {"/%zz", 80 << 10, http.StatusBadRequest},
		"too late: the read timeout is over before": {"/takes", 60 << 10, http.StatusRequestTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listening(t, func(c *config.HTTP) { c.ReadTimeout = time.Nanosecond }, nil)
			conn, err := net.Dial("tcp", s.Address())
			require.NoError(t, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\n\r\n%s", test.target, test.length, strings.Repeat(" ", test.length/2))
			require.NoError(t, err)
			reader := bufio.NewReader(conn)
			_, err = reader.Peek(1)
			require.NoError(t, err)
			require.NoError(t, s.Shutdown(t.Context())) // returns when the connection is closed
			require.Equal(t, test.status, statusOf(t, reader))
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
			_, err = io.Copy(io.Discard, reader)
			require.NoError(t, err, "the connection is not reset, although the client reads late")
		})
	}
}

func TestConnections_AboveTheLimit_WaitToBeAccepted(t *testing.T) {
	t.Parallel()
	busy, release := make(chan struct{}, 2), make(chan struct{})
	address := startServer(t, func(c *config.HTTP) { c.Connections = 1 }, func(context.Context) {
		busy <- struct{}{}
		<-release
	})
	const text = `{"Text":"x"}`
	_, firstReader := begin(t, address, len(text), text)
	<-busy
	second, secondReader := begin(t, address, len(text), text)
	require.NoError(t, second.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err := second.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it is not accepted while the first request is handled")
	require.NoError(t, second.SetReadDeadline(time.Time{}))
	close(release)
	require.Equal(t, http.StatusOK, statusOf(t, firstReader))
	require.Equal(t, http.StatusOK, statusOf(t, secondReader), "the first is idle now")
}

func TestConnections_LimitReached_ClosesIdle(t *testing.T) {
	t.Parallel()
	address := startServer(t, func(c *config.HTTP) { c.Connections, c.IdleTimeout = 2, time.Hour }, nil)
	const text = `{"Text":"x"}`
	var conns []net.Conn
	var readers []*bufio.Reader
	for range 2 {
		conn, reader := begin(t, address, len(text), text)
		require.Equal(t, http.StatusOK, statusOf(t, reader))
		conns, readers = append(conns, conn), append(readers, reader)
	}
	_, newcomer := begin(t, address, len(text), text)
	require.Equal(t, http.StatusOK, statusOf(t, newcomer))
	answered := 0
	for i, conn := range conns {
		_, _ = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") // it may be closed
		if response, err := http.ReadResponse(readers[i], nil); err == nil {
			require.NoError(t, response.Body.Close())
			answered++
		}
	}
	require.Equal(t, 1, answered, "exactly one is closed")
}

// The body takes longer than the write timeout.
func TestWriteDeadline_StartsWhenBodyIsComplete(t *testing.T) {
	t.Parallel()
	const writeTimeout = 2 * time.Second
	address := startServer(t, func(c *config.HTTP) { c.ReadTimeout, c.WriteTimeout = time.Minute, writeTimeout },
		func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-time.After(writeTimeout / 8):
			}
		})
	const text = `{"Text":"x"}`
	conn, reader := begin(t, address, len(text), text[:5])
	<-time.After(writeTimeout)
	_, err := io.WriteString(conn, text[5:])
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, statusOf(t, reader))
}

func TestConnections_LimitReached_AbortsSlowestBody(t *testing.T) {
	t.Parallel()
	address := startServer(t, func(c *config.HTTP) { c.Connections, c.ReadTimeout = 2, time.Minute }, nil)
	slow, statuses := make([]net.Conn, 2), make(chan int, 2)
	for i := range slow {
		conn, reader := begin(t, address, 12, `{"Text":`)
		slow[i] = conn
		go func() {
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				statuses <- 0
				return
			}
			statuses <- response.StatusCode
		}()
	}
	began := time.Now()
	_, newcomer := begin(t, address, 12, `{"Text":"a"}`)
	require.Equal(t, http.StatusOK, statusOf(t, newcomer))
	require.Less(t, time.Since(began), 30*time.Second)
	require.Equal(t, http.StatusRequestTimeout, <-statuses)
	for _, conn := range slow {
		_, _ = io.WriteString(conn, `"b"}`) // one of them has been aborted
	}
	require.Equal(t, http.StatusOK, <-statuses, "exactly one is aborted")
}
