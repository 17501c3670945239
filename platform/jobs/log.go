package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
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
type failures struct{ log *slog.Logger }

// HandleError logs a job's error.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.WarnContext(ctx, "job failed, will retry", "job", job.Kind, "id", job.ID, "attempt", job.Attempt, "cause", err)
	return nil
}

// HandlePanic logs a job's panic with its stack.
func (f failures) HandlePanic(
	ctx context.Context, job *rivertype.JobRow, cause any, trace string,
) *river.ErrorHandlerResult {
	f.log.ErrorContext(ctx, "job panicked, will retry", "job", job.Kind, "id", job.ID, "attempt", job.Attempt,
		"cause", cause, "stack", trace)
	return nil
}
