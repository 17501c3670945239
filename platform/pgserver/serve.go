//go:build unix

// Package pgserver runs a PostgreSQL server in a child process, for a local store and for tests.
//
// A child that runs as root changes to an unprivileged user, because PostgreSQL does not run as root. It stops the
// server when its standard input is closed, so that the server ends with the parent, even when the parent is killed.
package pgserver

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

const (
	superuser       = "coinslot_owner"
	database        = "coinslot"
	downloadVersion = embeddedpostgres.V17
	downloadMajor   = "17"
)

// Options configure the server.
type Options struct {
	// Unsafe disables durability for speed. It is for tests only.
	Unsafe bool
}

// Serve is the main function of the child. It runs a server with its data in dir until stdin is closed, and writes
// the owner's connection URL as the first line to stdout. It creates dir and the database when they do not exist. The
// server listens on 127.0.0.1 only, on a free port.
func Serve(dir string, opts Options, stdin io.Reader, stdout io.Writer) error {
	// Ctrl-C in a terminal signals the whole process group, but the parent stops the database after the store.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, syscall.SIGTERM)
	dir, err := prepare(dir)
	if err != nil {
		return err
	}
	server, uri, err := start(dir, opts)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, uri)
	_, err = io.Copy(io.Discard, stdin)
	return errors.Join(err, server.Stop())
}

func prepare(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("database folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("the database folder cannot be created: %w", err)
	}
	if os.Geteuid() == 0 {
		if err := dropPrivileges(dir); err != nil {
			return "", fmt.Errorf("run PostgreSQL as an unprivileged user: %w", err)
		}
	}
	if err := os.Chdir(dir); err != nil {
		return "", fmt.Errorf("the user that runs PostgreSQL cannot enter the database folder %s; "+
			"set COINSLOT_DATA_DIR to a folder that all users can enter: %w", dir, err)
	}
	return dir, nil
}

// dropPrivileges changes the owner of dir to an unprivileged user and changes this process to that user.
func dropPrivileges(dir string) error {
	unprivileged, err := user.Lookup("postgres")
	if err != nil {
		if unprivileged, err = user.Lookup("nobody"); err != nil {
			return err
		}
	}
	uid, err1 := strconv.Atoi(unprivileged.Uid)
	gid, err2 := strconv.Atoi(unprivileged.Gid)
	if err := errors.Join(err1, err2, os.Chown(dir, uid, gid)); err != nil {
		return err
	}
	return errors.Join(syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid))
}

func start(dir string, opts Options) (*embeddedpostgres.EmbeddedPostgres, string, error) {
	binaries, err := choose(FindBinaries(), dataMajor(dir))
	if err != nil {
		return nil, "", err
	}
	if err := stopLeftover(dir, binaries); err != nil {
		return nil, "", err
	}
	password, err := password(dir)
	if err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(accessFile(dir), []byte(accessRule), 0o600); err != nil {
		return nil, "", fmt.Errorf("write pg_hba.conf: %w", err)
	}
	port, err := FreePort()
	if err != nil {
		return nil, "", err
	}
	fresh := dataMajor(dir) == ""
	server := embeddedpostgres.NewDatabase(configure(dir, port, password, binaries, opts))
	if err := server.Start(); err != nil {
		return nil, "", explain(err, binaries)
	}
	if fresh {
		if err := checksum(dir, binaries, server); err != nil {
			return nil, "", explain(err, binaries)
		}
	}
	uri := url.URL{
		Scheme: "postgres", User: url.UserPassword(superuser, password),
		Host: fmt.Sprintf("127.0.0.1:%d", port), Path: database,
	}
	return server, uri.String(), nil
}

