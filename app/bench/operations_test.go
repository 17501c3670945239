//go:build bench

package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sort"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/verify"
	"coinslot/modules/billing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	ordersVariable = "COINSLOT_TEST_BENCH_ORDERS" // orders of the part operations
	dayCharges     = 50_000
	booksPage      = 100
)

// operations measures P14: verify, and reconcile of a day with 50,000 charges, on a store with many orders.
func (b *bench) operations() {
	size := bulk.Counts{Products: 1000, Orders: 1_000_000}
	if os.Getenv(quickVariable) != "" {
		size.Orders = 20_000
	}
	if text := os.Getenv(ordersVariable); text != "" {
		var err error
		size.Orders, err = strconv.Atoi(text)
		require.NoError(b.t, err)
	}
	m := b.newMarket()
	fmt.Printf("bench: generating %d orders\n", size.Orders)
	require.NoError(b.t, bulk.Generate(b.t.Context(), m.Config(b.t), m.Database.OwnerURL, size, io.Discard))
	day := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	provider := newBooks(b.t, m.conn, day, min(dayCharges, size.Orders/2))
	_, err := m.conn.Exec(b.t.Context(), `VACUUM ANALYZE`)
	require.NoError(b.t, err)
	cfg := m.Config(b.t)
	cfg.Payments.URL = provider.URL
	took := func(what string, goal float64, run func() error) {
		began := time.Now()
		require.NoError(b.t, run(), what)
		b.single(figure{
			Name: "P14", What: fmt.Sprintf("%s, %d orders", what, size.Orders), Unit: "s",
			Value: time.Since(began).Seconds(), Goal: goal, Most: true,
		})
	}
	ledger := func(scope verify.LedgerScope) error {
		found, err := verify.CheckLedger(b.t.Context(), cfg, scope)
		requireSilent(b.t, found)
		return err
	}
	took("verify of the whole ledger", 0, func() error { return ledger(verify.LedgerScope{Full: true}) })
	took("verify", 60, func() error {
		scope := verify.Scope{Since: day, Until: day.AddDate(0, 0, 1), Sealed: true}
		found, err := verify.RunShowing(b.t.Context(), m.Database.OwnerURL,
			billing.PaymentConfig{URL: provider.URL}, scope, func(p verify.Progress) {
				fmt.Printf("bench: %s in %s\n", p.Name, p.Took.Round(time.Millisecond))
			})
		requireSilent(b.t, found)
		if err != nil {
			return err
		}
		return ledger(verify.LedgerScope{})
	})
	took(fmt.Sprintf("reconcile of a day with %d charges", len(provider.all)), 30, func() error {
		return verify.Reconcile(b.t.Context(), cfg, verify.Day{Start: day}, io.Discard)
	})
	require.Zero(b.t, provider.unbounded.Load(), "all of the provider's records were read")
}

func requireSilent(t *testing.T, found []verify.Finding) {
	t.Helper()
	for _, f := range found {
		require.Empty(t, f.Violations, f.Name)
	}
}

// books is a provider that has charges, and lists them by their time.
type books struct {
	*httptest.Server

	all       []bookedCharge // the oldest first
	unbounded atomic.Int64   // lists without a period
}

type bookedCharge struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	Currency  string    `json:"currency"`
	Captured  int64     `json:"captured"`
	Refunded  int64     `json:"refunded"`
	CreatedAt time.Time `json:"created_at"`
	// of the balance transaction
	Type   string `json:"type"`
	Source string `json:"source"`
	Gross  int64  `json:"gross"`
	Fee    int64  `json:"fee"`
}

// newBooks turns n generated payments into charges of a day at a provider, which it returns.
func newBooks(t *testing.T, conn *pgx.Conn, day time.Time, n int) *books {
	t.Helper()
	rows, err := conn.Query(t.Context(), `WITH day AS (
			SELECT id, row_number() OVER (ORDER BY id) AS n FROM billing.payments WHERE provider = 'none' ORDER BY id LIMIT $2)
		UPDATE billing.payments p SET provider = 'mockpay', provider_ref = 'pi_' || p.id,
			created_at = $1::timestamptz + d.n * interval '1 day' / ($2 + 1)
		FROM day d WHERE p.id = d.id
		RETURNING p.provider_ref, p.order_id::text, p.currency, p.captured, 0::bigint, p.created_at, 'charge',
			p.provider_ref, p.captured, 0::bigint`, day, n)
	require.NoError(t, err)
	b := &books{}
	b.all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[bookedCharge])
	require.NoError(t, err)
	require.Len(t, b.all, n)
	sort.Slice(b.all, func(i, j int) bool { return b.all[i].CreatedAt.Before(b.all[j].CreatedAt) })
	b.Server = httptest.NewServer(http.HandlerFunc(b.list))
	t.Cleanup(b.Close)
	return b
}

func (b *books) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	from, err1 := time.Parse(time.RFC3339Nano, q.Get("created_from"))
	to, err2 := time.Parse(time.RFC3339Nano, q.Get("created_to"))
	if err1 != nil || err2 != nil {
		b.unbounded.Add(1)
	}
	at := func(moment time.Time) int {
		return sort.Search(len(b.all), func(i int) bool { return !b.all[i].CreatedAt.Before(moment) })
	}
	first, last := at(from), at(to)
	if cursor, err := strconv.Atoi(q.Get("cursor")); err == nil {
		first = cursor
	}
	var next *string
	if first+booksPage < last {
		last = first + booksPage
		text := strconv.Itoa(last)
		next = &text
	}
	w.Header().Set("Content-Type", "application/json")
	raw, err := json.Marshal(struct {
		Items []bookedCharge `json:"items"`
		Next  *string        `json:"next_cursor"`
	}{b.all[first:last], next})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(raw) // the caller may have gone
}
