package service_test

import (
	"context"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/adapters/memory"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/modules/catalog/service"
	"coinslot/platform/clock"
	"coinslot/platform/id"
	"coinslot/platform/money"

	"github.com/stretchr/testify/require"
)

// scheduled adds a game at 10.00 that costs 5.00 in an hour.
func scheduled(t *testing.T, s *service.Service, c *clock.Manual) service.PriceRef {
	t.Helper()
	game := add(t, s, "Game", 1000).Sellable.Snapshot().ID
	start := c.Now().Add(time.Hour)
	price, err := s.SetPrice(t.Context(), game, false, money.Of(500, "USD"), &start)
	require.NoError(t, err)
	return service.PriceRef{SellableID: game, Version: price.Version}
}

func quoted(t *testing.T, s *service.Service, game id.ID) int64 {
	t.Helper()
	quote, err := s.Quote(t.Context(), []id.ID{game})
	require.NoError(t, err)
	price, ok := quote.Offers[game].PriceIn("USD")
	require.True(t, ok)
	return price.Money.Amount()
}

func TestWithdrawPrice_BeforeItsStart_KeepsPriceInForce(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	ref := scheduled(t, s, c)
	c.Advance(time.Hour - domain.WithdrawalMargin)
	require.NoError(t, s.WithdrawPrice(t.Context(), ref))
	c.Advance(2 * domain.WithdrawalMargin)
	require.Equal(t, int64(1000), quoted(t, s, ref.SellableID))
	require.NoError(t, s.WithdrawPrice(t.Context(), ref), "again changes nothing, even after its start")
	next, err := s.SetPrice(t.Context(), ref.SellableID, false, money.Of(700, "USD"), nil)
	require.NoError(t, err)
	require.Equal(t, 3, next.Version, "its version is not used again")
}

func TestWithdrawPrice_InForce_IsRejected(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	ref := scheduled(t, s, c)
	c.Advance(time.Hour - domain.WithdrawalMargin + time.Microsecond)
	require.ErrorIs(t, s.WithdrawPrice(t.Context(), ref), domain.ErrPriceInForce)
	c.Advance(domain.WithdrawalMargin)
	require.Equal(t, int64(500), quoted(t, s, ref.SellableID))
}

func TestWithdrawPrice_UnknownVersion_IsNotFound(t *testing.T) {
	t.Parallel()
	s, c := newService(t)
	ref := scheduled(t, s, c)
	for name, change := range map[string]func(*service.PriceRef){
		"version":  func(r *service.PriceRef) { r.Version = 3 },
		"currency": func(r *service.PriceRef) { r.Currency = "EUR" },
	} {
		other := ref
		change(&other)
		require.ErrorIs(t, s.WithdrawPrice(t.Context(), other), domain.ErrNoPrice, name)
	}
	bundle, absent := ref, ref
	bundle.Bundle, absent.SellableID = true, id.V7{}.NewID()
	require.ErrorIs(t, s.WithdrawPrice(t.Context(), bundle), domain.ErrNotFound, "a product is no bundle")
	require.ErrorIs(t, s.WithdrawPrice(t.Context(), absent), domain.ErrNotFound)
}

// slowLock is a unit of work in which time passes while a transaction waits for a sellable's lock.
type slowLock struct {
	ports.UnitOfWork
	wait func()
}

func (w slowLock) Do(ctx context.Context, fn func(ctx context.Context, s ports.Stores) error) error {
	return w.UnitOfWork.Do(ctx, func(ctx context.Context, s ports.Stores) error {
		s.Sellables = slowSellables{s.Sellables, w.wait}
		return fn(ctx, s)
	})
}

type slowSellables struct {
	ports.Sellables
	wait func()
}

func (s slowSellables) Lock(ctx context.Context, sellableID id.ID) (domain.Sellable, error) {
	s.wait()
	return s.Sellables.Lock(ctx, sellableID)
}

// A withdrawal that waits for the lock until the price starts is rejected: an order may hold the price by then.
func TestWithdrawPrice_StartsWhileWaitingForLock_IsRejected(t *testing.T) {
	t.Parallel()
	store, c := memory.NewStore(), clock.NewManual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	deps := service.Deps{Work: store, Products: store, Search: store, Clock: c, IDs: id.V7{}, Currency: "USD"}
	s := service.New(deps)
	ref := scheduled(t, s, c)
	deps.Work = slowLock{store, func() { c.Advance(time.Hour) }}
	require.ErrorIs(t, service.New(deps).WithdrawPrice(t.Context(), ref), domain.ErrPriceInForce)
	require.Equal(t, int64(500), quoted(t, s, ref.SellableID))
}

func TestUnarchive(t *testing.T) {
	t.Parallel()
	s, _ := newService(t)
	game := add(t, s, "Game", 1000).Sellable.Snapshot()
	archived, err := s.Archive(t.Context(), game.ID, false, game.Version)
	require.NoError(t, err)
	_, err = s.Unarchive(t.Context(), game.ID, false, game.Version)
	require.ErrorIs(t, err, domain.ErrStale)
	_, err = s.Unarchive(t.Context(), game.ID, true, 0)
	require.ErrorIs(t, err, domain.ErrNotFound, "a product is no bundle")
	again, err := s.Unarchive(t.Context(), game.ID, false, archived.Sellable.Snapshot().Version)
	require.NoError(t, err)
	require.Nil(t, again.Sellable.Snapshot().ArchivedAt)
	quote, err := s.Quote(t.Context(), []id.ID{game.ID})
	require.NoError(t, err)
	require.True(t, quote.Offers[game.ID].Available)
	require.Equal(t, catalog.Game, quote.Offers[game.ID].Kind)
}
