//go:build unix

// Package cluster runs three PostgreSQL servers under Patroni with three members of etcd as processes of this machine,
// configured by .docker/cluster, for tests and for `make cluster`.
package cluster

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"coinslot/platform/pgserver"
)

// Size is the number of nodes.
const Size = 3

// Owner is the superuser of the servers.
const Owner = "coinslot_owner"

// Options configure a cluster.
type Options struct {
	Folder   string // with the data and the configuration
	Config   string // Patroni's configuration file
	Password string // of Owner and of the replication
	Network  *Network
	Start    func(p *Process) error // starts a process and kills it at the end
}

// Node is a PostgreSQL server under Patroni, and a member of etcd.
type Node struct {
	Name, Host, Port string
	Patroni, Etcd    *Process
	Network          *Host // nil: this process's network
	rest, data       string
	etcdPeer         string
	etcdClient       string
}

// Cluster is three nodes.
type Cluster struct {
	Nodes    [Size]*Node
	config   string
	etcd     string
	password string
}

// Start starts a cluster. See Redundant.
func Start(o Options) (*Cluster, error) {
	found := pgserver.FindBinaries()
	if len(found) == 0 {
		return nil, fmt.Errorf("a cluster needs PostgreSQL's binaries (Debian: apt-get install postgresql)")
	}
	as, err := Unprivileged()
	if err != nil {
		return nil, err
	}
	c := &Cluster{password: o.Password, config: filepath.Join(o.Folder, "patroni.yaml")}
	if err := c.prepare(o, as); err != nil {
		return nil, err
	}
	var members, clients []string
	for _, n := range c.Nodes {
		members = append(members, n.Name+"=http://"+n.etcdPeer)
		clients = append(clients, n.etcdClient)
	}
	c.etcd = strings.Join(clients, ",")
	for _, n := range c.Nodes {
		home := filepath.Join(o.Folder, n.Name)
		n.Etcd = &Process{
			Name: "etcd of " + n.Name, Environ: os.Environ(), Network: n.Network,
			Command: n.etcdCommand(filepath.Join(o.Folder, "etcd-"+n.Name), strings.Join(members, ",")),
		}
		n.Patroni = &Process{
			Name: "Patroni of " + n.Name, Command: []string{"patroni", c.config}, As: as, Folder: home, Network: n.Network,
			Environ: c.environ(n, home, filepath.Join(found[0].Root, "bin")),
		}
	}
	for _, n := range c.Nodes {
		if err := o.Start(n.Etcd); err != nil {
			return nil, err
		}
	}
	for _, n := range c.Nodes {
		if err := o.Start(n.Patroni); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// prepare writes the configuration, and chooses the addresses of the nodes.
func (c *Cluster) prepare(o Options, as *syscall.Credential) error {
	if err := Give(as, o.Folder); err != nil {
		return err
	}
	config, err := os.ReadFile(o.Config)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.config, config, 0o644); err != nil {
		return err
	}
	for i := range c.Nodes {
		n := &Node{Name: fmt.Sprintf("node%d", i+1), Host: "127.0.0.1"}
		if o.Network != nil {
			n.Network = o.Network.Hosts[i]
			n.Host = n.Network.Address
		}
		ports := make([]string, 4)
		for j := range ports {
			if ports[j], err = FreePort(); err != nil {
				return err
			}
		}
		n.Port, n.rest = ports[0], n.Host+":"+ports[1]
		n.etcdPeer, n.etcdClient = n.Host+":"+ports[2], n.Host+":"+ports[3]
		n.data = filepath.Join(o.Folder, n.Name, "data")
		if err := Give(as, filepath.Dir(n.data)); err != nil {
			return err
		}
		c.Nodes[i] = n
	}
	return nil
}

func (n *Node) etcdCommand(data, members string) []string {
	peer, client := "http://"+n.etcdPeer, "http://"+n.etcdClient
	return []string{
		"etcd", "--name", n.Name, "--data-dir", data, "--logger", "zap", "--log-level", "error",
		"--enable-v2", // see patroni.yaml
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--initial-cluster", members, "--initial-cluster-state", "new",
	}
}

func (c *Cluster) environ(n *Node, home, bin string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PATRONI_NAME=" + n.Name,
		"PATRONI_RESTAPI_LISTEN=" + n.rest, "PATRONI_RESTAPI_CONNECT_ADDRESS=" + n.rest,
		"PATRONI_POSTGRESQL_LISTEN=" + n.Host + ":" + n.Port,
		"PATRONI_POSTGRESQL_CONNECT_ADDRESS=" + n.Host + ":" + n.Port,
		"PATRONI_POSTGRESQL_DATA_DIR=" + n.data, "PATRONI_POSTGRESQL_BIN_DIR=" + bin,
		"PATRONI_POSTGRESQL_PGPASS=" + filepath.Join(home, "pgpass"), "PATRONI_ETCD_HOSTS=" + c.etcd,
		"PATRONI_SUPERUSER_PASSWORD=" + c.password, "PATRONI_REPLICATION_PASSWORD=" + c.password,
		"PATRONI_REWIND_PASSWORD=" + c.password,
	}
}

