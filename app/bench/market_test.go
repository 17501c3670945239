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
	"github.com/stretchr/testify/require"
)

const (
	clients   = 32
	perClient = 2  // buyers of each client
	sorts     = 90 // of consumables: as many lines as a cart may hold, and some room
	perOrder  = 2
	unitPrice = 100
)

// benchDatabase starts a PostgreSQL that keeps its promises: the one of the tests trades them for speed.
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

// binary builds the store as it is built for its users, or with tags.
func (b *bench) binary(tags string) string {
	path := filepath.Join(b.folder, "coinslot-"+tags)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	out, err := exec.CommandContext(b.t.Context(), "go", "build", "-tags", tags, "-o", path, ".").CombinedOutput()
	require.NoError(b.t, err, string(out))
	return path
}

// market is a store in a process of its own, with the sample catalog, things to buy again and again, and buyers who
// are signed in.
type market struct {
	*harness.Store
	b       *bench
	conn    *pgx.Conn
	http    *http.Client
	store   *exec.Cmd
	buyers  [clients][]*shopper
	gems    []string
	product string
	ids     atomic.Int64
}

// shopper is a buyer who is signed in once.
type shopper struct {
	token string
	cart  string
	items []string
}

// newMarket fills a database with a store that runs in this process, and leaves it to one that does not.
func (b *bench) newMarket() *market {
	t := b.t
	m := &market{Store: &harness.Store{Database: storetest.Open(t)}, b: b}
	m.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8 * clients}}
	m.StartProvider(t, 0)
	cfg := m.Config(t)
	cfg.Tokens.AccessTTL = 4 * time.Hour
	server, stop := m.Start(t, cfg, true)
	m.URL = "http://" + server.Address()
	clerk := m.Clerk(t)
	for n := range sorts {
		m.gems = append(m.gems, clerk.Post("/v1/admin/products", harness.Object{
			"title": fmt.Sprintf("Bench Gem %d", n), "kind": "consumable", "category": "bench",
			"price": harness.Object{"amount": unitPrice, "currency": "USD"},
		}).Is(http.StatusCreated).Text("id"))
	}
	m.product = m.Guest(t).Product("star-orchard").Text("id")
	for c := range clients {
		for range perClient {
			buyer := m.NewBuyer(t)
			buyer.Add("dragon-treat") // makes the cart
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

// open starts the store's process, as it runs in production. What it returns stops it.
func (m *market) open(binary string, environ ...string) func() {
	t := m.b.t
	folder := pgtest.Folder(t)
	m.store = exec.CommandContext(t.Context(), binary, "serve")
	m.store.Env = append(append(os.Environ(), "COINSLOT_PROFILE=production", "COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0",
		"COINSLOT_DATA_DIR="+folder, "COINSLOT_DATABASE_URL="+m.Database.StoreURL,
		"COINSLOT_MIGRATION_DATABASE_URL="+m.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+m.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret, "COINSLOT_TOKENS_KEY="+store.UnusedKey), environ...)
	require.NoError(t, m.store.Start())
	pid, process := m.store.Process.Pid, m.store.Process
	opened.Store(pid, process)
	dir, err := datadir.Resolve(folder)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return ready(dir, pid) }, time.Minute, time.Millisecond, "the store did not start")
	run, err := dir.ReadRun()
	require.NoError(t, err)
	m.URL = run.URL
	m.Relayed.To(run.URL)
	store := m.store
	return sync.OnceFunc(func() {
		require.NoError(t, process.Signal(os.Interrupt))
		require.NoError(t, store.Wait())
		opened.Delete(pid)
	})
}

// fill fills every cart, in one statement each.
func (m *market) fill() {
	t := m.b.t
	for _, buyers := range m.buyers {
		for _, s := range buyers {
			rows, err := m.conn.Query(t.Context(),
				`WITH left_over AS (DELETE FROM cart.lines WHERE cart_id = $1)
				INSERT INTO cart.lines (id, cart_id, sellable_id, bundle, consumable, quantity, amount, currency, price_version, added_at)
				SELECT gen_random_uuid(), $1, id, FALSE, TRUE, 1, $2, 'USD', 1, now() FROM catalog.sellables WHERE category = 'bench'
				RETURNING id::text`, s.cart, unitPrice)
			require.NoError(t, err)
			s.items, err = pgx.CollectRows(rows, pgx.RowTo[string])
			require.NoError(t, err)
		}
	}
	_, err := m.conn.Exec(t.Context(), `ANALYZE cart.lines`)
	require.NoError(t, err)
}

// checkout buys two filled lines; false: the client's carts are empty.
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
		"item_ids": items, "expected_total": harness.Object{"amount": perOrder * unitPrice, "currency": "USD"},
		"payment_method": "pm_ok",
	})
}

// purchase is two adds and a checkout.
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

// send sends a request and returns its answer.
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

// opened are the stores that run, by their process IDs.
var opened sync.Map

// must ends the bench, and the stores with it, on any answer but the one that is wanted: a store that refuses fast is
// not fast.
func must(ok bool, what string, status int, raw []byte) bool {
	if !ok {
		opened.Range(func(_, store any) bool { return store.(*os.Process).Kill() == nil })
		panic(fmt.Sprintf("%s was answered %d: %s", what, status, raw))
	}
	return true
}

// cpu is the time that processors have spent on a set of processes so far, those that have ended below them included.
func cpu(of func(name string, pid int) bool) time.Duration {
	const hertz = 100 // of the kernel's clock as it is shown to programs
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, path := range entries {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		open, end := strings.IndexByte(string(raw), '('), strings.LastIndexByte(string(raw), ')')
		pid, _ := strconv.Atoi(strings.TrimSpace(string(raw[:open])))
		if !of(string(raw[open+1:end]), pid) {
			continue
		}
		fields := strings.Fields(string(raw[end+1:]))
		for _, field := range fields[11:15] { // user, system, and those of the children that were waited for
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
