package postgres

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres"
)

type payoutRow struct {
	ID          id.ID
	Provider    string
	ProviderRef string
	Amount      int64
	Currency    money.Currency
	Status      domain.PayoutStatus
	Turns       int
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

func (r payoutRow) payout() domain.Payout {
	return domain.RestorePayout(domain.PayoutSnapshot{
		ID: r.ID, Provider: r.Provider, ProviderRef: r.ProviderRef, Amount: money.Of(r.Amount, r.Currency),
		Status: r.Status, Turns: r.Turns, CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC(),
	})
}

const payoutColumns = `id, provider, provider_ref, amount, currency, status, turns, created_at, updated_at`

type payouts struct{ tx *postgres.Tx }

func (s payouts) Lock(ctx context.Context, provider, ref string) (domain.Payout, bool, error) {
	_, err := postgres.Exec(ctx, s.tx, `SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))`,
		"payout "+provider+" "+ref)
	if err != nil {
		return domain.Payout{}, false, fmt.Errorf("lock the reference of a payout: %w", err)
	}
	row, found, err := postgres.One[payoutRow](ctx, s.tx,
		`SELECT `+payoutColumns+` FROM billing.payouts WHERE provider = $1 AND provider_ref = $2 FOR UPDATE`, provider, ref)
	if err != nil {
		return domain.Payout{}, false, fmt.Errorf("select payout: %w", err)
	}
	return row.payout(), found, nil
}

func (s payouts) Put(ctx context.Context, payout domain.Payout) error {
	p := payout.Snapshot()
	_, err := postgres.Exec(ctx, s.tx, `INSERT INTO billing.payouts (`+payoutColumns+`)
		VALUES (@id, @provider, @provider_ref, @amount, @currency, @status, @turns, @created_at, @updated_at)
		ON CONFLICT (id) DO UPDATE SET status = @status, turns = @turns, updated_at = @updated_at`,
		postgres.Named{
			"id": p.ID, "provider": p.Provider, "provider_ref": p.ProviderRef, "amount": p.Amount.Amount(),
			"currency": p.Amount.Currency(), "status": p.Status, "turns": p.Turns, "created_at": p.CreatedAt,
			"updated_at": p.UpdatedAt,
		})
	if err != nil {
		return fmt.Errorf("put payout: %w", err)
	}
	return nil
}
