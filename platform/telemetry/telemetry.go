// Package telemetry has the metrics and the traces of a process, on OpenTelemetry. Metrics are always recorded and are
// read by Prometheus. Traces are off unless the environment names an exporter; then spans cost nothing, because no code
// path starts one.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// MaxSeries is the limit of series of one instrument. Beyond it, OpenTelemetry folds further ones into the series
// otel_metric_overflow="true".
const MaxSeries = 1000

// Service identifies the process in its metrics and traces. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override it.
type Service struct {
	Name    string
	Version string
}

// Telemetry has the providers of meters and tracers. It is safe for concurrent use.
type Telemetry struct {
	meters     *sdkmetric.MeterProvider
	tracers    *sdktrace.TracerProvider // nil: traces are off
	registry   *prometheus.Registry
	propagator propagation.TextMapPropagator
}

// New returns the telemetry of a service. Traces are exported as the OTEL_* variables of the environment say; see
// Exporter. It returns an error when they cannot be used.
func New(service Service, environ Environment) (*Telemetry, error) {
	about, err := describe(service)
	if err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	for _, collector := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(collector); err != nil {
			return nil, fmt.Errorf("register the process's metrics: %w", err)
		}
	}
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("open the metrics: %w", err)
	}
	t := &Telemetry{
		registry: registry,
		meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(about),
			sdkmetric.WithCardinalityLimit(MaxSeries)),
		propagator: propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}),
	}
	t.tracers, err = newTracers(about, environ)
	return t, err
}

// Discard returns telemetry that records nothing, for programs and tests without metrics.
func Discard() *Telemetry {
	return &Telemetry{
		registry: prometheus.NewRegistry(), meters: sdkmetric.NewMeterProvider(), propagator: propagation.TraceContext{},
	}
}

func describe(s Service) (*resource.Resource, error) {
	about, err := resource.New(context.Background(), resource.WithTelemetrySDK(),
		resource.WithAttributes(semconv.ServiceName(s.Name), semconv.ServiceVersion(s.Version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("read OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return about, nil
}

// Meter returns the meter of a package.
func (t *Telemetry) Meter(pkg string) metric.Meter { return t.meters.Meter(pkg) }

// Tracing reports whether traces are exported. Code on a hot path starts no span without it.
func (t *Telemetry) Tracing() bool { return t.tracers != nil }

// Tracer returns the tracer of a package. Without traces its spans do nothing.
func (t *Telemetry) Tracer(pkg string) trace.Tracer { return t.TracerProvider().Tracer(pkg) }

// TracerProvider returns the provider of tracers, for libraries.
func (t *Telemetry) TracerProvider() trace.TracerProvider {
	if t.tracers == nil {
		return noop.NewTracerProvider()
	}
	return t.tracers
}

// Handler serves the metrics in Prometheus' text format, and in OpenMetrics with exemplars to clients that accept it.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Shutdown exports the remaining spans and stops. It returns an error when ctx ends before.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	err := t.meters.Shutdown(ctx)
	if t.tracers != nil {
		err = errors.Join(err, t.tracers.Shutdown(ctx))
	}
	return err
}
