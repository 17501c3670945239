//go:build unix

package pgtest

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"coinslot/platform/pgserver"
	"coinslot/platform/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const replicatedOwner = "coinslot_owner"

// Server is a PostgreSQL server of one test, which is not shared, so that it can be stopped and replicated.
type Server struct {
	OwnerURL string
	StoreURL string // of the restricted role

	bin, folder, port string
	as                *syscall.Credential
	settings          []string
	process           *exec.Cmd
}

// NewServer starts a server with a migrated database. The test is skipped without PostgreSQL's binaries.
func NewServer(t *testing.T, modules []postgres.Migrations) *Server {
	t.Helper()
	found := pgserver.FindBinaries()
	if len(found) == 0 {
		t.Skip("SKIPPED: it needs PostgreSQL's binaries (Debian: apt-get install postgresql)")
	}
	s := &Server{bin: filepath.Join(found[0].Root, "bin"), folder: Folder(t), as: unprivileged(t)}
	s.own(t)
	s.run(t, "initdb", "-D", s.data(), "-U", replicatedOwner, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
	s.Start(t)
	require.NoError(t, migrate(t.Context(), s.OwnerURL, modules))
	return s
}

// Standby starts a hot standby of the server, with further settings such as "recovery_min_apply_delay=50ms".
func (s *Server) Standby(t *testing.T, settings ...string) *Server {
	t.Helper()
	standby := &Server{bin: s.bin, folder: Folder(t), as: s.as, settings: settings}
	standby.own(t)
	standby.run(t, "pg_basebackup", "-d", s.OwnerURL, "-D", standby.data(), "-R", "-X", "stream", "-c", "fast",
		"--no-sync")
	standby.Start(t)
	return standby
}

// Start starts the server if it is stopped, and waits until it accepts connections. It stops when the test ends.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	if s.port == "" {
		s.port = freePort(t)
		s.OwnerURL = "postgres://" + replicatedOwner + "@127.0.0.1:" + s.port + "/postgres?sslmode=disable"
		s.StoreURL = withLogin(s.OwnerURL)
	}
	arguments := []string{
		"-D", s.data(), "-p", s.port, "-h", "127.0.0.1", "-k", "", "-c", "fsync=off",
		"-c", "max_wal_senders=4", "-c", "hot_standby=on",
	}
	for _, setting := range s.settings {
		arguments = append(arguments, "-c", setting)
	}
	var output bytes.Buffer
	s.process = s.command("postgres", arguments...)
	s.process.Stdout, s.process.Stderr = &output, &output
	require.NoError(t, s.process.Start())
	started := s.process
	t.Cleanup(func() {
		_ = started.Process.Signal(syscall.SIGCONT)
		_ = started.Process.Signal(syscall.SIGQUIT) // an immediate shutdown, also of its children
		_ = started.Wait()
		if t.Failed() {
			t.Logf("postgres on port %s:\n%s", s.port, output.String())
		}
	})
	require.Eventually(t, func() bool { return ping(t.Context(), s.OwnerURL) == nil }, time.Minute, pollStart,
		"PostgreSQL accepts connections")
}

const pollStart = 20 * time.Millisecond

// Stop stops the server at once, as a crash does.
func (s *Server) Stop(t *testing.T) {
	t.Helper()
	require.NoError(t, s.process.Process.Signal(syscall.SIGQUIT))
	var ended *exec.ExitError
	if err := s.process.Wait(); !errors.As(err, &ended) {
		require.NoError(t, err)
	}
}

// Exec runs statements as the owner.
func (s *Server) Exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		admin(t.Context(), t, s.OwnerURL, statement)
	}
}

// Text runs a query that returns one text, as the owner.
func (s *Server) Text(t *testing.T, query string) (text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.OwnerURL)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&text))
	return text
}

// AwaitReplay waits until a standby has replayed all that the server has written.
func (s *Server) AwaitReplay(t *testing.T, standby *Server) {
	t.Helper()
	written := s.Text(t, `SELECT pg_current_wal_flush_lsn()::text`)
	require.Eventually(t, func() bool {
		return standby.Text(t, `SELECT (pg_last_wal_replay_lsn() >= '`+written+`'::pg_lsn)::text`) == "true"
	}, time.Minute, pollStart, "the standby has replayed everything")
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(program string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), arguments...)
	cmd.Dir = s.folder
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.as} // Ctrl-C stops it after the test
	return cmd
}

func (s *Server) run(t *testing.T, program string, arguments ...string) {
	t.Helper()
	out, err := s.command(program, arguments...).CombinedOutput()
	require.NoError(t, err, "%s: %s", program, out)
}

// own gives the server's folder to the user that runs PostgreSQL.
func (s *Server) own(t *testing.T) {
	t.Helper()
	if s.as != nil {
		require.NoError(t, os.Chown(s.folder, int(s.as.Uid), int(s.as.Gid)))
	}
}

// unprivileged returns the user that runs PostgreSQL, which does not run as root; nil: this process's user.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		found, err = user.Lookup("nobody")
	}
	require.NoError(t, err)
	uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
	require.NoError(t, errors.Join(err1, err2))
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}
