package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"coinslot/platform/jobs"
	"coinslot/platform/postgres"
)

// jobStates are River's states of jobs.
const jobStates = "available,running,scheduled,retryable,completed,discarded,cancelled"

type jobsCmd struct {
	List    jobsListCmd    `cmd:"" help:"List the jobs that have failed, or those in a state."`
	Show    jobsShowCmd    `cmd:"" help:"Show a job with its failures."`
	Retry   jobsRetryCmd   `cmd:"" help:"Try a job again now, also one that was discarded."`
	Discard jobsDiscardCmd `cmd:"" help:"End a job: it is kept, and not tried again by itself."`
}

type (
	jobsListCmd struct {
		State string `help:"One of ${job_states}." placeholder:"STATE" enum:",${job_states}" default:""`
		Limit int    `help:"The maximum number of jobs." default:"50"`
	}
	jobsShowCmd struct {
		ID int64 `arg:"" help:"The job's ID."`
	}
	jobsRetryCmd struct {
		ID int64 `arg:"" help:"The job's ID."`
	}
	jobsDiscardCmd struct {
		ID int64 `arg:"" help:"The job's ID."`
	}
)

const maxJobsListed = 10_000

// Run lists jobs, the newest first.
func (cmd jobsListCmd) Run(c *cli) error {
	if cmd.Limit < 1 || cmd.Limit > maxJobsListed {
		return fmt.Errorf("--limit must be from 1 to %d", maxJobsListed)
	}
	states := jobs.Failing()
	if cmd.State != "" {
		states = []string{cmd.State}
	}
	return c.asQueue(func(ctx context.Context, queue *jobs.Queue) error {
		found, err := queue.List(ctx, states, cmd.Limit)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tKIND\tSTATE\tATTEMPTS\tCREATED\tNEXT ATTEMPT\tLAST FAILURE")
		for _, j := range found {
			next := "never"
			if j.FinalizedAt == nil {
				next = j.ScheduledAt.Format(time.RFC3339)
			}
			fmt.Fprintf(table, "%d\t%s\t%s\t%d\t%s\t%s\t%s\n", j.ID, j.Kind, j.State, j.Attempt,
				j.CreatedAt.Format(time.RFC3339), next, lastFailure(j))
		}
		if err := table.Flush(); err != nil {
			return err
		}
		fmt.Printf("%d jobs in the states %s\n", len(found), strings.Join(states, ", "))
		return nil
	})
}

const maxFailureShown = 80 // bytes

func lastFailure(j jobs.Job) string {
	if len(j.Failures) == 0 {
		return ""
	}
	cause := strings.Join(strings.Fields(j.Failures[len(j.Failures)-1].Cause), " ")
	return strings.ToValidUTF8(cause[:min(maxFailureShown, len(cause))], "")
}

// Run shows a job.
func (cmd jobsShowCmd) Run(c *cli) error {
	return c.asQueue(func(ctx context.Context, queue *jobs.Queue) error {
		j, err := queue.Job(ctx, cmd.ID)
		if err != nil {
			return err
		}
		fmt.Printf("job %d %s is %s after %d attempts\ncreated %s, next attempt %s\narguments %s\n", j.ID, j.Kind, j.State,
			j.Attempt, j.CreatedAt.Format(time.RFC3339), j.ScheduledAt.Format(time.RFC3339), j.Args)
		for _, f := range j.Failures {
			fmt.Printf("attempt %d at %s failed: %s\n", f.Attempt, f.At.Format(time.RFC3339), f.Cause)
		}
		return nil
	})
}

// Run makes a job available.
func (cmd jobsRetryCmd) Run(c *cli) error { return c.change(cmd.ID, (*jobs.Queue).Retry) }

// Run ends a job.
func (cmd jobsDiscardCmd) Run(c *cli) error { return c.change(cmd.ID, (*jobs.Queue).Discard) }

func (c *cli) change(jobID int64, do func(q *jobs.Queue, ctx context.Context, jobID int64) (jobs.Job, error)) error {
	return c.asQueue(func(ctx context.Context, queue *jobs.Queue) error {
		j, err := do(queue, ctx, jobID)
		if err == nil {
			fmt.Printf("job %d %s is %s now\n", j.ID, j.Kind, j.State)
		}
		return err
	})
}

// asQueue runs fn with the job queue, connected as the store's role.
func (c *cli) asQueue(fn func(ctx context.Context, queue *jobs.Queue) error) error {
	const connections = 2
	ctx := context.Background()
	cfg, _, done, err := c.databases(ctx, (*environment).checkDatabase)
	if err != nil {
		return err
	}
	pool, err := postgres.OpenPool(cfg.Database, connections)
	if err != nil {
		return errors.Join(err, done())
	}
	defer pool.Close()
	queue, err := jobs.NewQueue(pool)
	if err != nil {
		return errors.Join(err, done())
	}
	return errors.Join(fn(ctx, queue), done())
}