// URL returns the connection URL of the writable node.
func (c *Cluster) URL(login, password, database string) string {
	var hosts []string
	for _, n := range c.Nodes {
		hosts = append(hosts, n.Host+":"+n.Port)
	}
	return fmt.Sprintf("postgres://%s:%s@%s/%s?target_session_attrs=read-write", login, password,
		strings.Join(hosts, ","), database)
}

// Control returns a process that runs patronictl.
func (c *Cluster) Control(arguments ...string) *Process {
	return &Process{
		Name: "patronictl", Command: append([]string{"patronictl", "-c", c.config}, arguments...),
		Environ: []string{"PATRONI_ETCD_HOSTS=" + c.etcd, "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"},
	}
}

// Is reports whether Patroni says that the node has a role: primary, replica, sync.
func (n *Node) Is(role string) bool {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get("http://" + n.rest + "/" + role) //nolint:noctx // it has a timeout
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// With returns a node with a role, other than those given, or nil.
func (c *Cluster) With(role string, except ...*Node) *Node {
nodes:
	for _, n := range c.Nodes {
		for _, other := range except {
			if n == other {
				continue nodes
			}
		}
		if n.Is(role) {
			return n
		}
	}
	return nil
}

// Redundant reports whether there is a leader, and all other nodes are standbys, one of them synchronous.
func (c *Cluster) Redundant() bool {
	standbys := 0
	for _, n := range c.Nodes {
		if n.Is("replica") {
			standbys++
		}
	}
	return c.With("primary") != nil && c.With("sync") != nil && standbys == Size-1
}

// Kill kills the server with its Patroni.
func (n *Node) Kill() {
	server := n.postmaster()
	n.Patroni.Signal(syscall.SIGKILL) // before it can react
	if server > 1 {
		_ = syscall.Kill(server, syscall.SIGKILL)
	}
	n.Patroni.Kill()
}

// KillServer kills the server, whose Patroni was killed. It may have ended.
func (n *Node) KillServer() {
	if server := n.postmaster(); server > 1 {
		_ = syscall.Kill(server, syscall.SIGKILL)
	}
}

// Suspend stops the server and its Patroni with SIGSTOP. Resume continues them.
func (n *Node) Suspend() { n.signal(syscall.SIGSTOP) }

// Resume ends Suspend.
func (n *Node) Resume() { n.signal(syscall.SIGCONT) }

func (n *Node) signal(signal syscall.Signal) {
	n.Patroni.Signal(signal)
	server := n.postmaster()
	for _, pid := range append(children(server), server) {
		if pid > 1 {
			_ = syscall.Kill(pid, signal) // it may have ended
		}
	}
}

// postmaster returns the process ID of the node's server, or 0.
func (n *Node) postmaster() int {
	raw, err := os.ReadFile(filepath.Join(n.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// children returns the children of a process, of which each server process of PostgreSQL has a process group.
func children(of int) (out []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is valid
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[1] == strconv.Itoa(of) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			out = append(out, pid)
		}
	}
	return out
}
