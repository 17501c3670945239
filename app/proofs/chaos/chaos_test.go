//go:build failpoints

package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/cli"
	"coinslot/app/e2e/harness"
	"coinslot/app/proofs/history"
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/modules/billing"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	durationVariable = "COINSLOT_TEST_CHAOS"      // duration of fault injection
	seedVariable     = "COINSLOT_TEST_CHAOS_SEED" // seed of the faults and of the buyers
	buyerCount       = 200
	concurrentBuyers = 16
)

// TestChaos runs 200 buyers against two processes of the store behind a load balancer, with the provider in its own
// process and the database behind a proxy, and injects random faults. When the store is idle again, it checks the
// recorded responses, the history of each account and the invariants.
func TestChaos(t *testing.T) {
	text := os.Getenv(durationVariable)
	if text == "" {
		t.Log("make chaos runs this")
		return
	}
	duration, err := time.ParseDuration(text)
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	fmt.Printf("chaos: seed %d, %s\n", seed, duration)
	c := newChaos(t, seed)
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	var group sync.WaitGroup
	group.Go(func() { c.injectFaults(ctx) })
	c.startOthers(ctx, &group)
	c.startBuyers(ctx, &group)
	<-ctx.Done()
	cancel()
	group.Wait()
	c.restartAll()
	faulty := time.Since(began)
	settled := c.settle(t)
	require.NotZero(t, c.orders.Load())
	c.readAll(t.Context())
	contradicted, violations := c.contradicted(t), c.violations(t, t.Log)
	line, err := c.recorder.Check(filepath.Join(os.TempDir(), fmt.Sprintf("coinslot-chaos-%d.html", seed)))
	fmt.Printf("chaos: %d buyers, %d responses, %d orders, %s; ",
		len(c.done), len(c.history), c.orders.Load(), c.statuses(t))
	fmt.Printf("%d erasures, %d external refunds, %d resolutions; ",
		c.erasures.Load(), c.external.Load(), c.resolutions.Load())
	fmt.Printf("%v; settled %s after %s of faults; %d contradicted responses, %d violations; history %s\n",
		c.faults, settled.Round(100*time.Millisecond), faulty.Round(time.Second), contradicted, violations, c.path)
	require.Zero(t, contradicted)
	require.Zero(t, violations)
	require.NoError(t, err)
	fmt.Println(line)
}

// chaos is one run.
type chaos struct {
	*harness.Store
	t          *testing.T
	rng        *rand.Rand // of the faults; buyers have their own
	seed       uint64
	stores     [2]*chaosProcess
	provider   *chaosProcess
	balancer   *balancer
	faultProxy *faultProxy
	faults     map[string]int
	games      []harness.Object
	consumable any // the ID of one
	recorder   *history.Recorder

	counters
	orders  atomic.Int64
	mu      sync.Mutex
	history []recorded
	done    []*chaosBuyer // have shopped
	path    string
}

// recorded is a response that a buyer received.
type recorded struct {
	Buyer  string `json:"buyer"`
	Key    string `json:"key"`
	Order  string `json:"order"`
	Status string `json:"status"`
	Total  any    `json:"total"`
	Method any    `json:"payment_method,omitempty"`
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return listener.Addr().String()
}

func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c := &chaos{
		t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 1)), faults: map[string]int{},
		Store: &harness.Store{Database: storetest.Open(t)}, recorder: history.New(),
		path: filepath.Join(os.TempDir(), fmt.Sprintf("coinslot-chaos-%d.jsonl", seed)),
	}
	_, stop := c.Start(t, c.setupConfig(t), true) // adds the sample catalog
	stop()
	c.faultProxy = newFaultProxy(t, c.Database.StoreURL)
	c.balancer = newBalancer(t)
	providerAddress := freeAddress(t)
	c.provider = &chaosProcess{t: t, address: providerAddress, args: []string{
		"mockpay", "--address", providerAddress, "--books", filepath.Join(t.TempDir(), "books"), "--webhook-url",
		c.balancer.URL + "/v1/webhooks/payments/mockpay",
	}, environ: append(os.Environ(), harness.ProgramRole+"=program", cli.MockpaySecret+"="+harness.WebhookSecret,
		cli.MockpayKey+"="+harness.ProviderKey)}
	c.provider.up()
	for i := range c.stores {
		address := freeAddress(t)
		c.stores[i] = &chaosProcess{
			t: t, address: address, args: []string{"serve"},
			environ: append(os.Environ(), harness.ProgramRole+"=program",
				"COINSLOT_PROFILE=test", "COINSLOT_HTTP_ADDRESS="+address, "COINSLOT_DATA_DIR="+pgtest.Folder(t),
				"COINSLOT_DATABASE_URL="+c.faultProxy.URL, "COINSLOT_MIGRATION_DATABASE_URL="+c.Database.OwnerURL,
				"COINSLOT_PAYMENTS_URL=http://"+providerAddress, "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
				"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret,
				"COINSLOT_TOKENS_KEY="+store.UnusedKey, "COINSLOT_DATABASE_POOL_SIZE=16",
				"COINSLOT_PAYMENTS_ACTION_WITHIN=10s"),
		} // some buyers never confirm
		c.stores[i].up()
	}
	c.balancer.balance(c.stores[0].address, c.stores[1].address)
	c.URL = c.balancer.URL
	guest := c.Guest(t)
	c.games = guest.Get("/v1/products?limit=30&kind=game").Is(http.StatusOK).Items("items")
	c.consumable = guest.Get("/v1/products?limit=1&kind=consumable").Is(http.StatusOK).Items("items")[0]["id"]
	return c
}

