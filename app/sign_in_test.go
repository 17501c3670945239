package main

import (
	"context"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"coinslot/configs"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// from returns a guest who calls from an address of this machine.
func (r *running) from(t *testing.T, address string) *client {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, base: r.URL, http: &http.Client{Transport: transport}}
}

// strictly makes a store limit attempts, and hash passwords, as the default configuration says.
func strictly(t *testing.T) fx.Option {
	t.Helper()
	cfg, err := config.Load(config.Source{Files: configs.Files})
	require.NoError(t, err)
	return fx.Decorate(func(config.Limits, config.Passwords) (config.Limits, config.Passwords) {
		return cfg.Limits, cfg.Passwords
	})
}

func (c *client) guess(login string) reply {
	c.t.Helper()
	return c.post("/v1/sessions", object{"login": login, "password": "a wrong password"})
}

// tooMany asserts that a reply says how long to wait.
func (r reply) tooMany() {
	r.t.Helper()
	r.problem(http.StatusTooManyRequests, "too-many-attempts")
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	require.NoError(r.t, err)
	require.Positive(r.t, wait)
	require.Equal(r.t, true, r.Body["retryable"])
}

func TestSignIn_306Guesses_Return429AndTheOwnerIsLetIn(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil, strictly(t))
	r.from(t, "127.0.0.1").signIn("ada", testPassword)
	guesser, looked := r.from(t, "127.0.0.2"), 0
	for range 306 {
		answer := guesser.guess("ada")
		if answer.Status == http.StatusUnauthorized {
			looked++
			continue
		}
		answer.tooMany()
	}
	require.GreaterOrEqual(t, looked, 10)
	require.LessOrEqual(t, looked, 12)
	r.from(t, "127.0.0.3").guess("ada").tooMany()
	r.from(t, "127.0.0.3").guess("clerk").problem(http.StatusUnauthorized, "bad-credentials")
	r.from(t, "127.0.0.1").signIn("ada", testPassword)

	server, stop := r.start(t, r.config(t), false, strictly(t)) // another replica
	t.Cleanup(stop)
	replica := *guesser
	replica.base = "http://" + server.Address()
	replica.guess("ada").tooMany()
}

// The guesses come from the owner's own network too: everybody of a household, a school or a mobile network has one address.
func TestSignIn_GuessesBesideTheOwner_TheOwnerIsLetIn(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	home := r.from(t, "127.0.0.1")
	home.signIn("ada", testPassword)
	looked := 0
	for range 50 {
		answer := r.guest(t).guess("ada")
		if answer.Status == http.StatusUnauthorized {
			looked++
			continue
		}
		answer.tooMany()
	}
	require.LessOrEqual(t, looked, 12)
	home.signIn("ada", testPassword)
}

func TestSignIn_StormOf72Connections_TheOwnerIsLetIn25Of25(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil, strictly(t))
	owner := r.from(t, "127.0.0.1")
	owner.signIn("ada", testPassword)
	storm, calm := context.WithCancel(t.Context())
	defer calm()
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	var begun atomic.Int32
	for n := range 72 {
		stranger := r.from(t, fmt.Sprintf("127.0.1.%d", n+1)) // a network each, so that none of them has too many
		group.Go(func() {
			pace := time.NewTicker(100 * time.Millisecond) // of a stranger who is answered at once
			defer pace.Stop()
			for guess := 0; storm.Err() == nil; guess++ {
				<-pace.C
				login := fmt.Sprintf("nobody-%d-%d", n, guess)
				if guess%3 == 0 {
					login = "ada"
				}
				request := stranger.request(http.MethodPost, "/v1/sessions",
					object{"login": login, "password": "a wrong password"}, nil)
				response, err := stranger.http.Do(request)
				if err != nil {
					continue
				}
				response.Body.Close()
				begun.Add(1)
				mu.Lock()
				statuses[response.StatusCode]++
				mu.Unlock()
			}
		})
	}
	eventually(t, "the storm has begun", func() bool { return begun.Load() > 200 })
	for range 25 {
		owner.signIn("ada", testPassword)
	}
	calm()
	group.Wait()
	t.Logf("the strangers were answered %v", statuses)
	require.Positive(t, statuses[http.StatusUnauthorized], "strangers have their turns too")
	require.Positive(t, statuses[http.StatusServiceUnavailable], "they had more to ask than was answered")
	require.Subset(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable},
		slices.Collect(maps.Keys(statuses)))
}

