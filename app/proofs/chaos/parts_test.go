//go:build failpoints

package chaos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/cli"
	"coinslot/app/e2e/harness"
	"coinslot/app/proofs/history"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/postgres/pgtest"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// setupConfig is the configuration of the store that adds the sample catalog.
func (c *chaos) setupConfig(t *testing.T) store.Config {
	t.Helper()
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	cfg.Database = pgtest.Limits(c.Database.StoreURL)
	cfg.Payments.URL, cfg.Payments.WebhookSecrets = "http://127.0.0.1:1", []string{harness.WebhookSecret}
	cfg.Tokens.Key = store.UnusedKey
	return cfg
}

// chaosProcess is a process that can be killed and restarted at the same address.
type chaosProcess struct {
	t       *testing.T
	address string
	args    []string
	environ []string
	cmd     *exec.Cmd
	ended   chan struct{}
}

// up starts the process and waits until it listens. If it exits first, because the database is unreachable, it is
// started again.
func (p *chaosProcess) up() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	for range 50 {
		cmd, ended := exec.Command(self, p.args...), make(chan struct{})
		cmd.Env = p.environ
		if cmd.Start() != nil {
			return
		}
		go func() {
			cmd.Wait()
			close(ended)
		}()
		p.cmd, p.ended = cmd, ended
		if p.listens(ended) {
			p.t.Cleanup(func() { cmd.Process.Kill(); <-ended })
			return
		}
	}
}

func (p *chaosProcess) listens(ended chan struct{}) bool {
	for range 1000 {
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if cli.Alive("http://" + p.address) {
			return true
		}
	}
	return false
}

func (p *chaosProcess) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// balancer is the load balancer in front of the stores.
type balancer struct {
	URL      string
	mu       sync.Mutex
	target   []*httputil.ReverseProxy
	next     atomic.Uint64
	dropping atomic.Bool
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	f := &balancer{}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

func (f *balancer) balance(addresses ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, address := range addresses {
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: address})
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
		f.target = append(f.target, proxy)
	}
}

// dropResponses drops the responses to all requests for a time. The requests still take effect.
func (f *balancer) dropResponses(pause time.Duration) {
	f.dropping.Store(true)
	time.Sleep(pause)
	f.dropping.Store(false)
}

// ServeHTTP forwards a request to the next store.
func (f *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	targets := f.target
	f.mu.Unlock()
	if len(targets) == 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	target := targets[f.next.Add(1)%uint64(len(targets))]
	if f.dropping.Load() {
		target.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler) // close the connection without a response
	}
	target.ServeHTTP(w, r)
}

// faultProxy is the proxy in front of the database.
type faultProxy struct {
	URL   string
	proxy *toxiproxy.Proxy
}

func newFaultProxy(t *testing.T, databaseURL string) *faultProxy {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, "postgres", freeAddress(t), u.Host)
	require.NoError(t, proxy.Start())
	t.Cleanup(proxy.Stop)
	u.Host = proxy.Listen
	return &faultProxy{u.String(), proxy}
}

