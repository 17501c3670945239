package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

// Movements reads what the store's records say about the provider's balance.
type Movements struct{ db *postgres.DB }

// NewMovements returns the reader.
func NewMovements(db *postgres.DB) *Movements { return &Movements{db} }

type movementRow struct {
	ID       id.ID
	Kind     domain.MovementKind
	Ref      string
	OrderID  *id.ID
	Currency money.Currency
	Amount   int64
	Fee      int64
	At       time.Time
}

func (r movementRow) movement() domain.Movement {
	out := domain.Movement{
		MovementKey: domain.MovementKey{Kind: r.Kind, Ref: r.Ref}, ID: r.ID, Currency: r.Currency,
		Amount: r.Amount, Fee: r.Fee, At: r.At.UTC(),
	}
	if r.OrderID != nil {
		out.OrderID = *r.OrderID
	}
	return out
}

// movements selects the movements of all kinds whose rows match a condition. Each condition is on a column with an
// index of its own: a disjunction of references and times would be planned as a scan of the whole table.
func movements(byRef, byTime string) string {
	where := func(ref, at string) string {
		if byRef != "" {
			return ref + ` ` + byRef
		}
		return fmt.Sprintf(byTime, at)
	}
	return `SELECT p.id, 'charge' AS kind, p.provider_ref AS ref, p.order_id, p.currency, p.captured AS amount,
			p.created_at AS at
		FROM billing.payments p
		WHERE p.provider = @provider AND p.captured > 0 AND p.provider_ref IS NOT NULL
			AND ` + where("p.provider_ref", "p.created_at") + `
		UNION ALL SELECT r.id, 'refund', r.provider_ref, r.order_id, r.currency, -r.amount, r.created_at
		FROM billing.refunds r
		WHERE r.status = 'succeeded' AND r.amount > 0 AND r.provider_ref IS NOT NULL
			AND ` + where("r.provider_ref", "r.created_at") + `
		UNION ALL SELECT d.id, 'dispute', d.provider_ref, d.order_id, d.currency,
			CASE WHEN d.status IN (` + disputesOut + `) THEN -d.amount ELSE 0 END, d.created_at
		FROM billing.disputes d
		WHERE d.provider = @provider AND ` + where("d.provider_ref", "d.created_at") + `
		UNION ALL SELECT o.id, 'payout', o.provider_ref, NULL, o.currency,
			CASE o.status WHEN 'paid' THEN -o.amount ELSE 0 END, o.created_at
		FROM billing.payouts o
		WHERE o.provider = @provider AND ` + where("o.provider_ref", "o.created_at") + `
		UNION ALL SELECT e.id, CASE x.account WHEN 'dispute_fees' THEN 'dispute_fee' ELSE 'fee' END, e.source_id,
			nullif(e.order_id, '00000000-0000-0000-0000-000000000000'), x.currency, -x.amount, e.at
		FROM billing.journal_entries e
			JOIN billing.journal_postings x ON x.entry_id = e.id AND x.account <> 'provider_clearing'
		WHERE e.source_type = 'fee' AND e.source_id NOT LIKE '%#fee' AND ` + where("e.source_id", "e.at")
}

// withFees adds the booked fees of charges.
const withFees = `SELECT m.*, CASE m.kind WHEN 'charge' THEN (
		SELECT coalesce(sum(x.amount), 0)::bigint
		FROM billing.journal_entries e
			JOIN billing.journal_postings x ON x.entry_id = e.id AND x.account = 'provider_fees'
		WHERE (e.source_type, e.source_id) IN (('payment', m.id::text), ('fee', m.ref || '#fee'))) ELSE 0 END AS fee
	FROM m`

// Within returns movements that were recorded in a period, the oldest first.
func (m *Movements) Within(ctx context.Context, p ports.Period, after *domain.MovementMark,
	limit int,
) ([]domain.Movement, error) {
	mark := domain.MovementMark{At: p.From}
	if after != nil {
		mark = *after
	}
	rows, err := postgres.All[movementRow](ctx, m.db, `WITH m AS MATERIALIZED (SELECT * FROM (
			`+movements("", `%[1]s >= @mark_at AND %[1]s < @to`)+`) AS recorded
			WHERE (at, id) > (@mark_at, @mark_id) ORDER BY at, id LIMIT @limit) `+withFees+` ORDER BY m.at, m.id`,
		postgres.Named{
			"provider": p.Provider, "mark_at": mark.At, "mark_id": mark.ID, "to": p.To, "limit": limit,
		})
	if err != nil {
		return nil, fmt.Errorf("select the movements of a period: %w", err)
	}
	return toMovements(rows), nil
}

// OfRefs returns the movements with one of the provider's references.
func (m *Movements) OfRefs(ctx context.Context, provider string, refs []string) ([]domain.Movement, error) {
	rows, err := postgres.All[movementRow](ctx, m.db,
		`WITH m AS MATERIALIZED (`+movements(`= ANY(@refs::text[])`, "")+`) `+withFees,
		postgres.Named{"provider": provider, "refs": refs})
	if err != nil {
		return nil, fmt.Errorf("select movements by their references: %w", err)
	}
	return toMovements(rows), nil
}

func toMovements(rows []movementRow) []domain.Movement {
	out := make([]domain.Movement, len(rows))
	for i, r := range rows {
		out[i] = r.movement()
	}
	return out
}
