package memory

import (
	"context"
	"slices"
	"time"

	"coinslot/modules/billing"
	"coinslot/modules/billing/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// move records a balance transaction. The caller holds the lock.
func (p *Provider) move(kind domain.MovementKind, ref string, orderID id.ID, gross money.Money) {
	t := domain.BalanceTransaction{
		MovementKey: domain.MovementKey{Kind: kind, Ref: ref}, Currency: gross.Currency(), Gross: gross.Amount(),
	}
	if orderID != id.Nil {
		t.OrderID = orderID.String()
	}
	p.moved = append(p.moved, t)
}

// Move records a balance transaction that is no charge, without an event.
func (p *Provider) Move(kind domain.MovementKind, ref string, gross money.Money) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.move(kind, ref, id.Nil, gross)
}

// SetChargeFee sets the fee of each charge in the balance, without an event.
func (p *Provider) SetChargeFee(fee int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chargeFee = fee
}

// Transactions returns all balance transactions; this provider has no clock.
func (p *Provider) Transactions(context.Context, time.Time, time.Time) (out []domain.BalanceTransaction, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, outcome := range p.outcomes {
		if outcome.Status == billing.Captured {
			c := p.charge(outcome)
			out = append(out, domain.BalanceTransaction{
				MovementKey: domain.MovementKey{Kind: domain.ChargeMovement, Ref: c.Ref}, OrderID: c.OrderID,
				Currency: c.Currency, Gross: c.Captured, Fee: p.chargeFee,
			})
		}
	}
	return append(out, p.moved...), nil
}

// TransactionsOf returns all balance transactions of a source.
func (p *Provider) TransactionsOf(ctx context.Context, ref string) ([]domain.BalanceTransaction, error) {
	all, err := p.Transactions(ctx, time.Time{}, time.Time{})
	return slices.DeleteFunc(all, func(t domain.BalanceTransaction) bool { return t.Ref != ref }), err
}
