//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"coinslot/app/cluster"
)

// startStores starts mockpay, two stores, and HAProxy in front of them.
func (m *machine) startStores(ctx context.Context) error {
	addresses := make([]string, 4) // of mockpay, the stores and HAProxy
	for i := range addresses {
		port, err := cluster.FreePort()
		if err != nil {
			return err
		}
		addresses[i] = "127.0.0.1:" + port
	}
	provider, stores, public := addresses[0], addresses[1:3], addresses[3]
	for _, command := range [][]string{{"migrate", "up"}, {"seed"}} {
		if err := m.execute(provider, command...); err != nil {
			return err
		}
	}
	public, err := m.startBalancer(public, stores)
	if err != nil {
		return err
	}
	err = m.start(m.program("mockpay", provider, "mockpay", "--address="+provider,
		"--books="+filepath.Join(m.folder, "mockpay.db"), "--webhook-url=http://"+public+"/v1/webhooks/payments/mockpay"))
	for i, address := range stores {
		name := fmt.Sprintf("store%d", i+1)
		p := m.program(name, provider, "serve")
		p.Environ = append(p.Environ, "COINSLOT_HTTP_ADDRESS="+address, "COINSLOT_DATA_DIR="+filepath.Join(m.folder, name))
		err = errors.Join(err, m.start(p))
	}
	if err != nil {
		return err
	}
	for i, address := range append(stores, public) {
		if err := await(ctx, func() bool { return ready(address) }); err != nil {
			return fmt.Errorf("store %d: %w; see the logs in %s", i+1, err, m.folder)
		}
	}
	fmt.Printf("%-10s http://%s\n%-10s http://%s, http://%s\n%-10s http://%s\n", "store", public, "stores", stores[0],
		stores[1], "mockpay", provider)
	return nil
}

// program returns a process of the store's program.
func (m *machine) program(name, provider string, arguments ...string) *cluster.Process {
	return &cluster.Process{Name: name, Command: append([]string{m.coinslot}, arguments...), Environ: []string{
		"PATH=" + os.Getenv("PATH"), "COINSLOT_PROFILE=compose", "COINSLOT_SECRETS_GENERATE=false",
		"COINSLOT_MOCKPAY_SPAWN=false", "COINSLOT_ADMIN_ADDRESS=127.0.0.1:0",
		"COINSLOT_DATABASE_URL=" + m.cluster.URL("coinslot_store", storePassword, "postgres"),
		"COINSLOT_MIGRATION_DATABASE_URL=" + m.cluster.URL(cluster.Owner, ownerPassword, "postgres"),
		"COINSLOT_TOKENS_KEY=" + tokensKey, "COINSLOT_LEDGER_SEAL_KEYS=" + sealKey,
		"COINSLOT_PAYMENTS_URL=http://" + provider, "COINSLOT_PAYMENTS_API_KEY=" + apiKey,
		"COINSLOT_PAYMENTS_WEBHOOK_SECRETS=" + webhookSecret, "COINSLOT_HTTP_TRUSTED_PROXIES=127.0.0.1/32",
		"MOCKPAY_API_KEY=" + apiKey, "MOCKPAY_WEBHOOK_SECRET=" + webhookSecret,
	}}
}

// execute runs a command of the store to its end.
func (m *machine) execute(provider string, command ...string) error {
	p := m.program(command[0], provider, command...)
	p.Environ = append(p.Environ, "COINSLOT_DATA_DIR="+filepath.Join(m.folder, p.Name))
	if err := m.start(p); err != nil {
		return err
	}
	if err := p.Wait(); err != nil {
		return fmt.Errorf("%s: %w; see the logs in %s", p.Name, err, m.folder)
	}
	return nil
}

// startBalancer starts HAProxy with the configuration of .docker/cluster, if it is installed. It returns the address
// that clients use.
func (m *machine) startBalancer(public string, stores []string) (string, error) {
	if _, err := exec.LookPath("haproxy"); err != nil {
		fmt.Println("without HAProxy (Debian: apt-get install haproxy), clients use one store")
		return stores[0], nil
	}
	config, err := os.ReadFile(filepath.Join(m.config, "haproxy.cfg"))
	if err != nil {
		return "", err
	}
	local := strings.NewReplacer("bind :8080", "bind "+public, "store1:8080", stores[0], "store2:8080", stores[1]).
		Replace(string(config))
	file := filepath.Join(m.folder, "haproxy.cfg")
	if err := os.WriteFile(file, []byte(local), 0o600); err != nil {
		return "", err
	}
	return public, m.start(&cluster.Process{Name: "haproxy", Command: []string{"haproxy", "-db", "-f", file}})
}

func ready(address string) bool {
	client := http.Client{Timeout: time.Second}
	response, err := client.Get("http://" + address + "/readyz") //nolint:noctx // it has a timeout
	if err != nil {
		return false
	}
	_ = response.Body.Close() // nothing is read
	return response.StatusCode == http.StatusOK
}

// await waits until a condition holds.
func await(ctx context.Context, condition func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for !condition() {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errors.New("it did not start")
		}
	}
	return nil
}
