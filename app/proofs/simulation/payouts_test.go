//go:build failpoints

package simulation_test

import (
	"context"
	"fmt"
	"time"

	"coinslot/modules/billing/domain"
	"coinslot/modules/billing/ports"
	"coinslot/platform/money"
)

// simDisputeFee is what a dispute costs, in minor units.
const simDisputeFee = 15

// payOut pays out what the provider holds in each currency. Some payouts fail later; both events may come in any order.
func (p *simProvider) payOut() {
	for _, currency := range simCurrencies {
		amount := -p.paid[currency]
		for _, c := range p.charges {
			if c.request.Amount.Currency() == currency {
				amount += c.held() - c.disputed()
			}
		}
		if amount <= 0 {
			continue
		}
		p.payouts++
		p.sim.events["payout"]++
		report := domain.PayoutReport{
			ProviderRef: fmt.Sprintf("po_%d", p.payouts), Status: domain.PayoutPaid, Amount: money.Of(amount, currency),
		}
		p.paid[currency] += amount
		p.sendAlways(ports.Event{Payout: &report})
		if p.chance(30) {
			p.later(20*time.Second, func() {
				failed := report
				failed.Status = domain.PayoutFailed
				p.paid[currency] -= amount
				p.sendAlways(ports.Event{Payout: &failed})
			})
		}
	}
}

// checkPayouts: the bank account holds what was paid out and did not fail, and each dispute cost its fee once.
func (s *simulation) checkPayouts() error {
	balances, err := s.Billing.Journal.Balances(context.Background(), s.clock.Now())
	if err != nil {
		return err
	}
	bank, fees, cost := map[money.Currency]int64{}, map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, b := range balances {
		if b.Account == domain.Bank {
			bank[b.Amount.Currency()] = b.Amount.Amount()
		}
		if b.Account == domain.DisputeFees {
			fees[b.Amount.Currency()] = b.Amount.Amount()
		}
	}
	for _, c := range s.provider.charges {
		cost[c.request.Amount.Currency()] += simDisputeFee * int64(len(c.disputes))
	}
	for _, currency := range simCurrencies {
		if bank[currency] != s.provider.paid[currency] || fees[currency] != cost[currency] {
			return fmt.Errorf("the bank holds %d %s of %d that were paid out, and disputes cost %d of %d", bank[currency],
				currency, s.provider.paid[currency], fees[currency], cost[currency])
		}
	}
	return nil
}

// Transactions is not called in the simulation.
func (p *simProvider) Transactions(context.Context, time.Time, time.Time) ([]domain.BalanceTransaction, error) {
	return nil, errBooks
}

// TransactionsOf is not called in the simulation.
func (p *simProvider) TransactionsOf(context.Context, string) ([]domain.BalanceTransaction, error) {
	return nil, errBooks
}