func TestSignIn_RightPassword_CountsNothing(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	r.guest(t).signIn("ada", testPassword)
	const rowVersion = `SELECT xmin::text::bigint AS n FROM identity.known_networks`
	first := r.count(t, rowVersion)
	for range 19 {
		r.guest(t).signIn("ada", testPassword)
	}
	require.Zero(t, count(t, r, "identity.attempts"))
	require.Equal(t, 1, count(t, r, "identity.known_networks"))
	require.Equal(t, first, r.count(t, rowVersion), "a known network is written once a day")
	r.guest(t).guess("ada").is(http.StatusUnauthorized)
	require.Equal(t, 4, count(t, r, "identity.attempts"), "by account, network, store, and for a known network")
}

func TestSignIn_UserAgentThatIsNoText_SignsIn(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	c := r.guest(t)
	for _, agent := range []string{"Mozilla\xff\xfe/5.0", strings.Repeat("x", 199) + "é", strings.Repeat("日本", 100)} {
		answer := c.send(http.MethodPost, "/v1/sessions", object{"login": "ada", "password": testPassword},
			http.Header{"User-Agent": {agent}})
		c.token = answer.is(http.StatusCreated).text("access_token")
		sent := c.get("/v1/sessions").is(http.StatusOK).items("items")[0]["client"].(string)
		require.True(t, utf8.ValidString(sent))
		require.NotEmpty(t, sent)
		require.LessOrEqual(t, len(sent), 200)
		require.True(t, strings.HasPrefix(strings.ToValidUTF8(agent, "\ufffd"), sent))
	}
}

func TestRegister_TakenHandleOrAddress_Returns409Alike(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil, strictly(t))
	c := r.guest(t)
	register := func(email, handle string) reply {
		return c.post("/v1/accounts", object{"email": email, "handle": handle, "display_name": "x", "password": testPassword})
	}
	var bodies []object
	for _, person := range [][2]string{
		{"new@example.com", "clerk"},
		{"clerk@coinslot.example", "new-one"},
		{"CLERK@Coinslot.Example", "new-one"},
		{"clerk@coinslot.example", "clerk"},
	} {
		body := register(person[0], person[1]).problem(http.StatusConflict, "account-taken").Body
		delete(body, "request_id")
		bodies = append(bodies, body)
		require.Equal(t, bodies[0], body)
	}
	for n := range 16 {
		register(fmt.Sprintf("buyer-%d@example.com", n), fmt.Sprintf("buyer-%d", n)).is(http.StatusCreated)
	}
	register("new@example.com", "clerk").tooMany()
	r.from(t, "127.0.0.2").post("/v1/accounts",
		object{
			"email": "x@example.com", "handle": "another", "display_name": "x",
			"password": testPassword,
		}).is(http.StatusCreated)
}

func TestPasswordConfirmation_ManyWrongOnes_Return429(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	buyer := r.newBuyer(t)
	for range 10 {
		buyer.delete("/v1/me", object{"password": "a wrong password"}).problem(http.StatusForbidden, "wrong-password")
	}
	buyer.delete("/v1/me", object{"password": "a wrong password"}).tooMany()
	change := object{"current_password": "a wrong password", "new_password": "another good password"}
	buyer.send(http.MethodPut, "/v1/me/password", change, nil).tooMany()
	thief := r.from(t, "127.0.0.2")
	thief.token = buyer.token
	thief.delete("/v1/me", object{"password": testPassword}).tooMany()
	change["current_password"] = testPassword
	buyer.send(http.MethodPut, "/v1/me/password", change, nil).is(http.StatusNoContent)
}