// checksum enables data checksums in a new cluster, with which PostgreSQL detects pages that the disk has changed. The
// embedded server's initdb has no option for them. A download has no pg_checksums; an existing cluster stays as it is.
func checksum(dir string, b Binaries, server *embeddedpostgres.EmbeddedPostgres) error {
	program := filepath.Join(b.Root, "bin", "pg_checksums")
	if _, err := os.Stat(program); b.Root == "" || err != nil {
		return nil //nolint:nilerr // without the program there are no checksums
	}
	if err := server.Stop(); err != nil {
		return err
	}
	out, err := exec.Command(program, "--enable", "-D", filepath.Join(dir, "data")).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "already enabled") { // the default from PostgreSQL 18 on
		return fmt.Errorf("enable data checksums: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return server.Start()
}

func dataMajor(dir string) string {
	raw, err := os.ReadFile(filepath.Join(dir, "data", "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}

// stopLeftover stops a server whose child was killed with SIGKILL.
func stopLeftover(dir string, b Binaries) error {
	data := filepath.Join(dir, "data")
	raw, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil || b.Root == "" {
		return nil
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || syscall.Kill(pid, 0) != nil {
		return nil
	}
	out, err := exec.Command(filepath.Join(b.Root, "bin", "pg_ctl"), "stop", "-w", "-m", "fast",
		"-D", data).CombinedOutput()
	if err != nil {
		return fmt.Errorf("a PostgreSQL server from an earlier start (process ID %d) does not stop: %s", pid,
			strings.TrimSpace(string(out)))
	}
	return nil
}

func password(dir string) (string, error) {
	path := filepath.Join(dir, "owner-password")
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the database's password: %w", err)
	}
	fresh := rand.Text()
	return fresh, os.WriteFile(path, []byte(fresh), 0o600)
}

// FreePort returns a port of 127.0.0.1 on which nothing listens.
func FreePort() (uint32, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return uint32(listener.Addr().(*net.TCPAddr).Port), nil
}

// accessRule allows connections from this machine, with a password that is not sent as clear text.
const accessRule = "host all all 127.0.0.1/32 scram-sha-256\n" //nolint:dupword // the columns database and user

// accessFile replaces the pg_hba.conf of initdb, which accepts passwords as clear text.
func accessFile(dir string) string { return filepath.Join(dir, "pg_hba.conf") }

// silentLog keeps the values of rows out of the log. Statements and the messages and details of errors have such
// values. The store logs its own errors.
var silentLog = map[string]string{
	"log_min_messages":                  "log", // LOG, FATAL and PANIC
	"log_min_error_statement":           "panic",
	"log_error_verbosity":               "terse",
	"log_parameter_max_length":          "0",
	"log_parameter_max_length_on_error": "0",
	"log_statement":                     "none",
	"log_min_duration_statement":        "-1",
}

func configure(dir string, port uint32, password string, b Binaries, opts Options) embeddedpostgres.Config {
	parameters := map[string]string{ //nolint:gosec // password_encryption names a method
		"listen_addresses":        "127.0.0.1",
		"unix_socket_directories": "", // a long path would exceed the limit of a socket's address
		"logging_collector":       "on",
		"log_directory":           filepath.Join(dir, "log"),
		"max_connections":         "200",
		"hba_file":                accessFile(dir),
		"password_encryption":     "scram-sha-256",
	}
	maps.Copy(parameters, silentLog)
	if opts.Unsafe {
		parameters["fsync"], parameters["synchronous_commit"], parameters["full_page_writes"] = "off", "off", "off"
		parameters["max_connections"] = "500" // of many stores at once
	}
	config := embeddedpostgres.DefaultConfig().Port(port).Database(database).Username(superuser).Password(password).
		RuntimePath(filepath.Join(dir, "runtime")).DataPath(filepath.Join(dir, "data")).
		CachePath(filepath.Join(dir, "download")).
		Locale("C").Encoding("UTF8").Logger(io.Discard).StartParameters(parameters)
	if b.Root == "" {
		return config.Version(downloadVersion).BinariesPath(filepath.Join(dir, "binaries"))
	}
	return config.Version(embeddedpostgres.PostgresVersion(b.Version)).BinariesPath(b.Root)
}

func explain(err error, b Binaries) error {
	if b.Root == "" {
		return fmt.Errorf("PostgreSQL is not installed and cannot be downloaded; install it (Debian: apt-get install "+
			"postgresql; macOS: brew install postgresql), or set COINSLOT_DATABASE_URL to a running server: %w", err)
	}
	return fmt.Errorf("PostgreSQL %s in %s does not start: %w", b.Version, b.Root, err)
}
