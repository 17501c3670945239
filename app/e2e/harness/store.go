package harness

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"coinslot/app/mockpay"
	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/app/verify"
	"coinslot/configs"
	"coinslot/modules/billing"
	"coinslot/platform/config"
	"coinslot/platform/id"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	identitydomain "coinslot/modules/identity/domain"
)

// Store is a store with its own database and payment provider.
type Store struct {
	Earlier  bool // see Client.Earlier
	URL      string
	Database *pgtest.Database
	Mockpay  *mockpay.Server
	Samples  samples.Loader
	Webhooks relay
	Stop     func() // stops what Start started

	mu      sync.Mutex
	owner   *pgx.Conn       // for Count and Text; nil until the first of them
	checker *verify.Checker // nil until VerifyInvariants
}

// undecided is the time, on the provider's clock, until it decides payments with a pm_timeout_… method. No test runs
// for that long: AdvanceProvider decides them.
const undecided = time.Hour

// AdvanceProvider moves the provider's clock forward by two hours, so that everything that was due within that time
// happens now. Scenarios that a test must observe before and after have a delay of an hour.
func (r *Store) AdvanceProvider(t *testing.T) {
	t.Helper()
	r.PostToProvider(t, "/_clock/advance", `{"seconds": 7200}`, http.StatusOK)
}

// Start starts a store in this process, with the sample catalog. The tracer, if not nil, gets the store's statements.
func Start(t *testing.T, tracer pgx.QueryTracer, options ...fx.Option) *Store {
	t.Helper()
	r := &Store{Database: OpenSampled(t)}
	r.StartProvider(t, undecided)
	if tracer != nil {
		options = append(options, fx.Supply(fx.Annotate(tracer, fx.As(new(pgx.QueryTracer)))))
	}
	server, stop := r.Start(t, r.Config(t), false, append(options, MemoizedHashing())...)
	r.Stop = sync.OnceFunc(stop)
	t.Cleanup(r.Stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return r
}

// With changes the configuration of a store.
func With(change func(cfg *store.Config)) fx.Option {
	return fx.Decorate(func(cfg store.Config) store.Config {
		change(&cfg)
		return cfg
	})
}

// NewClerk registers a new account with the role staff and signs it in.
func (r *Store) NewClerk(t *testing.T) *Client {
	t.Helper()
	name := "clerk-" + NewKey()[24:]
	_, err := r.Samples.Identity.Register(t.Context(),
		identitydomain.Registration{Email: name + "@example.com", Handle: name, DisplayName: name, Password: TestPassword})
	require.NoError(t, err)
	_, err = r.Samples.Identity.GrantRole(t.Context(), name, "staff")
	require.NoError(t, err)
	c := r.Guest(t)
	c.SignIn(name, TestPassword)
	return c
}

// AsOwner runs statements as the database's owner.
func (r *Store) AsOwner(t *testing.T, statements string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), statements)
	require.NoError(t, err)
}

// RefundAtProvider refunds a part of an order's payment at the provider, as in its dashboard, without a refund of the
// store.
func (r *Store) RefundAtProvider(t *testing.T, orderID string, amount int64) {
	t.Helper()
	found := Reply{T: t}
	_, answer := Call(t, http.MethodGet, r.Mockpay.URL()+"/v1/payment_intents?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(answer), &found.Body))
	body, err := json.Marshal(Object{"intent": found.Items("items")[0]["id"], "amount": amount})
	require.NoError(t, err)
	MustCall(t, http.MethodPost, r.Mockpay.URL()+"/v1/refunds", string(body))
}

// AwaitReview waits until an order is in manual review for a reason, and returns the settlement that staff sees.
func (r *Store) AwaitReview(t *testing.T, clerk *Client, orderID, reason string) Object {
	t.Helper()
	r.AwaitStatus(t, orderID, "manual_review")
	reviews := clerk.Get("/v1/admin/orders?status=manual_review&limit=100").Is(http.StatusOK).Items("items")
	listed := ItemOf(reviews, "id", orderID)
	require.NotNil(t, listed)
	order := clerk.Get("/v1/admin/orders/" + orderID).Is(http.StatusOK)
	require.Equal(t, reason, order.Body["review"].(Object)["reason"])
	require.Equal(t, reason, listed["review"].(Object)["reason"])
	return order.Body["review"].(Object)["settlement"].(Object)
}

// Net returns the amount captured minus the amount refunded of an order at the provider.
func (r *Store) Net(t *testing.T, orderID string) int64 {
	t.Helper()
	answer := Reply{T: t}
	_, raw := Call(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	net := 0.0
	for _, charge := range answer.Items("items") {
		net += charge["captured"].(float64) - charge["refunded"].(float64)
	}
	return int64(net)
}

// AwaitNumbers waits until every invoice and credit note has its number.
func (r *Store) AwaitNumbers(t *testing.T) {
	t.Helper()
	Eventually(t, "every document has its number", func() bool { return Count(t, r, "billing.invoice_drafts") == 0 })
}

// StartProvider starts mockpay. Payments with a pm_timeout_… method are decided after settleAfter.
func (r *Store) StartProvider(t *testing.T, settleAfter time.Duration) {
	t.Helper()
	hooks := httptest.NewServer(&r.Webhooks)
	t.Cleanup(hooks.Close)
	var err error
	r.Mockpay, err = mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: ProviderKey, Path: filepath.Join(t.TempDir(), "mockpay.db"),
		WebhookURL: hooks.URL, WebhookSecret: WebhookSecret, SettleAfter: settleAfter, FeeRate: 150, Unsafe: true,
		DisputeFee: 1500,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Mockpay.Stop()) })
}

