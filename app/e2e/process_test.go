package e2e_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"coinslot/app/cli"
	"coinslot/app/e2e/harness"
	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

func TestServe_Stopped_LeavesNoProcess(t *testing.T) {
	t.Parallel()
	p := harness.NewProgram(t)
	store, run := p.Serve(t)
	response, err := http.Get(run.URL + "/readyz") //nolint:noctx // a test's own store
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	invoice := filepath.Join(t.TempDir(), "invoice.pdf")
	out, err := p.Command(t.Context(), t, "demo", "--output", invoice).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `Buy them for \d+\.\d\d EUR\nPOST /v1/checkouts\n`+
		`Authorization: Bearer …\nIdempotency-Key: [0-9a-f-]{36}\n`, string(out))
	require.Regexp(t, `201 Created\nLocation: /v1/orders/`, string(out))
	require.Regexp(t, `… \d+ more lines`, string(out))
	raw, err := os.ReadFile(invoice)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(raw, []byte("%PDF-")))
	out, err = p.Command(t.Context(), t, "account", "grant-role", "ada", "staff").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "staff")

	out, err = p.Command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the data folder is in use")

	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	awaitStopped(t, run)

	store, run = p.Serve(t)
	require.NoError(t, store.Process.Kill())
	require.Error(t, store.Wait())
	awaitStopped(t, run)

	store, run = p.Serve(t)
	out, err = p.Command(t.Context(), t, "seed").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the catalog is not empty", "the data outlived the kill")
	require.NoError(t, store.Process.Signal(os.Interrupt))
	require.NoError(t, store.Wait())
	awaitStopped(t, run)
}

// awaitStopped waits until the addresses of the store and its child processes refuse connections.
func awaitStopped(t *testing.T, run datadir.Run) {
	t.Helper()
	addresses := []string{run.URL, run.AdminURL, run.MockpayURL}
	if run.DatabasePID != 0 {
		u, err := url.Parse(run.DatabaseURL)
		require.NoError(t, err)
		addresses = append(addresses, "http://"+u.Host)
	}
	for _, address := range addresses {
		harness.Eventually(t, address+" is closed", func() bool { return !cli.Alive(address) })
	}
}

func TestServe_InvalidConfiguration_PrintsOneLine(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"COINSLOT_HTTP_ADRESS=x": "coinslot: the environment variable COINSLOT_HTTP_ADRESS names no configuration key; " +
			"see configs/default.yaml\n",
		"COINSLOT_PROFILE=staging": "coinslot: there is no profile \"staging\": " +
			"use local, compose, production or test\n",
		"COINSLOT_HTTP_READ_TIMEOUT=now": "coinslot: configuration key http.read_timeout: \"now\" cannot be used: " +
			"write a duration such as 500ms, 10s or 5m\n",
	} {
		cmd := harness.NewProgram(t).Command(t.Context(), t, "serve")
		cmd.Env = append(cmd.Env, variable)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, want, string(out))
	}
}
