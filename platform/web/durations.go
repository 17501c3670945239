package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"coinslot/platform/fault"
	"coinslot/platform/telemetry"

	"go.opentelemetry.io/otel/attribute"
)

// durations records the duration of requests as OpenTelemetry's semantic conventions define it.
type durations = telemetry.Durations[series]

// series has the attributes of a time series. The route is Echo's.
type series struct {
	method    string
	route     string
	status    int
	errorType string
}

func newDurations(t *telemetry.Telemetry) (*durations, error) {
	return telemetry.NewDurations(t.Meter("coinslot/platform/web"), telemetry.Instrument{
		Name: "http.server.request.duration", Description: "Duration of HTTP server requests.",
	}, telemetry.Latencies(), series.attributes)
}

func (s series) attributes() []attribute.KeyValue {
	out := []attribute.KeyValue{
		attribute.String("http.request.method", s.method), attribute.Int("http.response.status_code", s.status),
	}
	if s.route != "" {
		out = append(out, attribute.String("http.route", pathOf(s.route)))
	}
	if s.errorType != "" {
		out = append(out, attribute.String("error.type", s.errorType))
	}
	return out
}

// pathOf returns a route of Echo as a path of the OpenAPI document: /v1/orders/{id}.
func pathOf(route string) string {
	parts := strings.Split(route, "/")
	for i, part := range parts {
		if name, ok := strings.CutPrefix(part, ":"); ok {
			parts[i] = "{" + name + "}"
		}
	}
	return strings.Join(parts, "/")
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions,
}

// methodOf returns a method with few values.
func methodOf(method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return "_OTHER"
}

// errorType returns why a request failed, with few values: the fault's code, or the status. It is empty for a request
// that did not fail or that the client is to blame for.
func errorType(status int, cause error) string {
	if status < http.StatusInternalServerError {
		return ""
	}
	if f := fault.Of(cause); f != nil {
		return f.Code
	}
	return strconv.Itoa(status)
}
