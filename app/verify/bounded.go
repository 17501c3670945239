package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// canceled is PostgreSQL's code of a statement that was canceled by its timeout.
const canceled = "57014"

// Bounded checks the invariants that the database alone can show, read-only and with a limit for each query. Those that
// need all of the provider's records are left to Run and to Reconcile, and the chain of hashes to CheckLedger. It
// returns the findings, and the names of the invariants whose query did not end in time.
func Bounded(ctx context.Context, url string, limit time.Duration) (found []Finding, unchecked []string, err error) {
	all, err := Invariants()
	if err != nil {
		return nil, nil, err
	}
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, nil, errors.New("configuration key database.url: the URL cannot be read")
	}
	cfg.RuntimeParams["statement_timeout"] = strconv.FormatInt(limit.Milliseconds(), 10)
	cfg.RuntimeParams["default_transaction_read_only"] = "on"
	cfg.RuntimeParams["application_name"] = "coinslot verify"
	postgres.Settings(cfg)
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, inv := range all {
		if inv.Provider || inv.Balance || inv.Sealed {
			continue
		}
		violations, err := inv.bounded(ctx, conn)
		if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == canceled && ctx.Err() == nil {
			unchecked = append(unchecked, inv.Name)
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("check %s: %w", inv.Name, err)
		}
		found = append(found, Finding{inv, violations})
	}
	return found, unchecked, nil
}

// bounded is Check, repeated when work in progress may be the cause of a violation.
func (inv Invariant) bounded(ctx context.Context, conn *pgx.Conn) ([]string, error) {
	none := billing.PaymentConfig{} // Bounded leaves out the checks that need it
	found, err := inv.Check(ctx, conn, none)
	if err == nil && len(found) > 0 && inv.Drained {
		return again(ctx, found, func() ([]string, error) { return inv.Check(ctx, conn, none) })
	}
	return found, err
}
