package harness

import (
	"context"
	"encoding/json"
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
	"coinslot/platform/storetest"
	"coinslot/platform/web"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	identitydomain "coinslot/modules/identity/domain"
)

// Store is a whole store with a database and a payment provider of its own.
type Store struct {
	URL      string
	Database *pgtest.Database
	Mockpay  *mockpay.Server
	Samples  samples.Loader
	Relayed  relay
	Stop     func() // stops what Start started
}

// Start starts a store as `coinslot serve` does, with the sample catalog. A tracer may be nil.
func Start(t *testing.T, tracer pgx.QueryTracer, options ...fx.Option) *Store {
	t.Helper()
	r := &Store{Database: storetest.Open(t)}
	r.StartProvider(t, 3*time.Second)
	if tracer != nil {
		options = append(options, fx.Supply(fx.Annotate(tracer, fx.As(new(pgx.QueryTracer)))))
	}
	server, stop := r.Start(t, r.Config(t), true, options...)
	r.Stop = sync.OnceFunc(stop)
	t.Cleanup(r.Stop)
	r.URL = "http://" + server.Address()
	r.Relayed.To(r.URL)
	return r
}

// With changes the configuration of a store.
func With(change func(cfg *store.Config)) fx.Option {
	return fx.Decorate(func(cfg store.Config) store.Config {
		change(&cfg)
		return cfg
	})
}

// NewClerk makes a member of the staff whom nobody else uses.
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

// RefundAtProvider refunds a part of an order's payment as somebody does it in the provider's dashboard: it names no
// refund of the store.
func (r *Store) RefundAtProvider(t *testing.T, orderID string, amount int64) {
	t.Helper()
	found := Reply{T: t}
	_, answer := Tell(t, http.MethodGet, r.Mockpay.URL()+"/v1/payment_intents?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(answer), &found.Body))
	body, err := json.Marshal(Object{"intent": found.Items("items")[0]["id"], "amount": amount})
	require.NoError(t, err)
	Exchange(t, http.MethodPost, r.Mockpay.URL()+"/v1/refunds", string(body))
}

// Reviewed waits until an order is in manual review, and returns it as the staff's list has it and as it is alone.
func (r *Store) Reviewed(t *testing.T, clerk *Client, orderID, reason string) Object {
	t.Helper()
	r.Becomes(t, orderID, "manual_review")
	listed := ItemOf(clerk.Get("/v1/admin/orders?status=manual_review&limit=100").Is(http.StatusOK).Items("items"), "id", orderID)
	require.NotNil(t, listed)
	order := clerk.Get("/v1/admin/orders/" + orderID).Is(http.StatusOK)
	require.Equal(t, reason, order.Body["review"].(Object)["reason"])
	require.Equal(t, reason, listed["review"].(Object)["reason"])
	return order.Body["review"].(Object)["settlement"].(Object)
}

// Net returns what the provider holds of an order's money: captured less refunded.
func (r *Store) Net(t *testing.T, orderID string) int64 {
	t.Helper()
	answer := Reply{T: t}
	_, raw := Tell(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	net := 0.0
	for _, charge := range answer.Items("items") {
		net += charge["captured"].(float64) - charge["refunded"].(float64)
	}
	return int64(net)
}

// AllNumbered waits until every invoice draft has its number.
func (r *Store) AllNumbered(t *testing.T) {
	t.Helper()
	Eventually(t, "all is numbered", func() bool { return Count(t, r, "billing.invoice_drafts") == 0 })
}

// StartProvider starts mockpay, whose pm_timeout_… tokens are undecided for a time.
func (r *Store) StartProvider(t *testing.T, settleAfter time.Duration) {
	t.Helper()
	hooks := httptest.NewServer(&r.Relayed)
	t.Cleanup(hooks.Close)
	var err error
	r.Mockpay, err = mockpay.Start(mockpay.Options{
		Address: "127.0.0.1:0", APIKey: ProviderKey, Path: filepath.Join(t.TempDir(), "books"), WebhookURL: hooks.URL,
		WebhookSecret: WebhookSecret,
		SettleAfter:   settleAfter, FeeRate: 150,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Mockpay.Stop()) })
}

// Start starts a store over the database, and returns what stops it.
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
	cfg.Database = pgtest.Limits(r.Database.StoreURL)
	cfg.Payments.URL, cfg.Payments.APIKey, cfg.Payments.WebhookSecrets = r.Mockpay.URL(), ProviderKey, []string{WebhookSecret}
	cfg.Tokens.Key = store.UnusedKey
	cfg.HTTP.HandlerTimeout = time.Minute
	return cfg
}

