// Package log creates the structured logger and adds the request ID and the trace to its lines.
package log

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"coinslot/platform/config"

	"go.opentelemetry.io/otel/trace"
)

type requestKey struct{}

// WithRequestID returns a context whose log lines have the attribute request_id.
func WithRequestID(ctx context.Context, requestID string) context.Context {
	return context.WithValue(ctx, requestKey{}, requestID)
}

// RequestID returns the request ID of ctx, or an empty string outside a request.
func RequestID(ctx context.Context) string {
	requestID, _ := ctx.Value(requestKey{}).(string) // empty outside a request
	return requestID
}

// New returns a logger that writes to w. Lines are buffered for at most 200 ms; those of the level error are written at
// once, with all lines before them. Call flush before the program ends.
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
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
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
