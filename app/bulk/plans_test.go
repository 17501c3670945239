package bulk_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"coinslot/app/bulk"
	"coinslot/app/e2e/harness"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// statements is a tracer that collects statements with their arguments.
type statements struct {
	mu   sync.Mutex
	seen []pgx.TraceQueryStartData
}

// TraceQueryStart collects a statement.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, q)
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// take returns the statements on documents and the journal since the last call.
func (s *statements) take() (out []pgx.TraceQueryStartData) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.seen {
		about := strings.Contains(q.SQL, "billing.invoices") || strings.Contains(q.SQL, "billing.journal_entries")
		background := strings.Contains(q.SQL, "journal_unsealed") || strings.Contains(q.SQL, "FROM drafts")
		if about && !background {
			out = append(out, q)
		}
	}
	s.seen = nil
	return out
}

var scan = regexp.MustCompile(`Seq Scan on (invoices|journal_entries|journal_postings|payments)\b`)

// bulkOrders is how many orders the plans are made for. A few hundred thousand take minutes to generate.
func bulkOrders(t *testing.T) int {
	t.Helper()
	text, set := os.LookupEnv("COINSLOT_TEST_BULK_ORDERS")
	if !set {
		return 5_000
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// Each filter of documents and of the journal has an index.
func TestStaffDocuments_EachFilter_ScansNoTable(t *testing.T) {
	t.Parallel()
	traced := &statements{}
	r := harness.Start(t, traced)
	orders := bulkOrders(t)
	require.NoError(t, bulk.Generate(t.Context(), r.Config(t), r.Database.OwnerURL,
		bulk.Counts{Products: 50, Orders: orders}, &bytes.Buffer{}))
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close(context.Background())) })
	clerk := r.Clerk(t)
	one := clerk.Get("/v1/admin/invoices?number=" + fmt.Sprintf("MADE-UP-%06d", orders/2)).Is(http.StatusOK).Items("items")
	require.Len(t, one, 1)
	query := func(key string, value any) string { return key + "=" + url.QueryEscape(fmt.Sprint(value)) }
	from := "2026-01-01T01:00:00Z"
	calls := []string{
		"/v1/admin/invoices", "/v1/admin/credit-notes?country=AT", "/v1/admin/invoices?country=AT",
		"/v1/admin/invoices?country=DE", "/v1/admin/credit-notes?number_prefix=CN-", "/v1/admin/invoices?number_prefix=INV-",
		"/v1/admin/invoices?number_prefix=MADE-UP-00", "/v1/admin/credit-notes",
		"/v1/admin/invoices?" + query("from", from) + "&" + query("to", "2026-01-01T02:00:00Z"),
		"/v1/admin/ledger/entries", "/v1/admin/ledger/entries?" + query("to", from),
		"/v1/admin/ledger/entries.csv?" + query("to", from),
		"/v1/admin/ledger/entries?" + query("buyer", one[0]["account_id"]),
		"/v1/admin/ledger/entries?" + query("order_id", one[0]["order_id"]),
		"/v1/admin/ledger/entries.csv?" + query("buyer", one[0]["account_id"]) + "&account=revenue",
	}
	for _, filter := range []string{"number", "account_id", "order_id", "order_number"} {
		key := strings.TrimSuffix(strings.Replace(filter, "order_number", "order", 1), "_id")
		calls = append(calls, "/v1/admin/invoices?"+query(key, one[0][filter]),
			"/v1/admin/credit-notes?"+query(key, one[0][filter]))
	}
	for _, a := range clerk.Get("/v1/admin/ledger/accounts").Is(http.StatusOK).Items("items") {
		calls = append(calls, "/v1/admin/ledger/entries?"+query("account", a["account"]))
	}
	for _, path := range calls {
		traced.take()
		began := time.Now()
		answer := clerk.Get(path).Is(http.StatusOK)
		t.Logf("%6.1f ms %s", float64(time.Since(began).Microseconds())/1000, path)
		requirePlans(t, conn, path, traced.take())
		if cursor, next := answer.Body["next_cursor"].(string); next {
			separator := map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]
			clerk.Get(path + separator + "cursor=" + cursor).Is(http.StatusOK)
			requirePlans(t, conn, path+" page 2", traced.take())
		}
	}
	traced.take()
	export := clerk.Post("/v1/admin/document-exports", harness.Object{
		"from": from, "to": "2026-01-01T01:03:20Z", "formats": []string{"xml"},
	}).Is(http.StatusAccepted)
	require.InDelta(t, 100, export.Body["total"], 0)
	harness.Eventually(t, "the export is ready", func() bool {
		return clerk.Get(export.Header.Get("Location")).Text("status") == "ready"
	})
	requirePlans(t, conn, "export", traced.take())
}

// requirePlans plans without hash and merge joins, with which PostgreSQL scans a small table rather than look rows up.
func requirePlans(t *testing.T, conn *pgx.Conn, path string, ran []pgx.TraceQueryStartData) {
	t.Helper()
	require.NotEmpty(t, ran, path)
	_, err := conn.Exec(t.Context(), "SET enable_hashjoin = off; SET enable_mergejoin = off")
	require.NoError(t, err)
	for _, q := range ran {
		rows, err := conn.Query(t.Context(), "EXPLAIN "+q.SQL, q.Args...)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err, q.SQL)
		plan := strings.Join(lines, "\n")
		require.False(t, scan.MatchString(plan), "%s\n%s\n%s", path, q.SQL, plan)
	}
}
