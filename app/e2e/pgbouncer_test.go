//go:build unix

package e2e_test

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/app/e2e/harness"
	"coinslot/app/store"
	"coinslot/platform/postgres"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

const bouncerConfig = `[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %s
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s
pool_mode = %s
default_pool_size = 40
`

// bounce starts PgBouncer in front of a database, and makes the store connect to it.
func bounce(t *testing.T, d *pgtest.Database, mode string) {
	t.Helper()
	if _, err := exec.LookPath("pgbouncer"); err != nil {
		t.Skip("it needs PgBouncer (Debian: apt-get install pgbouncer)")
	}
	server, err := url.Parse(d.StoreURL)
	require.NoError(t, err)
	as, err := cluster.Unprivileged()
	require.NoError(t, err)
	port, err := cluster.FreePort()
	require.NoError(t, err)
	folder := pgtest.Folder(t)
	require.NoError(t, cluster.Give(as, folder))
	config, users := filepath.Join(folder, "pgbouncer.ini"), filepath.Join(folder, "users.txt")
	password, _ := server.User.Password()
	user := fmt.Sprintf("%q %q\n", server.User.Username(), password)
	require.NoError(t, os.WriteFile(users, []byte(user), 0o644))
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, bouncerConfig, server.Hostname(), server.Port(), port, users,
		mode), 0o644))
	bouncer := &cluster.Process{Name: "pgbouncer", Command: []string{"pgbouncer", config}, As: as, Output: t.Output()}
	require.NoError(t, bouncer.Start())
	t.Cleanup(bouncer.Kill)
	server.Host = "127.0.0.1:" + port
	d.StoreURL = server.String()
	require.Eventually(t, func() bool {
		conn, err := net.DialTimeout("tcp", server.Host, time.Second) //nolint:noctx // it has a timeout
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond, "PgBouncer listens")
}

func TestPgBouncer_SessionMode_PurchaseCompletes(t *testing.T) {
	t.Parallel()
	r := &harness.Store{Database: harness.OpenSampled(t)}
	bounce(t, r.Database, "session")
	r.StartProvider(t, time.Hour)
	server, stop := r.Start(t, r.Config(t), false, harness.MemoizedHashing())
	t.Cleanup(stop)
	r.URL = "http://" + server.Address()
	r.Webhooks.SetTarget(r.URL)
	buyer := r.NewBuyer(t)
	buyer.Checkout("pm_ok", buyer.PaidGames()[0]).Is(http.StatusCreated)
	buyer.AwaitOwned(1)
	db, err := postgres.Open(pgtest.Limits(r.Database.StoreURL))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	row, _, err := postgres.One[struct{ Value string }](t.Context(), db,
		`SELECT current_setting('plan_cache_mode') || ' ' || current_setting('lock_timeout') AS value`)
	require.NoError(t, err)
	require.Equal(t, "force_generic_plan 15s", row.Value, "the store's settings hold")
}

func TestPgBouncer_SharedSessions_AreRefusedAtStart(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"transaction", "statement"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			d := harness.OpenSampled(t)
			bounce(t, d, mode)
			err := store.CheckDatabase(t.Context(), store.Config{Database: pgtest.Limits(d.StoreURL)})
			require.ErrorIs(t, err, postgres.ErrPooler)
		})
	}
}
