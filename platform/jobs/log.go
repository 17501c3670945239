package jobs

import (
	"context"
	"log/slog"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// reports passes on River's own log lines: its warnings as they are, and what it reports on itself, such as a count of
// jobs every five seconds, for the level debug alone.
type reports struct{ slog.Handler }

// Enabled reports whether a line of a level is wanted.
func (h reports) Enabled(ctx context.Context, level slog.Level) bool {
	if level < slog.LevelWarn {
		level = slog.LevelDebug
	}
	return h.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the levels.
func (h reports) WithAttrs(attrs []slog.Attr) slog.Handler {
	return reports{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the levels.
func (h reports) WithGroup(name string) slog.Handler { return reports{h.Handler.WithGroup(name)} }

// failures logs jobs that fail. Each of them is tried again.
type failures struct{ log *slog.Logger }

// HandleError logs an error of a job.
func (f failures) HandleError(ctx context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.WarnContext(ctx, "a job failed and will be repeated", "job", job.Kind, "id", job.ID, "attempt",
		job.Attempt, "cause", err)
	return nil
}

// HandlePanic logs a panic of a job.
func (f failures) HandlePanic(ctx context.Context, job *rivertype.JobRow, cause any,
	trace string,
) *river.ErrorHandlerResult {
	f.log.ErrorContext(ctx, "a job panicked and will be repeated", "job", job.Kind, "id", job.ID, "attempt", job.Attempt,
		"cause", cause, "stack", trace)
	return nil
}
