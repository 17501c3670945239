package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Pace is how long a loop rests between two rounds.
type Pace struct {
	Busy time.Duration // after a round that found work
	Idle time.Duration // the longest rest: each round that finds none doubles the rest up to it
}

// Every is the pace of a loop that always rests as long.
func Every(interval time.Duration) Pace { return Pace{Busy: interval, Idle: interval} }

func (p Pace) after(rest time.Duration, worked bool) time.Duration {
	if worked {
		return p.Busy
	}
	return min(2*rest, p.Idle)
}

// Task is one round of a loop. It reports whether it found work.
type Task func(ctx context.Context) (worked bool, err error)

// Loop repeats a small task on every replica; the task itself makes sure that one of them does the work.
type Loop struct {
	name   string
	pace   Pace
	task   Task
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
}

// NewLoop returns a loop that does not run yet.
func NewLoop(name string, pace Pace, task Task, log *slog.Logger) *Loop {
	return &Loop{name: name, pace: pace, task: task, log: log, done: make(chan struct{})}
}

// Start begins to repeat the task. A round that fails or panics is logged and the next one comes as usual.
func (l *Loop) Start(ctx context.Context) error {
	ctx, l.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go l.run(ctx)
	return nil
}

func (l *Loop) run(ctx context.Context) {
	defer close(l.done)
	rest := l.pace.Busy
	timer := time.NewTimer(rest)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		rest = l.pace.after(rest, l.round(ctx))
		timer.Reset(rest)
	}
}

func (l *Loop) round(ctx context.Context) (worked bool) {
	defer func() {
		if cause := recover(); cause != nil {
			l.log.ErrorContext(ctx, "a background task panicked and will be repeated", "task", l.name,
				"cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	worked, err := l.task(ctx)
	if err != nil && ctx.Err() == nil {
		l.log.WarnContext(ctx, "a background task failed and will be repeated", "task", l.name, "cause", err)
	}
	return worked
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
