package telemetry

import (
	"context"
	"encoding/json"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Extract returns ctx with the trace context of a request's headers (W3C traceparent and tracestate).
func (t *Telemetry) Extract(ctx context.Context, header http.Header) context.Context {
	if !t.Tracing() {
		return ctx
	}
	return t.propagator.Extract(ctx, propagation.HeaderCarrier(header))
}

// Carrier returns the trace context of ctx as a JSON object, for a job that continues the trace. It is nil without one.
func (t *Telemetry) Carrier(ctx context.Context) []byte {
	if !t.Tracing() || !trace.SpanContextFromContext(ctx).IsValid() {
		return nil
	}
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	raw, err := json.Marshal(carrier)
	if err != nil {
		return nil // a map of texts can always be marshaled
	}
	return raw
}

// Continue returns ctx with the trace context of a carrier, which may have other members.
func (t *Telemetry) Continue(ctx context.Context, carrier []byte) context.Context {
	if !t.Tracing() {
		return ctx
	}
	var members map[string]any
	if json.Unmarshal(carrier, &members) != nil {
		return ctx
	}
	texts := propagation.MapCarrier{}
	for name, value := range members {
		if text, ok := value.(string); ok {
			texts[name] = text
		}
	}
	return propagation.TraceContext{}.Extract(ctx, texts)
}

// Transport returns a transport that makes a span of each request and sends its trace context. Without traces it
// returns base.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if !t.Tracing() {
		return base
	}
	return otelhttp.NewTransport(base,
		otelhttp.WithTracerProvider(t.TracerProvider()), otelhttp.WithPropagators(t.propagator),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Method }))
}
