package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"coinslot/app/mockpay"
	"coinslot/configs"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// programRole makes this test binary the program itself, for the tests of its processes.
const programRole = "COINSLOT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programRole) != "" {
		main()
		return
	}
	pgtest.Main(m)
}

const (
	webhookSecret = "a webhook secret for the tests"
	providerKey   = "an API key for the tests"
)

// asMerchant shows the provider the key.
func asMerchant(request *http.Request) *http.Request {
	request.Header.Set("Authorization", "Bearer "+providerKey)
	return request
}

// running is a whole store with a database and a payment provider of its own.
type running struct {
	URL      string
	Database *pgtest.Database
	Mockpay  *mockpay.Server
	samples  samples
	relayed  relay
	stop     func() // the store that startStore started
}

// startStore starts a store as `coinslot serve` does, with the sample catalog. A tracer may be nil.
func startStore(t *testing.T, tracer pgx.QueryTracer, options ...fx.Option) *running {
	t.Helper()
	r := &running{Database: storetest.Open(t)}
	r.startProvider(t, 3*time.Second)
	if tracer != nil {
		options = append(options, fx.Supply(fx.Annotate(tracer, fx.As(new(pgx.QueryTracer)))))
	}
	server, stop := r.start(t, r.config(t), true, options...)
	r.stop = sync.OnceFunc(stop)
	t.Cleanup(r.stop)
	r.URL = "http://" + server.Address()
	r.relayed.to(r.URL)
	return r
}

// startProvider starts mockpay, whose pm_timeout_… tokens are undecided for a time.
func (r *running) startProvider(t *testing.T, settleAfter time.Duration) {
	t.Helper()
	hooks := httptest.NewServer(&r.relayed)
	t.Cleanup(hooks.Close)
	var err error
	r.Mockpay, err = mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: providerKey, Path: filepath.Join(t.TempDir(), "books"), WebhookURL: hooks.URL,
		WebhookSecret: webhookSecret,
		SettleAfter:   settleAfter, FeeRate: 150,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Mockpay.Stop()) })
}

// start starts a store over the database, and returns what stops it.
func (r *running) start(t *testing.T, cfg config.Config, sampled bool, options ...fx.Option) (*web.Server, func()) {
	t.Helper()
	var server *web.Server
	app := fx.New(store(cfg, slog.New(slog.DiscardHandler)),
		fx.Populate(&server, &r.samples.catalog, &r.samples.identity), fx.Options(options...))
	require.NoError(t, app.Err())
	if sampled {
		require.NoError(t, r.samples.add(t.Context(), testPassword))
	}
	require.NoError(t, app.Start(t.Context()))
	return server, func() { require.NoError(t, app.Stop(context.Background())) }
}

