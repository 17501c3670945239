//go:build unix

package recovery_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/app/e2e/harness"
	"coinslot/app/proofs/history"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const shoppers = 6

// purchase is a purchase that a buyer was told to be completed.
type purchase struct {
	order, game string
	total       int64
	at          time.Time
}

// shop is a store on a cluster with shoppers that buy until they are stopped.
type shop struct {
	*harness.Store
	cluster *cluster.Cluster
	replica *replica
	games   []string

	recorder  *history.Recorder
	mu        sync.Mutex
	accounts  map[string]string // their names, by access token
	purchases []purchase
	statuses  map[int]int
	untrue    []string // answers that contradict an earlier one
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{
		Store: &harness.Store{}, cluster: newCluster(t), statuses: map[int]int{}, accounts: map[string]string{},
		recorder: history.New(),
	}
	conn, err := pgx.Connect(t.Context(), s.cluster.URL(owner, ownerPassword, "postgres"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	for _, statement := range []string{
		`CREATE ROLE ` + storeLogin + ` LOGIN PASSWORD '` + storePassword + `'`, `CREATE DATABASE coinslot`,
	} {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	ownerURL := s.cluster.URL(owner, ownerPassword, "coinslot")
	s.Database = &pgtest.Database{OwnerURL: ownerURL, StoreURL: s.cluster.URL(storeLogin, storePassword, "coinslot")}
	s.StartProvider(t, time.Hour)
	s.replica = newReplica(t, s.Database.StoreURL, ownerURL, s.Mockpay.URL())
	within(t, patience, "the database exists on every node", func() bool {
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

// pages are what a shopper reads after a purchase.
var pages = []string{"/v1/cart", "/v1/library?limit=100"}

// open starts shoppers and returns after their first purchases. closeShop stops them, and then reads the cart, the
// library and the orders of each account.
func (s *shop) open(t *testing.T) (closeShop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	var all []string
	for range shoppers {
		tokens := []string{s.register(t), s.register(t), s.register(t)}
		all = append(all, tokens...)
		group.Go(func() {
			for _, token := range tokens {
				s.shopping(ctx, token)
			}
		})
	}
	began := time.Now()
	within(t, patience, "shoppers buy", func() bool { return s.since(began) > shoppers })
	return func() {
		cancel()
		group.Wait()
		for _, token := range all {
			for _, page := range append(pages, "/v1/orders?limit=100") {
				s.call(t.Context(), token, page, "", nil)
			}
		}
	}
}

// register registers a buyer and returns an access token. It tries again, with another name, while the store is busy.
func (s *shop) register(t *testing.T) (token string) {
	t.Helper()
	within(t, patience, "a buyer can be registered", func() bool {
		name := "buyer-" + harness.NewKey()[24:]
		status, _ := s.call(t.Context(), "", "/v1/accounts", "", harness.Object{
			"email": name + "@example.com", "handle": name, "display_name": name, "password": harness.TestPassword,
		})
		if status != http.StatusCreated {
			return false
		}
		_, answer := s.call(t.Context(), "", "/v1/sessions", "", harness.Object{
			"login": name, "password": harness.TestPassword,
		})
		token, _ = answer["access_token"].(string)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.accounts[token] = name
		return token != ""
	})
	return token
}

// shopping buys every game, and reads the order, an earlier one, the cart and the library.
func (s *shop) shopping(ctx context.Context, token string) {
	first := ""
	for _, game := range s.games {
		cart := s.until(ctx, token, "/v1/cart/items", "", harness.Object{"product_id": game})
		line := harness.ItemOf(harness.List(cart, "items"), "product_id", game)
		if line == nil {
			continue
		}
		items := []any{line["id"]}
		quote := s.until(ctx, token, "/v1/checkouts/quote", "", harness.Object{"item_ids": items})
		order := s.until(ctx, token, "/v1/checkouts", harness.NewKey(), harness.Object{
			"item_ids": items, "expected_total": quote["total"], "payment_method": "pm_ok",
		})
		if order["status"] == "completed" {
			id := order["id"].(string)
			s.mu.Lock()
			s.purchases = append(s.purchases, purchase{id, game, harness.AmountOf(order["total"]), time.Now()})
			s.mu.Unlock()
			first = cmp.Or(first, id)
			for _, read := range []string{id, first} {
				if seen := s.until(ctx, token, "/v1/orders/"+read, "", nil); ctx.Err() == nil && seen["status"] != "completed" {
					s.contradict("completed order %s was read as %v", read, seen)
				}
			}
		}
		for _, page := range pages {
			s.until(ctx, token, page, "", nil)
		}
		pause(ctx, 500*time.Millisecond)
	}
}

func (s *shop) contradict(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.untrue = append(s.untrue, fmt.Sprintf(format, args...))
}

// transient are the codes of rejections that end by themselves.
var transient = []any{"order-in-progress", "resource-busy"}

// until repeats a request that fails with a status of 500 or more, or with a transient code. Requests without a body
// are reads. No other rejection is due.
func (s *shop) until(ctx context.Context, token, path, key string, body any) harness.Object {
	for ctx.Err() == nil {
		status, answer := s.call(ctx, token, path, key, body)
		switch {
		case status == 0 || status >= http.StatusInternalServerError || slices.Contains(transient, answer["code"]):
			pause(ctx, 200*time.Millisecond)
		case status >= http.StatusBadRequest:
			s.contradict("%s: %d %v", path, status, answer["code"])
			return nil
		default:
			return answer
		}
	}
	return nil
}

// call sends a request and counts its status. The status 0 stands for a lost connection.
func (s *shop) call(ctx context.Context, token, path, key string, body any) (status int, answer harness.Object) {
	method, raw := http.MethodGet, []byte(nil)
	if body != nil {
		method = http.MethodPost
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return 0, nil
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(raw))
	if err != nil {
		return 0, nil
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	s.mu.Lock()
	account := s.accounts[token]
	s.mu.Unlock()
	returned := s.recorder.Call(history.Request{Account: account, Method: method, Path: path, Key: key, Body: body})
	status, answer = s.send(request)
	if ctx.Err() != nil {
		status, answer = 0, nil // the shopper was stopped
	}
	returned(status, answer)
	if ctx.Err() != nil {
		return 0, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.statuses[status]++
	return status, answer
}

// send returns the status 0 for a lost connection, also one that is lost during the response.
func (s *shop) send(request *http.Request) (status int, answer harness.Object) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	_ = json.Unmarshal(raw, &answer) // some responses have no body
	return response.StatusCode, answer
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// since returns the number of purchases acknowledged after a time.
func (s *shop) since(moment time.Time) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.purchases {
		if p.at.After(moment) {
			n++
		}
	}
	return n
}

// gap returns the longest time without an acknowledged purchase after a moment.
func (s *shop) gap(moment time.Time) (longest time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.purchases {
		if p.at.After(moment) {
			longest = max(longest, p.at.Sub(moment))
			moment = p.at
		}
	}
	return longest
}

// lost returns the number of acknowledged purchases that are not stored as they were acknowledged, with one active
// entitlement of the game.
func (s *shop) lost(t *testing.T) int {
	t.Helper()
	var orders, games []string
	var totals []int64
	for _, p := range s.purchases {
		orders, games, totals = append(orders, p.order), append(games, p.game), append(totals, p.total)
	}
	conn, err := pgx.Connect(t.Context(), s.Database.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	stored := 0
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT count(*)
		FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS told (id, game, total)
		JOIN checkout.orders o ON o.id = told.id AND o.total = told.total AND o.status = 'completed'
		WHERE 1 = (SELECT count(*) FROM library.entitlements e WHERE e.order_id = told.id AND e.product_id = told.game
			AND e.account_id = o.account_id AND e.ended_at IS NULL)`, orders, games, totals).Scan(&stored))
	return len(orders) - stored
}

// requireTruth asserts that no acknowledged purchase is lost, that no answer contradicts an earlier one, that no
// response was a 500, and that verify finds nothing.
func (s *shop) requireTruth(t *testing.T) {
	t.Helper()
	require.Zero(t, s.lost(t))
	require.Empty(t, s.untrue)
	require.Zero(t, s.statuses[http.StatusInternalServerError])
	within(t, patience, "verify finds nothing", func() bool {
		out, err := s.replica.command(t, "verify")
		if err != nil {
			t.Log(lastLines(out, 20))
		}
		return err == nil
	})
}