// Start starts a store with the database of r, and returns its server and a function that stops it.
func (r *Store) Start(t *testing.T, cfg store.Config, sampled bool, options ...fx.Option) (*web.Server, func()) {
	t.Helper()
	var server *web.Server
	app := fx.New(store.New(cfg, slog.New(slog.DiscardHandler)),
		fx.Populate(&server, &r.Samples.Catalog, &r.Samples.Identity), fx.Options(options...))
	require.NoError(t, app.Err())
	if sampled {
		require.NoError(t, r.Samples.Add(t.Context(), TestPassword))
	}
	require.NoError(t, app.Start(t.Context()))
	return server, func() { require.NoError(t, app.Stop(context.Background())) }
}

// Config returns the configuration of the store under the profile test.
func (r *Store) Config(t *testing.T) store.Config {
	t.Helper()
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: "test"})
	require.NoError(t, err)
	cfg.Database, cfg.Jobs.Workers = pgtest.Limits(r.Database.StoreURL), 4
	cfg.Payments.URL, cfg.Payments.APIKey = r.Mockpay.URL(), ProviderKey
	cfg.Payments.WebhookSecrets = []string{WebhookSecret}
	// On a busy machine a slow response must not count as none, and a silent provider must leave the order's lease enough
	// time for what follows.
	cfg.Payments.Timeout, cfg.Payments.ConnectTimeout = 6*time.Second, 2*time.Second
	cfg.Tokens.Key = store.UnusedKey
	cfg.HTTP.HandlerTimeout = time.Minute
	return cfg
}

// Provider returns the provider's URL and API key.
func (r *Store) Provider() billing.PaymentConfig {
	return billing.PaymentConfig{URL: r.Mockpay.URL(), APIKey: ProviderKey}
}

// Count runs a query that returns one number n, as the database's owner.
func (r *Store) Count(t *testing.T, query string) (n int) {
	t.Helper()
	require.True(t, r.scan(t, query, &n), "the query returns a row: %s", query)
	return n
}

// Text runs a query that returns one text, as the database's owner. It returns an empty text when there is no row.
func (r *Store) Text(t *testing.T, query string) (text string) {
	t.Helper()
	r.scan(t, query, &text)
	return text
}

// scan scans the first row of a query; found is false when there is none. It keeps its connection, because opening one
// costs more than the query.
func (r *Store) scan(t *testing.T, query string, dest any) (found bool) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owner == nil || r.owner.IsClosed() {
		var err error
		r.owner, err = pgx.Connect(t.Context(), r.Database.OwnerURL)
		require.NoError(t, err)
		t.Cleanup(func() { r.Disconnect(t) })
	}
	err := r.owner.QueryRow(t.Context(), query, pgx.QueryExecModeSimpleProtocol).Scan(dest)
	if errors.Is(err, pgx.ErrNoRows) {
		return false
	}
	require.NoError(t, err)
	return true
}

// Disconnect closes the connections of VerifyInvariants, Count and Text. A database with connections cannot be cloned.
func (r *Store) Disconnect(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.owner != nil {
		require.NoError(t, r.owner.Close(context.Background()))
	}
	if r.checker != nil {
		r.checker.Close()
		r.checker = nil
	}
}

// Guest returns a client that is not signed in.
func (r *Store) Guest(t *testing.T) *Client {
	return &Client{T: t, Base: r.URL, Earlier: r.Earlier}
}