func (r *running) config(t *testing.T) config.Config {
	t.Helper()
	cfg, err := config.Load(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	cfg.Database = pgtest.Limits(r.Database.StoreURL)
	cfg.Payments.URL, cfg.Payments.APIKey, cfg.Payments.WebhookSecrets = r.Mockpay.URL(), providerKey, []string{webhookSecret}
	cfg.Tokens.Key = unusedKey
	cfg.HTTP.HandlerTimeout = time.Minute
	return cfg
}

// books is where the provider's books are.
func (r *running) books() config.Payments {
	return config.Payments{URL: r.Mockpay.URL(), APIKey: providerKey}
}

// count runs a query that returns one number n, as the database's owner.
func (r *running) count(t *testing.T, query string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// relay hands the provider's webhooks to the store, whose address is known only after the provider's and changes
// with every start. It can be told to lose them.
type relay struct {
	mu        sync.Mutex
	target    string
	lost      bool
	delivered atomic.Int32
}

func (r *relay) to(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.target = url
}

func (r *relay) lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = true
}

// ServeHTTP passes a webhook on.
func (r *relay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	target, lost := r.target, r.lost
	r.mu.Unlock()
	if lost {
		return // 200, and nobody hears of it
	}
	if target == "" {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	forward, err := http.NewRequestWithContext(q.Context(), q.Method, target+"/v1/webhooks/payments/mockpay", q.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	forward.Header = q.Header.Clone()
	response, err := http.DefaultClient.Do(forward)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	if response.StatusCode == http.StatusOK {
		r.delivered.Add(1)
	}
}

// spec checks answers against the served OpenAPI document. It is built once: it never changes.
var spec = sync.OnceValues(func() (validator.Validator, error) {
	cfg, err := config.Load(config.Source{Files: configs.Files, Profile: "test"})
	if err != nil {
		return nil, err
	}
	api, err := apiOf(cfg)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, err
	}
	document, err := libopenapi.NewDocument(raw)
	if err != nil {
		return nil, err
	}
	v, errs := validator.NewValidator(document)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return v, nil
})

// client is somebody who uses the store.
type client struct {
	t     *testing.T
	base  string
	token string
	http  *http.Client // nil: the default one
}

// reply is an answer, already checked against the OpenAPI document.
type reply struct {
	t      *testing.T
	Status int
	Header http.Header
	Raw    []byte
	Body   object
}

func (r *running) guest(t *testing.T) *client { return &client{t: t, base: r.URL} }

const testPassword = "a password for the tests"

// newBuyer registers somebody and signs in.
func (r *running) newBuyer(t *testing.T) *client {
	t.Helper()
	c := r.guest(t)
	name := "buyer-" + id.V7{}.NewID().String()[24:]
	c.post("/v1/accounts", object{
		"email": name + "@example.com", "handle": name, "display_name": name,
		"password": testPassword,
	}).is(http.StatusCreated)
	c.signIn(name, testPassword)
	return c
}

func (r *running) clerk(t *testing.T) *client {
	t.Helper()
	c := r.guest(t)
	c.signIn("clerk", testPassword)
	return c
}

func (c *client) signIn(login, password string) reply {
	c.t.Helper()
	answer := c.post("/v1/sessions", object{"login": login, "password": password}).is(http.StatusCreated)
	c.token = answer.text("access_token")
	return answer
}

func (c *client) get(path string) reply            { return c.send(http.MethodGet, path, nil, nil) }
func (c *client) post(path string, body any) reply { return c.send(http.MethodPost, path, body, nil) }

func (c *client) delete(path string, body any) reply {
	return c.send(http.MethodDelete, path, body, nil)
}

func (c *client) keyed(path, key string, body any) reply {
	return c.send(http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
}

func (c *client) send(method, path string, body any, header http.Header) reply {
	c.t.Helper()
	request := c.request(method, path, body, header)
	response, err := cmp.Or(c.http, http.DefaultClient).Do(request)
	require.NoError(c.t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	out := reply{t: c.t, Status: response.StatusCode, Header: response.Header, Raw: raw}
	if len(raw) > 0 && bytes.Contains([]byte(response.Header.Get("Content-Type")), []byte("json")) {
		require.NoError(c.t, json.Unmarshal(raw, &out.Body), string(raw))
	}
	response.Body = io.NopCloser(bytes.NewReader(raw))
	c.validate(request, response, raw)
	return out
}

func (c *client) request(method, path string, body any, header http.Header) *http.Request {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = bytes.NewReader([]byte(b))
	default:
		raw, err := json.Marshal(b)
		require.NoError(c.t, err)
		reader = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, reader)
	require.NoError(c.t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	if reader != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request
}

// validate holds every answer under /v1 against the served document; the rest is not in it.
func (c *client) validate(request *http.Request, response *http.Response, raw []byte) {
	c.t.Helper()
	if len(request.URL.Path) < 4 || request.URL.Path[:4] != "/v1/" || len(raw) == 0 {
		return
	}
	v, err := spec()
	require.NoError(c.t, err)
	ok, problems := v.ValidateHttpResponse(request, response)
	if !ok {
		require.Fail(c.t, fmt.Sprintf("%s %s answers %d against the OpenAPI document: %v\n%s", request.Method,
			request.URL.Path, response.StatusCode, problems[0], raw))
	}
}

func (r reply) is(status int) reply {
	r.t.Helper()
	require.Equal(r.t, status, r.Status, string(r.Raw))
	return r
}

// problem asserts the status and the code of a problem document.
func (r reply) problem(status int, code string) reply {
	r.t.Helper()
	r.is(status)
	require.Equal(r.t, "application/problem+json", r.Header.Get("Content-Type"))
	require.Equal(r.t, code, r.Body["code"], string(r.Raw))
	return r
}

func (r reply) text(key string) string {
	r.t.Helper()
	text, ok := r.Body[key].(string)
	require.True(r.t, ok, "%s is no text in %s", key, r.Raw)
	return text
}

func (r reply) items(key string) []object { return list(r.Body, key) }

// product returns a product of the sample catalog.
func (c *client) product(slug string) reply {
	c.t.Helper()
	return c.get("/v1/products/" + slug).is(http.StatusOK)
}

// add puts a product into the cart and returns the item's ID.
func (c *client) add(slug string) string {
	c.t.Helper()
	return c.addUnits(slug, 1)
}

// addUnits puts units of a product into the cart and returns the item's ID.
func (c *client) addUnits(slug string, quantity int) string {
	c.t.Helper()
	productID := c.product(slug).text("id")
	cart := c.post("/v1/cart/items", object{"product_id": productID, "quantity": quantity})
	require.Contains(c.t, []int{http.StatusOK, http.StatusCreated}, cart.Status, string(cart.Raw))
	for _, item := range cart.items("items") {
		if item["product_id"] == productID {
			return item["id"].(string)
		}
	}
	require.Fail(c.t, "the item is not in the cart")
	return ""
}

// purchase is the body of a checkout at today's prices.
func (c *client) purchase(method string, itemIDs ...string) object {
	c.t.Helper()
	quote := c.post("/v1/checkouts/quote", object{"item_ids": itemIDs}).is(http.StatusOK)
	return object{"item_ids": itemIDs, "expected_total": quote.Body["total"], "payment_method": method}
}

func newKey() string { return id.V7{}.NewID().String() }

// eventually waits until a condition holds that another goroutine of the store brings about.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, time.Minute, 10*time.Millisecond, what)
}
