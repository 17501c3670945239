package domain_test

import (
	"testing"
	"time"

	"coinslot/modules/cart/domain"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newID() id.ID { return id.V7{}.NewID() }

func price(amount int64, currency money.Currency) domain.Price {
	return domain.Price{Money: money.Of(amount, currency), Version: 1}
}

func offer(consumable bool, prices ...domain.Price) domain.Offer {
	return domain.Offer{ID: newID(), Title: "x", Consumable: consumable, Available: true, Prices: prices}
}

func newCart(t *testing.T, offers ...domain.Offer) domain.Cart {
	t.Helper()
	c := domain.NewCart(newID(), newID(), now)
	for _, o := range offers {
		_, err := c.Add(newID(), o, 1, "USD", now)
		require.NoError(t, err)
	}
	return c
}

func TestAdd_NotAllowed_ReturnsError(t *testing.T) {
	t.Parallel()
	durable, gems := offer(false, price(100, "USD"), price(90, "EUR")), offer(true, price(5, "USD"))
	archived := offer(false, price(1, "USD"))
	archived.Available = false
	for name, c := range map[string]struct {
		offer    domain.Offer
		quantity int
		want     error
	}{
		"quantity 0":            {gems, 0, domain.ErrQuantity},
		"negative quantity":     {gems, -1, domain.ErrQuantity},
		"quantity 1000":         {gems, 1000, domain.ErrQuantity},
		"two of a durable":      {durable, 2, domain.ErrQuantity},
		"archived product":      {archived, 1, domain.ErrUnavailable},
		"product without price": {offer(false), 1, domain.ErrUnavailable},
		"price in euro only":    {offer(false, price(1, "EUR")), 1, domain.ErrMixedCurrency},
		"maximum quantity":      {gems, 999, nil},
	} {
		cart := newCart(t, durable)
		_, err := cart.Add(newID(), c.offer, c.quantity, "USD", now)
		require.ErrorIs(t, err, c.want, name)
	}
}

func TestAdd_EmptyCart_TakesCurrencyOfFirstItem(t *testing.T) {
	t.Parallel()
	c := newCart(t)
	_, bound := c.Currency()
	require.False(t, bound)
	_, err := c.Add(newID(), offer(false, price(1, "EUR")), 1, "USD", now)
	require.NoError(t, err)
	currency, bound := c.Currency()
	require.True(t, bound)
	require.Equal(t, money.Currency("EUR"), currency)
}

func TestAdd_AgainToCart_IncreasesConsumablesOnly(t *testing.T) {
	t.Parallel()
	durable, gems := offer(false, price(100, "USD")), offer(true, price(5, "USD"))
	c := newCart(t, durable, gems)
	changed, err := c.Add(newID(), durable, 1, "USD", now)
	require.NoError(t, err)
	require.False(t, changed)
	changed, err = c.Add(newID(), gems, 4, "USD", now)
	require.NoError(t, err)
	require.True(t, changed)
	require.Equal(t, 5, c.Lines()[1].Quantity)
	_, err = c.Add(newID(), gems, 995, "USD", now)
	require.ErrorIs(t, err, domain.ErrQuantity)
}

func TestAdd_101stLine_ReturnsErrFull(t *testing.T) {
	t.Parallel()
	c := newCart(t)
	for range domain.MaxLines {
		_, err := c.Add(newID(), offer(false, price(1, "USD")), 1, "USD", now)
		require.NoError(t, err)
	}
	_, err := c.Add(newID(), offer(false, price(1, "USD")), 1, "USD", now)
	require.ErrorIs(t, err, domain.ErrFull)
}

func TestChangeQuantity_OutOfRange_ReturnsErrQuantity(t *testing.T) {
	t.Parallel()
	c := newCart(t, offer(true, price(1, "USD")), offer(false, price(1, "USD")))
	gems, durable := c.Lines()[0].ID, c.Lines()[1].ID
	require.NoError(t, c.ChangeQuantity(gems, 7))
	require.Equal(t, 7, c.Lines()[0].Quantity)
	require.ErrorIs(t, c.ChangeQuantity(gems, 0), domain.ErrQuantity)
	require.ErrorIs(t, c.ChangeQuantity(durable, 2), domain.ErrQuantity)
	require.ErrorIs(t, c.ChangeQuantity(newID(), 1), domain.ErrNoItem)
	require.Equal(t, 1, c.Remove(gems, newID()))
	c.Clear()
	require.Empty(t, c.Lines())
	require.NoError(t, c.Expect(0))
	require.NoError(t, c.Expect(c.Version()))
	require.ErrorIs(t, c.Expect(c.Version()+1), domain.ErrStale)
}

func TestAssess_OtherPrice_IsChanged(t *testing.T) {
	t.Parallel()
	game := offer(false, price(100, "USD"))
	c := newCart(t, game)
	assess := func(offers map[id.ID]domain.Offer) domain.Assessed {
		assessed, err := domain.Assess(c.Lines(), offers)
		require.NoError(t, err)
		return assessed[0]
	}
	require.False(t, assess(map[id.ID]domain.Offer{game.ID: game}).Changed)
	require.False(t, assess(nil).Changed, "without an offer it keeps the price that the buyer saw")
	game.Prices = []domain.Price{price(101, "USD")}
	got := assess(map[id.ID]domain.Offer{game.ID: game})
	require.True(t, got.Changed)
	require.Equal(t, money.Of(101, "USD"), got.Total)
}

func TestAssess_Total_IsUnitTimesQuantity(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		amount, quantity := rapid.Int64Range(0, 1e8).Draw(rt, "amount"), rapid.IntRange(1, 999).Draw(rt, "quantity")
		o := offer(true, price(amount, "USD"))
		c := newCart(t)
		_, err := c.Add(newID(), o, quantity, "USD", now)
		require.NoError(rt, err)
		assessed, err := domain.Assess(c.Lines(), map[id.ID]domain.Offer{o.ID: o})
		require.NoError(rt, err)
		require.Equal(rt, money.Of(amount*int64(quantity), "USD"), assessed[0].Total)
	})
}
