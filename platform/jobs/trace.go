package jobs

import (
	"context"

	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// traced runs a job's handler in a span that continues the trace of the job's publisher.
func (w *Workers) traced(ctx context.Context, job *rivertype.JobRow, run func(ctx context.Context) error) error {
	if !w.telemetry.Tracing() {
		return run(ctx)
	}
	ctx, span := w.telemetry.Tracer("coinslot/platform/jobs").Start(w.telemetry.Continue(ctx, job.Metadata),
		"process "+job.Kind, trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			attribute.String("messaging.system", "river"), attribute.String("messaging.destination.name", job.Queue),
			attribute.Int64("messaging.message.id", job.ID), attribute.Int("coinslot.job.attempt", job.Attempt)))
	defer span.End()
	err := run(ctx)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, "")
	}
	return err
}
