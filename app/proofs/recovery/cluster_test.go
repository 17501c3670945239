//go:build unix

package recovery_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/platform/postgres/pgtest"

	"github.com/stretchr/testify/require"
)

// newCluster starts a cluster and waits until a leader has a synchronous standby. Its nodes are hosts of their own
// where network namespaces can be made.
func newCluster(t *testing.T) *cluster.Cluster {
	t.Helper()
	var network *cluster.Network
	if os.Getenv(networkVariable) != "" {
		var err error
		network, err = cluster.NewNetwork(cluster.Size)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, network.Close()) })
	}
	c, err := cluster.Start(cluster.Options{
		Folder: pgtest.Folder(t), Config: "../../../.docker/cluster/patroni.yaml", Password: ownerPassword, Network: network,
		Start: func(p *cluster.Process) error {
			start(t, p)
			return nil
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, n := range c.Nodes {
			n.Resume()
			n.Patroni.Signal(syscall.SIGKILL)
			n.KillServer()
		}
	})
	within(t, 5*time.Minute, "there is a leader with a synchronous standby", c.Redundant)
	return c
}
