//go:build unix

package e2e_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"
	"coinslot/platform/storetest"
	"coinslot/platform/web"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// replicatedStores are two stores on one primary and its standby, without response caches.
type replicatedStores struct {
	*harness.Store
	standby *pgtest.Server
	dbs     [2]*postgres.DB
	admin   *web.Admin
	other   string // the address of the second store; Store.URL is that of the first
}

func startReplicated(t *testing.T, settings ...string) *replicatedStores {
	t.Helper()
	primary := pgtest.NewServer(t, storetest.Modules(t))
	r := &replicatedStores{standby: primary.Standby(t, settings...)}
	db, err := postgres.Open(pgtest.Limits(primary.StoreURL))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	r.Store = &harness.Store{
		Database: &pgtest.Database{OwnerURL: primary.OwnerURL, StoreURL: primary.StoreURL, DB: db},
	}
	r.StartProvider(t, time.Hour)
	var urls [2]string
	for i := range urls {
		cfg := r.Config(t)
		cfg.Database.ReplicaURL, cfg.Catalog.Cache = r.standby.StoreURL, 0
		server, stop := r.Start(t, cfg, i == 0, harness.MemoizedHashing(), fx.Populate(&r.dbs[i], &r.admin))
		t.Cleanup(stop)
		urls[i] = "http://" + server.Address()
	}
	r.URL, r.other = urls[0], urls[1]
	r.Webhooks.SetTarget(r.URL)
	return r
}

// reads returns the reads of both stores that the standby has answered, and those that fell back for other reasons
// than a pause.
func (r *replicatedStores) reads(t *testing.T) (standby, fallbacks int64) {
	t.Helper()
	for _, db := range r.dbs {
		stats, ok := db.ReplicaStats()
		require.True(t, ok)
		standby += stats.Reads
		for i, n := range stats.Fallbacks {
			if postgres.Fallbacks[i] != "paused" {
				fallbacks += n
			}
		}
	}
	return standby, fallbacks
}

// at returns the client at a store's address.
func at(c *harness.Client, address string) *harness.Client {
	moved := *c
	moved.Base = address
	return &moved
}

func has(items []harness.Object, key, value string) bool {
	return slices.ContainsFunc(items, func(o harness.Object) bool { return o[key] == value })
}

// The standby is behind by more than a request takes, and the client sends nothing that says what it has written.
func TestReplica_WriteAtOneStore_IsSeenAtBoth(t *testing.T) {
	t.Parallel()
	r := startReplicated(t, "recovery_min_apply_delay=30ms")
	buyer, clerk := r.NewBuyer(t), r.Clerk(t)
	product := r.Guest(t).Product("tidewright").Text("id")
	for n, slug := range []string{"tidewright", "brassica", "moth-court", "saltborn", "thornwake", "gravity-tax"} {
		title := "Title " + harness.NewKey()
		clerk.Send(http.MethodPatch, "/v1/admin/products/"+product, harness.Object{"title": title}, nil).Is(http.StatusOK)
		for _, address := range []string{r.other, r.URL} {
			guest := at(r.Guest(t), address)
			require.Equal(t, title, guest.Product("tidewright").Text("title"))
			require.True(t, has(guest.Get("/v1/products?limit=100").Is(http.StatusOK).Items("items"), "title", title))
		}
		bought := buyer.Checkout("pm_ok", slug).Is(http.StatusCreated)
		for _, address := range []string{r.other, r.URL} {
			moved := at(buyer, address)
			require.Len(t, moved.Owned(), n+1)
			for list, key := range map[string]string{
				"/v1/orders": "id", "/v1/transactions": "order_id", "/v1/invoices": "order_id",
			} {
				items := moved.Get(list).Is(http.StatusOK).Items("items")
				require.True(t, has(items, key, bought.Text("id")), "%s of store %s", list, address)
			}
		}
	}
	harness.Eventually(t, "the standby answers", func() bool {
		r.Guest(t).Get("/v1/products").Is(http.StatusOK)
		standby, _ := r.reads(t)
		return standby > 0
	})
	_, fallbacks := r.reads(t)
	require.Positive(t, fallbacks, "the standby was behind")
}

func TestReplica_StandbyStops_ReadsSucceed(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	buyer := r.NewBuyer(t)
	buyer.Checkout("pm_ok", "tidewright").Is(http.StatusCreated)
	answeredByStandby := func() bool {
		before, _ := r.reads(t)
		for _, path := range []string{"/v1/products?q=tide", "/v1/products?facets=true", "/v1/categories", "/v1/library"} {
			buyer.Get(path).Is(http.StatusOK)
		}
		after, _ := r.reads(t)
		return after > before
	}
	harness.Eventually(t, "the standby answers", answeredByStandby)
	_, before := r.reads(t)
	r.standby.Stop(t)
	for range 30 {
		require.Len(t, buyer.Owned(), 1)
		buyer.Get("/v1/products/brassica").Is(http.StatusOK)
	}
	_, after := r.reads(t)
	require.Greater(t, after, before)
	require.Regexp(t, `coinslot_replica_fallbacks_total\{reason="unavailable"\} `, metricsOf(t, r.admin))
	r.standby.Start(t)
	harness.Eventually(t, "the standby answers again", answeredByStandby)
}
