package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/log"

	"github.com/labstack/echo/v4"
)

const headerRequestID = "X-Request-Id"

type exchangeKey struct{}

// exchange collects data of a request for its log line and its response.
type exchange struct {
	cause   error
	account id.ID
	address *url.URL
	token   bool // the request has an access token
	client  Client
}

// note sets the cause in the request's log line.
func note(ctx context.Context, err error) {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		x.cause = err
	}
}

var validRequestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// observe is the outermost middleware. It sets the request ID, records the duration and writes one log line for each
// request, except for those that admission control rejects.
func observe(logger *slog.Logger, meters *meters, rejected *rejections, from countries) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			start := time.Now()
			requestID := c.Request().Header.Get(headerRequestID)
			if !validRequestID.MatchString(requestID) {
				requestID = id.V7{}.NewID().String()
			}
			c.Response().Header().Set(headerRequestID, requestID)
			x := &exchange{client: clientOf(c, from), address: c.Request().URL}
			ctx := context.WithValue(log.WithRequestID(c.Request().Context(), requestID), exchangeKey{}, x)
			ctx, span := meters.startSpan(ctx, c, requestID)
			c.SetRequest(c.Request().WithContext(ctx))
			defer func() { // a handler may panic with http.ErrAbortHandler
				took := time.Since(start)
				meters.record(ctx, c, x.cause, took)
				endSpan(span, c, x.cause)
				if errors.Is(x.cause, errRejected) {
					rejected.add()
					return
				}
				logRequest(ctx, logger, c, x, took)
			}()
			if err := next(c); err != nil {
				c.Error(err)
			}
			return nil
		}
	}
}

// deadline sets the handler timeout.
func deadline(timeout time.Duration) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			ctx, cancel := context.WithTimeout(c.Request().Context(), timeout)
			defer cancel()
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

func logRequest(ctx context.Context, logger *slog.Logger, c echo.Context, x *exchange, took time.Duration) {
	status := c.Response().Status
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("method", c.Request().Method), slog.String("route", c.Path()), slog.Int("status", status),
		slog.Float64("took_ms", float64(took.Microseconds())/1000), slog.Int64("bytes", c.Response().Size),
		slog.String("client", c.RealIP()),
	}
	if x.account != id.Nil {
		attrs = append(attrs, slog.String("account", x.account.String()))
	}
	switch {
	case status == http.StatusServiceUnavailable:
		level = slog.LevelWarn // a temporary condition
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	if x.cause != nil {
		attrs = append(attrs, slog.String("cause", x.cause.Error()))
		if p := (*panicked)(nil); errors.As(x.cause, &p) {
			attrs = append(attrs, slog.String("stack", string(p.stack)))
		}
	}
	logger.LogAttrs(ctx, level, "request", attrs...)
}
