package telemetry

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// sets caches the attribute sets of an instrument, which are few. To create one costs more than to record a value.
type sets[K comparable] struct {
	attributes func(K) []attribute.KeyValue
	cached     sync.Map // K → metric.MeasurementOption
}

func (s *sets[K]) of(key K) metric.MeasurementOption {
	set, ok := s.cached.Load(key)
	if !ok {
		set, _ = s.cached.LoadOrStore(key, metric.WithAttributeSet(attribute.NewSet(s.attributes(key)...)))
	}
	return set.(metric.MeasurementOption) //nolint:forcetypeassert // the map has no other type
}

// Counter counts events by a key with few values.
type Counter[K comparable] struct {
	counter metric.Int64Counter
	sets    sets[K]
}

// Instrument is the name, the unit and the description of an instrument.
type Instrument struct {
	Name, Unit, Description string
	Cumulative              bool // of an observed instrument: its values only grow
}

// NewCounter returns a counter whose series are named by the attributes of a key.
func NewCounter[K comparable](m metric.Meter, i Instrument, attributes func(K) []attribute.KeyValue) (
	*Counter[K], error,
) {
	counter, err := m.Int64Counter(i.Name, metric.WithDescription(i.Description), metric.WithUnit(i.Unit))
	if err != nil {
		return nil, fmt.Errorf("create the counter %s: %w", i.Name, err)
	}
	return &Counter[K]{counter: counter, sets: sets[K]{attributes: attributes}}, nil
}

// Add counts one event.
func (c *Counter[K]) Add(ctx context.Context, key K) { c.counter.Add(ctx, 1, c.sets.of(key)) }

// Durations is a histogram of durations by a key with few values.
type Durations[K comparable] struct {
	histogram metric.Float64Histogram
	sets      sets[K]
}

// Latencies are the bounds of OpenTelemetry's semantic conventions for requests, in seconds.
func Latencies() []float64 {
	return []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
}

// NewDurations returns a histogram in seconds, with the bounds of its buckets.
func NewDurations[K comparable](m metric.Meter, i Instrument, bounds []float64,
	attributes func(K) []attribute.KeyValue,
) (*Durations[K], error) {
	histogram, err := m.Float64Histogram(i.Name, metric.WithUnit("s"), metric.WithDescription(i.Description),
		metric.WithExplicitBucketBoundaries(bounds...))
	if err != nil {
		return nil, fmt.Errorf("create the histogram %s: %w", i.Name, err)
	}
	return &Durations[K]{histogram: histogram, sets: sets[K]{attributes: attributes}}, nil
}

// Record records a duration. Its exemplar names the trace of ctx.
func (d *Durations[K]) Record(ctx context.Context, key K, took time.Duration) {
	d.histogram.Record(ctx, took.Seconds(), d.sets.of(key))
}

// Limited returns texts of an outside source unchanged while they are few, and "other" beyond, so that they can be
// values of an attribute.
type Limited struct {
	mu    sync.Mutex
	most  int
	known map[string]bool
}

// NewLimited returns a Limited that knows at most a number of texts.
func NewLimited(most int) *Limited { return &Limited{most: most, known: map[string]bool{}} }

// Of returns the text, or "other".
func (l *Limited) Of(text string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.known[text] {
		return text
	}
	if len(l.known) >= l.most {
		return "other"
	}
	l.known[text] = true
	return text
}
