// Package log makes the structured logger and carries the request's ID to every line.
package log

import (
	"context"
	"errors"
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

// New returns a logger that writes to w, and what writes the lines that are held back: at the end, call it. Errors are
// written at once.
func New(cfg config.Log, w io.Writer) (logger *slog.Logger, flush func() error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	opts, buffer := &slog.HandlerOptions{Level: level}, newBuffer(w)
	if cfg.Format == "text" {
		return slog.New(handler{slog.NewTextHandler(buffer, opts), buffer}), buffer.Flush
	}
	return slog.New(handler{slog.NewJSONHandler(buffer, opts), buffer}), buffer.Flush
}

type handler struct {
	slog.Handler
	buffer *buffer
}

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if requestID := RequestID(ctx); requestID != "" {
		r.AddAttrs(slog.String("request_id", requestID))
	}
	err := h.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelError {
		return errors.Join(err, h.buffer.Flush())
	}
	return err
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs), h.buffer}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.buffer}
}
