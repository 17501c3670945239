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

// TestWhatIsTooMuchIsTurnedAwayAtTheDoor fills the one seat, and looks who still gets in.
func TestWhatIsTooMuchIsTurnedAwayAtTheDoor(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) { c.InFlight = 1 })
	seated, release := make(chan struct{}), make(chan struct{})
	web.Register(s.API, web.Op{Method: http.MethodGet, Path: "/sits", ID: "sits", Summary: "sits", Tag: "test"}, func(context.Context, *struct{}) (*textOutput, error) {
		close(seated)
		<-release
		return &textOutput{}, nil
	})
	done := make(chan int)
	go func() { done <- get(s, "/sits", nil).Code }()
	<-seated
	refused := get(s, "/long", nil)
	require.Equal(t, http.StatusServiceUnavailable, refused.Code)
	require.Contains(t, refused.Body.String(), `"code":"overloaded"`)
	require.Equal(t, "1", refused.Header().Get("Retry-After"))
	require.Equal(t, http.StatusOK, get(s, "/livez", nil).Code, "probes are always answered")
	close(release)
	require.Equal(t, http.StatusOK, <-done)
	require.Equal(t, http.StatusOK, get(s, "/long", nil).Code, "the seat is free again")
}

// TestASlowSenderTakesNoSeat has somebody promise a body and not send it.
func TestASlowSenderTakesNoSeat(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) {
		c.InFlight = 1
		c.ReadTimeout = time.Minute
	})
	web.Register(s.API, web.Op{Method: http.MethodPost, Path: "/takes", ID: "takes", Summary: "takes", Tag: "test"},
		func(_ context.Context, in *struct{ Body struct{ Text string } }) (*textOutput, error) {
			return &textOutput{}, nil
		})
	require.NoError(t, s.Listen(t.Context()))
	defer s.Shutdown(t.Context())
	conn, err := net.Dial("tcp", s.Address())
	require.NoError(t, err)
	defer conn.Close()
	const text = `{"Text":"x"}`
	_, err = fmt.Fprintf(conn, "POST /takes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", len(text))
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, line, "100 Continue", "the store waits for the body")
	require.Equal(t, http.StatusOK, get(s, "/long", nil).Code)
	_, err = reader.ReadString('\n')
	require.NoError(t, err)
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, "what was read ahead is all there")
}
