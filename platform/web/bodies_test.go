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

// takesBodies starts a server with an operation that takes a body, and returns its address.
func takesBodies(t *testing.T, change func(*config.HTTP), works func(context.Context)) string {
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
	return s.Address()
}

// promise sends the head of a request with a body of a length, and a part of that body.
func promise(t *testing.T, address string, length int, part string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, part)
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

// TestBodies_SlowSenderHoldsNoSlot has somebody promise a body and not send it.
func TestBodies_SlowSenderHoldsNoSlot(t *testing.T) {
	t.Parallel()
	address := takesBodies(t, func(c *config.HTTP) { c.InFlight, c.ReadTimeout = 1, time.Minute }, nil)
	const text = `{"Text":"x"}`
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(text))
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
	require.Equal(t, http.StatusOK, statusOf(t, reader), "nothing of a slow body is lost")
}

// TestBodies_NoRoom_CutsTheOldest has 40 bodies of 64 KiB stall where there is room for 16.
func TestBodies_NoRoom_CutsTheOldest(t *testing.T) {
	t.Parallel()
	address := takesBodies(t, func(c *config.HTTP) { c.ReadTimeout = time.Minute }, nil)
	part := strings.Repeat(" ", 60<<10)
	var cut atomic.Int32
	for range 40 {
		_, reader := promise(t, address, 64<<10, part)
		go func() {
			if response, err := http.ReadResponse(reader, nil); err == nil && response.StatusCode == http.StatusRequestTimeout {
				cut.Add(1)
			}
		}()
	}
	require.Eventually(t, func() bool { return cut.Load() >= 24 }, 10*time.Second, time.Millisecond, "16 find room")
	for range 3 {
		began := time.Now()
		response, err := http.Post("http://"+address+"/takes", "application/json",
			strings.NewReader(`{"Text":"`+part+`"}`)) //nolint:noctx // a test's own server
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Less(t, time.Since(began), 3*time.Second)
	}
}

func TestBodies_TooLong_IsRefusedBeforeItArrives(t *testing.T) {
	t.Parallel()
	_, reader := promise(t, takesBodies(t, nil, nil), 1<<20, "")
	require.Equal(t, http.StatusRequestEntityTooLarge, statusOf(t, reader))
}

// TestBodies_AnswerBeforeTheBodyIsSent_EndsInOrder has a client read the answer although it still has something to send.
func TestBodies_AnswerBeforeTheBodyIsSent_EndsInOrder(t *testing.T) {
	t.Parallel()
	conn, reader := promise(t, takesBodies(t, nil, nil), 1<<20, strings.Repeat(" ", 300<<10))
	require.Equal(t, http.StatusRequestEntityTooLarge, statusOf(t, reader))
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err := io.Copy(io.Discard, reader)
	require.NoError(t, err, "the connection is not reset")
}

func TestConnections_AboveTheLimit_WaitToBeAccepted(t *testing.T) {
	t.Parallel()
	busy, release := make(chan struct{}, 2), make(chan struct{})
	address := takesBodies(t, func(c *config.HTTP) { c.Connections = 1 }, func(context.Context) {
		busy <- struct{}{}
		<-release
	})
	const text = `{"Text":"x"}`
	_, firstReader := promise(t, address, len(text), text)
	<-busy
	second, secondReader := promise(t, address, len(text), text)
	require.NoError(t, second.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	_, err := second.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it is not accepted while the first is answered")
	require.NoError(t, second.SetReadDeadline(time.Time{}))
	close(release)
	require.Equal(t, http.StatusOK, statusOf(t, firstReader))
	require.Equal(t, http.StatusOK, statusOf(t, secondReader), "the first is idle now")
}

// A client may keep many connections open that it does not use.
func TestConnections_WhenAllAreOpen_AnIdleOneIsClosedForTheNext(t *testing.T) {
	t.Parallel()
	address := takesBodies(t, func(c *config.HTTP) { c.Connections, c.IdleTimeout = 2, time.Hour }, nil)
	const text = `{"Text":"x"}`
	var conns []net.Conn
	var readers []*bufio.Reader
	for range 2 {
		conn, reader := promise(t, address, len(text), text)
		require.Equal(t, http.StatusOK, statusOf(t, reader))
		conns, readers = append(conns, conn), append(readers, reader)
	}
	_, newcomer := promise(t, address, len(text), text)
	require.Equal(t, http.StatusOK, statusOf(t, newcomer))
	answered := 0
	for i, conn := range conns {
		_, _ = io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n") // it may be closed
		if response, err := http.ReadResponse(readers[i], nil); err == nil {
			require.NoError(t, response.Body.Close())
			answered++
		}
	}
	require.Equal(t, 1, answered, "one is closed, and one is enough")
}

// TestWriteDeadline_BeginsWithTheWholeBody lets the body take longer than an answer may.
func TestWriteDeadline_BeginsWithTheWholeBody(t *testing.T) {
	t.Parallel()
	const writeTimeout = 2 * time.Second
	address := takesBodies(t, func(c *config.HTTP) { c.ReadTimeout, c.WriteTimeout = time.Minute, writeTimeout },
		func(ctx context.Context) {
			select {
			case <-ctx.Done():
			case <-time.After(writeTimeout / 8):
			}
		})
	const text = `{"Text":"x"}`
	conn, reader := promise(t, address, len(text), text[:5])
	<-time.After(writeTimeout) // the sender is slow
	_, err := io.WriteString(conn, text[5:])
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, statusOf(t, reader))
}

// A newcomer does not wait until slow senders have used up their read timeout.
func TestBodies_WhenAllConnectionsAreOpen_TheSlowestIsCutForTheNext(t *testing.T) {
	t.Parallel()
	address := takesBodies(t, func(c *config.HTTP) { c.Connections, c.ReadTimeout = 2, time.Minute }, nil)
	slow, answers := make([]net.Conn, 2), make(chan int, 2)
	for i := range slow {
		conn, reader := promise(t, address, 12, `{"Text":`)
		slow[i] = conn
		go func() {
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				answers <- 0
				return
			}
			answers <- response.StatusCode
		}()
	}
	began := time.Now()
	_, newcomer := promise(t, address, 12, `{"Text":"a"}`)
	require.Equal(t, http.StatusOK, statusOf(t, newcomer))
	require.Less(t, time.Since(began), 30*time.Second)
	require.Equal(t, http.StatusRequestTimeout, <-answers)
	for _, conn := range slow {
		_, _ = io.WriteString(conn, `"b"}`) // one of them has been cut
	}
	require.Equal(t, http.StatusOK, <-answers, "one is enough")
}