func (c *faultProxy) partition(pause time.Duration) {
	c.proxy.Stop()
	time.Sleep(pause)
	for range 50 {
		if c.proxy.Start() == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (c *faultProxy) toxic(program string, pause time.Duration) {
	wrapper, err := c.proxy.Toxics.AddToxicJson(strings.NewReader(program))
	if err != nil {
		return
	}
	time.Sleep(pause)
	c.proxy.Toxics.RemoveToxic(context.Background(), wrapper.Name)
}

// chaosBuyer registers, buys and requests refunds. It retries each request until the outcome is final or the run ends.
type chaosBuyer struct {
	c       *chaos
	n       int64
	rng     *rand.Rand
	account string // its handle; empty for staff
	token   string
}

var chaosMethods = []string{
	"pm_ok", "pm_ok", "pm_ok", "pm_declined", "pm_requires_action", "pm_lost_webhook", "pm_duplicate_webhook",
	"pm_refund_fails", "pm_webhook_first",
	"pm_reordered_webhooks", "pm_timeout_then_success", "pm_timeout_then_decline", "pm_dispute",
}

// register creates the buyer's account and signs in.
func (b *chaosBuyer) register(ctx context.Context) {
	name := fmt.Sprintf("chaos-%d", b.n)
	b.until(ctx, func() bool {
		status, _ := b.call(ctx, http.MethodPost, "/v1/accounts", "", harness.Object{
			"email": name + "@example.com", "handle": name, "display_name": name, "password": harness.TestPassword,
		})
		return status == http.StatusCreated || status == http.StatusConflict // 409: created by an earlier try
	})
	b.account = name
	b.signIn(ctx, name, harness.TestPassword)
}

func (b *chaosBuyer) signIn(ctx context.Context, login, password string) {
	b.until(ctx, func() bool {
		status, body := b.call(ctx, http.MethodPost, "/v1/sessions", "", harness.Object{"login": login, "password": password})
		b.token, _ = body["access_token"].(string)
		return status == http.StatusCreated
	})
}

// purchase adds a game to the cart and returns the body of its checkout. ok is false if ctx has ended.
func (b *chaosBuyer) purchase(ctx context.Context, method string) (body harness.Object, ok bool) {
	product := b.c.games[b.rng.IntN(len(b.c.games))]["id"]
	var item any
	b.until(ctx, func() bool {
		status, cart := b.call(ctx, http.MethodPost, "/v1/cart/items", "", harness.Object{"product_id": product})
		if status != http.StatusCreated && status != http.StatusOK {
			return false
		}
		for _, line := range harness.List(cart, "items") {
			if line["product_id"] == product {
				item = line["id"]
			}
		}
		return true
	})
	var total any
	b.until(ctx, func() bool {
		status, quote := b.call(ctx, http.MethodPost, "/v1/checkouts/quote", "", harness.Object{"item_ids": []any{item}})
		total = quote["total"]
		return status == http.StatusOK || status == http.StatusConflict
	})
	return harness.Object{"item_ids": []any{item}, "expected_total": total, "payment_method": method}, ctx.Err() == nil
}

func (b *chaosBuyer) buy(ctx context.Context) {
	key := harness.NewKey()
	body, ok := b.purchase(ctx, chaosMethods[b.rng.IntN(len(chaosMethods))])
	if !ok {
		return
	}
	orderID := ""
	b.until(ctx, func() bool {
		var done bool
		orderID, done = b.pay(ctx, key, body)
		return done
	})
	b.read(ctx)
	if orderID != "" && b.rng.IntN(3) == 0 {
		key := harness.NewKey()
		b.until(ctx, func() bool { return b.refund(ctx, key, orderID) })
	}
}

// refund sends a refund request once and reports whether the outcome is final.
func (b *chaosBuyer) refund(ctx context.Context, key, orderID string) bool {
	status, answer := b.call(ctx, http.MethodPost, "/v1/orders/"+orderID+"/refunds", key,
		harness.Object{"reason": "chaos"})
	switch status {
	case http.StatusCreated:
		if answer["status"] == "succeeded" {
			b.c.record(recorded{
				Buyer: b.account, Key: key, Order: orderID, Status: "refund succeeded", Total: answer["amount"],
			})
		}
		return true
	case http.StatusConflict, http.StatusUnprocessableEntity:
		return answer["code"] != "order-in-progress"
	}
	return false
}

// pay sends a checkout once and reports whether the outcome is final. orderID is set if the order is completed.
func (b *chaosBuyer) pay(ctx context.Context, key string, body harness.Object) (orderID string, done bool) {
	status, answer := b.call(ctx, http.MethodPost, "/v1/checkouts", key, body)
	h := recorded{Buyer: b.account, Key: key, Total: answer["total"], Method: body["payment_method"]}
	switch status {
	case http.StatusCreated, http.StatusAccepted:
		h.Order, _ = answer["id"].(string)
		h.Status, _ = answer["status"].(string)
	case http.StatusPaymentRequired:
		h.Order, _ = answer["order_id"].(string)
		h.Status = "declined"
	case http.StatusConflict:
		return "", answer["code"] != "order-in-progress"
	case http.StatusNotFound, http.StatusUnprocessableEntity:
		return "", true
	default:
		return "", false
	}
	b.c.record(h)
	if action, ok := answer["next_action"].(harness.Object); ok {
		if b.rng.IntN(4) == 0 {
			return "", true // never confirms
		}
		response, err := http.Post(action["url"].(string), "application/json",
			strings.NewReader(`{"result":"success"}`)) //nolint:noctx // a test's own provider
		if err == nil {
			response.Body.Close()
		}
	}
	if h.Status == "completed" {
		orderID = h.Order
	}
	return orderID, status != http.StatusAccepted
}

// until repeats a step until it succeeds or ctx ends.
func (b *chaosBuyer) until(ctx context.Context, step func() bool) {
	for ctx.Err() == nil && !step() {
		time.Sleep(50 * time.Millisecond)
	}
}

// call sends a request to the store. Status 0 means that the outcome is unknown.
func (b *chaosBuyer) call(ctx context.Context, method, path, key string, body harness.Object) (int, harness.Object) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil
	}
	if body == nil {
		raw = nil
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method,
		b.c.balancer.URL+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+b.token)
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	returned := b.c.recorder.Call(history.Request{
		Account: b.account, Method: method, Path: path, Key: key, Body: body,
	})
	status, answer := b.do(request)
	returned(status, answer)
	return status, answer
}

// callProvider sends a request to the provider's merchant API.
func (b *chaosBuyer) callProvider(ctx context.Context, method, url, body string) (int, harness.Object) {
	request, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Idempotency-Key", harness.NewKey())
	return b.do(harness.Authorize(request))
}

func (b *chaosBuyer) post(ctx context.Context, url, body string) {
	b.callProvider(ctx, http.MethodPost, url, body)
}

func (b *chaosBuyer) do(request *http.Request) (int, harness.Object) {
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	var out harness.Object
	answer, err := io.ReadAll(response.Body)
	if err != nil || (len(answer) > 0 && json.Unmarshal(answer, &out) != nil) {
		return 0, nil
	}
	return response.StatusCode, out
}
