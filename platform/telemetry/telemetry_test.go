package telemetry_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"coinslot/platform/telemetry"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
)

func environment(pairs ...string) telemetry.Environment {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func scrape(t *testing.T, tel *telemetry.Telemetry) string {
	t.Helper()
	response := httptest.NewRecorder()
	tel.Handler().ServeHTTP(response, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	require.Equal(t, http.StatusOK, response.Code)
	return response.Body.String()
}

func byKind(kind string) []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("kind", kind)}
}

func TestNew_Environment(t *testing.T) {
	t.Parallel()
	const protocol = "OTEL_EXPORTER_OTLP_PROTOCOL"
	const endpoint, address = "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"
	for name, c := range map[string]struct {
		environ []string
		on      bool
		fails   string
	}{
		"nothing":                {nil, false, ""},
		"endpoint":               {[]string{endpoint, address}, true, ""},
		"endpoint_of_traces":     {[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", address}, true, ""},
		"exporter":               {[]string{"OTEL_TRACES_EXPORTER", "otlp"}, true, ""},
		"endpoint_and_none":      {[]string{endpoint, address, "OTEL_TRACES_EXPORTER", "none"}, false, ""},
		"endpoint_and_disabled":  {[]string{endpoint, address, "OTEL_SDK_DISABLED", "true"}, false, ""},
		"http_protobuf":          {[]string{endpoint, address, protocol, "http/protobuf"}, true, ""},
		"grpc":                   {[]string{endpoint, address, protocol, "grpc"}, false, "http/protobuf only"},
		"another_exporter":       {[]string{"OTEL_TRACES_EXPORTER", "zipkin"}, false, "write otlp or none"},
		"another_without_traces": {[]string{protocol, "grpc"}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tel, err := telemetry.New(telemetry.Service{Name: "shop", Version: "1.2.3"}, environment(c.environ...))
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.on, tel.Tracing())
			require.Contains(t, scrape(t, tel), `service_name="shop",service_version="1.2.3"`)
			require.NoError(t, tel.Shutdown(t.Context()))
		})
	}
}

func TestCounter_ManyKeys_AreBounded(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(telemetry.Service{Name: "shop"}, environment())
	require.NoError(t, err)
	counter, err := telemetry.NewCounter(tel.Meter("x"), telemetry.Instrument{Name: "visits"}, byKind)
	require.NoError(t, err)
	for n := range 2 * telemetry.MaxSeries {
		counter.Add(t.Context(), fmt.Sprint(n))
	}
	require.Equal(t, telemetry.MaxSeries, strings.Count(scrape(t, tel), "\nvisits_total{"))
}

func TestLimited_BeyondMost_IsOther(t *testing.T) {
	t.Parallel()
	l := telemetry.NewLimited(2)
	require.Equal(t, []string{"a", "b", "a", "other", "b"},
		[]string{l.Of("a"), l.Of("b"), l.Of("a"), l.Of("c"), l.Of("b")})
}

func TestObserve_ReportsValues(t *testing.T) {
	t.Parallel()
	tel, err := telemetry.New(telemetry.Service{Name: "shop"}, environment())
	require.NoError(t, err)
	require.NoError(t, tel.Observe("x", []telemetry.Instrument{{Name: "queue"}, {Name: "sent", Cumulative: true}},
		func(_ context.Context, report telemetry.Report) error {
			report("queue", 3, "kind", "a")
			report("sent", 4)
			report("unknown", 5)
			return nil
		}))
	durations, err := telemetry.NewDurations(tel.Meter("x"), telemetry.Instrument{Name: "wait"}, []float64{1}, byKind)
	require.NoError(t, err)
	durations.Record(t.Context(), "a", 1500*time.Millisecond)
	text := scrape(t, tel)
	require.Contains(t, text, "\nqueue{kind=\"a\"} 3\n")
	require.Contains(t, text, "\nsent_total 4\n")
	require.Contains(t, text, "\nwait_seconds_bucket{kind=\"a\",le=\"1\"} 0\n")
	require.Contains(t, text, "\nwait_seconds_sum{kind=\"a\"} 1.5\n")
	require.NotContains(t, text, "unknown")
}

func TestCarrier_WithoutTraces_IsEmpty(t *testing.T) {
	t.Parallel()
	tel := telemetry.Discard()
	require.Nil(t, tel.Carrier(t.Context()))
	header := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
	require.Equal(t, t.Context(), tel.Extract(t.Context(), header))
	require.Equal(t, http.DefaultTransport, tel.Transport(http.DefaultTransport))
}

func BenchmarkCounter_Add(b *testing.B) {
	tel, err := telemetry.New(telemetry.Service{Name: "shop"}, environment())
	require.NoError(b, err)
	counter, err := telemetry.NewCounter(tel.Meter("x"), telemetry.Instrument{Name: "visits"}, byKind)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		counter.Add(b.Context(), "a")
	}
}

func BenchmarkDurations_Record(b *testing.B) {
	tel, err := telemetry.New(telemetry.Service{Name: "shop"}, environment())
	require.NoError(b, err)
	durations, err := telemetry.NewDurations(tel.Meter("x"), telemetry.Instrument{Name: "wait"}, telemetry.Latencies(),
		byKind)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		durations.Record(b.Context(), "a", time.Millisecond)
	}
}
