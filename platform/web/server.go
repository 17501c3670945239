// Package web is the HTTP edge, Huma on Echo: strict JSON, problem documents, request IDs, admission control,
// timeouts and graceful shutdown. Modules register operations and return faults; the edge maps faults to status
// codes.
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
	"coinslot/platform/telemetry"

	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
)

// Check is a condition under which the store can serve requests. Run returns nil when it holds, and the response of
// /readyz otherwise.
type Check struct {
	Name string // such as database
	Run  func(ctx context.Context) error
}

// Server is the public listener.
type Server struct {
	*API
	handler  http.Handler
	server   *http.Server
	cfg      config.HTTP
	log      *slog.Logger
	addr     net.Addr
	rejected *rejections
	draining *drain
}

// Parts are the dependencies of a server.
type Parts struct {
	Config  config.HTTP
	Auth    Authenticator
	Ready   []Check // in this order; the first failure ends them
	Log     *slog.Logger
	Cache   *ResponseCache // nil disables caching
	Version string

	Telemetry *telemetry.Telemetry

	Demo    []DemoAccount
	Commons Commons
}

// NewServer returns a server that is not listening. Operations must be registered before Listen.
func NewServer(p Parts) (*Server, error) {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.HTTPErrorHandler = handleError
	var err error
	if e.IPExtractor, err = extractor(p.Config.TrustedProxies); err != nil {
		return nil, err
	}
	from, err := newCountries(p.Config)
	if err != nil {
		return nil, err
	}
	meters, err := newMeters(p.Telemetry)
	if err != nil {
		return nil, err
	}
	rejected, bodies := &rejections{log: p.Log}, newBodies(p.Config.BodyMemory, p.Config.WriteTimeout)
	draining, admission := &drain{}, newAdmission(p.Config.InFlight, p.Config.HandlerTimeout)
	e.Use(
		observe(p.Log, meters, rejected, from), recoverer, headers, cors(p.Config.CORSOrigins), conditional,
		p.Cache.middleware(deadline(p.Config.HandlerTimeout)), tagged,
		received,
		admission.admit, sanitize,
	)
	if err := observeEdge(p.Telemetry, admission, rejected, p.Cache); err != nil {
		return nil, err
	}
	health(e, append([]Check{draining.check()}, p.Ready...))
	if err := docs(e, p.Demo); err != nil {
		return nil, err
	}
	handler := draining.closeConnections(bodies.receive(compressed(e)))
	return &Server{
		API: newAPI(e, p), handler: handler, cfg: p.Config, log: p.Log, rejected: rejected,
		draining: draining,
		server: &http.Server{
			Handler: handler, ReadHeaderTimeout: p.Config.ReadHeaderTimeout, ReadTimeout: p.Config.ReadTimeout,
			WriteTimeout: p.Config.WriteTimeout, IdleTimeout: p.Config.IdleTimeout, MaxHeaderBytes: 64 << 10,
			ErrorLog:    slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug),
			ConnContext: withConn,
			ConnState:   newConnections(p.Config.Connections, bodies.abortSlowest).state,
		},
	}, nil
}

// compressed compresses long responses. gzhttp does not allocate a compressor for short ones, unlike Echo's middleware.
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

// commonHeaders are the headers of every response. Their names must be canonical, and their values are shared.
var commonHeaders = http.Header{
	"X-Content-Type-Options":  {"nosniff"},
	"Cache-Control":           {"no-store"},
	"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
}

func headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		maps.Copy(c.Response().Header(), commonHeaders)
		return next(c)
	}
}

var (
	errBadAddress = fault.New(fault.Malformed, "malformed-request",
		"the path or the query has a NUL character or invalid UTF-8")
	errQuery = errBadAddress.Saying("the query cannot be parsed: " +
		"encode a percent sign as %%25 and a semicolon as %%3B")
)

// sanitize rejects paths and queries with NUL or invalid UTF-8, and changes media types to lower case.
func sanitize(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		lowerMediaTypes(c.Request().Header)
		u := c.Request().URL
		query := u.RawQuery
		if query != "" {
			if _, err := url.ParseQuery(query); err != nil {
				return errQuery
			}
			query, _ = url.QueryUnescape(query) // ParseQuery has succeeded
		}
		if text := u.Path + query; strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
			return errBadAddress
		}
		return next(c)
	}
}

// cors allows cross-origin requests from a list of origins, as config.IsAllowedOrigin defines it.
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

// health adds the probes. /livez checks nothing: a restart does not help a store whose database is away.
func health(e *echo.Echo, ready []Check) {
	read(e, "/livez", func(c echo.Context) error { return c.JSON(http.StatusOK, map[string]string{"status": "ok"}) })
	read(e, "/readyz", func(c echo.Context) error {
		checks := map[string]string{}
		for _, check := range ready {
			if err := check.Run(c.Request().Context()); err != nil {
				checks[check.Name] = "failed"
				if f := fault.Of(err); f != nil {
					return f.With("checks", checks)
				}
				return err
			}
			checks[check.Name] = "ok"
		}
		return c.JSON(http.StatusOK, map[string]any{"status": "ok", "checks": checks})
	})
}

// Listen opens the listener and serves in the background. Its error is one sentence that names the configuration key.
func (s *Server) Listen(context.Context) error {
	listener, err := listen("http.address", s.cfg.Address)
	if err != nil {
		return err
	}
	s.addr = listener.Addr()
	go serve(s.server, problemListener{listener}, s.log)
	return nil
}

// Address returns the address of the open listener.
func (s *Server) Address() string { return s.addr.String() }

// Handler returns the server's handler, for use without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Shutdown makes /readyz return 503 and serves on for the drain delay, which the end of ctx shortens. Then it closes
// the listener and waits for the requests in flight, at most for the drain timeout, which the end of ctx does not
// shorten.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.run(ctx, s.cfg.DrainDelay)
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.DrainTimeout)
	defer cancel()
	defer s.rejected.flush()
	return s.server.Shutdown(bounded)
}

func listen(key, address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("configuration key %s: %s is already in use; stop the other program "+
			"or choose another port", key, address)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration key %s: %w", key, err)
	}
	return listener, nil
}

func serve(server *http.Server, listener net.Listener, log *slog.Logger) {
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		log.Error("HTTP listener failed", "cause", err)
	}
}
