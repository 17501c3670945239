package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"coinslot/modules/identity/domain"
	"coinslot/platform/postgres"
)

// Attempts implements ports.Attempts with a table that all replicas share.
type Attempts struct{ db *postgres.DB }

// NewAttempts returns the rate limiter's buckets.
func NewAttempts(db *postgres.DB) *Attempts { return &Attempts{db} }

type attemptRow struct {
	Bucket  []byte
	EmptyAt time.Time
}

// EmptyAt returns the times at which buckets are empty.
func (a *Attempts) EmptyAt(
	ctx context.Context, buckets []domain.Bucket, now time.Time,
) (map[domain.Bucket]time.Time, error) {
	rows, err := postgres.All[attemptRow](ctx, a.db, `SELECT bucket, empty_at FROM identity.attempts
		WHERE bucket = ANY ($1::bytea[]) AND empty_at > $2`, raw(buckets), now)
	if err != nil {
		return nil, fmt.Errorf("select attempts: %w", err)
	}
	out := make(map[domain.Bucket]time.Time, len(rows))
	for _, r := range rows {
		out[domain.Bucket(r.Bucket)] = r.EmptyAt.UTC()
	}
	return out, nil
}

// Add adds attempts in one statement. It locks the rows in the order of the buckets to prevent deadlocks. It computes
// domain.Attempt.Fill in SQL.
func (a *Attempts) Add(ctx context.Context, attempts []domain.Attempt, now time.Time) error {
	attempts = slices.SortedFunc(slices.Values(attempts),
		func(x, y domain.Attempt) int { return slices.Compare(x.Bucket[:], y.Bucket[:]) })
	var buckets []domain.Bucket
	var costs, debts []int64
	for _, one := range attempts {
		buckets = append(buckets, one.Bucket)
		costs, debts = append(costs, one.Cost.Microseconds()), append(debts, one.Debt.Microseconds())
	}
	_, err := postgres.Exec(ctx, a.db, `INSERT INTO identity.attempts AS a (bucket, empty_at)
		SELECT n.bucket, @now::timestamptz + n.cost * interval '1 microsecond'
		FROM unnest(@buckets::bytea[], @costs::bigint[]) AS n (bucket, cost)
		ON CONFLICT (bucket) DO UPDATE SET empty_at = least(
			greatest(a.empty_at, @now) + (EXCLUDED.empty_at - @now),
			@now + (
				SELECT n.debt * interval '1 microsecond'
				FROM unnest(@buckets::bytea[], @debts::bigint[]) AS n (bucket, debt) WHERE n.bucket = a.bucket))`,
		postgres.Named{"buckets": raw(buckets), "costs": costs, "debts": debts, "now": now})
	if err != nil {
		return fmt.Errorf("add attempts: %w", err)
	}
	return nil
}

func raw(buckets []domain.Bucket) [][]byte {
	out := make([][]byte, len(buckets))
	for i, b := range buckets {
		out[i] = b[:]
	}
	return out
}
