package postgres_test

import (
	"testing"
	"time"

	"coinslot/modules/checkout"
	"coinslot/modules/checkout/adapters/postgres"
	"coinslot/modules/checkout/domain"
	"coinslot/modules/checkout/ports"
	"coinslot/platform/id"
	"coinslot/platform/money"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"

	database "coinslot/platform/postgres"
)

// TestOrders_LostReply_IsResolvedByKey cuts the connection after the database has done its work.
func TestOrders_LostReply_IsResolvedByKey(t *testing.T) {
	t.Parallel()
	d := storetest.Open(t)
	connection := pgtest.NewFaultProxy(t, d.StoreURL)
	db, err := database.Open(pgtest.Limits(connection.URL), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	orders, finder := postgres.NewOrders(db), postgres.NewFinder(db)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	newID := id.V7{}.NewID
	offer := domain.Offer{
		ID: newID(), Title: "Game", Available: true,
		Prices: []domain.Price{{Money: money.Of(500, "USD"), Version: 1}}, Products: []domain.Product{{ID: newID()}},
	}
	basket, err := domain.NewBasket(domain.Quoted{
		At: now, Offers: map[id.ID]domain.Offer{offer.ID: offer},
		Selected: []domain.Selected{{CartLineID: newID(), SellableID: offer.ID, Quantity: 1, Currency: "USD"}},
	}, newID)
	require.NoError(t, err)
	order := domain.Place(newID(), newID(), basket, "pm_ok", now)
	attempt := ports.Attempt{OrderID: order.ID(), Key: "key", BodyHash: []byte("hash")}

	connection.DropAfter("INSERT INTO checkout.orders")
	require.NoError(t, orders.Place(t.Context(), order, attempt))
	_, err = order.ApplyPayment(domain.Payment{Revision: 1, Attempt: 1, Outcome: domain.Declined}, now.Add(time.Second))
	require.NoError(t, err)
	connection.DropAfter("UPDATE checkout.orders")
	require.NoError(t, orders.Save(t.Context(), order))
	order = order.Stored()
	require.NoError(t, order.Retry("pm_ok", now.Add(2*time.Second)))
	connection.DropAfter("UPDATE checkout.orders")
	attempt.Key = "key 2"
	require.NoError(t, orders.Retry(t.Context(), order, attempt))
	require.Equal(t, 3, connection.Drops())
	got, err := finder.Find(t.Context(), order.Snapshot().AccountID, order.ID())
	require.NoError(t, err)
	require.Equal(t, order.Stored(), got)

	connection.DropBefore("UPDATE checkout.orders")
	order = order.Stored()
	_, err = order.ApplyPayment(domain.Payment{Revision: 2, Attempt: 2, Outcome: domain.Captured}, now.Add(3*time.Second))
	require.NoError(t, err)
	err = orders.Save(t.Context(), order)
	require.ErrorIs(t, err, database.ErrUnavailable, "what was not done is not claimed")
	got, err = finder.Find(t.Context(), order.Snapshot().AccountID, order.ID())
	require.NoError(t, err)
	require.Equal(t, checkout.Pending, got.Status())
}
