//go:build unix

package pgtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"coinslot/platform/child"
	"coinslot/platform/pgserver"

	"github.com/ory/dockertest/v3"
	"github.com/ory/dockertest/v3/docker"
)

const (
	idleTimeout    = 30 * time.Second
	pollInterval   = 2 * time.Second
	startTimeout   = 2 * time.Minute
	containerLimit = 3600 // seconds until the container stops, in case the supervisor is killed
)

// supervise starts the server, prints its URL, and stops it when no test process has used it for idleTimeout.
func supervise() error {
	dir := sharedFolder()
	source, uri, stop, err := startServer(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "url")
	err = errors.Join(os.WriteFile(filepath.Join(dir, "source"), []byte(source), 0o600),
		os.WriteFile(path, []byte(uri), 0o600))
	if err != nil {
		return errors.Join(err, stop())
	}
	fmt.Println(uri)
	users := waitUntilIdle(dir)
	defer users.Close() // until then other processes wait; after that they find no URL and start a new server
	return errors.Join(os.Remove(path), stop())
}

func waitUntilIdle(dir string) *os.File {
	idleSince := time.Now()
	for range time.Tick(pollInterval) {
		users, err := flock(filepath.Join(dir, "users.lock"), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err != nil:
			idleSince = time.Now()
		case time.Since(idleSince) > idleTimeout:
			return users
		default:
			users.Close()
		}
	}
	return nil
}

// startServer starts a container. When that fails and the environment does not require an image, it uses the binaries.
func startServer(dir string) (source, uri string, stop func() error, err error) {
	var containerErr error
	if pool := engine(); pool != nil {
		uri, stop, containerErr = startContainer(pool)
		if containerErr == nil {
			return "a container of " + image(), uri, stop, nil
		}
	}
	found := pgserver.FindBinaries()
	if len(found) == 0 || (containerErr != nil && os.Getenv(imageVariable) != "") {
		return "", "", nil, errors.Join(containerErr, errNoServer)
	}
	uri, stop, err = startBinaries(dir)
	return "PostgreSQL " + found[0].Version + " in " + found[0].Root, uri, stop, err
}

func startBinaries(dir string) (string, func() error, error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	if err := os.Setenv(roleVariable, dbServe); err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	process, err := child.Start(ctx, nil, self, filepath.Join(dir, "postgres"))
	if err != nil {
		return "", nil, err
	}
	return process.URL, process.Stop, nil
}

func startContainer(pool *dockertest.Pool) (string, func() error, error) {
	name, tag, _ := strings.Cut(image(), ":")
	options := &dockertest.RunOptions{
		Repository: name, Tag: tag, Env: []string{"POSTGRES_USER=coinslot_owner", "POSTGRES_PASSWORD=owner"},
		Cmd: []string{
			"postgres", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "max_connections=500",
		},
	}
	host := func(c *docker.HostConfig) { c.AutoRemove = true }
	var port string
	if onHostNetwork(pool) {
		free, err := pgserver.FreePort()
		if err != nil {
			return "", nil, err
		}
		port = strconv.FormatUint(uint64(free), 10)
		options.Cmd = append(options.Cmd, "-c", "listen_addresses=127.0.0.1", "-c", "port="+port)
		host = func(c *docker.HostConfig) { c.AutoRemove, c.NetworkMode = true, "host" }
	} else {
		options.ExposedPorts = []string{"5432/tcp"}
		options.PortBindings = map[docker.Port][]docker.PortBinding{"5432/tcp": {{HostIP: "127.0.0.1"}}}
	}
	resource, err := pool.RunWithOptions(options, host)
	if err != nil {
		return "", nil, fmt.Errorf("run a container of %s: %w", image(), err)
	}
	stop := func() error { return pool.Purge(resource) }
	if err := resource.Expire(containerLimit); err != nil {
		return "", nil, errors.Join(err, stop())
	}
	port = cmp.Or(port, resource.GetPort("5432/tcp"))
	uri := "postgres://coinslot_owner:owner@127.0.0.1:" + port + "/postgres?sslmode=disable"
	pool.MaxWait = startTimeout
	if err := pool.Retry(func() error { return ping(context.Background(), uri) }); err != nil {
		return "", nil, errors.Join(fmt.Errorf("the container of %s accepts no connections: %w", image(), err), stop())
	}
	return uri, stop, nil
}

// onHostNetwork reports whether a container can share this machine's network. Docker's port mapping passes each
// statement through a proxy process, which takes longer than PostgreSQL takes to execute it. An engine in a virtual
// machine or in a user namespace has another network.
func onHostNetwork(pool *dockertest.Pool) bool {
	info, err := pool.Client.Info()
	if err != nil || runtime.GOOS != "linux" || !strings.HasPrefix(pool.Client.Endpoint(), "unix://") {
		return false
	}
	rootless := func(option string) bool { return strings.Contains(option, "rootless") }
	return info.OperatingSystem != "Docker Desktop" && !slices.ContainsFunc(info.SecurityOptions, rootless)
}
