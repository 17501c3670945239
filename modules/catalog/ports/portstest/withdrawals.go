package portstest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"coinslot/modules/catalog"
	"coinslot/modules/catalog/domain"
	"coinslot/modules/catalog/ports"
	"coinslot/platform/id"

	"github.com/stretchr/testify/require"
)

// withdraw withdraws a version under the sellable's lock, as the use case does. It reports whether it was this call.
func withdraw(ctx context.Context, f Fixture, sellableID id.ID, version int) (changed bool, err error) {
	err = f.Work.Do(ctx, func(ctx context.Context, s ports.Stores) error {
		if _, err := s.Sellables.Lock(ctx, sellableID); err != nil {
			return err
		}
		price, err := s.Prices.Find(ctx, sellableID, "USD", version)
		if err != nil {
			return err
		}
		if changed, err = price.Withdraw(now); err != nil || !changed {
			return err
		}
		return s.Prices.Withdraw(ctx, price)
	})
	return changed, err
}

func withdrawnOnce(t *testing.T, f Fixture) {
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	require.NoError(t, setPrice(t, f, sellableID, 500, now.Add(time.Hour)))
	store := func(version int) error {
		price := domain.Price{SellableID: sellableID, Money: usd(500), Version: version, Withdrawn: &now}
		return f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
			return s.Prices.Withdraw(ctx, price)
		})
	}
	require.ErrorIs(t, store(3), domain.ErrNoPrice)
	require.NoError(t, store(2))
	require.ErrorIs(t, store(2), domain.ErrPriceRace)
}

func withdrawalRollback(t *testing.T, f Fixture) {
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	require.NoError(t, setPrice(t, f, sellableID, 500, now.Add(time.Hour)))
	require.ErrorIs(t, f.Work.Do(t.Context(), func(ctx context.Context, s ports.Stores) error {
		price, err := s.Prices.Find(ctx, sellableID, "USD", 2)
		if err != nil {
			return err
		}
		price.Withdrawn = &now
		return errors.Join(s.Prices.Withdraw(ctx, price), errAbort)
	}), errAbort)
	history, err := f.Products.PriceHistory(t.Context(), sellableID, "USD")
	require.NoError(t, err)
	require.Nil(t, history[0].Withdrawn)
}

func parallelWithdrawals(t *testing.T, f Fixture) {
	const racers = 8
	sellableID := add(t, f, draft("Game", catalog.Game), 1000, now).Snapshot().ID
	require.NoError(t, setPrice(t, f, sellableID, 500, now.Add(time.Hour)))
	var group sync.WaitGroup
	changed, results := make([]bool, racers), make([]error, racers)
	for i := range racers {
		group.Go(func() { changed[i], results[i] = withdraw(context.Background(), f, sellableID, 2) })
	}
	group.Wait()
	require.NoError(t, errors.Join(results...))
	winners := 0
	for _, c := range changed {
		if c {
			winners++
		}
	}
	require.Equal(t, 1, winners)
}
