package datadir_test

import (
	"os"
	"path/filepath"
	"testing"

	"coinslot/platform/datadir"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, path string) *datadir.Dir {
	t.Helper()
	d, err := datadir.Resolve(path)
	require.NoError(t, err)
	return d
}

// folder returns a folder that other users may enter, unlike that of t.TempDir.
func folder(t *testing.T) string {
	t.Helper()
	path, err := os.MkdirTemp("", "coinslot-datadir-") //nolint:usetesting // other users may not enter t.TempDir
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(path)) })
	return path
}

func TestLock_HeldByAnotherStore_NamesIt(t *testing.T) {
	t.Parallel()
	path := folder(t)
	first, second := open(t, path), open(t, path)
	require.NoError(t, first.Lock())
	require.ErrorIs(t, second.Lock(), datadir.ErrLocked)
	require.NoError(t, first.WriteRun(datadir.Run{PID: 4711, URL: "http://127.0.0.1:8080"}))
	require.ErrorContains(t, second.Lock(), "process ID 4711, at http://127.0.0.1:8080")
	require.NoError(t, first.Unlock())
	require.NoError(t, second.Lock())
	require.NoError(t, second.Unlock())
}

func TestWriteRun_PrivateFile_RemovedByUnlock(t *testing.T) {
	t.Parallel()
	d := open(t, folder(t))
	require.NoError(t, d.Lock())
	want := datadir.Run{PID: 1, DatabaseURL: "postgres://secret@x/y"}
	require.NoError(t, d.WriteRun(want))
	info, err := os.Stat(d.Path("run.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	got, err := d.ReadRun()
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, d.Unlock())
	_, err = d.ReadRun()
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestSecrets_AreGeneratedOnce(t *testing.T) {
	t.Parallel()
	d := open(t, folder(t))
	first, err := d.Secrets()
	require.NoError(t, err)
	require.Len(t, first.TokenKey, 43)
	again, err := d.Secrets()
	require.NoError(t, err)
	require.Equal(t, first, again)
}

func TestSecrets_FileOfEarlierVersion_GainsMissingSecret(t *testing.T) {
	t.Parallel()
	d := open(t, folder(t))
	require.NoError(t, os.WriteFile(d.Path("secrets.json"),
		[]byte(`{"token_key":"t","webhook_secret":"w","store_password":"s"}`), 0o600))
	got, err := d.Secrets()
	require.NoError(t, err)
	require.Len(t, got.MockpayKey, 43)
	require.Equal(t, datadir.Secrets{
		TokenKey: "t", WebhookSecret: "w", StorePassword: "s",
		MockpayKey: got.MockpayKey,
	}, got)
	again, err := d.Secrets()
	require.NoError(t, err)
	require.Equal(t, got, again)
}

func TestResolve_RootOnlyFolder_ReturnsError(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(folder(t), "closed")
	require.NoError(t, os.Mkdir(closed, 0o700))
	d, err := datadir.Resolve(filepath.Join(closed, "data"))
	if os.Geteuid() == 0 {
		require.ErrorContains(t, err, "only root can reach ")
		return
	}
	require.NoError(t, err)
	require.Equal(t, filepath.Join(closed, "data"), d.Path())
}
