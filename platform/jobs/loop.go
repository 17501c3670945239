package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Pace is the pause of a loop between two rounds.
type Pace struct {
	Busy time.Duration // the pause after a round that found work
	Idle time.Duration // the longest pause: each round that finds no work doubles the pause up to this
}

// Every returns the pace of a loop with a constant pause.
func Every(interval time.Duration) Pace { return Pace{Busy: interval, Idle: interval} }

func (p Pace) next(pause time.Duration, worked bool) time.Duration {
	if worked {
		return p.Busy
	}
	return min(2*pause, p.Idle)
}

// Task is one round of a loop. It reports whether it found work.
type Task func(ctx context.Context) (worked bool, err error)

// Loop repeats a task until it is stopped. Every replica runs its own loop. A task that must run on one replica at a
// time takes a lock, such as that of postgres.DB.Exclusive.
type Loop struct {
	name   string
	pace   Pace
	task   Task
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
}

// NewLoop returns a loop that is not started. The name appears in its log lines.
func NewLoop(name string, pace Pace, task Task, log *slog.Logger) *Loop {
	return &Loop{name: name, pace: pace, task: task, log: log, done: make(chan struct{})}
}

// Start starts the loop; the first round begins after the busy pause. A round that fails or panics is logged, and the
// loop continues. Start returns nil. The end of ctx does not stop the loop.
func (l *Loop) Start(ctx context.Context) error {
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(ctx)
	return nil
}

func (l *Loop) run(ctx context.Context) {
	defer close(l.done)
	pause := l.pace.Busy
	timer := time.NewTimer(pause)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		pause = l.pace.next(pause, l.round(ctx))
		timer.Reset(pause)
	}
}

func (l *Loop) round(ctx context.Context) (worked bool) {
	defer func() {
		if cause := recover(); cause != nil {
			l.log.ErrorContext(ctx, "background task panicked, will retry", "task", l.name,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	worked, err := l.task(ctx)
	if err != nil && ctx.Err() == nil {
		l.log.WarnContext(ctx, "background task failed, will retry", "task", l.name, "cause", err)
	}
	return worked
}

// Stop cancels the context of the running round and waits for it. It returns ctx's error when ctx ends before the
// round. The loop must have been started.
func (l *Loop) Stop(ctx context.Context) error {
	l.cancel()
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
