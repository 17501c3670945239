package log_test

import (
	"bytes"
	"testing"

	"coinslot/platform/config"
	"coinslot/platform/log"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
)

func TestNew_Span_LinesHaveItsTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger, flush := log.New(config.Log{Level: "info", Format: "text"}, &out)
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	logger.InfoContext(trace.ContextWithSpanContext(t.Context(), span), "inside")
	logger.InfoContext(t.Context(), "outside")
	require.NoError(t, flush())
	require.Contains(t, out.String(),
		"msg=inside trace_id=01000000000000000000000000000000 span_id=0200000000000000\n")
	require.Contains(t, out.String(), "msg=outside\n")
}
