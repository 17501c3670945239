package web_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
)

func TestShutdown_DrainDelay_IsNotReadyAndStillServes(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) { c.DrainDelay = time.Hour })
	require.NoError(t, s.Listen(t.Context()))
	require.NotEqual(t, "close", get(s, "/long", nil).Header().Get("Connection"))

	draining, end := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(draining) }()
	require.Eventually(t, func() bool { return get(s, "/readyz", nil).Code == http.StatusServiceUnavailable },
		time.Minute, time.Millisecond)
	problem(t, get(s, "/readyz", nil), http.StatusServiceUnavailable, "shutting-down")
	require.Equal(t, http.StatusOK, get(s, "/livez", nil).Code)

	response, err := http.Get("http://" + s.Address() + "/long") //nolint:noctx // the test's own server
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.True(t, response.Close, "the client may not reuse a connection that is about to end")

	end()
	require.NoError(t, <-stopped)
	_, err = http.Get("http://" + s.Address() + "/long") //nolint:noctx // it fails
	require.Error(t, err)
}
