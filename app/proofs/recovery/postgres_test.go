//go:build unix

package recovery_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/platform/pgserver"
	"coinslot/platform/postgres/pgtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	owner         = cluster.Owner
	ownerPassword = "owner-of-a-drill"
	storeLogin    = "coinslot_store"
	storePassword = "store-of-a-drill"
)

// server is a PostgreSQL server with a backup repository, configured by the files of .docker/backup.
type server struct {
	bin, folder, port string
	as                *syscall.Credential
	environ           []string
	settings          []string // beside those of postgresql.conf
	process           *cluster.Process
}

func newServer(t *testing.T) *server {
	t.Helper()
	found := pgserver.FindBinaries()
	require.NotEmpty(t, found, "the drill needs PostgreSQL's binaries (Debian: apt-get install postgresql)")
	s := &server{
		bin: filepath.Join(found[0].Root, "bin"), folder: pgtest.Folder(t), port: freePort(t), as: unprivileged(t),
	}
	require.NoError(t, cluster.Give(s.as, s.folder, s.path("repository"), s.path("lock"), s.path("run")))
	config, err := filepath.Abs("../../../.docker/backup")
	require.NoError(t, err)
	for _, name := range []string{"pgbackrest.conf", "postgresql.conf"} {
		raw, err := os.ReadFile(filepath.Join(config, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(s.path(name), raw, 0o644))
	}
	s.environ = []string{
		"PATH=" + os.Getenv("PATH"), "PGBACKREST_CONFIG=" + s.path("pgbackrest.conf"),
		"PGBACKREST_REPO1_PATH=" + s.path("repository"), "PGBACKREST_LOCK_PATH=" + s.path("lock"),
		"PGBACKREST_PG1_PATH=" + s.path("data"), "PGBACKREST_PG1_PORT=" + s.port,
		"PGBACKREST_PG1_SOCKET_PATH=" + s.path("run"), "PGBACKREST_PG1_USER=" + owner,
		"PGBACKREST_PG1_DATABASE=postgres",
	}
	return s
}

func (s *server) path(name string) string { return filepath.Join(s.folder, name) }

// program returns a process of PostgreSQL's user.
func (s *server) program(command ...string) *cluster.Process {
	return &cluster.Process{Name: command[0], Command: command, Environ: s.environ, As: s.as, Folder: s.folder}
}

// call runs a program as the user of PostgreSQL.
func (s *server) call(t *testing.T, command ...string) string {
	t.Helper()
	out, err := run(t, s.program(command...))
	require.NoError(t, err, "%s: %s", strings.Join(command, " "), out)
	return out
}

// create makes the data folder, starts the server and creates the database with its roles.
func (s *server) create(t *testing.T) {
	t.Helper()
	require.NoError(t, os.WriteFile(s.path("password"), []byte(ownerPassword), 0o644))
	s.call(t, filepath.Join(s.bin, "initdb"), "-D", s.path("data"), "-U", owner, "--pwfile="+s.path("password"),
		"--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums")
	s.start(t)
	s.exec(t, "postgres", `CREATE ROLE `+storeLogin+` LOGIN PASSWORD '`+storePassword+`'`, `CREATE DATABASE coinslot`)
	s.pgbackrest(t, "stanza-create")
	s.pgbackrest(t, "check")
}

// start starts the server and waits until it accepts writes.
func (s *server) start(t *testing.T) {
	t.Helper()
	config, err := os.ReadFile(s.path("postgresql.conf"))
	require.NoError(t, err)
	settings := []string{
		filepath.Join(s.bin, "postgres"), "-D", s.path("data"), "-p", s.port, "-h", "127.0.0.1",
		"-k", s.path("run"), "-c", "max_connections=60",
	}
	for line := range strings.SplitSeq(string(config), "\n") {
		if key, value, ok := strings.Cut(line, " = "); ok && !strings.HasPrefix(line, "#") {
			settings = append(settings, "-c", key+"="+strings.Trim(value, "'"))
		}
	}
	settings = append(settings, s.settings...)
	s.process = s.program(settings...)
	start(t, s.process)
	within(t, time.Minute, "PostgreSQL accepts writes", func() bool {
		recovering := true
		conn, err := pgx.Connect(t.Context(), s.url(owner, "postgres"))
		if err != nil {
			return false
		}
		defer conn.Close(context.Background())
		err = conn.QueryRow(t.Context(), `SELECT pg_is_in_recovery()`).Scan(&recovering)
		return err == nil && !recovering
	})
}

func (s *server) url(login, database string) string {
	password := map[string]string{owner: ownerPassword, storeLogin: storePassword}[login]
	return fmt.Sprintf("postgres://%s:%s@127.0.0.1:%s/%s", login, password, s.port, database)
}

func (s *server) pgbackrest(t *testing.T, args ...string) {
	t.Helper()
	s.call(t, append([]string{"pgbackrest", "--stanza=coinslot"}, args...)...)
}

func (s *server) exec(t *testing.T, database string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url(owner, database))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	for _, statement := range statements {
		_, err = conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
}

// read runs a query that returns one column of texts.
func (s *server) read(t *testing.T, query string) []string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url(owner, "coinslot"))
	require.NoError(t, err)
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return out
}

// archived waits until all WAL up to now is in the repository.
func (s *server) archived(t *testing.T) {
	t.Helper()
	segment := s.read(t, `SELECT pg_walfile_name(pg_switch_wal())`)[0]
	within(t, 30*time.Second, "the last segment is archived", func() bool {
		last := s.read(t, `SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver`)[0]
		return last >= segment
	})
}

// lose kills the server and deletes its data.
func (s *server) lose(t *testing.T) {
	t.Helper()
	s.process.Kill()
	require.NoError(t, os.RemoveAll(s.path("data")))
}

// restore restores the database to a moment, as of RFC 3339 in UTC, and starts the server.
func (s *server) restore(t *testing.T, moment string) {
	t.Helper()
	require.NoError(t, cluster.Give(s.as, s.path("data")))
	target := strings.NewReplacer("T", " ", "Z", "+00").Replace(moment)
	s.pgbackrest(t, "restore", "--type=time", "--target="+target, "--target-action=promote")
	s.start(t)
}
