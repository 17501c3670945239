package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

const readTimeout = 300 * time.Millisecond // of the body; the headers have a minute, for busy machines

// dialSlow connects to a server whose /works takes three times as long as the read timeout.
func dialSlow(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	s := newServer(t, io.Discard, func(c *config.HTTP) {
		c.ReadHeaderTimeout, c.ReadTimeout = time.Minute, readTimeout
	})
	type input struct {
		Body *struct{ Text string }
	}
	works := func(ctx context.Context, _ *input) (*textOutput, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(3 * readTimeout): // such as a call of a payment provider
			return &textOutput{}, nil
		}
	}
	op := web.Op{Method: http.MethodPost, Path: "/works", ID: "works", Summary: "works", Tag: "test"}
	web.Register(s.API, op, works)
	op.Method, op.ID = http.MethodGet, "works-too"
	web.Register(s.API, op,
		func(ctx context.Context, _ *struct{}) (*textOutput, error) { return works(ctx, nil) })
	require.NoError(t, s.Listen(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	conn, err := net.Dial("tcp", s.Address())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn, bufio.NewReader(conn)
}

// golang/go#70834, danielgtaylor/huma#1028: the read deadline expired while the handler ran.
func TestReadDeadline_BodyComplete_DoesNotLimitHandler(t *testing.T) {
	t.Parallel()
	conn, reader := dialSlow(t)
	const post = "POST /works HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n" +
		`{"Text":"x"}`
	for _, request := range []string{post, "GET /works HTTP/1.1\r\nHost: x\r\n\r\n", post} {
		_, err := io.WriteString(conn, request)
		require.NoError(t, err)
		response, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
}

func TestReadDeadline_SlowBody_ReturnsErrorAndCloses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		length, sent int
		status       int
	}{
		"short": {length: 12, sent: 6, status: http.StatusRequestTimeout},
		"long":  {length: 200_000, sent: 100_000, status: http.StatusRequestEntityTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, reader := dialSlow(t)
			_, err := fmt.Fprintf(conn, "POST /works HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"+
				"Content-Length: %d\r\n\r\n%s", test.length,
				make([]byte, test.sent)) // in one write: the server may respond as soon as it has the headers
			require.NoError(t, err)
			response, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, test.status, response.StatusCode)
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
			_, err = io.Copy(io.Discard, reader)
			require.NoError(t, err, "the connection is closed, although the rest was not sent")
		})
	}
}
