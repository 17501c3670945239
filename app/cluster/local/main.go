//go:build unix

// Command local runs a cluster of databases, two stores and mockpay as processes of this machine, with HAProxy in front
// of the stores if it is installed. It deletes all data when it ends.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"coinslot/app/cluster"
)

// The passwords and keys of a cluster that exists until Ctrl-C, on the loopback interface only.
const (
	ownerPassword = "owner-on-one-machine" //nolint:gosec // it is public
	storePassword = "store-on-one-machine"
	apiKey        = "payments-on-one-machine-only"
	webhookSecret = "webhooks-on-one-machine-only"                     //nolint:gosec // it is public
	tokensKey     = "dG9rZW5zIG9uIG9uZSBtYWNoaW5lIG9ubHksIHB1YmxpYw==" //nolint:gosec // it is public
	sealKey       = "public:c2VhbHMgb24gb25lIG1hY2hpbmUgb25seSwgcHVibGljISE="
)

const usage = "usage: local COINSLOT CONFIGURATION-FOLDER"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := errors.New(usage)
	if len(os.Args) == 3 {
		err = run(ctx, os.Args[1], os.Args[2])
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

// machine is everything that runs.
type machine struct {
	folder, coinslot, config string
	processes                []*cluster.Process
	cluster                  *cluster.Cluster
}

func run(ctx context.Context, coinslot, config string) (err error) {
	folder, err := os.MkdirTemp("", "coinslot-cluster-")
	if err != nil {
		return err
	}
	m := &machine{folder: folder, coinslot: coinslot, config: config}
	defer func() {
		m.stop()
		if err == nil { // otherwise the logs are needed
			err = os.RemoveAll(folder)
		}
	}()
	// The user of PostgreSQL enters it.
	if err := os.Chmod(folder, 0o755); err != nil {
		return err
	}
	fmt.Println("starting three databases …")
	m.cluster, err = cluster.Start(cluster.Options{
		Folder: filepath.Join(folder, "cluster"), Config: filepath.Join(config, "patroni.yaml"),
		Password: ownerPassword, Start: m.start,
	})
	if err != nil {
		return err
	}
	if err := await(ctx, m.cluster.Redundant); err != nil {
		return fmt.Errorf("%w; see the logs in %s", err, folder)
	}
	if err := m.startStores(ctx); err != nil {
		return err
	}
	m.describe()
	<-ctx.Done()
	return nil
}

func (m *machine) describe() {
	for _, n := range m.cluster.Nodes {
		fmt.Printf("%-10s %s:%s, Patroni's process ID %d\n", n.Name, n.Host, n.Port, n.Patroni.PID())
	}
	control := m.cluster.Control("list")
	fmt.Printf("%-10s %s %s\n", "nodes", control.Environ[0], strings.Join(control.Command, " "))
	fmt.Printf("%-10s %s\nCtrl-C stops everything and deletes the data\n", "logs", m.folder)
}

// start starts a process that writes to a log file.
func (m *machine) start(p *cluster.Process) error {
	log, err := os.Create(filepath.Join(m.folder, strings.ReplaceAll(p.Name, " ", "-")+".log"))
	if err != nil {
		return err
	}
	p.Output = log
	if err := p.Start(); err != nil {
		return err
	}
	m.processes = append(m.processes, p)
	return nil
}

// stop kills all processes, the last one first.
func (m *machine) stop() {
	for _, p := range slices.Backward(m.processes) {
		p.Kill()
	}
	if m.cluster != nil {
		for _, n := range m.cluster.Nodes {
			n.KillServer()
		}
	}
}
