package main

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"coinslot/platform/datadir"
	"coinslot/platform/pgserver"
	"coinslot/platform/storetest"
)

// program is this test binary, run as the program itself, over one data folder.
type program struct {
	folder  string
	environ []string
}

func newProgram(t *testing.T) program {
	t.Helper()
	folder := openFolder(t)
	p := program{folder, append(os.Environ(), programRole+"=program", "COINSLOT_DATA_DIR="+folder,
		"COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:0")}
	if len(pgserver.FindBinaries()) == 0 { // then not the embedded database but the tests' own
		d := storetest.Open(t)
		p.environ = append(p.environ, "COINSLOT_DATABASE_URL="+d.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+d.OwnerURL)
	}
	return p
}

func (p program) command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = p.environ
	return cmd
}

// serve starts the store and returns when it is ready.
func (p program) serve(t *testing.T) (*exec.Cmd, datadir.Run) {
	t.Helper()
	var said bytes.Buffer
	return p.serveSaying(t, &said)
}

// serveSaying is serve, and keeps what the store says. It may be read once the store has ended.
func (p program) serveSaying(t *testing.T, said *bytes.Buffer) (*exec.Cmd, datadir.Run) {
	t.Helper()
	cmd := p.command(context.Background(), t, "serve")
	cmd.Stdout, cmd.Stderr = said, said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	dir, err := datadir.Resolve(p.folder)
	require.NoError(t, err)
	var run datadir.Run
	require.Eventually(t, func() bool {
		run, err = dir.ReadRun()
		return err == nil && run.PID == cmd.Process.Pid
	}, time.Minute, 20*time.Millisecond, "the store did not start")
	return cmd, run
}

func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "coinslot-process-") //nolint:usetesting // t.TempDir is closed to PostgreSQL's unprivileged user
	require.NoError(t, err)
	require.NoError(t, os.Chmod(folder, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(folder)) })
	return folder
}

func TestTheStoreRunsAsProcessesAndLeavesNone(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	store, run := p.serve(t)
	response, err := http.Get(run.URL + "/readyz") //nolint:noctx // a test's own store
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)

	invoice := filepath.Join(t.TempDir(), "invoice.pdf")
	out, err := p.command(t.Context(), t, "demo", "--output", invoice).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, `Buy them for \d+\.\d\d USD\nPOST /v1/checkouts\nAuthorization: Bearer …\nIdempotency-Key: [0-9a-f-]{36}\n`, string(out))
	require.Regexp(t, `201 Created\nLocation: /v1/orders/`, string(out))
	require.Regexp(t, `… \d+ more lines`, string(out))
	raw, err := os.ReadFile(invoice)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(raw, []byte("%PDF-")))
	out, err = p.command(t.Context(), t, "account", "grant-role", "ada", "staff").CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "staff")

	out, err = p.command(t.Context(), t, "serve").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the data folder is in use")

	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	allGone(t, run)

	store, run = p.serve(t)
	require.NoError(t, store.Process.Kill())
	require.Error(t, store.Wait())
	allGone(t, run)

	store, run = p.serve(t)
	out, err = p.command(t.Context(), t, "seed").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the catalog is not empty", "the data outlived the kill")
	require.NoError(t, store.Process.Signal(os.Interrupt))
	require.NoError(t, store.Wait())
	allGone(t, run)
}

// allGone waits until nothing listens any more where the store and its helpers did.
func allGone(t *testing.T, run datadir.Run) {
	t.Helper()
	addresses := []string{run.URL, run.AdminURL, run.MockpayURL}
	if run.DatabasePID != 0 {
		u, err := url.Parse(run.DatabaseURL)
		require.NoError(t, err)
		addresses = append(addresses, "http://"+u.Host)
	}
	for _, address := range addresses {
		eventually(t, address+" is gone", func() bool { return !alive(address) })
	}
}

func TestABadConfigurationStopsTheStartWithOneSentence(t *testing.T) {
	t.Parallel()
	for variable, says := range map[string]string{
		"COINSLOT_HTTP_ADRESS=x":         "coinslot: the environment variable COINSLOT_HTTP_ADRESS names no configuration key; see configs/default.yaml\n",
		"COINSLOT_PROFILE=staging":       "coinslot: there is no profile \"staging\": use local, compose, production or test\n",
		"COINSLOT_HTTP_READ_TIMEOUT=now": "coinslot: configuration key http.read_timeout: \"now\" cannot be used: write a duration such as 500ms, 10s or 5m\n",
	} {
		cmd := newProgram(t).command(t.Context(), t, "serve")
		cmd.Env = append(cmd.Env, variable)
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Equal(t, says, string(out))
	}
}
