package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"
	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/platform/clock"
	"coinslot/platform/config"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

// defaultLimits sets the limits and the password hashing of the default configuration.
func defaultLimits(t *testing.T) fx.Option {
	t.Helper()
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files})
	require.NoError(t, err)
	return fx.Options(harness.WithPasswordHashing(),
		harness.With(func(c *store.Config) { c.Limits, c.Passwords = cfg.Limits, cfg.Passwords }))
}

// stopped stops a store's clock, so that no attempt is forgotten while a test counts them on a busy machine.
func stopped() fx.Option {
	at := clock.NewManual(time.Now())
	return fx.Decorate(func(clock.Clock) clock.Clock { return at })
}

func TestSignIn_306Guesses_Return429_OwnerSignsIn(t *testing.T) {
	t.Parallel()
	at := stopped()
	r := harness.Start(t, nil, defaultLimits(t), at)
	r.From(t, "127.0.0.1").SignIn("ada", harness.TestPassword)
	guesser, checked := r.From(t, "127.0.0.2"), 0
	for range 306 {
		answer := guesser.Guess("ada")
		if answer.Status == http.StatusUnauthorized {
			checked++
			continue
		}
		answer.RateLimited()
	}
	require.GreaterOrEqual(t, checked, 10)
	require.LessOrEqual(t, checked, 12)
	r.From(t, "127.0.0.3").Guess("ada").RateLimited()
	r.From(t, "127.0.0.3").Guess("clerk").Problem(http.StatusUnauthorized, "bad-credentials")
	r.From(t, "127.0.0.1").SignIn("ada", harness.TestPassword)

	server, stop := r.Start(t, r.Config(t), false, defaultLimits(t), at) // another replica
	t.Cleanup(stop)
	replica := *guesser
	replica.Base = "http://" + server.Address()
	replica.Guess("ada").RateLimited()
}

// The guesses come from the owner's network, as all clients of a household, a school or a mobile network share an
// address.
func TestSignIn_GuessesFromOwnersNetwork_OwnerSignsIn(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, stopped())
	home := r.From(t, "127.0.0.1")
	home.SignIn("ada", harness.TestPassword)
	checked := 0
	for range 50 {
		answer := r.Guest(t).Guess("ada")
		if answer.Status == http.StatusUnauthorized {
			checked++
			continue
		}
		answer.RateLimited()
	}
	require.LessOrEqual(t, checked, 12)
	home.SignIn("ada", harness.TestPassword)
}

func TestSignIn_StormOf72Connections_OwnerSignsIn(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, defaultLimits(t))
	owner := r.From(t, "127.0.0.1")
	owner.SignIn("ada", harness.TestPassword)
	storm, calm := context.WithCancel(t.Context())
	defer calm()
	var group sync.WaitGroup
	var mu sync.Mutex
	statuses := map[int]int{}
	var responses atomic.Int32
	for n := range 72 {
		attacker := r.From(t, fmt.Sprintf("127.0.1.%d", n+1)) // each from its own network, below the limit of a network
		group.Go(func() {
			pace := time.NewTicker(100 * time.Millisecond)
			defer pace.Stop()
			for guess := 0; storm.Err() == nil; guess++ {
				<-pace.C
				login := fmt.Sprintf("nobody-%d-%d", n, guess)
				if guess%3 == 0 {
					login = "ada"
				}
				request := attacker.Request(http.MethodPost, "/v1/sessions",
					harness.Object{"login": login, "password": "a wrong password"}, nil)
				response, err := attacker.HTTP.Do(request)
				if err != nil {
					continue
				}
				response.Body.Close()
				responses.Add(1)
				mu.Lock()
				statuses[response.StatusCode]++
				mu.Unlock()
			}
		})
	}
	harness.Eventually(t, "the storm has begun", func() bool { return responses.Load() > 200 })
	for range 25 {
		owner.SignIn("ada", harness.TestPassword)
	}
	calm()
	group.Wait()
	t.Logf("statuses of the attackers: %v", statuses)
	require.Positive(t, statuses[http.StatusUnauthorized], "unknown networks are served too")
	require.Positive(t, statuses[http.StatusServiceUnavailable], "the storm exceeds the capacity")
	require.Subset(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable},
		slices.Collect(maps.Keys(statuses)))
}

