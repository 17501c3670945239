package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"coinslot/app/status"
	"coinslot/modules/checkout"
	"coinslot/platform/postgres"
	"coinslot/platform/telemetry"

	"github.com/jackc/pgx/v5/pgxpool"
	"go.uber.org/fx"
)

// observed are what metrics are read from.
type observed struct {
	fx.In

	Telemetry *telemetry.Telemetry
	DB        *postgres.DB
	Jobs      *pgxpool.Pool
	Config    Config
}

// observe registers the metrics that are read from the pools and from the database.
func observe(o observed) error {
	if err := errors.Join(o.pools(), o.replica()); err != nil {
		return err
	}
	r := &reader{db: o.DB, patience: o.Config.Sweeper.Patience}
	return o.Telemetry.Observe(scope, stateInstruments, r.report)
}

const (
	poolConnections = "db.client.connection.count"
	poolLimit       = "db.client.connection.max"
	poolWaiting     = "db.client.connection.pending_requests"
	poolTimeouts    = "db.client.connection.timeouts"
	poolWaits       = "coinslot_db_connection_waits"
	poolWaited      = "coinslot_db_connection_wait"
)

func (o observed) pools() error {
	const pool, state = "db.client.connection.pool.name", "db.client.connection.state"
	return o.Telemetry.Observe(scope, []telemetry.Instrument{
		{Name: poolConnections, Description: "Connections of the pool, by state."},
		{Name: poolLimit, Description: "The limit of connections of the pool."},
		{Name: poolWaiting, Description: "Callers that wait for a connection."},
		{Name: poolTimeouts, Description: "Callers that got no connection in time.", Cumulative: true},
		{Name: poolWaits, Description: "Acquisitions that had to wait for a connection.", Cumulative: true},
		{Name: poolWaited, Unit: "s", Description: "The total time of those waits.", Cumulative: true},
	}, func(_ context.Context, report telemetry.Report) error {
		pools := map[string]postgres.PoolStats{"store": o.DB.Stats(), "jobs": postgres.StatsOf(o.Jobs)}
		if replica, ok := o.DB.ReplicaStats(); ok {
			pools["replica"] = replica.Pool
		}
		for name, s := range pools {
			report(poolConnections, float64(s.Used), pool, name, state, "used")
			report(poolConnections, float64(s.Idle), pool, name, state, "idle")
			report(poolLimit, float64(s.Max), pool, name)
			if name != "jobs" {
				report(poolWaiting, float64(s.Waiting), pool, name)
			}
			report(poolTimeouts, float64(s.Timeouts), pool, name)
			report(poolWaits, float64(s.Waits), pool, name)
			report(poolWaited, s.Waited.Seconds(), pool, name)
		}
		return nil
	})
}

const (
	replicaReads     = "coinslot_replica_reads"
	replicaFallbacks = "coinslot_replica_fallbacks"
)

// replica registers the counts of the reads that a replica may answer; they are 0 without one.
func (o observed) replica() error {
	return o.Telemetry.Observe(scope, []telemetry.Instrument{
		{Name: replicaReads, Description: "Reads that a replica of the database has answered.", Cumulative: true},
		{Name: replicaFallbacks, Description: "Reads that the primary has answered instead.", Cumulative: true},
	}, func(_ context.Context, report telemetry.Report) error {
		s, _ := o.DB.ReplicaStats()
		report(replicaReads, float64(s.Reads))
		for i, reason := range postgres.Fallbacks {
			report(replicaFallbacks, float64(s.Fallbacks[i]), "reason", reason)
		}
		return nil
	})
}

const (
	reviewOrders    = "coinslot_orders_in_review"
	reviewAmount    = "coinslot_orders_in_review_amount"
	reviewAge       = "coinslot_orders_in_review_age"
	unknownPayments = "coinslot_payments_unknown"
	unknownAge      = "coinslot_payments_unknown_age"
	sweeperItems    = "coinslot_sweeper_backlog"
	sweeperAge      = "coinslot_sweeper_backlog_age"
	draftItems      = "coinslot_documents_unnumbered"
	draftAge        = "coinslot_documents_unnumbered_age"
	unsealedItems   = "coinslot_journal_unsealed"
	unsealedAge     = "coinslot_journal_unsealed_age"
	jobItems        = "coinslot_jobs"
	jobAge          = "coinslot_jobs_age"
	checkFindings   = "coinslot_check_findings"
	checkUnchecked  = "coinslot_check_unchecked"
	checkFailed     = "coinslot_check_failed"
	checkAge        = "coinslot_check_age"
	stateRead       = "coinslot_state_up"
)

