//go:build failpoints

package matrix_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
	"time"

	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/app/store/probe"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

func (m *matrixBase) clone(t *testing.T) *pgtest.Database {
	t.Helper()
	return pgtest.Clone(t, m.source.Database)
}

// instance is a running store, in this process or in its own.
type instance struct {
	points  *probe.Failpoints
	end     func(t *testing.T)
	crashed func() bool
}

func (i instance) stop(t *testing.T) {
	t.Helper()
	i.end(t)
}

// launch starts a store with an armed failpoint, in this process or in its own. An empty text arms none. The clock of a
// store that replaces a crashed one is ahead, so that the leases of that one have expired.
func (d *database) launch(t *testing.T, armed string, kill bool, ahead time.Duration) instance {
	t.Helper()
	if kill {
		return d.launchProcess(t, armed, ahead)
	}
	points := probe.NewFailpoints(armed)
	cfg := d.Config(t)
	cfg.Payments.Timeout = budget
	server, stop := d.Start(t, cfg, false, fx.Supply(d.connections, &probe.Rig{Hook: points.Hit, Ahead: ahead}))
	d.URL = "http://" + server.Address()
	d.Webhooks.SetTarget(d.URL)
	return instance{points, func(*testing.T) { stop() }, func() bool {
		select {
		case <-points.Done:
			return true
		default:
			return false
		}
	}}
}

func (d *database) launchProcess(t *testing.T, armed string, ahead time.Duration) instance {
	t.Helper()
	p := harness.Program{Folder: pgtest.Folder(t)}
	p.Environ = append(os.Environ(), harness.ProgramRole+"=program",
		"COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+p.Folder, "COINSLOT_TOKENS_KEY="+store.UnusedKey,
		"COINSLOT_DATABASE_URL="+d.Database.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+d.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+d.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret,
		"COINSLOT_DATABASE_POOL_SIZE=4", "COINSLOT_JOBS_WORKERS=4", "COINSLOT_DATABASE_CONNECT_TIMEOUT=8s",
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=1280ms", // the longest allowed, to avoid 503 under load
		probe.FailpointVariable+"="+armed, probe.ClockVariable+"="+ahead.String())
	var output bytes.Buffer
	cmd, run, ended := p.Launch(t, &output)
	if run.URL != "" {
		d.URL = run.URL
		d.Webhooks.SetTarget(d.URL)
	} else if armed == "" {
		require.Fail(t, "the store does not start", output.String())
	}
	return instance{nil, func(t *testing.T) { t.Helper(); end(t, cmd, ended) }, func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}}
}

func end(t *testing.T, cmd *exec.Cmd, ended chan struct{}) {
	t.Helper()
	cmd.Process.Kill()
	<-ended
}
