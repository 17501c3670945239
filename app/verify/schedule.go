package verify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"coinslot/app/store"
	"coinslot/platform/jobs"
	"coinslot/platform/postgres"

	"go.uber.org/fx"

	billingservice "coinslot/modules/billing/service"
)

// scheduled runs verify and reconcile inside the store, on one replica at a time. Their results are rows of
// billing.check_runs, which the metrics and coinslot status show.
type scheduled struct {
	fx.In

	Config  store.Config
	DB      *postgres.DB
	Billing *billingservice.Service
	Log     *slog.Logger
}

const (
	checkEvery = time.Second // how often the loop asks whether a check is due; it doubles to checkIdle
	checkIdle  = time.Minute
	maxDetails = 20 // findings that a row keeps as text
)

// Schedule adds the scheduled checks to a store, as the section checks of its configuration says.
func Schedule() fx.Option {
	return fx.Invoke(func(lifecycle fx.Lifecycle, s scheduled) {
		const task = "scheduled checks"
		loop := jobs.NewLoop(task, jobs.Pace{Busy: checkEvery, Idle: checkIdle}, s.round, s.Log).
			ByLeader(s.DB.NewLease(task, s.Config.Jobs.Lease))
		lifecycle.Append(fx.Hook{OnStart: loop.Start, OnStop: loop.Stop})
	})
}

// round runs the checks that are due.
func (s scheduled) round(ctx context.Context) (bool, error) {
	due, err := s.due(ctx)
	if err != nil {
		return false, err
	}
	var failed []error
	for _, d := range due {
		failed = append(failed, s.run(ctx, d))
	}
	return len(due) > 0, errors.Join(failed...)
}

// dueCheck is a check that is due. Subject is a day for reconcile, and all for verify.
type dueCheck struct {
	Name    string
	Subject string
}

// due returns the checks that are due: verify after its interval, and reconcile for yesterday once, from a quarter past
// midnight (UTC). A day with differences is reconciled again, for up to 30 days, until there are none.
func (s scheduled) due(ctx context.Context) ([]dueCheck, error) {
	out, err := postgres.All[dueCheck](ctx, s.DB, `WITH day AS (
			SELECT to_char((now() AT TIME ZONE 'UTC') - interval '1 day 15 minutes', 'YYYY-MM-DD') AS yesterday)
		SELECT 'verify' AS name, 'all' AS subject WHERE $1::float8 > 0 AND NOT EXISTS (SELECT FROM billing.check_runs
			WHERE name = 'verify' AND finished_at > now() - make_interval(secs => $1))
		UNION ALL
		SELECT 'reconcile', yesterday FROM day WHERE $2::float8 > 0 AND NOT EXISTS (SELECT FROM billing.check_runs
			WHERE name = 'reconcile' AND subject = yesterday)
		UNION ALL
		SELECT 'reconcile', subject FROM billing.check_runs WHERE $2 > 0 AND name = 'reconcile'
			AND (findings > 0 OR failure <> '') AND finished_at < now() - make_interval(secs => $2)
			AND subject::date > now() - interval '30 days'`,
		s.Config.Checks.VerifyInterval.Seconds(), s.Config.Checks.ReconcileInterval.Seconds())
	if err != nil {
		return nil, fmt.Errorf("select the checks that are due: %w", err)
	}
	return out, nil
}

// result is what a check found.
type result struct {
	Findings  []string
	Unchecked []string
}

// run runs a check and records its result, also when it fails.
func (s scheduled) run(ctx context.Context, d dueCheck) error {
	began := time.Now()
	r, err := s.check(ctx, d)
	if ctx.Err() != nil {
		return nil // the store stops, or another replica leads
	}
	failure := ""
	switch {
	case err != nil:
		failure = err.Error()
	case len(r.Findings) > 0:
		s.Log.ErrorContext(ctx, "a scheduled check found violations or differences", "check", d.Name,
			"subject", d.Subject, "count", len(r.Findings), "first", r.Findings[0])
	}
	_, stored := postgres.Exec(ctx, s.DB, `WITH old AS (
			DELETE FROM billing.check_runs WHERE name = 'reconcile' AND finished_at < now() - interval '60 days')
		INSERT INTO billing.check_runs AS c (name, subject, took, findings, unchecked, failure, details)
		VALUES (@name, @subject, make_interval(secs => @took), @findings, @unchecked, @failure, @details::jsonb)
		ON CONFLICT (name, subject) DO UPDATE SET finished_at = now(), took = excluded.took, details = excluded.details,
			findings = excluded.findings, unchecked = excluded.unchecked, failure = excluded.failure`, postgres.Named{
		"name": d.Name, "subject": d.Subject, "took": time.Since(began).Seconds(), "findings": len(r.Findings),
		"unchecked": len(r.Unchecked), "failure": failure, "details": postgres.JSON(result{
			r.Findings[:min(maxDetails, len(r.Findings))], r.Unchecked,
		}),
	})
	if stored != nil {
		return fmt.Errorf("record the result of %s: %w", d.Name, stored)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", d.Name, d.Subject, err)
	}
	return nil
}

func (s scheduled) check(ctx context.Context, d dueCheck) (r result, err error) {
	if d.Name == "verify" {
		found, unchecked, err := Bounded(ctx, s.Config.Database.URL, s.Config.Checks.StatementTimeout)
		if err == nil && len(s.Config.Ledger.SealKeys) > 0 {
			var sealed []Finding
			sealed, err = CheckLedger(ctx, s.Config, LedgerScope{For: s.Config.Checks.StatementTimeout})
			found = append(found, sealed...)
		}
		for _, f := range found {
			for _, violation := range f.Violations {
				r.Findings = append(r.Findings, f.Name+": "+violation)
			}
		}
		r.Unchecked = unchecked
		return r, err
	}
	day, err := time.Parse(time.DateOnly, d.Subject)
	if err != nil {
		return r, err
	}
	compared, err := s.Billing.Reconcile(ctx, day, day.AddDate(0, 0, 1))
	for _, difference := range compared.Differences {
		r.Findings = append(r.Findings, describe(difference))
	}
	return r, err
}
