package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"coinslot/app/e2e/harness"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	tablesPage   = "../tables.md"
	tablesUpdate = "COINSLOT_TEST_UPDATE" // set: the numbers of the page are written instead of compared
	// sizeTolerance is how much the bytes of a row may differ from the page: names and numbers have other lengths.
	sizeTolerance = 0.25
)

// listedTable matches a row of the page: table, rows per purchase, bytes per row, kept, found by.
var listedTable = regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| ([0-9≤ ]+) \\| ([0-9]*) \\| ([^|]+) \\| ([^|]+) \\|$")

// tableSize is the number of rows of a table and their bytes, without indexes.
type tableSize struct{ rows, bytes int }

// tableSizes returns all tables of the store's database, except for the migrations of each schema.
func tableSizes(t *testing.T, r *harness.Store) map[string]tableSize {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `SELECT schemaname || '.' || tablename FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'schema_migrations'`)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	out := map[string]tableSize{}
	for _, name := range names {
		var size tableSize
		require.NoError(t, conn.QueryRow(t.Context(),
			`SELECT count(*), coalesce(sum(pg_column_size(x)), 0) FROM `+name+` x`).Scan(&size.rows, &size.bytes))
		out[name] = size
	}
	return out
}

// Each purchase is of one game, by an account of its own, with a charge.
func TestTables_RowsOfPurchases_AreThoseOfThePage(t *testing.T) {
	t.Parallel()
	const purchases = 10
	r := harness.Start(t, nil)
	buyers := make([]*harness.Client, purchases)
	for i := range buyers {
		buyers[i] = r.NewBuyer(t)
	}
	before := tableSizes(t, r)
	for i, buyer := range buyers {
		buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
		harness.Eventually(t, "the webhook is received, and the invoice is issued and sealed", func() bool {
			return harness.Count(t, r, "billing.webhook_events") > i && harness.Count(t, r, "billing.invoices") > i &&
				harness.Count(t, r, "billing.journal_unsealed")+harness.Count(t, r, "billing.unsealed_records") == 0
		})
	}
	r.Stop()
	after := tableSizes(t, r)
	raw, err := os.ReadFile(tablesPage)
	require.NoError(t, err)
	page, listed := string(raw), map[string]bool{}
	for _, row := range listedTable.FindAllStringSubmatch(page, -1) {
		name := row[1]
		listed[name] = true
		now, exists := after[name]
		require.True(t, exists, "%s has the table %s, which does not exist", tablesPage, name)
		added := tableSize{now.rows - before[name].rows, now.bytes - before[name].bytes}
		if os.Getenv(tablesUpdate) != "" {
			page = strings.Replace(page, row[0], updatedRow(row, added, purchases), 1)
			continue
		}
		requireRow(t, row, added, purchases)
		requireIndexes(t, r, name, row[5])
	}
	for name := range after {
		require.True(t, listed[name], "%s lacks the table %s: what a purchase adds to it, how long it is kept, and which "+
			"index finds its rows", tablesPage, name)
	}
	if os.Getenv(tablesUpdate) != "" {
		require.NoError(t, os.WriteFile(tablesPage, []byte(page), 0o600))
	}
}

// requireRow compares a row of the page with what purchases have added.
func requireRow(t *testing.T, row []string, added tableSize, purchases int) {
	t.Helper()
	text, most := strings.CutPrefix(row[2], "≤ ")
	want, err := strconv.Atoi(text)
	require.NoError(t, err, row[0])
	if most || want == 0 { // periodic work deletes rows meanwhile
		require.LessOrEqual(t, added.rows, want*purchases, row[0])
	} else {
		require.Equal(t, want*purchases, added.rows, row[0])
	}
	if row[3] == "" || added.rows <= 0 {
		return
	}
	size, err := strconv.ParseFloat(row[3], 64)
	require.NoError(t, err, row[0])
	require.InEpsilon(t, size, float64(added.bytes)/float64(added.rows), sizeTolerance, row[0])
}

// updatedRow returns a row of the page with measured numbers. An upper bound is kept.
func updatedRow(row []string, added tableSize, purchases int) string {
	rows, bytes := row[2], ""
	if !strings.HasPrefix(rows, "≤") {
		rows = strconv.Itoa(added.rows / purchases)
	}
	if added.rows > 0 && rows != "0" {
		bytes = strconv.Itoa(added.bytes / added.rows)
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s | %s |", row[1], rows, bytes, row[4], row[5])
}

var indexName = regexp.MustCompile("`([a-z_0-9]+)`")

// requireIndexes asserts that the indexes that the page names exist.
func requireIndexes(t *testing.T, r *harness.Store, table, indexes string) {
	t.Helper()
	schema, _, _ := strings.Cut(table, ".")
	for _, m := range indexName.FindAllStringSubmatch(indexes, -1) {
		require.Equal(t, 1, r.Count(t, `SELECT count(*) AS n FROM pg_indexes
			WHERE schemaname = '`+schema+`' AND indexname = '`+m[1]+`'`), "%s has the index %s", table, m[1])
	}
}
