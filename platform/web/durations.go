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

// durations counts answers and how long they took, under the names of OpenTelemetry's semantic conventions. The sets of
// attributes are few and kept: to make them anew for each answer costs as much as many an answer does.
type durations struct {
	histogram metric.Float64Histogram
	sets      sync.Map // answer → metric.MeasurementOption
}

// answer is what tells the durations of one kind of answer from another's.
type answer struct {
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

func (d *durations) record(ctx context.Context, a answer, took time.Duration) {
	if !slices.Contains(methods, a.method) {
		a.method = "_OTHER"
	}
	set, ok := d.sets.Load(a)
	if !ok {
		set, _ = d.sets.LoadOrStore(a, metric.WithAttributeSet(attribute.NewSet(
			attribute.String("http.request.method", a.method), attribute.String("http.route", a.route),
			attribute.Int("http.response.status_code", a.status))))
	}
	d.histogram.Record(ctx, took.Seconds(),
		set.(metric.MeasurementOption)) //nolint:forcetypeassert // nothing else is stored
}
