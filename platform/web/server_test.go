package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/platform/config"
	"coinslot/platform/fault"
	"coinslot/platform/id"
	"coinslot/platform/telemetry"
	"coinslot/platform/web"
)

var (
	errSecret = errors.New("password=hunter2 at 10.0.0.1")
	errTeapot = fault.New(fault.Conflict, "teapot", "this is a teapot").After(1500*time.Millisecond).
			With("spout", "short")
)

type fakeAuth struct{}

// Authenticate accepts one token.
func (fakeAuth) Authenticate(_ context.Context, token string) (web.Caller, error) {
	if token != "good" {
		return web.Caller{}, web.ErrNoToken
	}
	return web.Caller{AccountID: id.V7{}.NewID(), Roles: []string{"customer"}}, nil
}

type textOutput struct {
	Body struct {
		Text string `json:"text"`
	}
}

func newParts(log io.Writer, change func(*config.HTTP)) web.Parts {
	cfg := config.HTTP{
		Address: "127.0.0.1:0", HandlerTimeout: time.Minute, ReadHeaderTimeout: time.Second, ReadTimeout: time.Second,
		WriteTimeout: 5 * time.Second, IdleTimeout: time.Second, DrainTimeout: 5 * time.Second, InFlight: 100,
		Connections: 1000, BodyMemory: 1 << 20,
	}
	if change != nil {
		change(&cfg)
	}
	return web.Parts{
		Config: cfg, Auth: fakeAuth{},
		Ready: []web.Check{{Name: "teapot", Run: func(context.Context) error { return errTeapot }}},
		Log:   slog.New(slog.NewJSONHandler(log, nil)), Telemetry: telemetry.Discard(), Version: "test",
	}
}

func newServer(t *testing.T, log io.Writer, change func(*config.HTTP)) *web.Server {
	t.Helper()
	s, err := web.NewServer(newParts(log, change))
	require.NoError(t, err)
	add := func(path string, access web.Access, fn func(ctx context.Context) (*textOutput, error)) {
		web.Register(s.API, web.Op{
			Access: access, Method: http.MethodGet, Path: path, ID: path[1:],
			Summary: path, Tag: "test",
		},
			func(ctx context.Context, _ *struct{}) (*textOutput, error) { return fn(ctx) })
	}
	add("/panics", web.Public, func(context.Context) (*textOutput, error) { panic(errSecret) })
	add("/fails", web.Public, func(context.Context) (*textOutput, error) { return nil, errSecret })
	add("/refuses", web.Public, func(context.Context) (*textOutput, error) { return nil, errTeapot })
	add("/waits", web.Public, func(ctx context.Context) (*textOutput, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	add("/staff", web.Staff, func(context.Context) (*textOutput, error) { return &textOutput{}, nil })
	add("/long", web.Public, func(context.Context) (*textOutput, error) {
		out := &textOutput{}
		out.Body.Text = strings.Repeat("x", 5000)
		return out, nil
	})
	return s
}

func get(s *web.Server, path string, header http.Header) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for name, values := range header {
		request.Header[name] = values
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder
}

func problem(t *testing.T, recorder *httptest.ResponseRecorder, status int, code string) map[string]any {
	t.Helper()
	require.Equal(t, status, recorder.Code, recorder.Body.String())
	require.Equal(t, "application/problem+json", recorder.Header().Get("Content-Type"))
	var body map[string]any
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &body))
	require.Equal(t, code, body["code"])
	require.NotEmpty(t, body["request_id"])
	return body
}

func TestError_NotAFault_HiddenFromCallerAndLogged(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/panics", "/fails"} {
		var log strings.Builder
		recorder := get(newServer(t, &log, nil), path, nil)
		problem(t, recorder, http.StatusInternalServerError, "internal-error")
		require.NotContains(t, recorder.Body.String(), "hunter2")
		require.Contains(t, log.String(), "hunter2", path)
		require.Equal(t, 1, strings.Count(log.String(), "\n"), "one line per request")
	}
}

func TestFault_DetailsAndRetryAfter_AreInTheResponse(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	for _, path := range []string{"/refuses", "/readyz"} {
		recorder := get(s, path, nil)
		body := problem(t, recorder, http.StatusConflict, "teapot")
		require.Equal(t, "short", body["spout"])
		require.Equal(t, true, body["retryable"])
		require.Equal(t, "2", recorder.Header().Get("Retry-After"))
	}
}

func TestHandlerTimeout_Returns503(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) { c.HandlerTimeout = 20 * time.Millisecond })
	problem(t, get(s, "/waits", nil), http.StatusServiceUnavailable, "timeout")
}

