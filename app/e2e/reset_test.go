package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"coinslot/app/e2e/harness"
	"coinslot/app/samples"
	"coinslot/platform/pgserver"

	"github.com/stretchr/testify/require"
)

func TestResetCommand(t *testing.T) {
	t.Parallel()
	if len(pgserver.FindBinaries()) == 0 {
		t.Skip("reset needs an embedded PostgreSQL, whose binaries are missing")
	}
	p := harness.NewProgram(t)
	own := filepath.Join(p.Folder, "notes.txt")
	require.NoError(t, os.WriteFile(own, []byte("mine"), 0o600))
	store, run := p.Serve(t)
	out, err := p.Command(t.Context(), t, "account", "grant-role", "ada", "staff").CombinedOutput()
	require.NoError(t, err, string(out))

	out, err = p.Command(t.Context(), t, "reset", "--yes").CombinedOutput()
	require.Error(t, err, "the store is running")
	require.Contains(t, string(out), "the data folder is in use")
	require.NoError(t, store.Process.Signal(syscall.SIGTERM))
	require.NoError(t, store.Wait())
	awaitStopped(t, run)

	for _, answer := range []string{"", "no\n", "y\n"} {
		ask := p.Command(t.Context(), t, "reset")
		ask.Stdin = strings.NewReader(answer)
		out, err = ask.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "every account, order and invoice of the store in "+p.Folder)
		require.Contains(t, string(out), "nothing was deleted")
		require.FileExists(t, filepath.Join(p.Folder, "mockpay.db"))
	}
	ask := p.Command(t.Context(), t, "reset")
	ask.Stdin = strings.NewReader("yes\n")
	out, err = ask.CombinedOutput()
	require.NoError(t, err, string(out))
	left, err := os.ReadDir(p.Folder)
	require.NoError(t, err)
	require.Len(t, left, 2, "the lock file and the file of the test: %v", left)
	require.FileExists(t, own)

	store, run = p.Serve(t)
	login := (&harness.Client{T: t, Base: run.URL}).SignIn("ada", samples.Password)
	require.Equal(t, []any{"customer"}, login.Body["account"].(harness.Object)["roles"])

	require.NoError(t, syscall.Kill(run.DatabasePID, syscall.SIGKILL)) // PostgreSQL outlives db-serve
	_ = store.Wait()                                                   // the store ends without its database
	out, err = p.Command(t.Context(), t, "reset", "--yes").CombinedOutput()
	require.NoError(t, err, string(out))
	awaitStopped(t, run)

	foreign := p.Command(t.Context(), t, "reset", "--yes")
	foreign.Env = append(foreign.Env, "COINSLOT_DATABASE_URL=postgres://store@127.0.0.1:1/store")
	out, err = foreign.CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "names one of your own")
}
