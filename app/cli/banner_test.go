package cli

import (
	"bytes"
	"testing"

	"coinslot/app/store"
	"coinslot/configs"
	"coinslot/modules/identity"
	"coinslot/platform/config"
	"coinslot/platform/datadir"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// bannerOf returns the banner of a store under a profile.
func bannerOf(t *testing.T, profile string, run datadir.Run, demo []identity.Account) string {
	t.Helper()
	cfg, err := store.LoadConfig(config.Source{Files: configs.Files, Profile: profile})
	require.NoError(t, err)
	dir, err := datadir.Resolve(pgtest.Folder(t))
	require.NoError(t, err)
	cfg.Payments.APIKey = run.MockpayKey
	var out bytes.Buffer
	banner(&out, &environment{cfg: cfg, dir: dir}, run, demo)
	return out.String()
}

func TestBanner_ShowsOnlyRunningParts(t *testing.T) {
	t.Parallel()
	run := datadir.Run{
		URL: "http://127.0.0.1:1", AdminURL: "http://127.0.0.1:2",
		DatabaseURL: "postgres://store:hunter2@127.0.0.1:3/coinslot",
	}
	bare := bannerOf(t, store.Production, run, nil)
	require.Contains(t, bare, "http://127.0.0.1:1/v1")
	for _, absent := range []string{"Mockpay", "Sign in", "make demo", "hunter2"} {
		require.NotContains(t, bare, absent)
	}
	run.MockpayURL, run.MockpayKey = "http://127.0.0.1:4", store.MockpayTestKey
	local := bannerOf(t, store.Local, run,
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
