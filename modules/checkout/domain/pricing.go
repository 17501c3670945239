package domain

import (
	"slices"

	"coinslot/platform/id"
	"coinslot/platform/money"
)

// Rate is a tax rate in hundredths of a percent: 2550 is 25.5 %. At 0 nothing is taxed.
type Rate int64

// whole is 100 % as a Rate.
const whole Rate = 10_000

// Tax is how what a buyer buys is taxed.
type Tax struct {
	Country  string          // the buyer's: ISO 3166-1 alpha-2
	Included bool            // prices contain the tax; otherwise it comes on top
	Rates    map[string]Rate // by kind of product; an absent kind is not taxed
	Seller   string          // the seller's country: ISO 3166-1 alpha-2
	Reversed bool            // the buyer owes the tax
	// Unconfirmed: it would be reversed, but the buyer's VAT ID could not be confirmed.
	Unconfirmed bool
}

// on returns the tax on an amount, rounded once.
func (t Tax) on(base money.Money, rate Rate) (money.Money, error) {
	if t.Included {
		return base.Scale(int64(rate), int64(whole+rate))
	}
	return base.Scale(int64(rate), int64(whole))
}

// Part is a product that a line gives, with its frozen share of the line's money: what is refunded when it is refunded
// alone.
type Part struct {
	Product
	Gross    money.Money // before the discount
	Discount money.Money
	Tax      money.Money
	Total    money.Money // with the tax
	Rate     Rate
}

// newLine makes a line without its tax. Nothing is taken off it.
func newLine(lineID id.ID, s Selected, offer Offer) (Line, error) {
	price, priced := offer.priceIn(s.Currency)
	if !priced {
		price.Money = money.Zero(s.Currency) // a problem stands beside it
	}
	gross, err := price.Money.Times(int64(s.Quantity))
	if err != nil {
		return Line{}, err
	}
	line := Line{
		ID: lineID, CartLineID: s.CartLineID, SellableID: s.SellableID, Bundle: offer.Bundle,
		Title: offer.Title, Quantity: s.Quantity,
		PriceVersion: price.Version, Unit: price.Money, Discount: money.Zero(s.Currency),
	}
	weights := make([]int64, len(offer.Products))
	for i, p := range offer.Products {
		weights[i] = p.aloneIn(s.Currency)
	}
	shares, err := share(gross, weights)
	if err != nil {
		return Line{}, err
	}
	for i, p := range offer.Products {
		p.Alone = nil // it has done its work
		line.Gives = append(line.Gives, Part{Product: p, Gross: shares[i], Discount: line.Discount})
	}
	return line, nil
}

// aloneIn returns what the product costs alone, in minor units; 0 where it is not sold alone.
func (p Product) aloneIn(currency money.Currency) int64 {
	i := slices.IndexFunc(p.Alone, func(price money.Money) bool { return price.Currency() == currency })
	if i < 0 {
		return 0
	}
	return p.Alone[i].Amount()
}

// share allocates an amount by weights; where all are zero, evenly.
func share(amount money.Money, weights []int64) ([]money.Money, error) {
	if len(weights) == 0 {
		return nil, nil
	}
	if slices.Max(weights) == 0 {
		weights = slices.Repeat([]int64{1}, len(weights))
	}
	return amount.Allocate(weights)
}

// price fills the lines in: the tax is rounded once for each rate and then goes over the parts. Whatever rounding
// leaves over goes to the largest remainders, so the parts add up to their line and the lines to the total, always.
func price(lines []Line, currency money.Currency, tax Tax) error {
	var parts []*Part
	for i := range lines {
		for j := range lines[i].Gives {
			parts = append(parts, &lines[i].Gives[j])
		}
	}
	if err := taxParts(parts, tax); err != nil {
		return err
	}
	for i := range lines {
		if err := lines[i].addUp(currency); err != nil {
			return err
		}
	}
	return nil
}

// taxParts taxes the parts of each rate together.
func taxParts(parts []*Part, tax Tax) error {
	byRate := map[Rate][]*Part{}
	for _, p := range parts {
		p.Rate = tax.Rates[p.Kind]
		byRate[p.Rate] = append(byRate[p.Rate], p)
	}
	for rate, same := range byRate {
		if err := taxSame(same, rate, tax); err != nil {
			return err
		}
	}
	return nil
}

func taxSame(parts []*Part, rate Rate, tax Tax) error {
	base, weights := money.Zero(parts[0].Gross.Currency()), make([]int64, len(parts))
	for i, p := range parts {
		net, err := p.Gross.Sub(p.Discount)
		if err != nil {
			return err
		}
		p.Total, weights[i] = net, net.Amount()
		if base, err = base.Add(net); err != nil {
			return err
		}
	}
	whole, err := tax.on(base, rate)
	if err != nil {
		return err
	}
	shares, err := share(whole, weights)
	if err != nil {
		return err
	}
	for i, p := range parts {
		p.Tax = shares[i]
		if tax.Included {
			continue
		}
		if p.Total, err = p.Total.Add(p.Tax); err != nil {
			return err
		}
	}
	return nil
}

// addUp makes the line's tax and total from its parts.
func (l *Line) addUp(currency money.Currency) (err error) {
	l.Tax, l.Total = money.Zero(currency), money.Zero(currency)
	for _, p := range l.Gives {
		if l.Tax, err = l.Tax.Add(p.Tax); err != nil {
			return err
		}
		if l.Total, err = l.Total.Add(p.Total); err != nil {
			return err
		}
	}
	return nil
}