func TestSignIn_RightPassword_RecordsNoAttempt(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	r.Guest(t).SignIn("ada", harness.TestPassword)
	const rowVersion = `SELECT xmin::text::bigint AS n FROM identity.known_networks`
	first := r.Count(t, rowVersion)
	for range 19 {
		r.Guest(t).SignIn("ada", harness.TestPassword)
	}
	require.Zero(t, harness.Count(t, r, "identity.attempts"))
	require.Equal(t, 1, harness.Count(t, r, "identity.known_networks"))
	require.Equal(t, first, r.Count(t, rowVersion), "a known network is written once a day")
	r.Guest(t).Guess("ada").Is(http.StatusUnauthorized)
	require.Equal(t, 4, harness.Count(t, r, "identity.attempts"), "of the account, network, store and known network")
}

func TestSignIn_InvalidUTF8UserAgent_SignsIn(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	c := r.Guest(t)
	for _, agent := range []string{"Mozilla\xff\xfe/5.0", strings.Repeat("x", 199) + "é", strings.Repeat("日本", 100)} {
		answer := c.Send(http.MethodPost, "/v1/sessions", harness.Object{"login": "ada", "password": harness.TestPassword},
			http.Header{"User-Agent": {agent}})
		c.Token = answer.Is(http.StatusCreated).Text("access_token")
		sent := c.Get("/v1/sessions").Is(http.StatusOK).Items("items")[0]["client"].(string)
		require.True(t, utf8.ValidString(sent))
		require.NotEmpty(t, sent)
		require.LessOrEqual(t, len(sent), 200)
		require.True(t, strings.HasPrefix(strings.ToValidUTF8(agent, "\ufffd"), sent))
	}
}

func TestRegister_TakenHandleOrAddress_ReturnsSame409(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, defaultLimits(t))
	c := r.Guest(t)
	register := func(email, handle string) harness.Reply {
		return c.Post("/v1/accounts", harness.Object{
			"email": email, "handle": handle, "display_name": "x",
			"password": harness.TestPassword,
		})
	}
	var bodies []harness.Object
	for _, person := range [][2]string{
		{"new@example.com", "clerk"},
		{"clerk@coinslot.example", "new-one"},
		{"CLERK@Coinslot.Example", "new-one"},
		{"clerk@coinslot.example", "clerk"},
	} {
		body := register(person[0], person[1]).Problem(http.StatusConflict, "account-taken").Body
		delete(body, "request_id")
		bodies = append(bodies, body)
		require.Equal(t, bodies[0], body)
	}
	for n := range 16 {
		register(fmt.Sprintf("buyer-%d@example.com", n), fmt.Sprintf("buyer-%d", n)).Is(http.StatusCreated)
	}
	register("new@example.com", "clerk").RateLimited()
	r.From(t, "127.0.0.2").Post("/v1/accounts",
		harness.Object{
			"email": "x@example.com", "handle": "another", "display_name": "x",
			"password": harness.TestPassword,
		}).Is(http.StatusCreated)
}

func TestPasswordConfirmation_ManyWrong_Returns429(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, stopped())
	buyer := r.NewBuyer(t)
	for range 10 {
		buyer.Delete("/v1/me", harness.Object{"password": "a wrong password"}).Problem(http.StatusForbidden, "wrong-password")
	}
	buyer.Delete("/v1/me", harness.Object{"password": "a wrong password"}).RateLimited()
	change := harness.Object{"current_password": "a wrong password", "new_password": "another good password"}
	buyer.Send(http.MethodPut, "/v1/me/password", change, nil).RateLimited()
	thief := r.From(t, "127.0.0.2")
	thief.Token = buyer.Token
	thief.Delete("/v1/me", harness.Object{"password": harness.TestPassword}).RateLimited()
	change["current_password"] = harness.TestPassword
	buyer.Send(http.MethodPut, "/v1/me/password", change, nil).Is(http.StatusNoContent)
}

func TestRefresh_ManyInvalidTokens_Return429(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil, stopped())
	c := r.Guest(t)
	token := c.SignIn("ada", harness.TestPassword).Text("refresh_token")
	for n := range 60 {
		c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": fmt.Sprint(n)}).
			Problem(http.StatusUnauthorized, "bad-refresh-token")
	}
	c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": "one more"}).RateLimited()
	c.Post("/v1/sessions/refresh", harness.Object{"refresh_token": token}).Is(http.StatusOK)
}