var stateInstruments = []telemetry.Instrument{
	{Name: reviewOrders, Description: "Orders in manual review, by reason."},
	{Name: reviewAmount, Description: "Totals of the orders in manual review, in minor units, by currency."},
	{Name: reviewAge, Unit: "s", Description: "Age of the oldest manual review."},
	{Name: unknownPayments, Description: "Payments whose outcome the provider has not told."},
	{Name: unknownAge, Unit: "s", Description: "Age of the oldest payment with an unknown outcome."},
	{Name: sweeperItems, Description: "Work that the sweeper has to do: stalled orders, and due refunds and polls."},
	{Name: sweeperAge, Unit: "s", Description: "Age of the oldest work of the sweeper."},
	{Name: draftItems, Description: "Invoices and credit notes without a number."},
	{Name: draftAge, Unit: "s", Description: "Age of the oldest invoice or credit note without a number."},
	{Name: unsealedItems, Description: "Journal entries without a seal."},
	{Name: unsealedAge, Unit: "s", Description: "Age of the oldest journal entry without a seal."},
	{Name: jobItems, Description: "Jobs, by state; retryable ones have failed and wait for their next attempt."},
	{Name: jobAge, Unit: "s", Description: "Time since the oldest job of a state was due, or ended."},
	{Name: checkFindings, Description: "Violated invariants of verify, and differences of reconcile."},
	{Name: checkUnchecked, Description: "Invariants whose check did not end in time."},
	{Name: checkFailed, Description: "Runs of scheduled checks that failed."},
	{Name: checkAge, Unit: "s", Description: "Time since the last run of a scheduled check."},
	{Name: stateRead, Description: "Whether the metrics that the database has could be read."},
}

const (
	stateMaxAge  = 5 * time.Second // frequent readers share a state
	stateTimeout = 3 * time.Second
)

// reader reads the state when metrics are read. A store whose metrics nobody reads runs no queries for them.
type reader struct {
	db       *postgres.DB
	patience time.Duration
	mu       sync.Mutex
	state    status.State
	err      error
	read     time.Time
}

func (r *reader) get(ctx context.Context) (status.State, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if time.Since(r.read) < stateMaxAge {
		return r.state, r.err
	}
	ctx, cancel := context.WithTimeout(ctx, stateTimeout)
	defer cancel()
	r.state, r.err = status.Read(ctx, r.db, r.patience)
	r.read = time.Now()
	return r.state, r.err
}

// report reports the state. When it cannot be read, only coinslot_state_up has a value, 0.
func (r *reader) report(ctx context.Context, report telemetry.Report) error {
	s, err := r.get(ctx)
	if err != nil {
		report(stateRead, 0)
		return nil
	}
	report(stateRead, 1)
	for backlog, names := range map[*status.Backlog][2]string{
		&s.Unknown: {unknownPayments, unknownAge}, &s.Unnumbered: {draftItems, draftAge},
		&s.Unsealed: {unsealedItems, unsealedAge},
	} {
		report(names[0], float64(backlog.Items))
		report(names[1], backlog.Age)
	}
	report(sweeperItems, float64(s.Stalled.Items), "work", "orders")
	report(sweeperItems, float64(s.Due.Items), "work", "payments")
	report(sweeperAge, s.Stalled.Age, "work", "orders")
	report(sweeperAge, s.Due.Age, "work", "payments")
	reportReviews(s.Reviews, report)
	reportJobs(s.Jobs, report)
	for _, c := range s.Checks {
		report(checkFindings, float64(c.Findings), "check", c.Name)
		report(checkUnchecked, float64(c.Unchecked), "check", c.Name)
		report(checkFailed, float64(c.Failed), "check", c.Name)
		report(checkAge, c.Age, "check", c.Name)
	}
	return nil
}

func reportReviews(reviews []status.Review, report telemetry.Report) {
	orders, amounts, age := map[string]int64{}, map[string]int64{}, 0.0
	for _, r := range reviews {
		orders[r.Reason] += r.Orders
		amounts[r.Currency] += r.Amount
		age = max(age, r.Age)
	}
	for _, reason := range reviewReasons {
		report(reviewOrders, float64(orders[reason]), "reason", reason)
	}
	for currency, amount := range amounts {
		report(reviewAmount, float64(amount), "currency", currency)
	}
	report(reviewAge, age)
}

// reviewReasons are the reasons of manual reviews.
var reviewReasons = []string{
	string(checkout.ReviewPaymentUnknown), string(checkout.ReviewAmountMismatch), string(checkout.ReviewMoreOutThanIn),
	string(checkout.ReviewRefundFailed), string(checkout.ReviewDisputed), string(checkout.ReviewFulfilmentFailed),
}

// reportJobs reports each state, also those without a job, so that a rule can compare them with 0.
func reportJobs(jobs []status.Jobs, report telemetry.Report) {
	items, age := map[string]int64{}, map[string]float64{}
	for _, j := range jobs {
		items[j.State] += j.Jobs
		age[j.State] = max(age[j.State], j.Age)
	}
	for _, state := range []string{"available", "running", "retryable", "discarded", "cancelled"} {
		report(jobItems, float64(items[state]), "state", state)
		report(jobAge, age[state], "state", state)
	}
}
