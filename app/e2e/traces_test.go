package e2e_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/telemetry"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/fx"
	"google.golang.org/protobuf/proto"
)

// collecting is a collector of traces: it receives OTLP over HTTP and keeps the spans.
type collecting struct {
	mu       sync.Mutex
	spans    []*tracepb.Span
	services map[string]bool
}

// ServeHTTP implements http.Handler.
func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range request.GetResourceSpans() {
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				c.services[attribute.GetValue().GetStringValue()] = true
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			c.spans = append(c.spans, scope.GetSpans()...)
		}
	}
}

// of returns the spans of a trace.
func (c *collecting) of(traceID string) (out []*tracepb.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, span := range c.spans {
		if hex.EncodeToString(span.GetTraceId()) == traceID {
			out = append(out, span)
		}
	}
	return out
}

func attributeOf(span *tracepb.Span, name string) string {
	for _, attribute := range span.GetAttributes() {
		if attribute.GetKey() == name {
			return attribute.GetValue().GetStringValue()
		}
	}
	return ""
}

func named(spans []*tracepb.Span, name string) []*tracepb.Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s *tracepb.Span) bool { return s.GetName() != name })
}

// The buyer sends a traceparent. The provider charges and its response is lost, so the order is completed by the
// webhook and its job. All of it is one trace.
func TestTrace_LostResponse_IsOneTrace(t *testing.T) {
	const (
		traceID = "0af7651916cd43dd8448eb211c80319c"
		parent  = "b7ad6b7169203331"
	)
	spans := &collecting{services: map[string]bool{}}
	server := httptest.NewServer(spans)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": server.URL, "OTEL_BSP_SCHEDULE_DELAY": "50",
	} {
		t.Setenv(name, value)
	}
	var admin *web.Admin
	var traced *telemetry.Telemetry
	r := harness.Start(t, nil, fx.Populate(&admin, &traced),
		harness.With(func(cfg *store.Config) { cfg.Sweeper.Interval = time.Hour })) // the webhook ends the purchase
	require.True(t, traced.Tracing())
	buyer := r.NewBuyer(t)
	r.AddScenario(t, `{"for": {"next": 1}, "do": [{"verb": "lose_answer", "times": 2}]}`)
	item := buyer.Add("tidewright")
	r.Webhooks.SetTarget("") // until the response
	order := buyer.Send(http.MethodPost, "/v1/checkouts", buyer.Purchase("pm_ok", item), http.Header{
		"Idempotency-Key": {harness.NewKey()}, "Traceparent": {"00-" + traceID + "-" + parent + "-01"},
	}).Is(http.StatusAccepted)
	r.Webhooks.SetTarget(r.URL)
	r.AwaitStatus(t, order.Text("id"), "completed")
	text := metricsOf(t, admin)
	r.Stop() // exports the rest

	found := spans.of(traceID)
	t.Run("is_connected", func(t *testing.T) {
		ids := map[string]bool{parent: true}
		for _, span := range found {
			ids[hex.EncodeToString(span.GetSpanId())] = true
		}
		for _, span := range found {
			require.True(t, ids[hex.EncodeToString(span.GetParentSpanId())], "the parent of %s", span.GetName())
		}
	})
	t.Run("has_request_provider_webhook_job_and_statements", func(t *testing.T) {
		checkout := named(found, "POST /v1/checkouts")
		require.Len(t, checkout, 1)
		require.Equal(t, parent, hex.EncodeToString(checkout[0].GetParentSpanId()))
		require.Equal(t, "/v1/checkouts", attributeOf(checkout[0], "http.route"))
		require.NotEmpty(t, attributeOf(checkout[0], "coinslot.request_id"))
		charges := named(found, "POST")
		require.Len(t, charges, 2, "both attempts of the charge")
		for _, charge := range charges {
			require.Equal(t, tracepb.Span_SPAN_KIND_CLIENT, charge.GetKind())
			require.Equal(t, tracepb.Status_STATUS_CODE_ERROR, charge.GetStatus().GetCode())
		}
		require.NotEmpty(t, named(found, "POST /v1/webhooks/payments/{provider}"))
		jobs := named(found, "process checkout.payment_changed")
		require.NotEmpty(t, jobs)
		require.Equal(t, tracepb.Span_SPAN_KIND_CONSUMER, jobs[0].GetKind())
		statements := 0
		for _, span := range found {
			if attributeOf(span, "db.system.name") == "postgresql" || attributeOf(span, "db.system") == "postgresql" {
				statements++
			}
		}
		require.Greater(t, statements, 10)
		require.True(t, spans.services["coinslot"])
	})
	t.Run("statements_have_no_literals", func(t *testing.T) {
		for _, span := range spans.spans {
			query := attributeOf(span, "db.query.text")
			require.NotContains(t, query, "@example.com")
			require.NotContains(t, query, order.Text("id"))
		}
	})
	t.Run("exemplars_name_the_trace", func(t *testing.T) {
		require.Regexp(t, `http_server_request_duration_seconds_bucket\{[^}]*/v1/checkouts"[^\n]*# \{[^}]*trace_id="`+
			traceID, text)
	})
	t.Run("polling_makes_no_traces", func(t *testing.T) {
		for _, span := range spans.spans {
			root := strings.Trim(hex.EncodeToString(span.GetParentSpanId()), "0") == ""
			require.False(t, root && attributeOf(span, "db.query.text") != "", span.GetName())
		}
	})
}
