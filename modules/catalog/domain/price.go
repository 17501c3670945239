package domain

import (
	"time"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Price is an immutable price version. Versions count up per sellable and currency.
type Price struct {
	SellableID id.ID
	Money      money.Money
	Version    int
	ValidFrom  time.Time
	CreatedAt  time.Time
}

const maxPrice = 1_000_000_00 // in minor units: enough for any game, far from overflow

// NextPrice makes the version after last, which is nil for the first one. Without validFrom it is in force at once;
// it cannot start in the past or before its predecessor.
func NextPrice(sellableID id.ID, last *Price, amount money.Money, validFrom *time.Time, now time.Time) (Price, error) {
	if amount.IsNegative() || amount.Amount() > maxPrice {
		return Price{}, ErrInvalid.At("body.amount", "write a number of minor units from 0 to 100000000", amount.Amount())
	}
	p := Price{SellableID: sellableID, Money: amount, Version: 1, ValidFrom: now, CreatedAt: now}
	if validFrom != nil {
		p.ValidFrom = validFrom.UTC().Truncate(time.Microsecond)
	}
	if p.ValidFrom.Before(now) {
		return Price{}, ErrPriceInPast
	}
	if last != nil {
		p.Version = last.Version + 1
		if p.ValidFrom.Before(last.ValidFrom) {
			return Price{}, ErrPriceOrder
		}
	}
	return p, nil
}

// ImportPrices makes the history of a sellable that is only now being added: its past may be told, because nobody
// has seen a price of it yet.
func ImportPrices(sellableID id.ID, history []Price, now time.Time) ([]Price, error) {
	out := make([]Price, 0, len(history))
	last := map[money.Currency]Price{}
	for _, p := range history {
		if p.Money.IsNegative() || p.Money.Amount() > maxPrice {
			return nil, ErrInvalid.At("price", "write a number of minor units from 0 to 100000000", p.Money.Amount())
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