func TestAccess_NoTokenOrRole_Returns401Or403(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	for _, authorization := range []string{"", "good", "Basic good", "Bearer", "Bearer bad"} {
		recorder := get(s, "/staff", http.Header{"Authorization": {authorization}})
		problem(t, recorder, http.StatusUnauthorized, "unauthenticated")
		require.NotEmpty(t, recorder.Header().Get("Www-Authenticate"))
	}
	problem(t, get(s, "/staff", http.Header{"Authorization": {"bearer good"}}), http.StatusForbidden, "forbidden")
}

func TestResponses_HaveSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) { c.CORSOrigins = []string{"https://launcher.example"} })
	preflight := httptest.NewRequest(http.MethodOptions, "/long", nil)
	preflight.Header = http.Header{
		"Origin":                        {"https://launcher.example"},
		"Access-Control-Request-Method": {http.MethodGet},
	}
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, preflight)
	require.Equal(t, http.StatusNoContent, recorder.Code)
	require.Equal(t, "nosniff", recorder.Header().Get("X-Content-Type-Options"))
	page := get(s, "/docs/", nil)
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "no-referrer", page.Header().Get("Referrer-Policy"))
	for _, path := range []string{"/long", "/nothing", "/fails"} {
		header := get(s, path, http.Header{"Origin": {"https://launcher.example"}}).Header()
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"))
		require.Equal(t, "default-src 'none'; frame-ancestors 'none'", header.Get("Content-Security-Policy"))
		require.Equal(t, "https://launcher.example", header.Get("Access-Control-Allow-Origin"))
		evil := get(s, path, http.Header{"Origin": {"https://evil.example"}}).Header()
		require.Empty(t, evil.Get("Access-Control-Allow-Origin"))
	}
	require.Equal(t, "gzip", get(s, "/long", http.Header{"Accept-Encoding": {"gzip"}}).Header().Get("Content-Encoding"))
}

func TestLogLine_TookMSIsInMilliseconds(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := newServer(t, &log, nil)
	get(s, "/long", nil)
	var line struct {
		TookMS float64 `json:"took_ms"`
	}
	require.NoError(t, json.Unmarshal([]byte(log.String()), &line), log.String())
	require.Positive(t, line.TookMS)
	require.Less(t, line.TookMS, float64(time.Minute.Milliseconds()))
}

func TestForwardedFor_UsedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	client := func(trusted ...string) string {
		var log strings.Builder
		s := newServer(t, &log, func(c *config.HTTP) { c.TrustedProxies = trusted })
		get(s, "/long", http.Header{"X-Forwarded-For": {"203.0.113.7"}})
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(log.String()), &line))
		return line["client"].(string)
	}
	require.Equal(t, "192.0.2.1", client())
	require.Equal(t, "192.0.2.1", client("10.0.0.0/8"))
	require.Equal(t, "203.0.113.7", client("192.0.2.0/24"))
}

func TestShutdown_WaitsForRequestsInFlight(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, func(c *config.HTTP) { c.HandlerTimeout = 300 * time.Millisecond })
	require.NoError(t, s.Listen(t.Context()))
	answered := make(chan int, 1)
	began := make(chan struct{})
	web.Register(s.API, web.Op{
		Access: web.Public, Method: http.MethodGet, Path: "/blocks", ID: "blocks",
		Summary: "blocks", Tag: "test",
	},
		func(ctx context.Context, _ *struct{}) (*textOutput, error) {
			close(began)
			<-ctx.Done()
			return nil, ctx.Err()
		})
	go func() {
		conn, err := net.Dial("tcp", s.Address())
		if err != nil {
			answered <- 0
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "GET /blocks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		raw, _ := io.ReadAll(conn)
		if strings.Contains(string(raw), "503 Service Unavailable") &&
			strings.Contains(string(raw), `"code":"timeout"`) {
			answered <- http.StatusServiceUnavailable
			return
		}
		answered <- len(raw)
	}()
	<-began
	require.NoError(t, s.Shutdown(t.Context()))
	require.Equal(t, http.StatusServiceUnavailable, <-answered)
}

func TestListen_PortInUse_NamesTheKey(t *testing.T) {
	t.Parallel()
	s := newServer(t, io.Discard, nil)
	require.NoError(t, s.Listen(t.Context()))
	second := newServer(t, io.Discard, func(c *config.HTTP) { c.Address = s.Address() })
	require.ErrorContains(t, second.Listen(t.Context()),
		"configuration key http.address: "+s.Address()+" is already in use")
	require.NoError(t, s.Shutdown(t.Context()))
}
