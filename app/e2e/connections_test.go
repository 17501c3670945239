package e2e_test

import (
	"net/http"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

// The README documents how many connections a replica needs.
func TestConnections_SmallPools_ServeAndStayWithinTheirLimit(t *testing.T) {
	t.Parallel()
	const size, workers, others = 2, 1, 5
	r := harness.Start(t, nil, harness.With(func(cfg *store.Config) {
		cfg.Database.PoolSize, cfg.Jobs.Workers = size, workers
	}))
	const shoppers = 8
	answers := make(chan int, shoppers)
	for range shoppers {
		buyer := r.NewBuyer(t)
		purchase := buyer.Purchase("pm_ok", buyer.Add("star-orchard"))
		go func() { answers <- buyer.Keyed("/v1/checkouts", harness.NewKey(), purchase).Status }()
	}
	for range shoppers {
		require.Equal(t, http.StatusCreated, <-answers)
	}
	r.AwaitNumbers(t)
	opened := r.Count(t, `SELECT count(*) AS n FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'coinslot'`)
	require.LessOrEqual(t, opened, size+others+1, "with the one of the test itself")
	require.Greater(t, opened, size)
}
