//go:build unix

package recovery_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"coinslot/app/cluster"

	"github.com/stretchr/testify/require"
)

// writesWithin is the goal for the longest time without an acknowledged purchase after a fault.
const writesWithin = 20 * time.Second

// patience bounds waits whose time is measured.
const patience = 3 * time.Minute

// outcome is how a cluster got over a fault.
type outcome struct {
	writes   time.Duration // the longest time without an acknowledged purchase
	rejoined time.Duration // from the end of the fault until the cluster was redundant
}

// fault is a kind of fault. It returns the moment from which writes are awaited, and the one at which it ended.
type fault struct {
	name  string
	times int
	cause func(t *testing.T, s *shop, n int) (began, ended time.Time)
}

// awaitLeader waits until another node is the leader and purchases are acknowledged.
func (s *shop) awaitLeader(t *testing.T, former *cluster.Node) {
	t.Helper()
	within(t, patience, "there is another leader", func() bool { return s.cluster.With("primary", former) != nil })
	s.awaitPurchases(t)
}

func (s *shop) awaitPurchases(t *testing.T) {
	t.Helper()
	now := time.Now()
	within(t, patience, "purchases are acknowledged", func() bool { return s.since(now) > shoppers })
}

// awaitRedundancy waits until the cluster has been redundant for some rounds of Patroni, which names the synchronous
// standby anew after a fault. Without one it would not survive the loss of the leader.
func (s *shop) awaitRedundancy(t *testing.T) {
	t.Helper()
	since := time.Now()
	within(t, patience, "the cluster remains redundant", func() bool {
		if !s.cluster.Redundant() {
			since = time.Now()
		}
		return time.Since(since) > 10*time.Second
	})
}

func (s *shop) leader(t *testing.T) *cluster.Node {
	t.Helper()
	leader := s.cluster.With("primary")
	require.NotNil(t, leader)
	return leader
}

func killLeader(t *testing.T, s *shop, _ int) (began, ended time.Time) {
	t.Helper()
	leader := s.leader(t)
	began = time.Now()
	leader.Kill()
	s.awaitLeader(t, leader)
	ended = time.Now()
	start(t, leader.Patroni)
	return began, ended
}

// partitionLeader separates the leader from the other nodes, and every other time also from the store.
func partitionLeader(t *testing.T, s *shop, n int) (began, ended time.Time) {
	t.Helper()
	leader := s.leader(t)
	began = time.Now()
	require.NoError(t, leader.Network.Isolate(n%2 == 0))
	within(t, patience, "there is another leader", func() bool { return s.cluster.With("primary", leader) != nil })
	require.False(t, leader.Is("primary"), "the separated leader has given up")
	s.awaitPurchases(t)
	ended = time.Now()
	require.NoError(t, leader.Network.Join())
	return began, ended
}

func switchLeader(t *testing.T, s *shop, _ int) (began, ended time.Time) {
	t.Helper()
	leader, candidate := s.leader(t), s.cluster.With("sync")
	require.NotNil(t, candidate)
	began = time.Now()
	out, err := run(t, s.cluster.Control("switchover", "coinslot", "--leader", leader.Name, "--candidate",
		candidate.Name, "--force"))
	require.NoError(t, err, out)
	s.awaitLeader(t, leader)
	return began, time.Now()
}

// suspensions are shorter and longer than wal_sender_timeout and ttl.
var suspensions = []time.Duration{1, 4, 7, 2, 12}

// flapStandby suspends the synchronous standby several times.
func flapStandby(t *testing.T, s *shop, _ int) (began, ended time.Time) {
	t.Helper()
	began = time.Now()
	for _, seconds := range suspensions {
		var standby *cluster.Node
		within(t, patience, "there is a synchronous standby", func() bool {
			standby = s.cluster.With("sync")
			return standby != nil
		})
		standby.Suspend()
		pause(t.Context(), seconds*time.Second)
		standby.Resume()
		pause(t.Context(), time.Second)
	}
	ended = time.Now()
	s.awaitPurchases(t)
	return began, ended
}

