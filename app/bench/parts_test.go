//go:build bench

package bench_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"coinslot/platform/postgres/pgtest"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/datadir"
	"coinslot/platform/pgserver"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

// checkouts measures P2: POST /v1/checkouts against pgbench making the same writes.
func (b *bench) checkouts() {
	m := b.market()
	defer m.open(b.binary("bench"))()
	ours := func(d time.Duration) float64 {
		m.fill()
		return flood(d, m.checkout)
	}
	pgbench := b.newCeiling(m)
	b.compare(figure{Name: "P2", What: "checkout ÷ the same writes, one statement a transaction", Goal: 0.35}, 1, ours,
		func(d time.Duration) float64 { return pgbench(d, ceilingApart) })
	b.compare(figure{Name: "P2", What: "checkout ÷ the same writes in one transaction"}, 1, ours,
		func(d time.Duration) float64 { return pgbench(d, ceilingWhole) })
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// newCeiling returns a function that runs a script with pgbench, on prepared carts, and returns transactions per
// second.
func (b *bench) newCeiling(m *market) func(d time.Duration, script string) float64 {
	t := b.t
	found := pgserver.FindBinaries()
	require.NotEmpty(t, found, "make bench needs pgbench, which is part of PostgreSQL's binaries")
	program := filepath.Join(found[0].Root, "bin", "pgbench")
	fill := func(perClient int) {
		_, err := m.conn.Exec(t.Context(), `DELETE FROM cart.carts WHERE account_id = id`)
		require.NoError(t, err)
		_, err = m.conn.Exec(t.Context(), `INSERT INTO cart.carts (id, account_id, version, created_at)
			SELECT lpad(c::text, 32, '0')::uuid, lpad(c::text, 32, '0')::uuid, 1, now()
			FROM generate_series(0, $1 - 1) AS c`, clients)
		require.NoError(t, err)
		_, err = m.conn.Exec(t.Context(), `INSERT INTO cart.lines
				(id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
			SELECT (lpad(c::text, 16, '0') || lpad((2 * n + k)::text, 16, '0'))::uuid, lpad(c::text, 32, '0')::uuid,
				gen_random_uuid(), FALSE, TRUE, 1, 100, 'EUR', 1, now()
			FROM generate_series(0, $1 - 1) AS c, generate_series(1, $2) AS n, generate_series(0, 1) AS k`,
			clients, perClient)
		require.NoError(t, err)
		_, err = m.conn.Exec(t.Context(), `ANALYZE cart.lines`)
		require.NoError(t, err)
	}
	return func(d time.Duration, script string) float64 {
		fill(300 * max(1, int(d.Seconds())))
		path := filepath.Join(t.TempDir(), "ceiling.sql")
		require.NoError(t, os.WriteFile(path, []byte(script), 0o600))
		cmd := exec.CommandContext(t.Context(), program, "-n", "-M", "prepared", "-f", path, "-c",
			strconv.Itoa(clients), "-j", "2",
			"-T", strconv.Itoa(max(1, int(d.Seconds()))), "-D", "n=0", m.Database.StoreURL)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		require.Contains(t, string(out), "number of failed transactions: 0 ", string(out))
		rate, err := strconv.ParseFloat(tps.FindStringSubmatch(string(out))[1], 64)
		require.NoError(t, err)
		return rate
	}
}

// reads measures P3: a product by ID against Echo and pgx alone, and from the response cache against Echo with a
// constant response.
func (b *bench) reads() {
	m := b.market()
	bare := b.startBare(m)
	const pieces = 10
	reads := func(url string) func(d time.Duration) float64 {
		w := b.newWires(url)
		return func(d time.Duration) float64 { return flood(d, w.read) }
	}
	stop := m.open(b.binary("bench"), "COINSLOT_CATALOG_CACHE=0")
	b.compare(figure{Name: "P3", What: "product by ID, uncached ÷ Echo and pgx alone", Goal: 0.85}, pieces,
		reads(m.URL+"/v1/products/"+m.product), reads(bare+"/products/"+m.product))
	stop()
	defer m.open(b.binary("bench"))()
	b.compare(figure{Name: "P3", What: "product by ID, cached ÷ Echo saying hello", Goal: 0.75}, pieces,
		reads(m.URL+"/v1/products/"+m.product), reads(bare+"/hello"))
}

// process measures P6, the time from the store's start to its first successful response with a running database, and
// P5, its memory a second later.
func (b *bench) process() {
	t := b.t
	d := storetest.Open(t)
	binary := b.binary("")
	var idle []float64
	b.amount(figure{
		Name: "P6", What: "start to the first /readyz 200", Unit: "ms", Goal: 300,
		Most: true,
	}, func() float64 {
		folder := pgtest.Folder(t)
		cmd := exec.CommandContext(t.Context(), binary, "serve")
		cmd.Env = append(os.Environ(), "COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+folder,
			"COINSLOT_DATABASE_URL="+d.StoreURL,
			"COINSLOT_MIGRATION_DATABASE_URL="+d.OwnerURL, "COINSLOT_PAYMENTS_URL=http://127.0.0.1:1",
			"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret, "COINSLOT_TOKENS_KEY="+store.UnusedKey)
		began := time.Now()
		require.NoError(t, cmd.Start())
		dir, err := datadir.Resolve(folder)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return ready(dir, cmd.Process.Pid) }, time.Minute, time.Millisecond,
			"the store did not start")
		took := time.Since(began)
		<-time.After(time.Second)
		idle = append(idle, resident(b, cmd.Process.Pid))
		require.NoError(t, cmd.Process.Kill())
		cmd.Wait()
		return float64(took.Microseconds()) / 1000
	})
	b.amount(figure{Name: "P5", What: "memory, idle", Unit: "MiB", Goal: 40, Most: true}, func() float64 {
		mib := idle[0]
		idle = idle[1:]
		return mib
	})
}

