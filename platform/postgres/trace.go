package postgres

import (
	"context"
	"regexp"

	"coinslot/platform/telemetry"

	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel/trace"
)

// NewTracer returns a tracer that makes a span of each statement of a trace; nil without traces. Statements outside of
// a trace, such as those of background polling, have none. The literals of a statement are replaced by ?, because they
// may be personal data.
func NewTracer(t *telemetry.Telemetry) pgx.QueryTracer {
	if !t.Tracing() {
		return nil
	}
	return sqlTracer{otelpgx.NewTracer(otelpgx.WithTracerProvider(t.TracerProvider()),
		otelpgx.WithDisableConnectionDetailsInAttributes())}
}

type sqlTracer struct{ inner *otelpgx.Tracer }

var literals = regexp.MustCompile(`'(?:[^']|'')*'`)

// TraceQueryStart implements pgx.QueryTracer.
func (s sqlTracer) TraceQueryStart(ctx context.Context, c *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	q.SQL = literals.ReplaceAllString(q.SQL, "?")
	return s.inner.TraceQueryStart(ctx, c, q)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s sqlTracer) TraceQueryEnd(ctx context.Context, c *pgx.Conn, q pgx.TraceQueryEndData) {
	if trace.SpanContextFromContext(ctx).IsValid() {
		s.inner.TraceQueryEnd(ctx, c, q)
	}
}

// TraceBatchStart implements pgx.BatchTracer.
func (s sqlTracer) TraceBatchStart(ctx context.Context, c *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	return s.inner.TraceBatchStart(ctx, c, b)
}

// TraceBatchQuery implements pgx.BatchTracer.
func (s sqlTracer) TraceBatchQuery(ctx context.Context, c *pgx.Conn, q pgx.TraceBatchQueryData) {
	if trace.SpanContextFromContext(ctx).IsValid() {
		q.SQL = literals.ReplaceAllString(q.SQL, "?")
		s.inner.TraceBatchQuery(ctx, c, q)
	}
}

// TraceBatchEnd implements pgx.BatchTracer.
func (s sqlTracer) TraceBatchEnd(ctx context.Context, c *pgx.Conn, b pgx.TraceBatchEndData) {
	if trace.SpanContextFromContext(ctx).IsValid() {
		s.inner.TraceBatchEnd(ctx, c, b)
	}
}
