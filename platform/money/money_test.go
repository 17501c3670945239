package money_test

import (
	"math"
	"math/big"
	"testing"

	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func usd(n int64) money.Money { return money.Of(n, "USD") }

func TestNew_NotAnISOCode_ReturnsErrCurrency(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "usd", "US", "USDT", "€", "ZZZ"} {
		_, err := money.New(1, bad)
		require.ErrorIs(t, err, money.ErrCurrency, bad)
	}
	m, err := money.New(1999, "USD")
	require.NoError(t, err)
	require.Equal(t, usd(1999), m)
}

func TestAdd_DifferentCurrencies_ReturnsErrMixed(t *testing.T) {
	t.Parallel()
	_, err := usd(1).Add(money.Of(1, "EUR"))
	require.ErrorIs(t, err, money.ErrMixed)
	_, err = money.Sum("EUR", usd(1))
	require.ErrorIs(t, err, money.ErrMixed)
}

func TestArithmetic_EqualsBigIntOrReturnsErrOverflow(t *testing.T) {
	t.Parallel()
	fits := func(b *big.Int) bool { return b.IsInt64() }
	rapid.Check(t, func(t *rapid.T) {
		edge := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64}))
		a, b := edge.Draw(t, "a"), edge.Draw(t, "b")
		for name, op := range map[string]struct {
			got  func() (money.Money, error)
			want *big.Int
		}{
			"add": {
				func() (money.Money, error) { return usd(a).Add(usd(b)) },
				new(big.Int).Add(big.NewInt(a), big.NewInt(b)),
			},
			"times": {
				func() (money.Money, error) { return usd(a).Times(b) },
				new(big.Int).Mul(big.NewInt(a), big.NewInt(b)),
			},
		} {
			got, err := op.got()
			if !fits(op.want) {
				require.ErrorIs(t, err, money.ErrOverflow, name)
				continue
			}
			require.NoError(t, err, name)
			require.Equal(t, op.want.Int64(), got.Amount(), name)
		}
	})
}

func TestSub_InvertsAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-1e15, 1e15).Draw(t, "a"), rapid.Int64Range(-1e15, 1e15).Draw(t, "b")
		sum, err := usd(a).Add(usd(b))
		require.NoError(t, err)
		back, err := sum.Sub(usd(b))
		require.NoError(t, err)
		require.Equal(t, usd(a), back)
	})
	_, err := usd(0).Sub(usd(math.MinInt64))
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestAllocate_ConservesTotalWithinOneUnitOfExactShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64().Filter(func(n int64) bool { return n != math.MinInt64 }).Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1e12), 1, 30).Draw(t, "weights")
		var total int64
		for _, w := range weights {
			total += w
		}
		parts, err := usd(amount).Allocate(weights)
		if total == 0 {
			require.ErrorIs(t, err, money.ErrShare)
			return
		}
		require.NoError(t, err)
		sum, err := money.Sum("USD", parts...)
		require.NoError(t, err)
		require.Equal(t, usd(amount), sum)
		for i, w := range weights {
			exact := new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(w, total))
			off := new(big.Rat).Sub(big.NewRat(parts[i].Amount(), 1), exact)
			require.LessOrEqual(t, off.Abs(off).Cmp(big.NewRat(1, 1)), 0)
		}
	})
}

func TestAllocate_InvalidWeights_ReturnsError(t *testing.T) {
	t.Parallel()
	_, err := usd(100).Allocate([]int64{1, -1, 5})
	require.ErrorIs(t, err, money.ErrShare)
	_, err = usd(100).Allocate([]int64{math.MaxInt64, 1})
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestAllocate_EqualRemainders_FirstGetsTheUnit(t *testing.T) {
	t.Parallel()
	parts, err := usd(100).Allocate([]int64{1, 1, 1})
	require.NoError(t, err)
	require.Equal(t, []money.Money{usd(34), usd(33), usd(33)}, parts)
}

func TestScale_RoundsHalfAwayFromZeroAndChecksOverflow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ amount, numerator, denominator, want int64 }{
		{5, 1, 2, 3},
		{-5, 1, 2, -3},
		{4, 1, 2, 2},
		{1, 1, 3, 0},
		{2, 1, 3, 1},
		{0, 7, 9, 0},
		{100, 0, 9, 0},
		{math.MaxInt64, 1, 1, math.MaxInt64},
		{math.MaxInt64, 2550, 12550, 1874071609082046080},
	} {
		got, err := usd(c.amount).Scale(c.numerator, c.denominator)
		require.NoError(t, err)
		require.Equal(t, usd(c.want), got, c)
	}
	for _, c := range [][3]int64{{math.MaxInt64, 2, 1}, {math.MinInt64, 1, 1}, {math.MaxInt64, math.MaxInt64, 2}} {
		_, err := usd(c[0]).Scale(c[1], c[2])
		require.ErrorIs(t, err, money.ErrOverflow, c)
	}
	for _, c := range [][2]int64{{1, 0}, {-1, 1}, {1, -1}} {
		_, err := usd(1).Scale(c[0], c[1])
		require.ErrorIs(t, err, money.ErrShare, c)
	}
}

func TestString_UsesTheCurrencysDigits(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]money.Money{
		"19.99 USD":                 usd(1999),
		"0.05 USD":                  usd(5),
		"-0.05 USD":                 usd(-5),
		"-5 JPY":                    money.Of(-5, "JPY"),
		"1.234 KWD":                 money.Of(1234, "KWD"),
		"-92233720368547758.08 USD": usd(math.MinInt64),
	} {
		require.Equal(t, want, m.String())
	}
}

func TestFormat_GroupsThousands(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]money.Money{
		"19,900.00":                  money.Of(1990000, "COP"),
		"1,234,567":                  money.Of(1234567, "JPY"),
		"1,234.567":                  money.Of(1234567, "KWD"),
		"999.99":                     usd(99999),
		"-1,000.00":                  usd(-100000),
		"0.00":                       usd(0),
		"-92,233,720,368,547,758.08": usd(math.MinInt64),
	} {
		require.Equal(t, want, m.Format(",", "."))
	}
	require.Equal(t, "19.900,00", money.Of(1990000, "COP").Format(".", ","))
	require.Equal(t, "19900.00 COP", money.Of(1990000, "COP").String())
}

func FuzzParseCurrency(f *testing.F) {
	f.Add("USD", int64(1999))
	f.Add("\x00\xff", int64(-1))
	f.Fuzz(func(t *testing.T, code string, amount int64) {
		m, err := money.New(amount, code)
		if err != nil {
			require.ErrorIs(t, err, money.ErrCurrency)
			return
		}
		require.Len(t, string(m.Currency()), 3)
		require.NotEmpty(t, m.String())
	})
}

func BenchmarkAllocate(b *testing.B) {
	weights := []int64{1999, 999, 4999, 1}
	for b.Loop() {
		if _, err := usd(12345).Allocate(weights); err != nil {
			b.Fatal(err)
		}
	}
}
