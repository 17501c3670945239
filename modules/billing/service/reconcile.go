package service

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Reconciliation is the result of a comparison of the provider's records with the store's.
type Reconciliation struct {
	Provider    int // movements in the provider's records
	Ours        int // movements in the store's records
	Differences []domain.Difference
}

// position is what one side's records say about a movement.
type position struct {
	orderID  string
	currency money.Currency
	amount   int64
	fee      int64
}

func (p position) same(o position) bool {
	return p.currency == o.currency && p.amount == o.amount && p.fee == o.fee
}

// positions are the positions of one side, and their keys in the order of time.
type positions struct {
	of   map[domain.MovementKey]position
	keys []domain.MovementKey
}

func (p *positions) add(key domain.MovementKey, one position) {
	sum, known := p.of[key]
	if !known {
		p.keys = append(p.keys, key)
	}
	one.amount += sum.amount
	one.fee += sum.fee
	p.of[key] = one
}

func newPositions() positions { return positions{of: map[domain.MovementKey]position{}} }

func theirPositions(transactions []domain.BalanceTransaction) positions {
	out := newPositions()
	for _, t := range transactions {
		out.add(t.MovementKey, position{t.OrderID, t.Currency, t.Gross, t.Fee})
	}
	return out
}

// Reconcile compares the movements of the provider's balance in a period with the store's records, in both directions:
// charges with their fees, refunds, disputes, fees and payouts. They are matched by the provider's reference, so that
// differing clocks cause no difference.
func (s *Service) Reconcile(ctx context.Context, from, to time.Time) (Reconciliation, error) {
	return s.ReconcileShowing(ctx, from, to, func(time.Time, int) {})
}

// ReconcileShowing is Reconcile that reports how far the provider's records have been read: up to which time, and how
// many movements.
func (s *Service) ReconcileShowing(ctx context.Context, from, to time.Time, show func(until time.Time, read int),
) (Reconciliation, error) {
	transactions, err := s.transactions(ctx, from, to, show)
	if err != nil {
		return Reconciliation{}, fmt.Errorf("read the provider's records: %w", err)
	}
	theirs := theirPositions(transactions)
	ours, err := s.recorded(ctx, from, to, theirs.keys)
	if err != nil {
		return Reconciliation{}, err
	}
	out := Reconciliation{Provider: len(theirs.keys), Ours: len(ours.keys)}
	keys := theirs.keys
	for _, key := range ours.keys {
		if _, known := theirs.of[key]; !known {
			keys = append(keys, key)
		}
	}
	for _, key := range keys {
		differences, err := s.compare(ctx, key, theirs, ours)
		if err != nil {
			return out, err
		}
		out.Differences = append(out.Differences, differences...)
	}
	return out, nil
}

// transactions returns the provider's transactions of a period, which it reads in steps.
func (s *Service) transactions(ctx context.Context, from, to time.Time, show func(time.Time, int),
) (all []domain.BalanceTransaction, err error) {
	for from.Before(to) {
		end := from.Add(providerRead)
		if end.After(to) {
			end = to
		}
		some, err := s.Balance.Transactions(ctx, from, end)
		if err != nil {
			return nil, err
		}
		all, from = append(all, some...), end
		show(end, len(all))
	}
	return all, nil
}

const (
	providerRead  = 6 * time.Hour // of the provider's records, between two reports of the progress
	movementsRead = 2000          // per statement
	refsRead      = 500
)

// recorded returns the store's movements of a period, and those with the references of keys.
func (s *Service) recorded(ctx context.Context, from, to time.Time, keys []domain.MovementKey) (positions, error) {
	out := newPositions()
	take := func(movements []domain.Movement) {
		for _, m := range movements {
			if _, known := out.of[m.MovementKey]; !known {
				out.add(m.MovementKey, ourPosition(m))
			}
		}
	}
	period := ports.Period{Provider: s.Provider.Name(), From: from, To: to}
	for after := (*domain.MovementMark)(nil); ; {
		movements, err := s.Movements.Within(ctx, period, after, movementsRead)
		if err != nil {
			return out, err
		}
		take(movements)
		if len(movements) < movementsRead {
			break
		}
		last := movements[len(movements)-1]
		after = &domain.MovementMark{At: last.At, ID: last.ID}
	}
	var refs []string
	for i, key := range keys {
		if _, known := out.of[key]; !known {
			refs = append(refs, key.Ref)
		}
		if len(refs) < refsRead && (i < len(keys)-1 || len(refs) == 0) {
			continue
		}
		movements, err := s.Movements.OfRefs(ctx, period.Provider, refs)
		if err != nil {
			return out, err
		}
		take(movements)
		refs = nil
	}
	return out, nil
}

func ourPosition(m domain.Movement) position {
	out := position{currency: m.Currency, amount: m.Amount, fee: m.Fee}
	if m.OrderID != id.Nil {
		out.orderID = m.OrderID.String()
	}
	return out
}

// compare compares a movement. When the period's records differ, those of all times decide: the provider may have
// recorded a part of the movement outside of the period.
func (s *Service) compare(ctx context.Context, key domain.MovementKey, theirs, ours positions,
) ([]domain.Difference, error) {
	our, recorded := ours.of[key]
	if their, found := theirs.of[key]; recorded && found && their.same(our) {
		return nil, nil
	}
	all, err := s.Balance.TransactionsOf(ctx, key.Ref)
	if err != nil {
		return nil, fmt.Errorf("read the provider's records: %w", err)
	}
	their, found := theirPositions(all).of[key]
	return differences(key, side{their, found}, side{our, recorded}), nil
}

// side is one side's position; without found it has none.
type side struct {
	position
	found bool
}

func (s side) String() string {
	if !s.found {
		return "nothing"
	}
	return money.Of(s.amount, s.currency).String()
}

var nouns = map[domain.MovementKind]string{
	domain.ChargeMovement: "charge", domain.RefundMovement: "refund", domain.DisputeMovement: "dispute",
	domain.DisputeFeeMovement: "dispute fee", domain.FeeMovement: "fee", domain.PayoutMovement: "payout",
}

func differences(key domain.MovementKey, their, our side) (out []domain.Difference) {
	differs := func(problem, theirs, ours string) {
		orderID := our.orderID
		if orderID == "" {
			orderID = their.orderID
		}
		out = append(out, domain.Difference{
			MovementKey: key, OrderID: orderID, Problem: fmt.Sprintf(problem, nouns[key.Kind]),
			Provider: theirs, Ours: ours,
		})
	}
	switch {
	case !their.found && !our.found:
	case !our.found:
		differs("the provider has a %s that the store does not have", their.String(), our.String())
	case !their.found:
		differs("the store has a %s that the provider does not have", their.String(), our.String())
	default:
		if their.String() != our.String() {
			differs("the amounts of the %s differ", their.String(), our.String())
		}
		theirFee, ourFee := money.Of(their.fee, their.currency).String(), money.Of(our.fee, our.currency).String()
		if theirFee != ourFee {
			differs("the fees of the %s differ", theirFee, ourFee)
		}
	}
	return out
}
