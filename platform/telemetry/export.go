package telemetry

import (
	"context"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// Environment returns the value of an environment variable, and an empty text for an unset one. os.Getenv is one.
type Environment func(name string) string

// newTracers returns the provider of tracers; nil: traces are off. They are on when OTEL_TRACES_EXPORTER is otlp, or
// when an OTLP endpoint is set and the exporter is not none. The exporter, the batches and the sampler read their
// variables themselves.
func newTracers(about *resource.Resource, env Environment) (*sdktrace.TracerProvider, error) {
	if on, err := exports(env); err != nil || !on {
		return nil, err
	}
	exporter, err := otlptracehttp.New(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open the exporter of traces: %w", err)
	}
	return sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

// exports reports whether the environment asks for traces.
func exports(env Environment) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	endpoint := env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") + env("OTEL_EXPORTER_OTLP_ENDPOINT")
	switch exporter := env("OTEL_TRACES_EXPORTER"); {
	case exporter == "none" || (exporter == "" && endpoint == ""):
		return false, nil
	case exporter != "" && exporter != "otlp":
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER is %q: write otlp or none", exporter)
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		if protocol := env(name); protocol != "" && protocol != "http/protobuf" {
			return false, fmt.Errorf("%s is %q: this program exports with http/protobuf only", name, protocol)
		}
	}
	return true, nil
}