// idle measures P5: the CPU time of a store under the default configuration without requests.
func (b *bench) idle() {
	t := b.t
	d, folder := storetest.Open(t), pgtest.Folder(t)
	cmd := exec.CommandContext(t.Context(), b.binary(""), "serve")
	cmd.Env = append(os.Environ(), "COINSLOT_DATA_DIR="+folder, "COINSLOT_DATABASE_URL="+d.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+d.OwnerURL,
		"COINSLOT_HTTP_ADDRESS=127.0.0.1:0", "COINSLOT_ADMIN_ADDRESS=127.0.0.1:0",
		"COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:0", "COINSLOT_INBOX_RUN=false")
	require.NoError(t, cmd.Start())
	dir, err := datadir.Resolve(folder)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return ready(dir, cmd.Process.Pid) }, time.Minute, time.Millisecond,
		"the store did not start")
	<-time.After(20 * time.Second) // startup work, and the pause of the job queue
	const window = 20 * time.Second
	store := func() time.Duration { return cpu(func(_ string, pid int) bool { return pid == cmd.Process.Pid }) }
	storeBefore, postgresBefore := store(), postgresCPU()
	<-time.After(window)
	percent := func(d time.Duration) float64 { return 100 * d.Seconds() / window.Seconds() }
	b.single(figure{
		Name: "P5", What: "CPU of an idle store", Unit: "% of a core", Value: percent(store() - storeBefore),
		Goal: 0.5, Most: true,
	})
	b.single(figure{
		Name: "P5", What: "CPU of PostgreSQL under it", Unit: "% of a core",
		Value: percent(postgresCPU() - postgresBefore),
	})
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())
}

// ready reports whether the store with the process ID pid is ready.
func ready(dir *datadir.Dir, pid int) bool {
	run, err := dir.ReadRun()
	if err != nil || run.PID != pid {
		return false
	}
	response, err := http.Get(run.URL + "/readyz")
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// resident returns the resident memory of a process in MiB.
func resident(b *bench, pid int) float64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	require.NoError(b.t, err)
	for line := range strings.Lines(string(raw)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.ParseFloat(strings.Fields(kib)[0], 64)
			require.NoError(b.t, err)
			return n / 1024
		}
	}
	require.Fail(b.t, "no VmRSS")
	return 0
}
