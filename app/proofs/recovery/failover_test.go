//go:build unix

package recovery_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// writesWithin is the goal for the time from the loss of the leader until the next purchase is acknowledged.
const writesWithin = 20 * time.Second

const shoppers = 6

// shop is a store on a cluster with shoppers that buy until they are stopped.
type shop struct {
	*harness.Store
	cluster *cluster
	replica *replica
	games   []string

	mu       sync.Mutex
	orders   []string // acknowledged as completed
	last     time.Time
	statuses map[int]int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{Store: &harness.Store{}, cluster: newCluster(t), statuses: map[int]int{}}
	conn, err := pgx.Connect(t.Context(), s.cluster.url(owner, ownerPassword, "postgres"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	for _, statement := range []string{
		`CREATE ROLE ` + storeLogin + ` LOGIN PASSWORD '` + storePassword + `'`, `CREATE DATABASE coinslot`,
	} {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	ownerURL := s.cluster.url(owner, ownerPassword, "coinslot")
	s.Database = &pgtest.Database{OwnerURL: ownerURL, StoreURL: s.cluster.url(storeLogin, storePassword, "coinslot")}
	s.StartProvider(t, time.Hour)
	s.replica = newReplica(t, s.Database.StoreURL, ownerURL, s.Mockpay.URL())
	within(t, 30*time.Second, "the database exists on every node", func() bool {
		_, err := s.replica.command(t, "migrate", "up")
		return err == nil
	})
	_, stop := s.Start(t, s.Config(t), true) // adds the sample catalog
	stop()
	s.replica.start(t)
	s.URL = s.replica.url
	s.Webhooks.SetTarget(s.URL)
	for _, game := range s.Guest(t).Get("/v1/products?kind=game&limit=100").Is(http.StatusOK).Items("items") {
		if game["price"].(harness.Object)["amount"].(float64) > 0 {
			s.games = append(s.games, game["id"].(string))
		}
	}
	return s
}

// call sends a request and counts its status. The status 0 stands for a lost connection.
func (s *shop) call(ctx context.Context, token, path, key string, body any) (status int, answer harness.Object) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		defer response.Body.Close()
		status = response.StatusCode
		_ = json.NewDecoder(response.Body).Decode(&answer) // some answers have no body
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[status]++
	return status, answer
}

// shopping buys every game, and repeats each request that fails with a status of 500 or more.
func (s *shop) shopping(ctx context.Context, token string) {
	for _, game := range s.games {
		until := func(path, key string, body any) harness.Object {
			for ctx.Err() == nil {
				status, answer := s.call(ctx, token, path, key, body)
				if status > 0 && status < http.StatusInternalServerError && answer["code"] != "order-in-progress" {
					return answer
				}
				pause(ctx, 200*time.Millisecond)
			}
			return nil
		}
		cart := until("/v1/cart/items", "", harness.Object{"product_id": game})
		line := harness.ItemOf(harness.List(cart, "items"), "product_id", game)
		if line == nil {
			continue
		}
		items := []any{line["id"]}
		quote := until("/v1/checkouts/quote", "", harness.Object{"item_ids": items})
		order := until("/v1/checkouts", harness.NewKey(), harness.Object{
			"item_ids": items, "expected_total": quote["total"], "payment_method": "pm_ok",
		})
		if order["status"] == "completed" {
			s.mu.Lock()
			s.orders, s.last = append(s.orders, order["id"].(string)), time.Now()
			s.mu.Unlock()
		}
		pause(ctx, 500*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func (s *shop) acknowledged() (n int, last time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.orders), s.last
}

// TestFailover_LeaderIsKilled_LosesNoPurchase kills the leader of the cluster with its Patroni while shoppers buy.
// COINSLOT_TEST_FAILOVER is the number of kills.
func TestFailover_LeaderIsKilled_LosesNoPurchase(t *testing.T) { //nolint:paralleltest // it measures time
	kills, _ := strconv.Atoi(cmp.Or(os.Getenv("COINSLOT_TEST_FAILOVER"), "0"))
	if kills == 0 {
		t.Skip("the test runs with make failover")
	}
	s := newShop(t)
	for n := range kills {
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range shoppers {
			token := s.NewBuyer(t).Token
			group.Go(func() { s.shopping(ctx, token) })
		}
		within(t, time.Minute, "shoppers buy", func() bool {
			_, last := s.acknowledged()
			return time.Since(last) < time.Second
		})
		lost := time.Now()
		killed := s.cluster.killLeader(t)
		before, _ := s.acknowledged()
		within(t, time.Minute, "a purchase is acknowledged by the next leader", func() bool {
			now, _ := s.acknowledged()
			return now > before+shoppers && s.cluster.with("primary") != nil && s.cluster.with("primary") != killed
		})
		took := time.Since(lost)
		killed.patroni.start(t)
		within(t, 2*time.Minute, "the killed node rejoins", s.cluster.redundant)
		cancel()
		group.Wait()
		acknowledged, _ := s.acknowledged()
		fmt.Printf("kill %d: purchases after %s, the node rejoined after %s, %d purchases acknowledged, statuses %v\n",
			n+1, took.Round(100*time.Millisecond), time.Since(lost).Round(100*time.Millisecond), acknowledged, s.statuses)
		require.Less(t, took, writesWithin)
		s.requireTruth(t)
	}
}

// requireTruth asserts that each acknowledged purchase is stored, that no response was a 500, and that verify finds
// nothing.
func (s *shop) requireTruth(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	stored := 0
	require.NoError(t, conn.QueryRow(t.Context(),
		`SELECT count(*) FROM checkout.orders WHERE status = 'completed' AND id::text = ANY($1)`, s.orders).Scan(&stored))
	require.Equal(t, len(s.orders), stored)
	require.Zero(t, s.statuses[http.StatusInternalServerError])
	within(t, time.Minute, "verify finds nothing", func() bool {
		out, err := s.replica.command(t, "verify")
		if err != nil {
			t.Log(lastLines(out, 20))
		}
		return err == nil
	})
}
