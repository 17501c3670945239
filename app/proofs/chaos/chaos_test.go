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
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/modules/billing"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	durationVariable = "COINSLOT_TEST_CHAOS"      // how long the storm lasts
	chaosSeed        = "COINSLOT_TEST_CHAOS_SEED" // of what happens in it
	population       = 200
	atOnce           = 16
)

// TestChaos lets 200 buyers shop at two processes of the store behind one address, with a provider apart and the
// database behind a proxy, while everything is killed, cut and slowed at random. Then it asks whether every answer
// was true.
func TestChaos(t *testing.T) {
	text := os.Getenv(durationVariable)
	if text == "" {
		t.Log("make chaos runs this")
		return
	}
	duration, err := time.ParseDuration(text)
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(chaosSeed); text != "" {
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	fmt.Printf("chaos: seed %d, %s\n", seed, duration)
	c := newChaos(t, seed)
	began := time.Now()
	storm, calm := context.WithTimeout(t.Context(), duration)
	var shoppers sync.WaitGroup
	shoppers.Go(func() { c.rage(storm) })
	c.others(storm, &shoppers)
	c.shop(storm, &shoppers)
	<-storm.Done()
	calm()
	shoppers.Wait()
	c.mend()
	stormed := time.Since(began)
	settled := c.settle(t)
	require.NotZero(t, c.orders.Load())
	lies, violations := c.lies(t), c.broken(t, t.Log)
	fmt.Printf("chaos: %d buyers, %d answers, %d orders, %s; %d erasures, %d external refunds, %d resolutions; %v; settled %s after the storm of %s; %d lies, %d violations; history %s\n",
		c.buyers.Load(), len(c.history), c.orders.Load(), c.statuses(t), c.erasures.Load(), c.external.Load(),
		c.resolutions.Load(), c.faults, settled.Round(100*time.Millisecond), stormed.Round(time.Second),
		lies, violations, c.path)
	require.Zero(t, lies)
	require.Zero(t, violations)
}

// chaos is the whole of it.
type chaos struct {
	*harness.Store
	t      *testing.T
	rng    *rand.Rand // of the storm alone: the buyers have their own
	seed   uint64
	stores [2]*chaosProcess
	money  *chaosProcess
	front  *front
	cutter *cutter
	faults map[string]int
	goods  []harness.Object

	counters
	buyers, orders atomic.Int64
	mu             sync.Mutex
	history        []heard
	path           string
}

// heard is an answer that a buyer saw.
type heard struct {
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
		Store: &harness.Store{Database: storetest.Open(t)},
		path:  filepath.Join(os.TempDir(), fmt.Sprintf("coinslot-chaos-%d.jsonl", seed)),
	}
	_, stop := c.Start(t, c.configAlone(t), true) // fills the catalog
	stop()
	c.cutter = newCutter(t, c.Database.StoreURL)
	c.front = newFront(t, seed)
	provider := freeAddress(t)
	c.money = &chaosProcess{t: t, address: provider, args: []string{
		"mockpay", "--address", provider, "--books", filepath.Join(t.TempDir(), "books"), "--webhook-url",
		c.front.URL + "/v1/webhooks/payments/mockpay",
	}, environ: append(os.Environ(), harness.ProgramRole+"=program", cli.MockpaySecret+"="+harness.WebhookSecret,
		cli.MockpayKey+"="+harness.ProviderKey)}
	c.money.up()
	for i := range c.stores {
		address := freeAddress(t)
		c.stores[i] = &chaosProcess{
			t: t, address: address, args: []string{"serve"},
			environ: append(os.Environ(), harness.ProgramRole+"=program",
				"COINSLOT_PROFILE=test", "COINSLOT_HTTP_ADDRESS="+address, "COINSLOT_DATA_DIR="+pgtest.Folder(t),
				"COINSLOT_DATABASE_URL="+c.cutter.URL, "COINSLOT_MIGRATION_DATABASE_URL="+c.Database.OwnerURL,
				"COINSLOT_PAYMENTS_URL=http://"+provider, "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
				"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret,
				"COINSLOT_TOKENS_KEY="+store.UnusedKey, "COINSLOT_DATABASE_POOL_SIZE=16",
				"COINSLOT_PAYMENTS_ACTION_WITHIN=10s"),
		} // some buyers never confirm
		c.stores[i].up()
	}
	c.front.between(c.stores[0].address, c.stores[1].address)
	c.URL = c.front.URL
	guest := c.Guest(t)
	c.goods = guest.Get("/v1/products?limit=30&kind=game").Is(http.StatusOK).Items("items")
	return c
}

