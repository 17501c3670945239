//go:build unix

package recovery_test

import (
	"bytes"
	"io"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/postgres/pgtest"
)

// replica is a store that runs as a process, with a data folder of its own.
type replica struct {
	url     string
	folder  string
	environ []string
	process *cluster.Process
}

// newReplica returns a store under the profile test with a database, at a free port.
func newReplica(t *testing.T, databaseURL, ownerURL, providerURL string) *replica {
	t.Helper()
	address, folder := "127.0.0.1:"+freePort(t), pgtest.Folder(t)
	return &replica{url: "http://" + address, folder: folder, environ: []string{
		"COINSLOT_PROFILE=test", "COINSLOT_HTTP_ADDRESS=" + address, "COINSLOT_DATA_DIR=" + folder,
		"COINSLOT_DATABASE_URL=" + databaseURL, "COINSLOT_MIGRATION_DATABASE_URL=" + ownerURL,
		"COINSLOT_PAYMENTS_URL=" + providerURL, "COINSLOT_PAYMENTS_API_KEY=" + harness.ProviderKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + harness.WebhookSecret, "COINSLOT_TOKENS_KEY=" + store.UnusedKey,
		"COINSLOT_DATABASE_POOL_SIZE=16",
	}}
}

func (r *replica) heads() string { return filepath.Join(r.folder, "ledger-heads.jsonl") }

// start starts the store and waits until it is ready.
func (r *replica) start(t *testing.T) {
	t.Helper()
	r.process = program(t, r.environ, "serve")
	start(t, r.process)
	within(t, time.Minute, "the store is ready", r.ready)
}

func (r *replica) ready() bool {
	response, err := http.Get(r.url + "/readyz") //nolint:noctx // a test's own store
	if err != nil {
		return false
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is reused
	return response.StatusCode == http.StatusOK
}

// command runs a command of the store.
func (r *replica) command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := run(t, program(t, r.environ, args...))
	return string(bytes.TrimSpace([]byte(out))), err
}
