package verify

import (
	"context"
	"fmt"
	"io"

	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/jackc/pgx/v5"
)

// reviewed is an order in manual review with the sums of its payments and refunds.
type reviewed struct {
	ID       id.ID
	Number   string
	Reason   string
	Currency money.Currency
	Total    int64
	Captured int64
	Refunded int64
}

// PrintInReview prints the orders in manual review. They are not violations.
func PrintInReview(ctx context.Context, ownerURL string, out io.Writer) error {
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("connect as the database's owner: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	rows, err := conn.Query(ctx, `SELECT o.id, o.number, o.review_reason, o.currency, o.total,
			(SELECT coalesce(sum(p.amount), 0)::bigint FROM billing.payments p
				WHERE p.order_id = o.id AND p.status IN ('captured', 'captured_late')),
			(SELECT coalesce(sum(r.amount), 0)::bigint FROM billing.refunds r
				WHERE r.order_id = o.id AND r.status = 'succeeded')
		FROM checkout.orders o WHERE o.status = 'manual_review' ORDER BY o.id`)
	if err != nil {
		return fmt.Errorf("select the orders in review: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[reviewed])
	if err != nil {
		return fmt.Errorf("read the orders in review: %w", err)
	}
	fmt.Fprintf(out, "%d orders in manual review\n", len(found))
	for _, r := range found {
		of := func(n int64) money.Money { return money.Of(n, r.Currency) }
		fmt.Fprintf(out, "  %s %s %s: owed %s, captured %s, refunded %s\n", r.ID, r.Number, r.Reason, of(r.Total),
			of(r.Captured), of(r.Refunded))
	}
	return nil
}
