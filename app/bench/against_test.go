//go:build bench

package bench_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
)

// baseVariable has the path of a store's program of another commit, built with the tag bench.
const baseVariable = "COINSLOT_TEST_BENCH_BASE"

// Further variables of the comparison.
const (
	// profileVariable has a folder for the CPU profiles of the compared programs.
	profileVariable = "COINSLOT_TEST_BENCH_PROFILES"
	// statementsVariable is set to print PostgreSQL's time by statement. The server needs pg_stat_statements.
	statementsVariable = "COINSLOT_TEST_BENCH_STATEMENTS"
)

// fewBuyers leave no buyer without a connection on a machine that does other work.
const fewBuyers = 8

// cost is the CPU time of one purchase.
type cost struct{ store, database, rate float64 }

func (c cost) whole() float64 { return c.store + c.database }

// against measures P1 of this commit and of another one in turn: the CPU time of the store and of PostgreSQL for one
// purchase. CPU time depends less on the machine's other load than a rate does.
func (b *bench) against() {
	other := os.Getenv(baseVariable)
	if other == "" {
		fmt.Println("bench: against is skipped: " + baseVariable + " has no program to compare with")
		return
	}
	m := b.market()
	var ours, theirs []cost
	for range minRounds {
		theirs = append(theirs, b.costOf(m, other))
		ours = append(ours, b.costOf(m, b.binary("bench")))
	}
	for _, of := range []struct {
		what  string
		value func(c cost) float64
	}{
		{"CPU of the store for a purchase", func(c cost) float64 { return c.store }},
		{"CPU of PostgreSQL for a purchase", func(c cost) float64 { return c.database }},
		{"CPU of both for a purchase", cost.whole},
		{"purchases a second", func(c cost) float64 { return c.rate }},
	} {
		before, now := median(theirs, of.value), median(ours, of.value)
		fmt.Printf("bench: against: %s: before %.2f, now %.2f, before ÷ now %.2f\n", of.what, before, now, before/now)
	}
}

func median(all []cost, value func(c cost) float64) float64 {
	values := make([]float64, len(all))
	for i, c := range all {
		values[i] = value(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// costOf starts a program, warms it up and measures purchases.
func (b *bench) costOf(m *market, program string) cost {
	defer m.open(program)()
	if profile := os.Getenv(profileVariable); profile != "" {
		defer b.profile(m, filepath.Join(profile, filepath.Base(program)+".pprof"))()
	}
	server := m.postmaster()
	buy := func(client int) bool { return client < fewBuyers && m.purchase(client) }
	flood(b.round/4, buy)
	var n atomic.Int64
	if os.Getenv(statementsVariable) != "" {
		m.exec(`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`, `SELECT pg_stat_statements_reset()`)
	}
	store, database, began := m.storeCPU(), server.cpu(), time.Now()
	flood(b.round*3/5, func(client int) bool {
		bought := buy(client)
		if bought {
			n.Add(1)
		}
		return bought
	})
	took := time.Since(began)
	each := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(n.Load()) }
	out := cost{each(m.storeCPU() - store), each(server.cpu() - database), float64(n.Load()) / took.Seconds()}
	if os.Getenv(statementsVariable) != "" {
		m.statements(int(n.Load()))
	}
	fmt.Printf("bench: %s: store %.2f ms, PostgreSQL %.2f ms, %.0f/s\n", filepath.Base(program), out.store, out.database,
		out.rate)
	return out
}

// postmaster is the process of the benchmark's own PostgreSQL.
type postmaster int

func (m *market) postmaster() postmaster {
	var backend int
	require.NoError(m.b.t, m.conn.QueryRow(m.b.t.Context(), `SELECT pg_backend_pid()`).Scan(&backend))
	return postmaster(parentOf(backend))
}

// parentOf returns the parent of a process; 0: the process has ended.
func parentOf(pid int) int {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// cpu returns the CPU time of the server and of its processes, but not of other servers of the machine.
func (p postmaster) cpu() time.Duration {
	return cpu(func(name string, pid int) bool {
		return name == "postgres" && (pid == int(p) || parentOf(pid) == int(p))
	})
}

// profile records a CPU profile of the store. The returned function waits for it and writes it.
func (b *bench) profile(m *market, path string) func() {
	written := make(chan error, 1)
	go func() {
		url := fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", m.admin, max(1, int(b.round.Seconds()/2)))
		response, err := http.Get(url) //nolint:noctx // it ends by itself
		if err != nil {
			written <- err
			return
		}
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		written <- errors.Join(err, os.WriteFile(path, raw, 0o600))
	}()
	return func() { require.NoError(b.t, <-written) }
}

func (m *market) exec(statements ...string) {
	for _, statement := range statements {
		_, err := m.conn.Exec(m.b.t.Context(), statement)
		require.NoError(m.b.t, err)
	}
}

// statements prints the calls and the time of each statement for one purchase, the longest first.
func (m *market) statements(purchases int) {
	rows, err := m.conn.Query(m.b.t.Context(), `SELECT calls, total_exec_time, left(regexp_replace(query, '\s+', ' ', 'g'), 90)
		FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
		WHERE toplevel ORDER BY total_exec_time DESC LIMIT 50`)
	require.NoError(m.b.t, err)
	defer rows.Close()
	for rows.Next() {
		var calls int64
		var took float64
		var text string
		require.NoError(m.b.t, rows.Scan(&calls, &took, &text))
		if each := float64(calls) / float64(purchases); each > 0.3 || took/float64(purchases) > 0.02 {
			fmt.Printf("bench: %5.2f calls %6.3f ms  %s\n", each, took/float64(purchases), text)
		}
	}
	require.NoError(m.b.t, rows.Err())
}
