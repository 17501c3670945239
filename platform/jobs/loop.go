package jobs

import (
	"context"
	"log/slog"
	"time"
)

// Loop repeats a small task on every replica; the task itself makes sure that one of them does the work.
type Loop struct {
	name     string
	interval time.Duration
	task     func(ctx context.Context) error
	log      *slog.Logger
	cancel   context.CancelFunc
	done     chan struct{}
}

// NewLoop returns a loop that does not run yet.
func NewLoop(name string, interval time.Duration, task func(ctx context.Context) error, log *slog.Logger) *Loop {
	return &Loop{name: name, interval: interval, task: task, log: log, done: make(chan struct{})}
}

// Start begins to repeat the task. A round that fails is logged and the next one comes as usual.
func (l *Loop) Start(ctx context.Context) error {
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(ctx)
	return nil
}

func (l *Loop) run(ctx context.Context) {
	defer close(l.done)
	ticker := time.NewTicker(l.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := l.task(ctx); err != nil && ctx.Err() == nil {
			l.log.WarnContext(ctx, "a background task failed and will be repeated", "task", l.name, "cause", err)
		}
	}
}

// Stop lets the round that runs finish, until ctx ends.
func (l *Loop) Stop(ctx context.Context) error {
	l.cancel()
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
