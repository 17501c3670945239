package jobs

import (
	"context"
	"log/slog"

	"coinslot/platform/telemetry"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
)

// quietHandler logs River's own messages below the level warn, such as a count of jobs every five seconds, only when
// the level debug is enabled.
type quietHandler struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h quietHandler) Enabled(ctx context.Context, level slog.Level) bool {
	if level < slog.LevelWarn {
		level = slog.LevelDebug
	}
	return h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h quietHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h quietHandler) WithGroup(name string) slog.Handler {
	return quietHandler{h.Handler.WithGroup(name)}
}

// failures logs failed jobs. River retries them.
type failures struct {
	log    *slog.Logger
	failed *telemetry.Counter[string] // by kind
}

func newFailures(t *telemetry.Telemetry, log *slog.Logger) (failures, error) {
	failed, err := telemetry.NewCounter(t.Meter("coinslot/platform/jobs"), telemetry.Instrument{
		Name: "coinslot_job_failures", Description: "Attempts of jobs that failed or panicked, by kind.",
	}, func(kind string) []attribute.KeyValue { return []attribute.KeyValue{attribute.String("kind", kind)} })
	return failures{log, failed}, err
}

// HandleError logs a job's error.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.failed.Add(ctx, job.Kind)
	f.log.WarnContext(ctx, "job failed, will retry", "job", job.Kind, "id", job.ID, "attempt", job.Attempt, "cause", err)
	return nil
}

// HandlePanic logs a job's panic with its stack.
func (f failures) HandlePanic(
	ctx context.Context, job *rivertype.JobRow, cause any, trace string,
) *river.ErrorHandlerResult {
	f.failed.Add(ctx, job.Kind)
	f.log.ErrorContext(ctx, "job panicked, will retry", "job", job.Kind, "id", job.ID, "attempt", job.Attempt,
		"cause", cause, "stack", trace)
	return nil
}
