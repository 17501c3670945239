package e2e_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"
	"coinslot/app/store"

	"github.com/stretchr/testify/require"
)

func TestStart_WeakSecretsInProduction_AreAllListed(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_PROFILE=production", "COINSLOT_DATABASE_URL=",
		"COINSLOT_SECRETS_GENERATE=true",
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=changeme", "COINSLOT_PAYMENTS_API_KEY=mockpay_test_key",
		"COINSLOT_TOKENS_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	out, err := p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	text := string(out)
	require.Equal(t, 1, strings.Count(text, "\n"), text)
	for _, key := range []string{
		"tokens.key", "payments.webhook_secrets[0]", "payments.api_key", "database.url",
		"payments.url", "secrets.generate",
	} {
		require.Contains(t, text, key)
	}
	require.NotContains(t, text, "changeme", "secrets are not printed")
	require.NoFileExists(t, filepath.Join(p.Folder, "secrets.json"))
}

func TestStart_LocalProfileNotOnLoopback_Fails(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_HTTP_ADDRESS=0.0.0.0:0", "COINSLOT_MOCKPAY_ADDRESS=[::]:0")
	out, err := p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "http.address is 0.0.0.0:0")
	require.Contains(t, string(out), "mockpay.address is [::]:0")
}

func TestStart_DemoStaffOutsideLocal_Fails(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	store, run := p.Serve(t)
	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	awaitStopped(t, run)
	p.Environ = append(p.Environ, "COINSLOT_PROFILE=compose", "COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:0")
	out, err := p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the staff account clerk@coinslot.example has the password of the demo")
}

func TestProfileCompose_ServesWithGeneratedSecrets(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	p.Environ = append(p.Environ, "COINSLOT_PROFILE=compose", "COINSLOT_HTTP_ADDRESS=0.0.0.0:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=0.0.0.0:0")
	_, run := p.Serve(t)
	require.Contains(t, run.URL, "http://127.0.0.1:")
	require.Contains(t, run.MockpayURL, "http://127.0.0.1:")
	out, err := p.Command(t.Context(), t, "demo", "--output", filepath.Join(t.TempDir(), "invoice.pdf")).CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = p.Command(t.Context(), t, "verify").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "0 violations")

	guest := &harness.Client{T: t, Base: run.URL}
	guest.Post("/v1/sessions", harness.Object{"login": "clerk", "password": samples.Password}).Is(http.StatusUnauthorized)
	scenarios := func(key string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, run.MockpayURL+"/_scenarios", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusUnauthorized, scenarios(store.MockpayTestKey))
	require.Equal(t, http.StatusOK, scenarios(run.MockpayKey))
}

func TestMockpayCommand_DefaultKeyNotOnLoopback_Fails(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	out, err := p.Command(t.Context(), t, "mockpay", "--address", "0.0.0.0:0", "--books",
		filepath.Join(t.TempDir(), "books")).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "set MOCKPAY_API_KEY")
}

func TestBanner_ChangedDemoPassword_IsNotShown(t *testing.T) {
	t.Parallel()
	r := harness.Start(t, nil) // its sample accounts have harness.TestPassword
	demo, err := r.Samples.Demo(t.Context())
	require.NoError(t, err)
	require.Empty(t, demo)
}