// Books is where the provider's books are.
func (r *Store) Books() billing.PaymentConfig {
	return billing.PaymentConfig{URL: r.Mockpay.URL(), APIKey: ProviderKey}
}

// Count runs a query that returns one number n, as the database's owner.
func (r *Store) Count(t *testing.T, query string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&n))
	return n
}

// Guest returns a client that is not signed in.
func (r *Store) Guest(t *testing.T) *Client { return &Client{T: t, Base: r.URL} }

// NewBuyer registers somebody and signs in.
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

// Taken returns how often the provider took an order's money, by its own books.
func (r *Store) Taken(t *testing.T, orderID string) (n int) {
	t.Helper()
	for _, charge := range r.Charges(t, orderID) {
		if charge["status"] == "succeeded" {
			n++
		}
	}
	return n
}

// Arm gives the provider a scenario.
func (r *Store) Arm(t *testing.T, program string) {
	t.Helper()
	r.TellProvider(t, "/_scenarios", program, http.StatusCreated)
}

// TellProvider posts to a path of mockpay and asserts the status.
func (r *Store) TellProvider(t *testing.T, path, body string, want int) {
	t.Helper()
	status, answer := Tell(t, http.MethodPost, r.Mockpay.URL()+path, body)
	require.Equal(t, want, status, answer)
}

// Becomes waits for an order's status in the database: reading it over HTTP would advance it.
func (r *Store) Becomes(t *testing.T, orderID, status string) {
	t.Helper()
	Eventually(t, "order "+orderID+" is "+status, func() bool {
		row, _, err := postgres.One[struct{ Status string }](t.Context(), r.Database.DB,
			`SELECT status FROM checkout.orders WHERE id = $1`, orderID)
		require.NoError(t, err)
		return row.Status == status
	})
}

// Count returns how many rows a table has.
func Count(t *testing.T, r *Store, table string) int {
	t.Helper()
	row, _, err := postgres.One[struct{ N int }](t.Context(), r.Database.DB, `SELECT count(*) AS n FROM `+table)
	require.NoError(t, err)
	return row.N
}

// Charges returns an order's charges by the provider's own books.
func (r *Store) Charges(t *testing.T, orderID string) []Object {
	t.Helper()
	answer := Reply{T: t}
	raw := Exchange(t, http.MethodGet, r.Mockpay.URL()+"/v1/charges?reference="+orderID, "")
	require.NoError(t, json.Unmarshal([]byte(raw), &answer.Body))
	return answer.Items("items")
}

// From returns a guest who calls from an address of this machine.
func (r *Store) From(t *testing.T, address string) *Client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{T: t, Base: r.URL, HTTP: &http.Client{Transport: transport}}
}

// Holds asserts that no promise is broken.
func (r *Store) Holds(t *testing.T) {
	t.Helper()
	found, err := verify.Run(context.WithoutCancel(t.Context()), r.Database.OwnerURL, r.Books())
	require.NoError(t, err)
	require.NotEmpty(t, found)
	for _, f := range found {
		require.Empty(t, f.Violations, "%s: %s", f.Name, f.Promise)
	}
}

// Settled reports whether nothing is under way any more.
func (r *Store) Settled(t *testing.T) bool {
	t.Helper()
	return r.Count(t, `SELECT (SELECT count(*) FROM checkout.orders WHERE status IN ('pending', 'processing', 'requires_action', 'paid') OR advancing_until > now())
		+ (SELECT count(*) FROM billing.invoice_drafts) + (SELECT count(*) FROM billing.refunds WHERE status IN ('requested', 'pending')) AS n`) == 0
}

// ChargeAgain makes the provider charge an order once more, behind the store's back.
func (r *Store) ChargeAgain(t *testing.T, orderID string) {
	t.Helper()
	Exchange(t, http.MethodPost, r.Mockpay.URL()+"/v1/payment_intents",
		`{"reference":"`+orderID+`","amount":1,"currency":"USD","payment_method":"pm_ok"}`)
}
