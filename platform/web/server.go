// Package web is the edge: Huma over Echo with strict JSON, problem documents, request IDs, deadlines and a graceful
// end. Modules register operations; they never see a status code of an error.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"unicode/utf8"

	"coinslot/platform/config"
	"coinslot/platform/fault"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/otel/metric"
)

// Ready tells whether the store can take work; nil means yes.
type Ready func(ctx context.Context) error

// Server is the public listener.
type Server struct {
	*API
	handler http.Handler
	server  *http.Server
	cfg     config.HTTP
	log     *slog.Logger
	addr    net.Addr
	// rejected counts what admission control rejects, for the log.
	rejected *rejections
}

// Parts is what a server is built from.
type Parts struct {
	Config  config.HTTP
	Auth    Authenticator
	Ready   Ready
	Log     *slog.Logger
	Meters  metric.MeterProvider
	Answers *Answers // nil: none is remembered
	Version string
	Demo    []DemoAccount
	Commons Commons // faults from below all modules, for the API's document
}

// NewServer builds a server that does not listen yet.
func NewServer(p Parts) (*Server, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = handleError
	var err error
	if e.IPExtractor, err = extractor(p.Config.TrustedProxies); err != nil {
		return nil, err
	}
	durations, err := newDurations(p.Meters)
	if err != nil {
		return nil, fmt.Errorf("open the meter of requests: %w", err)
	}
	rejected, bodies := &rejections{log: p.Log}, newBodies(p.Config.BodyMemory, p.Config.WriteTimeout)
	e.Use(
		observe(p.Log, durations, rejected), recoverer, headers, cors(p.Config.CORSOrigins), conditional,
		p.Answers.again, tagged,
		received, deadline(p.Config.HandlerTimeout),
		newAdmission(p.Config.InFlight).admit, sanitize,
	)
	health(e, p.Ready)
	if err := docs(e, p.Demo); err != nil {
		return nil, err
	}
	handler := bodies.receive(compressed(e))
	return &Server{
		API: newAPI(e, p), handler: handler, cfg: p.Config, log: p.Log, rejected: rejected,
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: p.Config.ReadHeaderTimeout, ReadTimeout: p.Config.ReadTimeout,
			WriteTimeout: p.Config.WriteTimeout, IdleTimeout: p.Config.IdleTimeout, MaxHeaderBytes: 64 << 10,
			ErrorLog:  slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug),
			ConnState: newConnections(p.Config.Connections, bodies.cutSlowest).state,
		},
	}, nil
}

// compressed compresses long answers. Short ones do not even take a compressor, whose reset costs more than they do.
func compressed(next http.Handler) http.Handler { return gzhttp.GzipHandler(next) }

func extractor(trusted []string) (echo.IPExtractor, error) {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect(), nil
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, cidr := range trusted {
		prefix, err := netip.ParsePrefix(cidr)
		if err != nil {
			return nil, fmt.Errorf("read http.trusted_proxies: %w", err)
		}
		options = append(options, echo.TrustIPRange(&net.IPNet{
			IP: prefix.Addr().AsSlice(), Mask: net.CIDRMask(prefix.Bits(), prefix.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(options...), nil
}

// standing are the headers of every answer. Their names are canonical and their values are shared.
var standing = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Cache-Control":           {"no-store"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
}

func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		maps.Copy(c.Response().Header(), standing)
		return next(c)
	}
}

var (
	errBadAddress = fault.New(fault.Malformed, "malformed-request",
		"the address holds a NUL character, or text that is not UTF-8")
	errQuery = errBadAddress.Saying("the query cannot be parsed: look for a %% without two hexadecimal digits, and write a semicolon as %%3B")
)

// sanitize rejects addresses with NUL or invalid UTF-8, and writes media types in lower case.
func sanitize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		lowerMediaTypes(c.Request().Header)
		u := c.Request().URL
		query := u.RawQuery
		if query != "" {
			if _, err := url.ParseQuery(query); err != nil {
				return errQuery
			}
			query, _ = url.QueryUnescape(query) // ParseQuery did so, too
		}
		if text := u.Path + query; strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			return errBadAddress
		}
		return next(c)
	}
}

// cors lets browsers call the store from pages of these origins. One whose port is * is an origin with any port.
func cors(origins []string) echo.MiddlewareFunc {
	if len(origins) == 0 {
		return func(next echo.HandlerFunc) echo.HandlerFunc { return next }
	}
	return middleware.CORSWithConfig(middleware.CORSConfig{
		AllowOriginFunc: func(origin string) (bool, error) { return config.IsAllowedOrigin(origins, origin), nil },
		AllowHeaders: []string{
			"Authorization", "Content-Type", "Idempotency-Key", "If-Match",
			"If-None-Match", headerRequestID,
		},
		ExposeHeaders: []string{"ETag", "Link", "Location", "Retry-After", "Idempotent-Replayed", headerRequestID},
		MaxAge:        600,
	})
}

func health(e *echo.Echo, ready Ready) {
	read(e, "/livez", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	read(e, "/readyz", func(c echo.Context) error {
		if err := ready(c.Request().Context()); err != nil {
			return err
		}
		return c.JSON(http.StatusOK, map[string]string{"status": "ok"})
	})
}

// Listen starts to serve. It returns one sentence when the address is taken.
func (s *Server) Listen(context.Context) error {
	listener, err := listen("http.address", s.cfg.Address)
	if err != nil {
		return err
	}
	s.addr = listener.Addr()
	go serve(s.server, problemListener{listener}, s.log)
	return nil
}

// Address returns where the server listens.
func (s *Server) Address() string { return s.addr.String() }

// Handler answers requests without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Shutdown stops to listen and lets the requests in flight finish, until the drain timeout.
func (s *Server) Shutdown(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTimeout)
	defer cancel()
	defer s.rejected.flush()
	return s.server.Shutdown(bounded)
}

func listen(key, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("configuration key %s: %s is already in use; stop the other program or choose another port", key, address)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration key %s: %w", key, err)
	}
	return listener, nil
}

func serve(server *http.Server, listener net.Listener, log *slog.Logger) {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("the listener ended", "cause", err)
	}
}
