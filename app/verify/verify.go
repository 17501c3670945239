// Package verify checks the invariants of a live store, and compares its ledger with the provider's.
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
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"coinslot/modules/billing"
	"coinslot/platform/money"

	"github.com/jackc/pgx/v5"
)

// invariantFiles hold one query each that returns what violates a promise of the store.
//
//go:embed invariants/*.sql
var invariantFiles embed.FS

// Invariant is a promise of the store.
type Invariant struct {
	Name     string // I5
	Promise  string
	Drained  bool // it holds once work has drained; the others hold at every moment
	Provider bool // it compares with the provider's books
	Query    string
}

// Invariants reads the files, in the order of their names. The first line is the promise, the marks follow.
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
		}
	}
	return out, nil
}

// Finding is what a check of one invariant found.
type Finding struct {
	Invariant
	Violations []string
}

// recheckAfter is when an invariant that holds only once work has drained is looked at again: what has gone by then
// was work under way.
const recheckAfter = time.Second

// Run checks every invariant on a live database as its owner, and against the provider's books.
func Run(ctx context.Context, ownerURL string, provider billing.PaymentConfig) ([]Finding, error) {
	all, err := Invariants()
	if err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return nil, fmt.Errorf("connect as the database's owner: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	out := make([]Finding, len(all))
	for i, inv := range all {
		found, err := inv.Check(ctx, conn, provider)
		if err == nil && len(found) > 0 && (inv.Drained || inv.Provider) {
			found, err = inv.again(ctx, conn, provider, found)
		}
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", inv.Name, err)
		}
		out[i] = Finding{inv, found}
	}
	return out, nil
}

func (inv Invariant) again(ctx context.Context, conn *pgx.Conn, provider billing.PaymentConfig,
	first []string,
) ([]string, error) {
	select {
	case <-time.After(recheckAfter):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	second, err := inv.Check(ctx, conn, provider)
	return slices.DeleteFunc(second, func(v string) bool { return !slices.Contains(first, v) }), err
}

// Check runs the query. Where the provider's books are compared, they are read first: what we wrote down later cannot
// then be missing there.
func (inv Invariant) Check(ctx context.Context, conn *pgx.Conn, provider billing.PaymentConfig) ([]string, error) {
	var args []any
	if inv.Provider {
		books, err := charges(ctx, provider)
		if err != nil {
			return nil, err
		}
		args = append(args, string(books))
	}
	rows, err := conn.Query(ctx, inv.Query, append([]any{pgx.QueryExecModeExec}, args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		text, err := pgx.RowTo[string](row)
		return written(text), err
	})
}

// minor is how the queries name an amount: in minor units, with its currency behind it. A UUID holds no such thing.
var minor = regexp.MustCompile(`(-?\b\d+) ([A-Z]{3})\b`)

// written writes the amounts of a violation with the digits of their currencies: 1990000 COP as 19900.00 COP.
func written(violation string) string {
	return minor.ReplaceAllStringFunc(violation, func(found string) string {
		number, code, _ := strings.Cut(found, " ")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return found // more than an amount can be
		}
		amount, err := money.Restore(n, code)
		if err != nil {
			return found
		}
		return amount.String()
	})
}

// charges reads all of the provider's books.
func charges(ctx context.Context, provider billing.PaymentConfig) (json.RawMessage, error) {
	all := []json.RawMessage{}
	for cursor := ""; ; {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet,
			provider.URL+"/v1/charges?cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Authorization", "Bearer "+provider.APIKey)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return nil, fmt.Errorf("read the provider's books: %w", err)
		}
		var page struct {
			Items []json.RawMessage `json:"items"`
			Next  *string           `json:"next_cursor"`
		}
		err = json.NewDecoder(io.LimitReader(response.Body, 64<<20)).Decode(&page)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			return nil, errors.Join(fmt.Errorf("read the provider's books: status %d", response.StatusCode), err)
		}
		all = append(all, page.Items...)
		if page.Next == nil {
			return json.Marshal(all)
		}
		cursor = *page.Next
	}
}

const maxShown = 20

// Report prints the table and returns how many violations there are.
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
	table.Flush() //nolint:errcheck // nobody reads it any more
	fmt.Fprintf(w, "%d invariants checked at %s: %d violations\n", len(found),
		time.Now().UTC().Format(time.TimeOnly), violated)
	return violated
}
