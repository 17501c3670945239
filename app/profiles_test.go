package main

import (
	"bytes"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"coinslot/configs"
	"coinslot/modules/identity"
	"coinslot/platform/config"
	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

func TestStart_WeakSecretsInProduction_AreNamedAtOnce(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.environ = append(p.environ, "COINSLOT_PROFILE=production", "COINSLOT_DATABASE_URL=",
		"COINSLOT_SECRETS_GENERATE=true",
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=changeme", "COINSLOT_PAYMENTS_API_KEY=mockpay_test_key",
		"COINSLOT_TOKENS_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	out, err := p.command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	said := string(out)
	require.Equal(t, 1, strings.Count(said, "\n"), said)
	for _, key := range []string{
		"tokens.key", "payments.webhook_secrets[0]", "payments.api_key", "database.url",
		"payments.url", "secrets.generate",
	} {
		require.Contains(t, said, key)
	}
	require.NotContains(t, said, "changeme", "no secret is repeated")
	require.NoFileExists(t, filepath.Join(p.folder, "secrets.json"))
}

func TestStart_LocalBeyondLoopback_IsRefused(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.environ = append(p.environ, "COINSLOT_HTTP_ADDRESS=0.0.0.0:0", "COINSLOT_MOCKPAY_ADDRESS=[::]:0")
	out, err := p.command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "http.address is 0.0.0.0:0")
	require.Contains(t, string(out), "mockpay.address is [::]:0")
}

func TestStart_DemoStaffOutsideLocal_IsRefused(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	store, run := p.serve(t)
	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	allGone(t, run)
	p.environ = append(p.environ, "COINSLOT_PROFILE=compose", "COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:0")
	out, err := p.command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the staff account clerk@coinslot.example has the password of the demo")
}

func TestProfileCompose_ServesOutsideWithSecretsOfItsOwn(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.environ = append(p.environ, "COINSLOT_PROFILE=compose", "COINSLOT_HTTP_ADDRESS=0.0.0.0:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=0.0.0.0:0")
	_, run := p.serve(t)
	require.Contains(t, run.URL, "http://127.0.0.1:")
	require.Contains(t, run.MockpayURL, "http://127.0.0.1:")
	out, err := p.command(t.Context(), t, "demo", "--output", filepath.Join(t.TempDir(), "invoice.pdf")).CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = p.command(t.Context(), t, "verify").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "0 violations")

	guest := &client{t: t, base: run.URL}
	guest.post("/v1/sessions", object{"login": "clerk", "password": samplePassword}).is(http.StatusUnauthorized)
	scenarios := func(key string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, run.MockpayURL+"/_scenarios", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, scenarios(config.MockpayTestKey))
	require.Equal(t, http.StatusOK, scenarios(run.MockpayKey))
}

func TestMockpayCommand_KnownKeyBeyondLoopback_IsRefused(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	out, err := p.command(t.Context(), t, "mockpay", "--address", "0.0.0.0:0", "--books",
		filepath.Join(t.TempDir(), "books")).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "set MOCKPAY_API_KEY")
}

// bannerOf returns the banner of a store under a profile.
func bannerOf(t *testing.T, profile string, run datadir.Run, demo []identity.Account) string {
	t.Helper()
	cfg, err := config.Load(config.Source{Files: configs.Files, Profile: profile})
	require.NoError(t, err)
	dir, err := datadir.Resolve(openFolder(t))
	require.NoError(t, err)
	cfg.Payments.APIKey = run.MockpayKey
	var out bytes.Buffer
	banner(&out, &environment{cfg: cfg, dir: dir}, run, demo)
	return out.String()
}

func TestBanner_ShowsOnlyWhatRuns(t *testing.T) {
	t.Parallel()
	run := datadir.Run{
		URL: "http://127.0.0.1:1", AdminURL: "http://127.0.0.1:2",
		DatabaseURL: "postgres://store:hunter2@127.0.0.1:3/coinslot",
	}
	bare := bannerOf(t, config.Production, run, nil)
	require.Contains(t, bare, "http://127.0.0.1:1/v1")
	for _, absent := range []string{"Mockpay", "Sign in", "make demo", "hunter2"} {
		require.NotContains(t, bare, absent)
	}
	run.MockpayURL, run.MockpayKey = "http://127.0.0.1:4", config.MockpayTestKey
	local := bannerOf(t, config.Local, run,
		[]identity.Account{
			{Handle: "ada", Roles: []string{"customer"}},
			{Handle: "clerk", Roles: []string{"customer", "staff"}},
		})
	require.Regexp(t, `Mockpay +http://127.0.0.1:4\n`, local)
	require.Regexp(t, `Mockpay's API key +mockpay_test_key\n`, local)
	require.Regexp(t, `Sign in as customer +ada / `, local)
	require.Regexp(t, `Sign in as staff +clerk / `, local)
	run.MockpayKey = "a generated key"
	compose := bannerOf(t, "compose", run, nil)
	require.Regexp(t, `API +http://localhost:8080/v1\n`, compose)
	require.Regexp(t, `Mockpay's API key +mockpay_key in .*run.json\n`, compose)
	require.NotContains(t, compose, "a generated key")
	require.NotContains(t, compose, "Sign in")
}

func TestBanner_LeavesOutADemoPasswordThatWasChanged(t *testing.T) {
	t.Parallel()
	r := startStore(t, nil) // its sample accounts have the tests' password
	demo, err := r.samples.demo(t.Context())
	require.NoError(t, err)
	require.Empty(t, demo)
}
