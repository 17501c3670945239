package domain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"coinslot/modules/checkout/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func usd(cents int64) money.Money { return money.Of(cents, "USD") }

// sold is a line to sell: one product, or several in a bundle, each with its price alone.
type sold struct {
	unit     int64
	quantity int
	alone    []int64
	kinds    []string
}

func quoted(lines []sold, tax domain.Tax) domain.Quoted {
	q := domain.Quoted{At: now, Offers: map[id.ID]domain.Offer{}, Tax: tax}
	for i, l := range lines {
		offer := domain.Offer{
			ID: newID(), Title: fmt.Sprint(i), Bundle: len(l.alone) > 1, Available: true,
			Prices: []domain.Price{{Money: usd(l.unit), Version: 1}},
		}
		for j, alone := range l.alone {
			offer.Products = append(offer.Products,
				domain.Product{ID: newID(), Kind: l.kinds[j], Consumable: l.quantity > 1, Alone: []money.Money{usd(alone)}})
		}
		q.Offers[offer.ID] = offer
		q.Selected = append(q.Selected, domain.Selected{
			CartLineID: newID(), SellableID: offer.ID,
			Quantity: l.quantity, Currency: "USD",
		})
	}
	return q
}

func newID() id.ID { return id.V7{}.NewID() }

// adds asserts that a basket adds up, part by part, line by line, and tax rate by tax rate.
func adds(t require.TestingT, b domain.Basket) {
	var total, tax, off, subtotal int64
	base, taxed := map[domain.Rate]int64{}, map[domain.Rate]int64{}
	for _, l := range b.Lines {
		var lineTotal, lineTax, lineOff, lineGross int64
		for _, p := range l.Gives {
			lineTotal, lineTax = lineTotal+p.Total.Amount(), lineTax+p.Tax.Amount()
			lineOff, lineGross = lineOff+p.Discount.Amount(), lineGross+p.Gross.Amount()
			base[p.Rate] += p.Gross.Amount() - p.Discount.Amount()
			taxed[p.Rate] += p.Tax.Amount()
			require.GreaterOrEqual(t, p.Total.Amount(), p.Tax.Amount())
			require.False(t, p.Tax.IsNegative() || p.Discount.IsNegative() || p.Gross.Amount() < p.Discount.Amount())
		}
		require.Equal(t, [4]int64{
			l.Total.Amount(), l.Tax.Amount(), l.Discount.Amount(),
			l.Unit.Amount() * int64(l.Quantity),
		}, [4]int64{lineTotal, lineTax, lineOff, lineGross})
		total, tax, off, subtotal = total+lineTotal, tax+lineTax, off+lineOff, subtotal+lineGross
	}
	require.Equal(t, domain.Totals{
		Subtotal: usd(subtotal), Discount: usd(off), Tax: usd(tax),
		Total: usd(total),
	}, b.Totals)
	require.Zero(t, off)
	want := subtotal
	if !b.Tax.Included {
		want += tax
	}
	require.Equal(t, want, total)
	for rate, net := range base {
		whole := int64(10_000)
		if b.Tax.Included {
			whole += int64(rate)
		}
		require.Equal(t, (2*net*int64(rate)+whole)/(2*whole), taxed[rate], "the tax is rounded once for each rate")
	}
}

func TestBasket_LinesAddUpToTheTotal(t *testing.T) {
	t.Parallel()
	kinds := []string{"game", "dlc", "soundtrack", "consumable"}
	rapid.Check(t, func(t *rapid.T) {
		tax := domain.Tax{Included: rapid.Bool().Draw(t, "included"), Rates: map[string]domain.Rate{}}
		for _, kind := range kinds[:3] {
			tax.Rates[kind] = domain.Rate(rapid.Int64Range(0, 3000).Draw(t, "rate"))
		}
		var lines []sold
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			l := sold{unit: rapid.Int64Range(0, 10_000).Draw(t, "unit"), quantity: rapid.IntRange(1, 3).Draw(t, "quantity")}
			for range rapid.IntRange(1, 4).Draw(t, "products") {
				l.alone = append(l.alone, rapid.Int64Range(0, 5000).Draw(t, "alone"))
				l.kinds = append(l.kinds, rapid.SampledFrom(kinds).Draw(t, "kind"))
			}
			lines = append(lines, l)
		}
		b, err := domain.NewBasket(quoted(lines, tax), newID)
		require.NoError(t, err)
		adds(t, b)
	})
}

func TestBasket_RandomOrders_AddUp(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5_000 {
		var lines []sold
		for range 1 + rng.IntN(4) {
			l := sold{
				unit: rng.Int64N(7000), quantity: 1, alone: []int64{rng.Int64N(3000), 1999},
				kinds: []string{"game", "soundtrack"},
			}
			lines = append(lines, l)
		}
		tax := domain.Tax{
			Included: rng.IntN(2) == 0,
			Rates:    map[string]domain.Rate{"game": domain.Rate(rng.Int64N(2800)), "soundtrack": 1000},
		}
		b, err := domain.NewBasket(quoted(lines, tax), newID)
		require.NoError(t, err)
		adds(t, b)
	}
}

func TestBasket_Bundle_IsSharedByPricesAlone(t *testing.T) {
	t.Parallel()
	q := quoted([]sold{{
		unit: 1000, quantity: 1, alone: []int64{3000, 1000, 0},
		kinds: []string{"game", "soundtrack", "dlc"},
	}}, domain.Tax{Included: true, Rates: map[string]domain.Rate{"game": 2000}})
	b, err := domain.NewBasket(q, newID)
	require.NoError(t, err)
	var totals, taxes []int64
	for _, p := range b.Lines[0].Gives {
		totals, taxes = append(totals, p.Total.Amount()), append(taxes, p.Tax.Amount())
	}
	require.Equal(t, []int64{750, 250, 0}, totals)
	require.Equal(t, []int64{125, 0, 0}, taxes, "a sixth of 750")
}

func BenchmarkPriceABasket(b *testing.B) {
	tax := domain.Tax{Included: true, Rates: map[string]domain.Rate{
		"game": 2000, "dlc": 2000,
		"soundtrack": 1000, "consumable": 2000,
	}}
	q := quoted([]sold{
		{unit: 2499, quantity: 1, alone: []int64{2499}, kinds: []string{"game"}},
		{unit: 1999, quantity: 1, alone: []int64{999, 1499, 499}, kinds: []string{"game", "dlc", "soundtrack"}},
		{unit: 99, quantity: 3, alone: []int64{99}, kinds: []string{"consumable"}},
	}, tax)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := domain.NewBasket(q, newID); err != nil {
			b.Fatal(err)
		}
	}
}