// shop sends buyers, some at once, until all have shopped or the storm is over.
func (c *chaos) shop(ctx context.Context, group *sync.WaitGroup) {
	var next atomic.Int64
	for range atOnce {
		group.Go(func() {
			for n := next.Add(1); n <= population && ctx.Err() == nil; n = next.Add(1) {
				(&chaosBuyer{c: c, n: n, rng: rand.New(rand.NewPCG(c.seed, uint64(n)+1))}).live(ctx)
				c.buyers.Add(1)
			}
		})
	}
}

func (c *chaos) hear(h heard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.history = append(c.history, h)
}

// rage kills, cuts and slows at random.
func (c *chaos) rage(ctx context.Context) {
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
			c.money.kill()
			time.Sleep(pause)
			c.money.up()
		case 3:
			c.faults["database cut off"]++
			c.cutter.partition(pause)
		case 4:
			c.faults["database connections reset"]++
			c.cutter.toxic(`{"name": "reset", "type": "reset_peer", "attributes": {"timeout": 0}}`, pause)
		case 5:
			c.faults["database slow"]++
			c.cutter.toxic(`{"name": "slow", "type": "latency", "attributes": {"latency": 80, "jitter": 60}}`, pause)
		case 6:
			c.faults["replies lost"]++
			c.front.lose(pause)
		}
	}
}

// mend brings everything back.
func (c *chaos) mend() {
	for _, p := range append(c.stores[:], c.money) {
		if !cli.Alive("http://" + p.address) {
			p.up()
		}
	}
}

// unsettled says what is still under way.
const unsettled = `SELECT 'order ' || id, row_to_json(o)::text FROM checkout.orders o
	WHERE status IN ('pending', 'processing', 'requires_action', 'paid') OR advancing_until > now()
	UNION ALL SELECT 'draft', row_to_json(d)::text FROM billing.invoice_drafts d
	UNION ALL SELECT 'refund ' || id, row_to_json(r)::text FROM billing.refunds r WHERE status IN ('requested', 'pending')`

// settle waits until nothing is under way, a minute at most: a killed process's job counts as running for 16 seconds, and the
// round that retries it comes every 30.
func (c *chaos) settle(t *testing.T) time.Duration {
	t.Helper()
	began := time.Now()
	// Webhooks that found no store wait for their next try: the provider's clock brings it.
	harness.Call(t, http.MethodPost, "http://"+c.money.address+"/_clock/advance", `{"seconds": 3600}`)
	for deadline := began.Add(time.Minute); !c.Drained(t) || c.broken(t, nil) > 0; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.rows(t, unsettled, func(what, how string) { t.Log(what, how) })
			c.broken(t, t.Log)
			t.Fatal("it does not settle")
		}
	}
	c.orders.Store(int64(c.Count(t, `SELECT count(*) FROM checkout.orders`)))
	return time.Since(began)
}

// broken counts the violated invariants, and logs them if it is given a log.
func (c *chaos) broken(t *testing.T, log func(...any)) (n int) {
	t.Helper()
	found, err := verify.Run(t.Context(), c.Database.OwnerURL,
		billing.PaymentConfig{URL: "http://" + c.money.address, APIKey: harness.ProviderKey})
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

// lies writes the history down and returns how many answers are not true in the database.
func (c *chaos) lies(t *testing.T) (lies int) {
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
		lie := !known || (seen && other != h.Order)
		switch h.Status {
		case "completed": // then refunds, the provider and the bank may move its money
			lie = lie || !slices.Contains([]string{"completed", "partially_refunded", "refunded", "manual_review"}, status)
		case "given back", "refunded":
			lie = lie || (status != "refunded" && status != "manual_review")
		case "canceled":
			lie = lie || status != "canceled"
		case "declined": // an erased account's are canceled
			lie = lie || (status != "declined" && status != "canceled")
		}
		if lie {
			lies++
			t.Logf("%s was told that order %s is %s, and it is %q", h.Buyer, h.Order, h.Status, status)
		}
	}
	require.NoError(t, os.WriteFile(c.path, out.Bytes(), 0o600))
	return lies
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
