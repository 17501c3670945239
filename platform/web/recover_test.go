package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

func TestPanic_Returns500AndLogsStack(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	problem(t, get(newServer(t, &log, nil), "/panics", nil), http.StatusInternalServerError, "internal-error")
	require.Contains(t, log.String(), `"cause":"panic: `)
	require.Contains(t, log.String(), `"stack":"goroutine `)
	require.Contains(t, log.String(), "server_test.go", "the stack has the line of the panic")
}

func TestPanic_AfterPartOfResponse_ClosesConnection(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := newServer(t, &log, nil)
	web.Register(s.API, web.Op{Method: http.MethodGet, Path: "/half", ID: "half", Summary: "half", Tag: "test"},
		func(context.Context, *struct{}) (*web.Table, error) {
			return web.NewTable("half.csv", []string{"a"}, func(_ context.Context, write func(...string) error) error {
				if err := write(strings.Repeat("x", 100_000)); err != nil {
					return err
				}
				panic(errSecret)
			}), nil
		})
	server := httptest.NewServer(s.Handler())
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	response, err := client.Get(server.URL + "/half") //nolint:noctx // a test's own server
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, response.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	response.Body.Close()
	server.Close() // waits until the log is written
	require.Contains(t, log.String(), `"stack":"goroutine `)
}
