//go:build unix

package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"coinslot/platform/pgserver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/ory/dockertest/v3"
)

const (
	roleVariable  = "COINSLOT_TEST_ROLE" // the role of a re-executed test binary
	supervisor    = "supervisor"
	dbServe       = "db-serve"
	urlVariable   = "COINSLOT_TEST_DATABASE_URL"
	imageVariable = "COINSLOT_TEST_POSTGRES_IMAGE"
)

// ready is true when Main was called.
var ready atomic.Bool

// Main runs a package's tests and exits. Every package whose tests need a database must call it from TestMain, because
// the server's processes re-execute the test binary.
func Main(m interface{ Run() int }) {
	ready.Store(true)
	switch os.Getenv(roleVariable) {
	case supervisor:
		exit(supervise())
	case dbServe:
		exit(pgserver.Serve(os.Args[1], pgserver.Options{Unsafe: true}, os.Stdin, os.Stdout))
	default:
		code := m.Run()
		if err := end(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
		os.Exit(code)
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

var errNoServer = errors.New("the integration tests need PostgreSQL: start a Docker engine, install PostgreSQL " +
	"(Debian: apt-get install postgresql), or set " + urlVariable)

// Source starts the server when none is running, and describes it, such as "a container of postgres:17-alpine".
func Source() (string, error) {
	if os.Getenv(urlVariable) != "" {
		return urlVariable, nil
	}
	if _, err := acquired(); err != nil {
		return "", err
	}
	raw, err := os.ReadFile(filepath.Join(sharedFolder(), "source"))
	return string(raw), err
}

func engine() *dockertest.Pool {
	pool, err := dockertest.NewPool("")
	if err != nil || pool.Client.Ping() != nil {
		return nil
	}
	return pool
}

func image() string {
	if name := os.Getenv(imageVariable); name != "" {
		return name
	}
	return "postgres:17-alpine"
}

// acquiredServer is a server that does not stop before this process ends.
type acquiredServer struct {
	uri   string
	admin *pgxpool.Pool // creates and drops databases
	copy  string        // a clause of CREATE DATABASE
	users *os.File      // its lock keeps the server running; the field keeps the file from being collected and closed
}

// acquired finds or starts the server, once for each process.
var acquired = sync.OnceValues(func() (s acquiredServer, err error) {
	if s.uri = os.Getenv(urlVariable); s.uri == "" {
		if s, err = shared(); err != nil {
			return s, err
		}
	}
	if s.admin, err = pgxpool.New(context.Background(), s.uri); err != nil {
		return s, err
	}
	// Writing a small database to the WAL takes longer than copying its files. PostgreSQL 14 always copies.
	err = s.admin.QueryRow(context.Background(), `SELECT CASE WHEN current_setting('server_version_num')::int >= 150000
		THEN ' STRATEGY file_copy' ELSE '' END`).Scan(&s.copy)
	return s, err
})

// create creates a database as a copy of another one without connections.
func (s acquiredServer) create(ctx context.Context, name, template string) error {
	_, err := s.admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+s.copy)
	return err
}

func (s acquiredServer) drop(name string) error {
	_, err := s.admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)")
	return err
}

func ping(ctx context.Context, uri string) error {
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func sharedFolder() string {
	name := fmt.Sprintf("coinslot-test-%d", os.Getuid())
	if image := os.Getenv(imageVariable); image != "" { // each image has a server of its own
		name += "-" + strings.NewReplacer("/", "-", ":", "-").Replace(image)
	}
	return filepath.Join(os.TempDir(), name)
}

// shared returns the server that all test processes share. This process holds a shared lock on users.lock until it
// ends, which prevents the supervisor from stopping the server.
func shared() (acquiredServer, error) {
	dir := sharedFolder()
	if err := os.MkdirAll(dir, 0o755); err != nil { // PostgreSQL's unprivileged user must be able to enter it
		return acquiredServer{}, err
	}
	users, err := flock(filepath.Join(dir, "users.lock"), syscall.LOCK_SH)
	if err != nil {
		return acquiredServer{}, err
	}
	starting, err := flock(filepath.Join(dir, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return acquiredServer{}, err
	}
	defer starting.Close()
	if raw, err := os.ReadFile(filepath.Join(dir, "url")); err == nil && ping(context.Background(), string(raw)) == nil {
		return acquiredServer{uri: string(raw), users: users}, nil
	}
	uri, err := startSupervisor(dir)
	return acquiredServer{uri: uri, users: users}, err
}

func flock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func startSupervisor(dir string) (string, error) {
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+supervisor)
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it must outlive this process
	stdout, err := cmd.StdoutPipe()
	if err := errors.Join(err, cmd.Start()); err != nil {
		return "", err
	}
	uri, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		raw, _ := os.ReadFile(log.Name()) // best effort, for the message
		return "", fmt.Errorf("the test database does not start: %s", raw)
	}
	return strings.TrimSpace(uri), cmd.Process.Release()
}
