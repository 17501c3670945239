package web_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/platform/config"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
)

// proxied starts a reverse proxy that pools its connections to a server, like nginx with keepalive.
func proxied(t *testing.T, address string) string {
	t.Helper()
	target, err := url.Parse("http://" + address)
	require.NoError(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxConnsPerHost: 32, MaxIdleConnsPerHost: 32}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// golang/go#70834, danielgtaylor/huma#1028: a slow request made all later ones on its pooled connection fail. Only the
// read timeout is short: no time-out but the tested one may expire on a busy machine.
func TestReverseProxy_200SlowRequests_DoNotBreakConnections(t *testing.T) {
	t.Parallel()
	const readTimeout = 300 * time.Millisecond
	s := newServer(t, io.Discard, func(c *config.HTTP) {
		c.ReadHeaderTimeout, c.ReadTimeout = time.Minute, readTimeout
		c.WriteTimeout, c.IdleTimeout = time.Minute, time.Minute
	})
	web.Register(s.API, web.Op{Method: http.MethodPost, Path: "/slow", ID: "slow", Summary: "slow", Tag: "test"},
		func(ctx context.Context, _ *textInput) (*textOutput, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(2 * readTimeout): // such as a call of a payment provider
				return &textOutput{}, nil
			}
		})
	require.Negative(t, s.OpenAPI().Paths["/slow"].Post.BodyReadTimeout, "Huma sets no deadline of its own")
	require.NoError(t, s.Listen(t.Context()))
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	base := proxied(t, s.Address())
	statuses := make(chan int, 200)
	var group sync.WaitGroup
	for n := range 200 {
		group.Go(func() { statuses <- slowCall(t, base, n, readTimeout) })
	}
	group.Wait()
	close(statuses)
	worked := 0
	for status := range statuses {
		if status == http.StatusOK {
			worked++
		}
	}
	require.Equal(t, 100, worked, "every slow request whose client waits succeeds")
	for range 200 {
		response, err := http.Get(base + "/long") //nolint:noctx // a test's own server
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
}

// slowCall waits for a slow response, cancels the request before, or stops in the middle of its body.
func slowCall(t *testing.T, base string, n int, readTimeout time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var body io.Reader = strings.NewReader(`{"Text":"x"}`)
	switch n % 4 {
	case 2:
		time.AfterFunc(readTimeout, cancel)
	case 3:
		reader, writer := io.Pipe()
		body = reader
		time.AfterFunc(2*readTimeout, func() { writer.CloseWithError(io.ErrUnexpectedEOF) })
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/slow", body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}