func TestRefresh_ManyBadTokens_Return429AndGoodOnesWork(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	c := r.guest(t)
	token := c.signIn("ada", testPassword).text("refresh_token")
	for n := range 60 {
		c.post("/v1/sessions/refresh", object{"refresh_token": fmt.Sprint(n)}).problem(http.StatusUnauthorized, "bad-refresh-token")
	}
	c.post("/v1/sessions/refresh", object{"refresh_token": "one more"}).tooMany()
	c.post("/v1/sessions/refresh", object{"refresh_token": token}).is(http.StatusOK)
}

func TestUpgrade_AddressesInSeveralSpellings_TheOlderAccountOwnsTheForm(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil)
	c := r.guest(t)
	for _, handle := range []string{"older", "newer", "plain"} {
		c.post("/v1/accounts", object{
			"email": handle + "@example.com", "handle": handle, "display_name": handle,
			"password": testPassword,
		}).is(http.StatusCreated)
		c.signIn(handle, testPassword)
	}
	r.stop()
	m, err := newMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.Down(t.Context(), "identity", false))
	r.asOwner(t, `UPDATE identity.accounts SET email = 'zoe@bücher.example' WHERE handle = 'older'`)
	r.asOwner(t, `UPDATE identity.accounts SET email = 'zoe@xn--bcher-kva.example' WHERE handle = 'newer'`)
	r.asOwner(t, `UPDATE identity.sessions SET expires_at = now() - interval '1 minute'`)
	require.NoError(t, m.Up(t.Context()))
	server, stop := r.start(t, r.config(t), false)
	t.Cleanup(stop)
	c.base = "http://" + server.Address()
	for login, handle := range map[string]string{
		"zoe@bücher.example": "older", "Zoe@BÜCHER.Example": "older", "zoe@bu\u0308cher.example": "older",
		"zoe@xn--bcher-kva.example": "newer", "newer": "newer", "plain@example.com": "plain",
	} {
		require.Equal(t, handle, c.signIn(login, testPassword).Body["account"].(object)["handle"], login)
	}
	c.token = ""
	c.post("/v1/accounts", object{
		"email": "zoe@Bücher.example", "handle": "third", "display_name": "x",
		"password": testPassword,
	}).problem(http.StatusConflict, "account-taken")
	collisions, err := r.samples.identity.Collisions(t.Context())
	require.NoError(t, err)
	require.Len(t, collisions, 1)
	require.Equal(t, "newer", collisions[0].Handle)
	eventually(t, "expired sessions are pruned", func() bool {
		return count(t, r, "identity.sessions WHERE expires_at < now()") == 0
	})
	r.holds(t)
}

func TestAccountCommands(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	_, run := p.serve(t)
	account := func(args ...string) string {
		out, err := p.command(t.Context(), t, append([]string{"account"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	ada := &client{t: t, base: run.URL}
	ada.signIn("ada", samplePassword)
	signedOut := func() bool { return ada.get("/v1/me").Status == http.StatusUnauthorized }

	require.Contains(t, account("suspend", "ada"), "ada is suspended")
	eventually(t, "the session ends", signedOut)
	ada.post("/v1/sessions", object{
		"login":    "ada",
		"password": samplePassword,
	}).problem(http.StatusUnauthorized, "bad-credentials")
	out := account("reinstate", "ADA@coinslot.example")
	require.Contains(t, out, "ada can sign in again")
	require.Regexp(t, `msg="account reinstated" account=[0-9a-f-]{36}`, out)
	ada.signIn("ada", samplePassword)
	require.Contains(t, account("end-sessions", "ada"), "the sessions of ada end")
	eventually(t, "the session ends", signedOut)

	clerk := &client{t: t, base: run.URL}
	clerk.signIn("clerk", samplePassword)
	clerk.get("/v1/admin/orders").is(http.StatusOK)
	require.Contains(t, account("revoke-role", "clerk", "staff"), "clerk now has the roles [customer]")
	eventually(t, "the role is gone", func() bool { return clerk.get("/v1/admin/orders").Status == http.StatusForbidden })
	require.Contains(t, account("collisions"), "no e-mail address collides")
	failed, err := p.command(t.Context(), t, "account", "suspend", "nobody").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(failed), "there is no such account")
}
