//go:build unix

package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Hosts of a Network are 10.77.0.11 and so on. This process is 10.77.0.1.
const (
	gateway = "10.77.0.1"
	subnet  = "/24"
	nowhere = "02:00:00:00:00:ff" // a hardware address that no host has
)

// Network connects hosts, which are network namespaces, with a bridge in this process's namespace.
type Network struct {
	Hosts []*Host
}

// Host is a network namespace. It exists as long as its holder.
type Host struct {
	Address string
	holder  *Process
	network *Network
}

// NewNetwork makes a network of n hosts. It needs root, and a network namespace of its own (unshare --net), so that it
// meets no other network and no firewall.
func NewNetwork(n int) (*Network, error) {
	err := errors.Join(ip("link", "set", "lo", "up"), ip("link", "add", "hosts", "type", "bridge"),
		ip("addr", "add", gateway+subnet, "dev", "hosts"), ip("link", "set", "hosts", "up"))
	if err != nil {
		return nil, err
	}
	network := &Network{}
	for i := range n {
		host := &Host{
			Address: fmt.Sprintf("10.77.0.%d", 11+i), network: network,
			holder: &Process{Name: "host", Command: []string{"unshare", "--net", "sleep", "infinity"}, Environ: os.Environ()},
		}
		if err := host.connect("host" + strconv.Itoa(i)); err != nil {
			return nil, errors.Join(err, network.Close())
		}
		network.Hosts = append(network.Hosts, host)
	}
	return network, nil
}

func (h *Host) connect(device string) error {
	if err := h.holder.Start(); err != nil {
		return err
	}
	if err := h.await(); err != nil {
		return err
	}
	pid := strconv.Itoa(h.holder.cmd.Process.Pid)
	return errors.Join(
		ip("link", "add", device, "type", "veth", "peer", "name", "eth0", "netns", pid),
		ip("link", "set", device, "master", "hosts", "up"),
		h.ip("link", "set", "lo", "up"),
		h.ip("addr", "add", h.Address+subnet, "dev", "eth0"),
		h.ip("link", "set", "eth0", "up"),
	)
}

// await waits until the holder has its namespace.
func (h *Host) await() error {
	ours, err := os.Readlink("/proc/self/ns/net")
	for range 500 {
		theirs, failed := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", h.holder.cmd.Process.Pid))
		if failed == nil && theirs != ours {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return errors.Join(err, errors.New("no network namespace can be made"))
}

// inside returns a command line with which root runs a command in the host as a user.
func (h *Host) inside(command []string, as *syscall.Credential) []string {
	enter := []string{"nsenter", fmt.Sprintf("--net=/proc/%d/ns/net", h.holder.cmd.Process.Pid)}
	if as != nil {
		enter = append(enter, fmt.Sprintf("--setuid=%d", as.Uid), fmt.Sprintf("--setgid=%d", as.Gid))
	}
	return append(append(enter, "--"), command...)
}

// Isolate drops all packets between the host and the other hosts. With everything, it also drops those to this process.
// Nobody is told: no connection is closed or refused.
func (h *Host) Isolate(everything bool) error { return h.neighbors("replace", everything) }

// Join ends Isolate.
func (h *Host) Join() error { return h.neighbors("del", true) }

func (h *Host) neighbors(action string, everything bool) error {
	addresses := []string{}
	for _, other := range h.network.Hosts {
		if other != h {
			addresses = append(addresses, other.Address)
		}
	}
	if everything {
		addresses = append(addresses, gateway)
	}
	var failed error
	for _, address := range addresses {
		arguments := []string{"neigh", action, address, "dev", "eth0"}
		if action == "replace" {
			arguments = append(arguments, "lladdr", nowhere, "nud", "permanent")
		}
		if err := h.ip(arguments...); err != nil && action == "replace" {
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// Close removes the network.
func (n *Network) Close() error {
	for _, host := range n.Hosts {
		host.holder.Kill() // the namespace and its devices end with it
	}
	return ip("link", "del", "hosts")
}

func (h *Host) ip(arguments ...string) error {
	return run(h.inside(append([]string{"ip"}, arguments...), nil)...)
}

func ip(arguments ...string) error { return run(append([]string{"ip"}, arguments...)...) }

func run(command ...string) error {
	out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
