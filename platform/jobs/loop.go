package jobs

import (
	"context"
	"errors"
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

// Leader elects one of the replicas, as postgres.Lease does.
type Leader interface {
	// Do calls fn if this replica leads. fn's context is canceled when it no longer does.
	Do(ctx context.Context, fn func(ctx context.Context) error) (led bool, err error)
	// Release lets another replica lead at once.
	Release(ctx context.Context) error
}

// Loop repeats a task until it is stopped. Every replica runs its own loop, and does its rounds unless ByLeader
// restricts them.
type Loop struct {
	name   string
	pace   Pace
	task   Task
	leader Leader // nil: every replica does the rounds
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
}

// NewLoop returns a loop that is not started. The name appears in its log lines.
func NewLoop(name string, pace Pace, task Task, log *slog.Logger) *Loop {
	return &Loop{name: name, pace: pace, task: task, log: log, done: make(chan struct{})}
}

// ByLeader restricts the rounds to the replica that leads, and returns the loop. A suspended leader may finish its
// round after another replica has begun one, so two rounds at once must do no harm. Stop releases the leadership.
func (l *Loop) ByLeader(leader Leader) *Loop {
	l.leader = leader
	return l
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
	worked, err := l.lead(ctx)
	if err != nil && ctx.Err() == nil {
		l.log.WarnContext(ctx, "background task failed, will retry", "task", l.name, "cause", err)
	}
	return worked
}

// lead runs the task, if it has a leader on that replica only.
func (l *Loop) lead(ctx context.Context) (worked bool, err error) {
	if l.leader == nil {
		return l.task(ctx)
	}
	_, err = l.leader.Do(ctx, func(ctx context.Context) (err error) {
		worked, err = l.task(ctx)
		return err
	})
	return worked, err
}

// Stop cancels the context of the running round and waits for it. It returns ctx's error when ctx ends before the
// round. The loop must have been started.
func (l *Loop) Stop(ctx context.Context) error {
	l.cancel()
	select {
	case <-l.done:
		return l.release(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *Loop) release(ctx context.Context) error {
	if l.leader == nil {
		return nil
	}
	if err := l.leader.Release(ctx); err != nil && !errors.Is(err, context.Canceled) {
		l.log.WarnContext(ctx, "leadership not released, it will expire", "task", l.name, "cause", err)
	}
	return nil
}
