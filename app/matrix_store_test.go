//go:build failpoints

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"coinslot/platform/datadir"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
)

func (m *matrixBase) clone(t *testing.T) *pgtest.Database {
	t.Helper()
	return pgtest.Clone(t, m.source.Database)
}

// incarnation is one life of a store: in this process, or in one of its own.
type incarnation struct {
	points *failpoints
	end    func(t *testing.T)
	isCut  func() bool
}

func (i incarnation) stop(t *testing.T) {
	t.Helper()
	i.end(t)
}

// launch starts a store over the cell's database and provider. One that is not armed comes after one that was: its
// clock is ahead, so that the leases of the dead have ended.
func (m *matrixBase) launch(t *testing.T, r *running, c cell) incarnation {
	t.Helper()
	ahead := time.Duration(0)
	if c.armed == "" {
		ahead = leaseIsOff
	}
	if c.kill {
		return m.launchProcess(t, r, c.armed, ahead)
	}
	points := newFailpoints(c.armed)
	cfg := r.config(t)
	cfg.Payments.Timeout = budget
	cfg.Database.PoolSize, cfg.Jobs.Workers = 4, 4
	server, stop := r.start(t, cfg, false, fx.Supply(&rig{hook: points.hit, ahead: ahead}))
	r.URL = "http://" + server.Address()
	r.relayed.to(r.URL)
	return incarnation{points, func(*testing.T) { stop() }, func() bool {
		select {
		case <-points.done:
			return true
		default:
			return false
		}
	}}
}

func (m *matrixBase) launchProcess(t *testing.T, r *running, armed string, ahead time.Duration) incarnation {
	t.Helper()
	p := program{openFolder(t), nil}
	p.environ = append(os.Environ(), programRole+"=program",
		"COINSLOT_PROFILE=test", "COINSLOT_DATA_DIR="+p.folder, "COINSLOT_TOKENS_KEY="+unusedKey,
		"COINSLOT_DATABASE_URL="+r.Database.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+r.Database.OwnerURL,
		"COINSLOT_PAYMENTS_URL="+r.Mockpay.URL(), "COINSLOT_PAYMENTS_API_KEY="+providerKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS="+webhookSecret,
		"COINSLOT_DATABASE_POOL_SIZE=4", "COINSLOT_JOBS_WORKERS=4",
		"COINSLOT_DATABASE_ACQUIRE_TIMEOUT=1280ms", // the longest allowed: the cells look for the truth, not for 503s
		failpointVariable+"="+armed, clockVariable+"="+ahead.String())
	var said bytes.Buffer
	cmd, run, ended := p.launch(t, &said)
	if run.URL != "" {
		r.URL = run.URL
		r.relayed.to(r.URL)
	} else if armed == "" {
		require.Fail(t, "the store does not start", said.String())
	}
	return incarnation{nil, func(t *testing.T) { t.Helper(); end(t, cmd, ended) }, func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}}
}

// launch starts the store and returns when it is ready or has ended.
func (p program) launch(t *testing.T, said io.Writer) (*exec.Cmd, datadir.Run, chan struct{}) {
	t.Helper()
	cmd := p.command(t.Context(), t, "serve")
	cmd.Stderr = said
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		cmd.Wait()
		close(ended)
	}()
	dir, err := datadir.Resolve(p.folder)
	require.NoError(t, err)
	var run datadir.Run
	eventually(t, "the store starts", func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		run, err = dir.ReadRun()
		return err == nil && run.PID == cmd.Process.Pid
	})
	return cmd, run, ended
}

func end(t *testing.T, cmd *exec.Cmd, ended chan struct{}) {
	t.Helper()
	cmd.Process.Kill()
	<-ended
}

func (b *matrixBuyer) client(t *testing.T) *client {
	t.Helper()
	return &client{t: t, base: b.r.URL, token: b.base.token}
}

// send is client.send for a store that may die while it answers, without a look into the OpenAPI document.
func (b *matrixBuyer) send(t *testing.T, path, key string, body object) (reply, error) {
	t.Helper()
	request := b.client(t).request(http.MethodPost, path, body, http.Header{"Idempotency-Key": {key}})
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{t: t, Status: response.StatusCode, Header: response.Header, Raw: raw}
	return out, json.Unmarshal(raw, &out.Body)
}

// taken returns how often the provider took an order's money, by its own books.
func (r *running) taken(t *testing.T, orderID string) (n int) {
	t.Helper()
	for _, charge := range r.charges(t, orderID) {
		if charge["status"] == "succeeded" {
			n++
		}
	}
	return n
}
