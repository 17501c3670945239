package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Report reports the present value of an instrument, with the names and values of its attributes. An instrument that
// Observe was not called with is ignored.
type Report func(name string, value float64, attributes ...string)

// Observe registers instruments whose values are read when metrics are read, so that they cost nothing on the path of
// requests. read may fail: then the instruments have no values, and the error is logged by OpenTelemetry's handler.
func (t *Telemetry) Observe(pkg string, instruments []Instrument,
	read func(ctx context.Context, report Report) error,
) error {
	m, byName := t.Meter(pkg), map[string]metric.Float64Observable{}
	var all []metric.Observable
	for _, i := range instruments {
		observable, err := i.observable(m)
		if err != nil {
			return fmt.Errorf("create the metric %s: %w", i.Name, err)
		}
		byName[i.Name], all = observable, append(all, observable)
	}
	_, err := m.RegisterCallback(func(ctx context.Context, o metric.Observer) error {
		return read(ctx, func(name string, value float64, attributes ...string) {
			if observable, known := byName[name]; known {
				o.ObserveFloat64(observable, value, metric.WithAttributeSet(pairs(attributes)))
			}
		})
	}, all...)
	if err != nil {
		return fmt.Errorf("observe the metrics of %s: %w", pkg, err)
	}
	return nil
}

func (i Instrument) observable(m metric.Meter) (metric.Float64Observable, error) {
	if i.Cumulative {
		return m.Float64ObservableCounter(i.Name, metric.WithDescription(i.Description), metric.WithUnit(i.Unit))
	}
	return m.Float64ObservableGauge(i.Name, metric.WithDescription(i.Description), metric.WithUnit(i.Unit))
}

func pairs(texts []string) attribute.Set {
	var out []attribute.KeyValue
	for i := 0; i+1 < len(texts); i += 2 {
		out = append(out, attribute.String(texts[i], texts[i+1]))
	}
	return attribute.NewSet(out...)
}
