//go:build bench

package bench_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"coinslot/platform/postgres/pgtest"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/child"
	"coinslot/platform/datadir"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	clients   = 32
	perClient = 2  // buyers per client
	products  = 90 // consumables; a cart is limited to 100 lines
	perOrder  = 2
	unitPrice = 100
)

// database starts a PostgreSQL with durable commits. The tests' PostgreSQL runs without them.
func (b *bench) database() {
	t := b.t
	if os.Getenv("COINSLOT_TEST_DATABASE_URL") != "" {
		return
	}
	self, err := os.Executable()
	require.NoError(t, err)
	server, err := child.Start(t.Context(), []string{harness.ProgramRole + "=program"}, self, "db-serve", pgtest.Folder(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	t.Setenv("COINSLOT_TEST_DATABASE_URL", server.URL)
}

// binary builds the store with build tags, once, and returns its path.
func (b *bench) binary(tags string) string {
	path := filepath.Join(b.folder, "coinslot-"+tags)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	build := exec.CommandContext(b.t.Context(), "go", "build", "-tags", tags, "-o", path, "coinslot/app")
	out, err := build.CombinedOutput()
	require.NoError(b.t, err, string(out))
	return path
}

// market is a store in its own process, with the sample catalog, consumables for sale and buyers who are signed in.
type market struct {
	*harness.Store
	b       *bench
	conn    *pgx.Conn
	http    *http.Client
	store   *exec.Cmd
	buyers  [clients][]*shopper
	gems    []string
	product string
	admin   string // URL of the administration listener
	ids     atomic.Int64
}

// shopper is a buyer with a session.
type shopper struct {
	token string
	cart  string
	items []string // cart lines that are not bought yet
}

// newMarket fills a database through a store in this process, which it stops. open starts the measured store.
func (b *bench) newMarket() *market {
	t := b.t
	m := &market{Store: &harness.Store{Database: storetest.Open(t)}, b: b}
	m.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8 * clients}}
	m.StartProvider(t, 0)
	cfg := m.Config(t)
	cfg.Tokens.AccessTTL = 4 * time.Hour
	server, stop := m.Start(t, cfg, true, harness.MemoizedHashing())
	m.URL = "http://" + server.Address()
	clerk := m.Clerk(t)
	for n := range products {
		m.gems = append(m.gems, clerk.Post("/v1/admin/products", harness.Object{
			"title": fmt.Sprintf("Bench Gem %d", n), "kind": "consumable", "category": "bench",
			"price": harness.Object{"amount": unitPrice, "currency": "EUR"},
		}).Is(http.StatusCreated).Text("id"))
	}
	m.product = m.Guest(t).Product("star-orchard").Text("id")
	for c := range clients {
		for range perClient {
			buyer := m.NewBuyer(t)
			buyer.Add("dragon-treat") // creates the cart
			cart := buyer.Get("/v1/cart").Is(http.StatusOK)
			buyer.Delete("/v1/cart", nil).Is(http.StatusNoContent)
			m.buyers[c] = append(m.buyers[c], &shopper{token: buyer.Token, cart: cart.Text("id")})
		}
	}
	stop()
	var err error
	m.conn, err = pgx.Connect(t.Context(), m.Database.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { m.conn.Close(context.Background()) })
	return m
}

// open starts the store's process under the profile production. The returned function stops it.
func (m *market) open(binary string, environ ...string) func() {
	t := m.b.t
	folder := pgtest.Folder(t)
	m.store = exec.CommandContext(t.Context(), binary, "serve")
	m.store.Env = append(append(os.Environ(), "COINSLOT_PROFILE=production", "COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_ACCOUNTS_CONFIRM_FIRST=false",
		"COINSLOT_DATA_DIR="+folder, "COINSLOT_DATABASE_URL="+m.Database.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+m.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+m.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret, "COINSLOT_TOKENS_KEY="+store.UnusedKey,
		"COINSLOT_LEDGER_SEAL_KEYS=bench:"+store.UnusedKey), environ...)
	log, err := os.Create(filepath.Join(folder, "log")) // it says why the store does not start
	require.NoError(t, err)
	m.store.Stderr = log
	require.NoError(t, m.store.Start())
	require.NoError(t, log.Close())
	pid, process := m.store.Process.Pid, m.store.Process
	opened.Store(pid, process)
	dir, err := datadir.Resolve(folder)
	require.NoError(t, err)
	if !assert.Eventually(t, func() bool { return ready(dir, pid) }, time.Minute, time.Millisecond) {
		raw, err := os.ReadFile(log.Name())
		require.NoError(t, err)
		require.Fail(t, "the store did not start", string(raw))
	}
	run, err := dir.ReadRun()
	require.NoError(t, err)
	m.URL, m.admin = run.URL, run.AdminURL
	m.Webhooks.SetTarget(run.URL)
	store := m.store
	return sync.OnceFunc(func() {
		require.NoError(t, process.Signal(os.Interrupt))
		require.NoError(t, store.Wait())
		opened.Delete(pid)
	})
}

