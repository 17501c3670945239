package domain

import (
	"fmt"
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/mutant"
)

// Price is an immutable price version. Versions count up per sellable and currency.
type Price struct {
	SellableID id.ID
	Money      money.Money
	Version    int
	ValidFrom  time.Time
	CreatedAt  time.Time
	Withdrawn  *time.Time // before it started; nil: it was not
}

// WithdrawalMargin is how long before its start a price can be withdrawn at the latest. It is as long as a transaction
// and its commit may take (database.transaction_timeout and commit_timeout), so that a withdrawal is stored before
// anybody can buy at the price.
const WithdrawalMargin = 5 * time.Second

// lastYear is the last one that RFC 3339 can write.
const lastYear = 9999

// Withdraw withdraws a price that has not started. Withdrawing it again changes nothing; changed is false then.
func (p *Price) Withdraw(now time.Time) (changed bool, err error) {
	if p.Withdrawn != nil {
		return false, nil
	}
	if p.ValidFrom.Sub(now) < WithdrawalMargin && !mutant.On("withdraw-a-price-in-force") {
		return false, ErrPriceInForce
	}
	p.Withdrawn = &now
	return true, nil
}

// InForce returns the price in force at a moment from all versions in one currency, or nil: the one with the greatest
// ValidFrom that is not later and that was not withdrawn; ties go to the greater version.
func InForce(versions []Price, at time.Time) *Price {
	var best *Price
	for i, p := range versions {
		withdrawn := p.Withdrawn != nil && !mutant.On("sell-at-a-withdrawn-price")
		if withdrawn || p.ValidFrom.After(at) {
			continue
		}
		if best == nil || p.ValidFrom.After(best.ValidFrom) ||
			(p.ValidFrom.Equal(best.ValidFrom) && p.Version > best.Version) {
			best = &versions[i]
		}
	}
	return best
}

// MaxPrice returns the highest price in a currency, in minor units. It is a million units of a currency like the dollar
// and more of one with smaller units, so that it is worth about as much everywhere: 10^8 in USD, 10^9 in KWD, 10^12 in
// IDR. Nowhere is it above 10^13, which leaves room in an int64 for 999 units in each of 100 lines, and for the tax.
func MaxPrice(c money.Currency) int64 {
	const million, most = 6, 13
	bound := int64(1)
	for range min(million+c.Magnitude()+c.Digits(), most) {
		bound *= 10
	}
	return bound
}

// checkAmount rejects an amount that cannot be a price; at names the field.
func checkAmount(at string, amount money.Money) error {
	highest := MaxPrice(amount.Currency())
	if !amount.IsNegative() && amount.Amount() <= highest {
		return nil
	}
	hint := fmt.Sprintf("write a number of minor units from 0 to %d, which is %s", highest,
		money.Of(highest, amount.Currency()))
	return ErrInvalid.At(at, hint, amount.Amount())
}

// NextPrice makes the version after last, the highest that there is, withdrawn or not; nil for the first one. Without
// validFrom it is in force at once, until a version that is scheduled already starts; it cannot start in the past.
func NextPrice(sellableID id.ID, last *Price, amount money.Money, validFrom *time.Time, now time.Time) (Price, error) {
	if err := checkAmount("amount", amount); err != nil {
		return Price{}, err
	}
	p := Price{SellableID: sellableID, Money: amount, Version: 1, ValidFrom: now, CreatedAt: now}
	if validFrom != nil {
		p.ValidFrom = validFrom.UTC().Truncate(time.Microsecond)
		if p.ValidFrom.Year() > lastYear {
			return Price{}, ErrInvalid.At("valid_from", "write a time before the year 10000 in UTC",
				validFrom.Format(time.RFC3339))
		}
	}
	if p.ValidFrom.Before(now) {
		return Price{}, ErrPriceInPast
	}
	if last != nil {
		p.Version = last.Version + 1
	}
	return p, nil
}

// ImportPrices makes the history of a sellable that is only now being added: its past may be told, because nobody
// has seen a price of it yet.
func ImportPrices(sellableID id.ID, history []Price, now time.Time) ([]Price, error) {
	out := make([]Price, 0, len(history))
	last := map[money.Currency]Price{}
	for _, p := range history {
		if err := checkAmount("price", p.Money); err != nil {
			return nil, err
		}
		before, ok := last[p.Money.Currency()]
		if ok && p.ValidFrom.Before(before.ValidFrom) {
			return nil, ErrPriceOrder
		}
		p.SellableID, p.Version, p.CreatedAt = sellableID, before.Version+1, now
		last[p.Money.Currency()] = p
		out = append(out, p)
	}
	return out, nil
}
