// Package verify checks the invariants of a live store, and compares its payments with the provider's records.
package verify

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/money"

	"github.com/jackc/pgx/v5"
)

// invariantFiles contain one query each, which returns the violations of an invariant.
//
//go:embed invariants/*.sql
var invariantFiles embed.FS

// Invariant is a condition that the data of a correct store satisfies.
type Invariant struct {
	Name     string // such as I5
	Promise  string // one sentence
	Drained  bool   // the condition holds once background work has drained; without it, at every moment
	Provider bool   // the query compares with the provider's charges, a JSON array in $1
	Balance  bool   // the query compares with the provider's balance transactions, a JSON array in $1
	Sealed   bool   // CheckLedger checks the same with the keys, and goes on from its checkpoint
	Period   bool   // the query compares payments from $2 to $3 with them
	Query    string // returns one text per violation
}

// Invariants returns the invariants of the embedded files, ordered by name. The first line of a file is the promise,
// the lines after it are the marks drained, provider, balance, period and sealed.
func Invariants() ([]Invariant, error) {
	entries, err := invariantFiles.ReadDir("invariants")
	if err != nil {
		return nil, err
	}
	out := make([]Invariant, len(entries))
	for i, entry := range entries {
		raw, err := invariantFiles.ReadFile(path.Join("invariants", entry.Name()))
		if err != nil {
			return nil, err
		}
		text := string(raw)
		promise, rest, _ := strings.Cut(strings.TrimPrefix(text, "-- "), "\n")
		number := strings.TrimSuffix(entry.Name(), ".sql")[1:]
		out[i] = Invariant{
			Name: "I" + strings.TrimPrefix(number, "0"), Promise: promise, Query: text,
			Drained: strings.HasPrefix(rest, "-- drained"), Provider: strings.Contains(rest, "-- provider"),
			Balance: strings.Contains(rest, "-- balance"), Period: strings.Contains(rest, "-- period"),
			Sealed: strings.Contains(rest, "-- sealed"),
		}
	}
	return out, nil
}

// Finding is an invariant with its violations; none means that it holds.
type Finding struct {
	Invariant
	Violations []string
}

// recheckAfter is the delay before a violated invariant that may be violated by work in progress is checked again. Only
// violations that both checks find are reported.
const recheckAfter = time.Second

// Run checks every invariant on a live database, connected as its owner, and against all of the provider's records. It
// returns one finding per invariant; an error means that a check failed to run.
func Run(ctx context.Context, ownerURL string, provider billing.PaymentConfig) ([]Finding, error) {
	return RunShowing(ctx, ownerURL, provider, Scope{}, func(Progress) {})
}

// Check runs the query once and returns the violations. The provider's records are read before the store's, so
// that a movement of the meantime is not reported as missing in the store.
func (inv Invariant) Check(ctx context.Context, conn *pgx.Conn, provider billing.PaymentConfig) ([]string, error) {
	return inv.check(ctx, conn, once(provider, Scope{}))
}

func (inv Invariant) check(ctx context.Context, conn *pgx.Conn, read source) ([]string, error) {
	var args []any
	if inv.Provider || inv.Balance {
		path := "/v1/charges"
		if inv.Balance {
			path = "/v1/balance_transactions"
		}
		records, err := read.list(ctx, path)
		if err != nil {
			return nil, err
		}
		args = append(args, string(records))
	}
	if inv.Period {
		from, to := read.scope.payments()
		args = append(args, from, to)
	}
	rows, err := conn.Query(ctx, inv.Query, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		text, err := pgx.RowTo[string](row)
		return formatAmounts(text), err
	})
}

// minorUnits matches an amount in the queries' texts: minor units followed by a currency.
var minorUnits = regexp.MustCompile(`(-?\b\d+) ([A-Z]{3})\b`)

// formatAmounts formats the amounts of a violation with the digits of their currencies: 1990000 COP as 19900.00 COP.
func formatAmounts(violation string) string {
	return minorUnits.ReplaceAllStringFunc(violation, func(found string) string {
		number, code, _ := strings.Cut(found, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return found // the number overflows an amount
		}
		amount, err := money.Restore(n, code)
		if err != nil {
			return found
		}
		return amount.String()
	})
}

// records returns the items of a list of the provider as a JSON array.
func records(ctx context.Context, provider billing.PaymentConfig, list string, q url.Values) (json.RawMessage, error) {
	all := []json.RawMessage{}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, provider.URL+list+"?"+q.Encode(), nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+provider.APIKey)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("read the provider's records: %w", err)
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  *string           `json:"next_cursor"`
		}
		err = json.NewDecoder(io.LimitReader(response.Body, 64<<20)).Decode(&page)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("read the provider's records: status %d", response.StatusCode), err)
		}
		all = append(all, page.Items...)
		if page.Next == nil {
			return json.Marshal(all)
		}
		q.Set("cursor", *page.Next)
	}
}

const maxShown = 20

// Report prints a table of the findings, with up to 20 violations each, and returns the number of violations.
func Report(w io.Writer, found []Finding) (violated int) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range found {
		mark := "ok"
		if n := len(f.Violations); n > 0 {
			violated += n
			mark = fmt.Sprintf("%d VIOLATED", n)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Name, mark, f.Promise)
		for _, v := range f.Violations[:min(maxShown, len(f.Violations))] {
			fmt.Fprintf(table, "\t\t  %s\n", v)
		}
	}
	table.Flush() //nolint:errcheck // standard output may be closed
	fmt.Fprintf(w, "%d invariants checked at %s: %d violations\n", len(found),
		time.Now().UTC().Format(time.TimeOnly), violated)
	return violated
}
