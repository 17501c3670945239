// Package log makes the structured logger and carries the request's ID to every line.
package log

import (
	"context"
	"io"
	"log/slog"

	"coinslot/platform/config"
)

type requestKey struct{}

// WithRequestID returns a context whose log lines carry the request's ID.
func WithRequestID(ctx context.Context, requestID string) context.Context {
	return context.WithValue(ctx, requestKey{}, requestID)
}

// RequestID returns the request's ID, or nothing outside a request.
func RequestID(ctx context.Context) string {
	requestID, _ := ctx.Value(requestKey{}).(string) // outside a request there is none
	return requestID
}

// New returns a logger that writes to w.
func New(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if cfg.Format == "text" {
		return slog.New(handler{slog.NewTextHandler(w, opts)})
	}
	return slog.New(handler{slog.NewJSONHandler(w, opts)})
}

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if requestID := RequestID(ctx); requestID != "" {
		r.AddAttrs(slog.String("request_id", requestID))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