// loseEtcd kills two of three members of etcd.
func loseEtcd(t *testing.T, s *shop, n int) (began, ended time.Time) {
	t.Helper()
	members := []*cluster.Node{s.cluster.Nodes[n%cluster.Size], s.cluster.Nodes[(n+1)%cluster.Size]}
	for _, member := range members {
		member.Etcd.Kill()
	}
	within(t, patience, "nobody is the leader", func() bool { return s.cluster.With("primary") == nil })
	within(t, patience, "the store answers 503", func() bool {
		status, _ := s.call(t.Context(), "", "/readyz", "", nil)
		return status == http.StatusServiceUnavailable
	})
	within(t, patience, "no purchase is acknowledged", func() bool {
		return s.since(time.Now().Add(-5*time.Second)) == 0
	})
	ended = time.Now()
	for _, member := range members {
		start(t, member.Etcd)
	}
	s.awaitPurchases(t)
	return ended, ended
}

// TestFailover_Faults_LoseNoPurchase causes faults in a cluster while shoppers buy. COINSLOT_TEST_FAILOVER is the
// number of kills of the leader, and COINSLOT_TEST_PARTITIONS that of partitions.
func TestFailover_Faults_LoseNoPurchase(t *testing.T) { //nolint:paralleltest // it measures time
	kills, err := strconv.Atoi(os.Getenv("COINSLOT_TEST_FAILOVER"))
	if err != nil {
		t.Skip("the test runs with make failover")
	}
	partitions, _ := strconv.Atoi(os.Getenv("COINSLOT_TEST_PARTITIONS"))
	others := min(partitions, 3)
	s := newShop(t)
	if s.cluster.Nodes[0].Network == nil {
		fmt.Println("the nodes share this machine's network; partitions are NOT RUN: they need root, unshare and ip " +
			"(Debian: util-linux and iproute2)")
		partitions = 0
	} else {
		fmt.Println("each node is a network namespace, connected by veth devices and a bridge; " +
			"a partition drops packets silently")
	}
	table := []string{fmt.Sprintf("%-16s %2s  %-22s %12s %5s  %-30s %s", "fault", "n", "no purchase for (max)",
		"acknowledged", "lost", "responses of 500 and more", "redundant after (max)")}
	for _, f := range []fault{
		{"kill", kills, killLeader},
		{"partition", partitions, partitionLeader},
		{"switchover", others, switchLeader},
		{"standby flaps", others, flapStandby},
		{"etcd's majority", others, loseEtcd},
	} {
		if f.times > 0 {
			table = append(table, s.endure(t, f))
		}
	}
	fmt.Println(strings.Join(table, "\n"))
	line, err := s.recorder.Check(filepath.Join(os.TempDir(), "coinslot-failover.html"))
	require.NoError(t, err)
	fmt.Println(line)
}

// endure causes a fault a number of times and returns its row of the table.
func (s *shop) endure(t *testing.T, f fault) string {
	t.Helper()
	var writes, rejoined []time.Duration
	first, before := len(s.purchases), maps.Clone(s.statuses)
	for n := range f.times {
		s.awaitRedundancy(t)
		closeShop := s.open(t)
		began, ended := f.cause(t, s, n)
		within(t, patience, "the cluster is redundant", s.cluster.Redundant)
		o := outcome{writes: s.gap(began), rejoined: time.Since(ended)}
		closeShop()
		fmt.Printf("%s %d: no purchase for %s, redundant after %s\n", f.name, n+1, o.writes.Round(100*time.Millisecond),
			o.rejoined.Round(100*time.Millisecond))
		writes, rejoined = append(writes, o.writes), append(rejoined, o.rejoined)
		if o.writes >= writesWithin {
			t.Errorf("no purchase for %s after a %s, the goal is %s", o.writes, f.name, writesWithin)
		}
		s.requireTruth(t)
	}
	var failed []string
	for _, status := range slices.Sorted(maps.Keys(s.statuses)) {
		if n := s.statuses[status] - before[status]; n > 0 && (status == 0 || status >= http.StatusInternalServerError) {
			failed = append(failed, fmt.Sprintf("%d: %d", status, n))
		}
	}
	return fmt.Sprintf("%-16s %2d  %-22s %12d %5d  %-30s %s", f.name, f.times, spread(writes), len(s.purchases)-first,
		s.lost(t), strings.Join(failed, ", "), spread(rejoined))
}

// spread returns the median and the maximum.
func spread(all []time.Duration) string {
	slices.Sort(all)
	return fmt.Sprintf("%.1f s (%.1f s)", all[len(all)/2].Seconds(), all[len(all)-1].Seconds())
}