// NewBuyer registers a new account and signs it in.
func (r *Store) NewBuyer(t *testing.T) *Client {
	t.Helper()
	c := r.Guest(t)
	name := "buyer-" + id.V7{}.NewID().String()[24:]
	c.Post("/v1/accounts", Object{
		"email": name + "@example.com", "handle": name, "display_name": name,
		"password": TestPassword,
	}).Is(http.StatusCreated)
	c.SignIn(name, TestPassword)
	return c
}

// Clerk returns the sample staff account, signed in.
func (r *Store) Clerk(t *testing.T) *Client {
	t.Helper()
	c := r.Guest(t)
	c.SignIn("clerk", TestPassword)
	return c
}

// SellersTime returns the time where the sellers are, in Austria and Germany. Its year is that of the numbers of new
// documents, and its month that of tax reports.
func SellersTime(t *testing.T) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Vienna")
	require.NoError(t, err)
	return time.Now().In(zone)
}

// SucceededCharges returns the number of an order's succeeded charges at the provider.
func (r *Store) SucceededCharges(t *testing.T, orderID string) (n int) {
	t.Helper()
	for _, charge := range r.Charges(t, orderID) {
		if charge["status"] == "succeeded" {
			n++
		}
	}
	return n
}

// AddScenario adds a scenario to the provider.
func (r *Store) AddScenario(t *testing.T, program string) {
	t.Helper()
	r.PostToProvider(t, "/_scenarios", program, http.StatusCreated)
}

// PostToProvider sends a POST request to mockpay and asserts the status.
func (r *Store) PostToProvider(t *testing.T, path, body string, want int) {
	t.Helper()
	status, answer := Call(t, http.MethodPost, r.Mockpay.URL()+path, body)
	require.Equal(t, want, status, answer)
}

// AwaitStatus waits until an order has a status. It reads the database, because GET /v1/orders/{id} advances the order.
func (r *Store) AwaitStatus(t *testing.T, orderID, status string) {
	t.Helper()
	Eventually(t, "order "+orderID+" is "+status, func() bool {
		row, _, err := postgres.One[struct{ Status string }](t.Context(), r.Database.DB,
			`SELECT status FROM checkout.orders WHERE id = $1`, orderID)
		require.NoError(t, err)
		return row.Status == status
	})
}

// Count returns the number of rows of a table, which may be followed by a WHERE clause.
func Count(t *testing.T, r *Store, table string) int {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT count(*) AS n FROM `+table)
	require.NoError(t, err)
	return row.N
}

// Charges returns an order's charges at the provider.
func (r *Store) Charges(t *testing.T, orderID string) []Object {
	t.Helper()
	answer := Reply{T: t}
	raw := MustCall(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	return answer.Items("items")
}

// From returns a client without a session that connects from a loopback address.
func (r *Store) From(t *testing.T, address string) *Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{T: t, Base: r.URL, HTTP: &http.Client{Transport: transport}}
}

// KeepConnections opens the connections of VerifyInvariants, Count and Text for a test whose subtests share the store:
// they are closed when this test ends, instead of the subtest that is the first to need them.
func (r *Store) KeepConnections(t *testing.T) {
	t.Helper()
	r.Count(t, `SELECT 1`)
	r.openChecker(t)
}

func (r *Store) openChecker(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	r.checker, err = verify.Open(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	t.Cleanup(func() { r.Disconnect(t) })
}

// VerifyInvariants asserts that no invariant of app/verify is violated.
func (r *Store) VerifyInvariants(t *testing.T) {
	t.Helper()
	if r.checker == nil {
		r.openChecker(t)
	}
	found, err := r.checker.Run(context.WithoutCancel(t.Context()), r.Provider(), verify.Scope{}, func(verify.Progress) {})
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, f := range found {
		require.Empty(t, f.Violations, "%s: %s", f.Name, f.Promise)
	}
}

// Drained reports whether no order, invoice draft or refund is in progress.
func (r *Store) Drained(t *testing.T) bool {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT (SELECT count(*) FROM checkout.orders
			WHERE status IN ('pending', 'processing', 'requires_action', 'paid') OR advancing_until > now())
		+ (SELECT count(*) FROM billing.invoice_drafts)
		+ (SELECT count(*) FROM billing.refunds WHERE status IN ('requested', 'pending')) AS n`)
	require.NoError(t, err)
	return row.N == 0
}

// ChargeAgain makes a second charge for an order at the provider, without the store.
func (r *Store) ChargeAgain(t *testing.T, orderID string) {
	t.Helper()
	MustCall(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
		`{"reference":"`+orderID+`","amount":1,"currency":"EUR","payment_method":"pm_ok"}`)
}
