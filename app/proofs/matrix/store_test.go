//go:build failpoints

package matrix_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
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

// launch starts a store on the cell's database and provider. Without an armed failpoint it replaces a crashed store,
// and its clock is ahead so that the leases of the crashed one have expired.
func (m *matrixBase) launch(t *testing.T, r *harness.Store, c cell) instance {
	t.Helper()
	ahead := time.Duration(0)
	if c.armed == "" {
		ahead = leaseExpired
	}
	if c.kill {
		return m.launchProcess(t, r, c.armed, ahead)
	}
	points := probe.NewFailpoints(c.armed)
	cfg := r.Config(t)
	cfg.Payments.Timeout = budget
	cfg.Database.PoolSize, cfg.Jobs.Workers = 4, 4
	server, stop := r.Start(t, cfg, false, fx.Supply(&probe.Rig{Hook: points.Hit, Ahead: ahead}))
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	return instance{points, func(*testing.T) { stop() }, func() bool {
		select {
		case <-points.Done:
			return true
		default:
			return false
		}
	}}
}

func (m *matrixBase) launchProcess(t *testing.T, r *harness.Store, armed string, ahead time.Duration) instance {
	t.Helper()
	p := harness.Program{Folder: pgtest.Folder(t)}
	p.Environ = append(os.Environ(), harness.ProgramRole+"=program",
		"COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+p.Folder, "COINSLOT_TOKENS_KEY="+store.UnusedKey,
		"COINSLOT_DATABASE_URL="+r.Database.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+r.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+harness.ProviderKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+harness.WebhookSecret,
		"COINSLOT_DATABASE_POOL_SIZE=4", "COINSLOT_JOBS_WORKERS=4", "COINSLOT_DATABASE_CONNECT_TIMEOUT=8s",
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=1280ms", // the longest allowed, to avoid 503 under load
		probe.FailpointVariable+"="+armed, probe.ClockVariable+"="+ahead.String())
	var output bytes.Buffer
	cmd, run, ended := p.Launch(t, &output)
	if run.URL != "" {
		r.URL = run.URL
		r.Webhooks.SetTarget(r.URL)
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

func (b *matrixBuyer) client(t *testing.T) *harness.Client {
	t.Helper()
	return &harness.Client{T: t, Base: b.r.URL, Token: b.base.token}
}

// send sends a request to a store that may crash, without validating the response against the OpenAPI document.
func (b *matrixBuyer) send(t *testing.T, path, key string, body harness.Object) (harness.Reply, error) {
	t.Helper()
	request := b.client(t).Request(http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return harness.Reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return harness.Reply{}, err
	}
	out := harness.Reply{T: t, Status: response.StatusCode, Header: response.Header, Raw: raw}
	return out, json.Unmarshal(raw, &out.Body)
}
