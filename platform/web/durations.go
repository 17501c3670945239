package web

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// durations records the duration of requests as OpenTelemetry's semantic conventions define it. It caches the attribute
// sets, which are few: to create one costs about as much as a whole cached request.
type durations struct {
	histogram metric.Float64Histogram
	sets      sync.Map // series → metric.MeasurementOption
}

// series has the attributes of a time series.
type series struct {
	method string
	route  string
	status int
}

func newDurations(meters metric.MeterProvider) (*durations, error) {
	histogram, err := meters.Meter("coinslot/platform/web").Float64Histogram("http.server.request.duration",
		metric.WithUnit("s"), metric.WithDescription("Duration of HTTP server requests."),
		metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10))
	return &durations{histogram: histogram}, err
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions,
}

func (d *durations) record(ctx context.Context, s series, took time.Duration) {
	if !slices.Contains(methods, s.method) {
		s.method = "_OTHER"
	}
	set, ok := d.sets.Load(s)
	if !ok {
		set, _ = d.sets.LoadOrStore(s, metric.WithAttributeSet(attribute.NewSet(
			attribute.String("http.request.method", s.method), attribute.String("http.route", s.route),
			attribute.Int("http.response.status_code", s.status))))
	}
	d.histogram.Record(ctx, took.Seconds(),
		set.(metric.MeasurementOption)) //nolint:forcetypeassert // the map has no other type
}