func TestUpgrade_CollidingAddresses_OlderAccountKeepsForm(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil)
	c := r.Guest(t)
	for _, handle := range []string{"older", "newer", "plain"} {
		c.Post("/v1/accounts", harness.Object{
			"email": handle + "@example.com", "handle": handle, "display_name": handle,
			"password": harness.TestPassword,
		}).Is(http.StatusCreated)
		c.SignIn(handle, harness.TestPassword)
	}
	r.Stop()
	m, err := store.NewMigrator(t.Context(), r.Database.OwnerURL)
	require.NoError(t, err)
	defer m.Close()
	require.NoError(t, m.DownTo(t.Context(), "identity", 2))
	r.AsOwner(t, `UPDATE identity.accounts SET email = 'zoe@bücher.example' WHERE handle = 'older'`)
	r.AsOwner(t, `UPDATE identity.accounts SET email = 'zoe@xn--bcher-kva.example' WHERE handle = 'newer'`)
	r.AsOwner(t, `UPDATE identity.sessions SET expires_at = now() - interval '1 minute'`)
	require.NoError(t, m.Up(t.Context()))
	server, stop := r.Start(t, r.Config(t), false)
	t.Cleanup(stop)
	c.Base = "http://" + server.Address()
	for login, handle := range map[string]string{
		"zoe@bücher.example": "older", "Zoe@BÜCHER.Example": "older", "zoe@bu\u0308cher.example": "older",
		"zoe@xn--bcher-kva.example": "newer", "newer": "newer", "plain@example.com": "plain",
	} {
		require.Equal(t, handle, c.SignIn(login, harness.TestPassword).Body["account"].(harness.Object)["handle"], login)
	}
	c.Token = ""
	c.Post("/v1/accounts", harness.Object{
		"email": "zoe@Bücher.example", "handle": "third", "display_name": "x",
		"password": harness.TestPassword,
	}).Problem(http.StatusConflict, "account-taken")
	collisions, err := r.Samples.Identity.Collisions(t.Context())
	require.NoError(t, err)
	require.Len(t, collisions, 1)
	require.Equal(t, "newer", collisions[0].Handle)
	harness.Eventually(t, "expired sessions are pruned", func() bool {
		return harness.Count(t, r, "identity.sessions WHERE expires_at < now()") == 0
	})
	r.VerifyInvariants(t)
}

func TestAccountCommands(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	_, run := p.Serve(t)
	account := func(args ...string) string {
		out, err := p.Command(t.Context(), t, append([]string{"account"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	ada := &harness.Client{T: t, Base: run.URL}
	ada.SignIn("ada", samples.Password)
	signedOut := func() bool { return ada.Get("/v1/me").Status == http.StatusUnauthorized }

	require.Contains(t, account("suspend", "ada"), "ada is suspended")
	harness.Eventually(t, "the session ends", signedOut)
	ada.Post("/v1/sessions", harness.Object{
		"login":    "ada",
		"password": samples.Password,
	}).Problem(http.StatusUnauthorized, "bad-credentials")
	out := account("reinstate", "ADA@coinslot.example")
	require.Contains(t, out, "ada can sign in again")
	require.Regexp(t, `msg="account reinstated" account=[0-9a-f-]{36}`, out)
	ada.SignIn("ada", samples.Password)
	require.Contains(t, account("end-sessions", "ada"), "the sessions of ada end")
	harness.Eventually(t, "the session ends", signedOut)

	clerk := &harness.Client{T: t, Base: run.URL}
	clerk.SignIn("clerk", samples.Password)
	clerk.Get("/v1/admin/orders").Is(http.StatusOK)
	require.Contains(t, account("revoke-role", "clerk", "staff"), "clerk now has the roles [customer]")
	harness.Eventually(t, "the role is revoked",
		func() bool { return clerk.Get("/v1/admin/orders").Status == http.StatusForbidden })
	require.Contains(t, account("collisions"), "no e-mail address collides")
	failed, err := p.Command(t.Context(), t, "account", "suspend", "nobody").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(failed), "there is no such account")
}
