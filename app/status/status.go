// Package status reads the state of a store that an operator watches: orders in review, payments with an unknown
// outcome, jobs, documents without numbers, and the results of the scheduled checks. Each query reads one schema and is
// served by an index; counts stop at Most.
package status

import (
	"context"
	"fmt"
	"time"

	"coinslot/platform/postgres"
)

// Most is where counts stop, so that reading a long backlog stays cheap.
const Most = 10_000

// Review is the orders in manual review for one reason and in one currency.
type Review struct {
	Reason   string
	Currency string
	Orders   int64
	Amount   int64 // of the orders' totals, in minor units
	Age      float64
}

// Backlog is work that waits, with the age of the oldest in seconds.
type Backlog struct {
	Items int64
	Age   float64 // 0 when there is none
}

// Jobs are the jobs of one kind and state.
type Jobs struct {
	Kind  string
	State string
	Jobs  int64
	Age   float64 // of the oldest, since it was due or, for a finished one, since it ended
}

// Check is the last runs of a scheduled check: of verify one, of reconcile one for each day.
type Check struct {
	Name      string
	Findings  int64
	Unchecked int64
	Failed    int64 // runs
	Age       float64
	Failure   string // of one failed run
}

// State is the state of a store at a moment of its database.
type State struct {
	Now     time.Time
	Reviews []Review
	Unknown Backlog // payments that were sent and whose outcome is not known
	Stalled Backlog // orders that have not moved for the sweeper's patience
	Due     Backlog // refunds, polls and webhooks that the sweeper will take
	Unnumbered,
	Unsealed Backlog
	Jobs   []Jobs
	Checks []Check
}

// Read reads the state. Patience is the sweeper's. The parts are read one after another, not in one snapshot.
func Read(ctx context.Context, db *postgres.DB, patience time.Duration) (s State, err error) {
	now, _, err := postgres.One[struct{ Now time.Time }](ctx, db, `SELECT now() AS now`)
	if err != nil {
		return s, fmt.Errorf("read the database's time: %w", err)
	}
	s.Now = now.Now.UTC()
	if s.Reviews, err = postgres.All[Review](ctx, db, reviews); err != nil {
		return s, fmt.Errorf("count the orders in review: %w", err)
	}
	for _, part := range []struct {
		into  *Backlog
		query string
		args  []any
	}{
		{&s.Unknown, unknown, nil},
		{&s.Stalled, stalled, []any{patience.Seconds()}},
		{&s.Due, due, nil},
		{&s.Unnumbered, unnumbered, nil},
		{&s.Unsealed, unsealed, nil},
	} {
		if *part.into, _, err = postgres.One[Backlog](ctx, db, part.query, part.args...); err != nil {
			return s, fmt.Errorf("count a backlog: %w", err)
		}
	}
	if s.Jobs, err = postgres.All[Jobs](ctx, db, jobs); err != nil {
		return s, fmt.Errorf("count the jobs: %w", err)
	}
	if s.Checks, err = postgres.All[Check](ctx, db, checks); err != nil {
		return s, fmt.Errorf("read the scheduled checks: %w", err)
	}
	return s, nil
}

const (
	reviews = `SELECT review_reason AS reason, currency, count(*) AS orders, sum(total)::bigint AS amount,
		coalesce(extract(epoch FROM now() - min(review_since)), 0)::float8 AS age
	FROM checkout.orders WHERE status = 'manual_review' GROUP BY 1, 2 ORDER BY 1, 2`

	unknown = `SELECT count(*) AS items, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age
	FROM (SELECT created_at FROM billing.payments WHERE status = 'unknown' ORDER BY id LIMIT 10000) AS p`

	stalled = `SELECT count(*) AS items, coalesce(extract(epoch FROM now() - min(updated_at)), 0)::float8 AS age
	FROM (SELECT updated_at FROM checkout.orders
		WHERE status IN ('pending', 'processing', 'requires_action', 'paid')
			AND updated_at < now() - make_interval(secs => $1) AND (advancing_until IS NULL OR advancing_until < now())
		ORDER BY updated_at LIMIT 10000) AS o`

	due = `SELECT count(*) AS items, coalesce(extract(epoch FROM now() - min(at)), 0)::float8 AS age FROM (
		(SELECT look_at AS at FROM billing.payments WHERE look_at <= now() ORDER BY look_at LIMIT 10000)
		UNION ALL (SELECT look_at FROM billing.refunds WHERE look_at <= now() ORDER BY look_at LIMIT 10000)
		UNION ALL (SELECT retry_at FROM billing.webhook_events WHERE retry_at <= now() ORDER BY retry_at LIMIT 10000)
	) AS d`

	unnumbered = `SELECT count(*) AS items, coalesce(extract(epoch FROM now() - min(captured_at)), 0)::float8 AS age
	FROM (SELECT captured_at FROM billing.invoice_drafts ORDER BY captured_at, id LIMIT 10000) AS d`

	unsealed = `SELECT count(*) AS items, coalesce(extract(epoch FROM now() - min(e.at)), 0)::float8 AS age
	FROM (SELECT entry_id FROM billing.journal_unsealed LIMIT 10000) AS u
	JOIN billing.journal_entries e ON e.id = u.entry_id`

	jobs = `SELECT kind, state::text AS state, count(*) AS jobs,
		greatest(coalesce(extract(epoch FROM now() - min(coalesce(finalized_at, scheduled_at))), 0), 0)::float8 AS age
	FROM (SELECT kind, state, scheduled_at, finalized_at FROM river.river_job
		WHERE state IN ('available', 'retryable', 'running', 'discarded', 'cancelled') LIMIT 10000) AS j
	GROUP BY 1, 2 ORDER BY 1, 2`

	checks = `SELECT name, sum(findings)::bigint AS findings, sum(unchecked)::bigint AS unchecked,
		count(*) FILTER (WHERE failure <> '') AS failed, max(failure) AS failure,
		extract(epoch FROM now() - max(finished_at))::float8 AS age
	FROM billing.check_runs GROUP BY name ORDER BY name`
)