// startBuyers runs all buyers, concurrentBuyers at a time, until ctx ends.
func (c *chaos) startBuyers(ctx context.Context, group *sync.WaitGroup) {
	var next atomic.Int64
	for range concurrentBuyers {
		group.Go(func() {
			for n := next.Add(1); n <= buyerCount && ctx.Err() == nil; n = next.Add(1) {
				(&chaosBuyer{c: c, n: n, rng: rand.New(rand.NewPCG(c.seed, uint64(n)+1))}).run(ctx)
			}
		})
	}
}

func (c *chaos) record(h recorded) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, h)
}

// injectFaults injects a random fault about once a second until ctx ends.
func (c *chaos) injectFaults(ctx context.Context) {
	for {
		select {
		case <-time.After(time.Duration(300+c.rng.IntN(900)) * time.Millisecond):
		case <-ctx.Done():
			return
		}
		pause := time.Duration(50+c.rng.IntN(400)) * time.Millisecond
		switch c.rng.IntN(7) {
		case 0, 1:
			c.faults["kill -9 of a store"]++
			store := c.stores[c.rng.IntN(2)]
			store.kill()
			time.Sleep(pause)
			store.up()
		case 2:
			c.faults["kill -9 of the provider"]++
			c.provider.kill()
			time.Sleep(pause)
			c.provider.up()
		case 3:
			c.faults["database unreachable"]++
			c.faultProxy.partition(pause)
		case 4:
			c.faults["database connections reset"]++
			c.faultProxy.toxic(`{"name": "reset", "type": "reset_peer", "attributes": {"timeout": 0}}`, pause)
		case 5:
			c.faults["database slow"]++
			c.faultProxy.toxic(`{"name": "slow", "type": "latency", "attributes": {"latency": 80, "jitter": 60}}`, pause)
		case 6:
			c.faults["responses lost"]++
			c.balancer.dropResponses(pause)
		}
	}
}

// restartAll starts the processes that are not running.
func (c *chaos) restartAll() {
	for _, p := range append(c.stores[:], c.provider) {
		if !cli.Alive("http://" + p.address) {
			p.up()
		}
	}
}

// unsettled selects the work that is not finished.
const unsettled = `SELECT 'order ' || id, row_to_json(o)::text FROM checkout.orders o
	WHERE status IN ('pending', 'processing', 'requires_action', 'paid') OR advancing_until > now()
	UNION ALL SELECT 'draft', row_to_json(d)::text FROM billing.invoice_drafts d
	UNION ALL SELECT 'refund ' || id, row_to_json(r)::text FROM billing.refunds r WHERE status IN ('requested', 'pending')`

// settle waits up to a minute until no work is left, and returns the time it took. The jobs of a killed process are run
// again after 16 seconds.
func (c *chaos) settle(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	// Advancing the provider's clock makes it retry failed webhooks at once.
	harness.Call(t, http.MethodPost, "http://"+c.provider.address+"/_clock/advance", `{"seconds": 3600}`)
	for deadline := began.Add(time.Minute); !c.Drained(t) || c.violations(t, nil) > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.rows(t, unsettled, func(what, how string) { t.Log(what, how) })
			c.violations(t, t.Log)
			t.Fatal("the store does not settle")
		}
	}
	c.orders.Store(int64(c.Count(t, `SELECT count(*) FROM checkout.orders`)))
	return time.Since(began)
}

// violations counts the violations of invariants, and logs them if log is not nil.
func (c *chaos) violations(t *testing.T, log func(...any)) (n int) {
	t.Helper()
	found, err := verify.Run(t.Context(), c.Database.OwnerURL,
		billing.PaymentConfig{URL: "http://" + c.provider.address, APIKey: harness.ProviderKey})
	require.NoError(t, err)
	for _, f := range found {
		n += len(f.Violations)
		for _, v := range f.Violations {
			if log != nil {
				log(f.Name, f.Promise, v)
			}
		}
	}
	return n
}

// contradicted writes the history to a file and returns how many responses the database contradicts.
func (c *chaos) contradicted(t *testing.T) (n int) {
	t.Helper()
	now := map[string]string{}
	c.rows(t, `SELECT id::text, status FROM checkout.orders`, func(id, status string) { now[id] = status })
	var out bytes.Buffer
	byKey := map[string]string{}
	for _, h := range c.history {
		raw, err := json.Marshal(h)
		require.NoError(t, err)
		out.Write(append(raw, '\n'))
		status, known := now[h.Order]
		other, seen := byKey[h.Buyer+h.Key]
		byKey[h.Buyer+h.Key] = h.Order
		wrong := !known || (seen && other != h.Order)
		switch h.Status {
		case "completed": // refunds, corrections or disputes may follow
			wrong = wrong || !slices.Contains([]string{"completed", "partially_refunded", "refunded", "manual_review"}, status)
		case "refund succeeded", "refunded":
			wrong = wrong || (status != "refunded" && status != "manual_review")
		case "canceled":
			wrong = wrong || status != "canceled"
		case "declined": // orders of an erased account are canceled
			wrong = wrong || (status != "declined" && status != "canceled")
		}
		if wrong {
			n++
			t.Logf("a response to %s reported order %s as %s, and it is %q", h.Buyer, h.Order, h.Status, status)
		}
	}
	require.NoError(t, os.WriteFile(c.path, out.Bytes(), 0o600))
	return n
}

func (c *chaos) statuses(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	c.rows(t, `SELECT status, count(*)::text FROM checkout.orders GROUP BY status`,
		func(status, n string) { out[status] = n })
	return out
}

func (c *chaos) rows(t *testing.T, query string, take func(a, b string)) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	var a, b string
	_, err = pgx.ForEachRow(rows, []any{&a, &b}, func() error {
		take(a, b)
		return nil
	})
	require.NoError(t, err)
}
