//go:build bench

package bench_test

import (
	"fmt"
	"io"
	"os"
	"time"

	"coinslot/app/bulk"

	"github.com/stretchr/testify/require"
)

// growth measures P7: a store with bulk data against one without.
func (b *bench) growth() {
	size := bulk.Counts{Products: 100_000, Orders: 1_000_000}
	if os.Getenv(quickVariable) != "" {
		size = bulk.Counts{Products: 5_000, Orders: 20_000}
	}
	few, many := b.market(), b.newMarket()
	fmt.Printf("bench: generating %d products and %d orders\n", size.Products, size.Orders)
	require.NoError(b.t, bulk.Generate(b.t.Context(), many.Config(b.t), many.Database.OwnerURL, size, io.Discard))
	for _, m := range []*market{few, many} { // replace query plans for empty tables before the measurement
		stop := m.open(b.binary("bench"))
		m.checkoutSpeed(b.round)
		stop()
		_, err := m.conn.Exec(b.t.Context(), `VACUUM ANALYZE`)
		require.NoError(b.t, err)
	}
	defer few.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")()
	defer many.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")()
	with := fmt.Sprintf("with %d products and %d orders ÷ with few", size.Products, size.Orders)
	b.compare(figure{Name: "P7", What: "checkout, median, " + with, Goal: 1 / 1.1}, 1,
		many.checkoutSpeed, few.checkoutSpeed)
	b.compare(figure{Name: "P7", What: "product by ID " + with, Goal: 1 / 1.4}, 1,
		b.speed(many, "/v1/products/"+many.product), b.speed(few, "/v1/products/"+few.product))
	const list = "/v1/products?limit=20"
	b.compare(figure{Name: "P7", What: "list of products " + with, Goal: 1 / 1.4}, 1,
		b.speed(many, list), b.speed(few, list))
	const byTitle = "/v1/products?limit=20&sort=title&kind=game"
	b.compare(figure{Name: "P7", What: "list of games by title " + with, Goal: 1 / 1.4}, 1,
		b.speed(many, byTitle), b.speed(few, byTitle))
}

// checkoutSpeed returns the inverse of the median latency of a checkout, per second.
func (m *market) checkoutSpeed(d time.Duration) float64 {
	m.fill()
	var took latencies
	flood(d, func(client int) bool {
		began := time.Now()
		ok := m.checkout(client)
		if ok {
			took.add(time.Since(began))
		}
		return ok
	})
	return 1000 / took.percentile(0.5)
}

func (b *bench) speed(m *market, path string) func(d time.Duration) float64 {
	w := b.newWires(m.URL + path)
	return func(d time.Duration) float64 { return flood(d, w.read) }
}