// fill replaces the lines of every cart by one of each consumable.
func (m *market) fill() {
	t := m.b.t
	for _, buyers := range m.buyers {
		for _, s := range buyers {
			rows, err := m.conn.Query(t.Context(),
				`WITH left_over AS (DELETE FROM cart.lines WHERE cart_id = $1)
				INSERT INTO cart.lines (id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency,
					price_version, added_at)
				SELECT gen_random_uuid(), $1, id, FALSE, TRUE, 1, $2, 'EUR', 1, now()
				FROM catalog.sellables WHERE category = 'bench'
				RETURNING id::text`, s.cart, unitPrice)
			require.NoError(t, err)
			s.items, err = pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
		}
	}
	_, err := m.conn.Exec(t.Context(), `ANALYZE cart.lines`)
	require.NoError(t, err)
}

// checkout buys two lines that fill added. It returns false if the client's carts are empty.
func (m *market) checkout(client int) bool {
	for _, s := range m.buyers[client] {
		if len(s.items) >= perOrder {
			items := s.items[:perOrder]
			s.items = s.items[perOrder:]
			status, raw := m.pay(s, items)
			return must(status == http.StatusCreated, "a checkout", status, raw)
		}
	}
	return false
}

func (m *market) pay(s *shopper, items []string) (int, []byte) {
	return m.send(http.MethodPost, "/v1/checkouts", s.token, harness.NewKey(), harness.Object{
		"item_ids": items, "expected_total": harness.Object{"amount": perOrder * unitPrice, "currency": "EUR"},
		"payment_method": "pm_ok",
	})
}

// purchase adds two items to the cart and buys them.
func (m *market) purchase(client int) bool {
	s := m.buyers[client][0]
	var items []string
	for range perOrder {
		gem := m.gems[int(m.ids.Add(1))%len(m.gems)]
		status, raw := m.send(http.MethodPost, "/v1/cart/items", s.token, "", harness.Object{"product_id": gem})
		must(status == http.StatusCreated || status == http.StatusOK, "an add", status, raw)
		var cart struct {
			Items []struct {
				ID string `json:"id"`
			} `json:"items"`
		}
		must(json.Unmarshal(raw, &cart) == nil, "an add", status, raw)
		items = items[:0]
		for _, item := range cart.Items {
			items = append(items, item.ID)
		}
	}
	status, raw := m.pay(s, items)
	return must(status == http.StatusCreated, "a checkout", status, raw)
}

// send sends a request and returns the status and body of the response.
func (m *market) send(method, path, token, key string, body harness.Object) (int, []byte) {
	raw, err := json.Marshal(body)
	must(err == nil, path, 0, nil)
	request, err := http.NewRequestWithContext(m.b.t.Context(), method, m.URL+path, bytes.NewReader(raw))
	must(err == nil, path, 0, nil)
	request.Header = http.Header{"Content-Type": {"application/json"}}
	if token != "" {
		request.Header["Authorization"] = []string{"Bearer " + token}
	}
	if key != "" {
		request.Header["Idempotency-Key"] = []string{key}
	}
	response, err := m.http.Do(request)
	must(err == nil, path, 0, nil)
	defer response.Body.Close()
	raw, err = io.ReadAll(response.Body)
	must(err == nil, path, 0, nil)
	return response.StatusCode, raw
}

// opened maps the process IDs of running stores to their processes.
var opened sync.Map

// must kills the stores and panics unless ok: an unexpected response makes a measurement worthless.
func must(ok bool, what string, status int, raw []byte) bool {
	if !ok {
		opened.Range(func(_, store any) bool { return store.(*os.Process).Kill() == nil })
		panic(fmt.Sprintf("%s returned %d: %s", what, status, raw))
	}
	return true
}

// cpu returns the CPU time of the processes that of selects, including that of their waited-for children.
func cpu(of func(name string, pid int) bool) time.Duration {
	const hertz = 100 // USER_HZ, the unit of /proc/PID/stat
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, path := range entries {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // the process has ended
		}
		open, end := strings.IndexByte(string(raw), '('), strings.LastIndexByte(string(raw), ')')
		pid, _ := strconv.Atoi(strings.TrimSpace(string(raw[:open])))
		if !of(string(raw[open+1:end]), pid) {
			continue
		}
		fields := strings.Fields(string(raw[end+1:]))
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			n, _ := strconv.Atoi(field)
			ticks += n
		}
	}
	return time.Duration(ticks) * time.Second / hertz
}

func postgresCPU() time.Duration {
	return cpu(func(name string, _ int) bool { return name == "postgres" })
}

func (m *market) storeCPU() time.Duration {
	return cpu(func(_ string, pid int) bool { return pid == m.store.Process.Pid })
}
