//go:build unix

package recovery_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"coinslot/platform/pgserver"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

const clusterNodes = 3

// node is a PostgreSQL server under Patroni.
type node struct {
	rest, port string
	data       string
	patroni    *process
}

// cluster is three PostgreSQL servers under Patroni with three members of etcd, configured by .docker/cluster.
type cluster struct {
	nodes [clusterNodes]*node
}

// newCluster starts a cluster and waits until a leader has a synchronous standby.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	found := pgserver.FindBinaries()
	require.NotEmpty(t, found, "the cluster needs PostgreSQL's binaries")
	as, folder := unprivileged(t), pgtest.Folder(t)
	give(t, as, folder)
	config, err := os.ReadFile("../../../.docker/cluster/patroni.yaml")
	require.NoError(t, err)
	file := filepath.Join(folder, "patroni.yaml")
	require.NoError(t, os.WriteFile(file, config, 0o644))
	etcd := startEtcd(t, folder)
	c := &cluster{}
	for i := range c.nodes {
		home := filepath.Join(folder, fmt.Sprintf("node%d", i))
		give(t, as, home)
		n := &node{rest: "127.0.0.1:" + freePort(t), port: freePort(t), data: filepath.Join(home, "data")}
		n.patroni = &process{
			name: fmt.Sprintf("patroni %d", i), command: []string{"patroni", file}, as: as, folder: home,
			environ: []string{
				"PATH=" + os.Getenv("PATH"), "HOME=" + home, fmt.Sprintf("PATRONI_NAME=node%d", i),
				"PATRONI_RESTAPI_LISTEN=" + n.rest, "PATRONI_RESTAPI_CONNECT_ADDRESS=" + n.rest,
				"PATRONI_POSTGRESQL_LISTEN=127.0.0.1:" + n.port, "PATRONI_POSTGRESQL_CONNECT_ADDRESS=127.0.0.1:" + n.port,
				"PATRONI_POSTGRESQL_DATA_DIR=" + n.data, "PATRONI_POSTGRESQL_BIN_DIR=" + filepath.Join(found[0].Root, "bin"),
				"PATRONI_POSTGRESQL_PGPASS=" + filepath.Join(home, "pgpass"), "PATRONI_ETCD3_HOSTS=" + etcd,
				"PATRONI_SUPERUSER_PASSWORD=" + ownerPassword, "PATRONI_REPLICATION_PASSWORD=" + ownerPassword,
				"PATRONI_REWIND_PASSWORD=" + ownerPassword,
			},
		}
		t.Cleanup(func() { _ = syscall.Kill(n.postmaster(), syscall.SIGKILL) }) // runs after that of its Patroni
		n.patroni.start(t)
		c.nodes[i] = n
	}
	within(t, 2*time.Minute, "there is a leader with a synchronous standby", c.redundant)
	return c
}

// startEtcd starts three members of etcd and returns the addresses of their clients.
func startEtcd(t *testing.T, folder string) string {
	t.Helper()
	var peers, names, clients []string
	for i := range clusterNodes {
		peers = append(peers, "http://127.0.0.1:"+freePort(t))
		names = append(names, fmt.Sprintf("etcd%d=%s", i, peers[i]))
		clients = append(clients, "127.0.0.1:"+freePort(t))
	}
	for i := range clusterNodes {
		p := &process{name: fmt.Sprintf("etcd %d", i), environ: os.Environ(), command: []string{
			"etcd", "--name", fmt.Sprintf("etcd%d", i), "--data-dir", filepath.Join(folder, fmt.Sprintf("etcd%d", i)),
			"--listen-peer-urls", peers[i], "--initial-advertise-peer-urls", peers[i],
			"--listen-client-urls", "http://" + clients[i], "--advertise-client-urls", "http://" + clients[i],
			"--initial-cluster", strings.Join(names, ","), "--initial-cluster-state", "new", "--log-level", "error",
		}}
		p.start(t)
	}
	return strings.Join(clients, ",")
}

// url returns the connection URL of the writable node.
func (c *cluster) url(login, password, database string) string {
	var hosts []string
	for _, n := range c.nodes {
		hosts = append(hosts, "127.0.0.1:"+n.port)
	}
	return fmt.Sprintf("postgres://%s:%s@%s/%s?target_session_attrs=read-write", login, password,
		strings.Join(hosts, ","), database)
}

// none is no process.
const none = 1 << 30

// postmaster returns the process ID of the node's server, or none.
func (n *node) postmaster() int {
	raw, err := os.ReadFile(filepath.Join(n.data, "postmaster.pid"))
	if err != nil {
		return none
	}
	pid := none
	if _, err := fmt.Sscan(string(raw), &pid); err != nil || pid <= 1 {
		return none
	}
	return pid
}

// is reports whether Patroni says that a node has a role.
func (n *node) is(role string) bool {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get("http://" + n.rest + "/" + role) //nolint:noctx // it has a timeout
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (c *cluster) with(role string) *node {
	for _, n := range c.nodes {
		if n.is(role) {
			return n
		}
	}
	return nil
}

// redundant reports whether there is a leader, and all other nodes are standbys, one of them synchronous.
func (c *cluster) redundant() bool {
	standbys := 0
	for _, n := range c.nodes {
		if n.is("replica") {
			standbys++
		}
	}
	return c.with("primary") != nil && c.with("sync") != nil && standbys == clusterNodes-1
}

// killLeader kills the leader with its Patroni, and returns it.
func (c *cluster) killLeader(t *testing.T) *node {
	t.Helper()
	leader := c.with("primary")
	require.NotNil(t, leader)
	pid := leader.postmaster()
	require.NotEqual(t, none, pid)
	_ = syscall.Kill(leader.patroni.cmd.Process.Pid, syscall.SIGKILL) // before it can react
	_ = syscall.Kill(pid, syscall.SIGKILL)
	leader.patroni.kill()
	return leader
}
