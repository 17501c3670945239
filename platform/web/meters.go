package web

import (
	"context"
	"time"

	"coinslot/platform/telemetry"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	otelcodes "go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// meters records requests as metrics and spans.
type meters struct {
	durations *durations
	telemetry *telemetry.Telemetry
	tracer    trace.Tracer
}

func newMeters(t *telemetry.Telemetry) (*meters, error) {
	d, err := newDurations(t)
	if err != nil {
		return nil, err
	}
	return &meters{durations: d, telemetry: t, tracer: t.Tracer("coinslot/platform/web")}, nil
}

func (m *meters) record(ctx context.Context, c echo.Context, cause error, took time.Duration) {
	status := c.Response().Status
	m.durations.Record(ctx, series{methodOf(c.Request().Method), c.Path(), status, errorType(status, cause)}, took)
}

// startSpan starts the span of a request, which continues the trace of its traceparent header. Without traces, and for
// the probes of load balancers, it returns nil.
func (m *meters) startSpan(ctx context.Context, c echo.Context, requestID string) (context.Context, trace.Span) {
	r := c.Request()
	if !m.telemetry.Tracing() || isProbe(r.URL.Path) {
		return ctx, nil
	}
	method, route := methodOf(r.Method), pathOf(c.Path())
	return m.tracer.Start(m.telemetry.Extract(ctx, r.Header), method+" "+route,
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(route), semconv.URLPath(r.URL.Path),
			semconv.URLScheme(c.Scheme()), attribute.String("coinslot.request_id", requestID)))
}

func endSpan(span trace.Span, c echo.Context, cause error) {
	if span == nil {
		return
	}
	status := c.Response().Status
	span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if kind := errorType(status, cause); kind != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
		span.SetStatus(otelcodes.Error, "")
	}
	span.End()
}

// observeEdge observes the state of admission control and of the response cache.
func observeEdge(t *telemetry.Telemetry, a *admission, rejected *rejections, cache *ResponseCache) error {
	const (
		inFlight, limit = "coinslot_http_requests_in_flight", "coinslot_http_requests_in_flight_limit"
		refused, reads  = "coinslot_http_requests_rejected", "coinslot_cache_reads"
	)
	return t.Observe("coinslot/platform/web", []telemetry.Instrument{
		{Name: inFlight, Description: "Requests that are handled, and those that wait for a slot, by state."},
		{Name: limit, Description: "The limit of handled requests: http.in_flight."},
		{Name: refused, Description: "Requests that admission control rejected with 503.", Cumulative: true},
		{Name: reads, Description: "Reads of operations with a response cache, by result.", Cumulative: true},
	}, func(_ context.Context, report telemetry.Report) error {
		report(inFlight, float64(a.used.Load()), "state", "handled")
		report(inFlight, float64(a.waiting.Load()), "state", "waiting")
		report(limit, float64(a.inFlight))
		report(refused, float64(rejected.total.Load()))
		if cache != nil {
			report(reads, float64(cache.hits.Load()), "result", "hit")
			report(reads, float64(cache.misses.Load()), "result", "miss")
		}
		return nil
	})
}
