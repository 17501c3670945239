package harness

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"

	"coinslot/platform/postgres/pgtest"

	"coinslot/platform/datadir"
	"coinslot/platform/pgserver"
	"coinslot/platform/storetest"

	"github.com/stretchr/testify/require"
)

// startTimeout is for the start of a process with a new PostgreSQL server, on a busy machine.
const startTimeout = 5 * time.Minute

// Program runs the command line in processes that share a data folder.
type Program struct {
	Folder  string // the data folder
	Environ []string
}

// NewProgram returns a program with a new data folder and free ports of 127.0.0.1.
func NewProgram(t *testing.T) Program {
	t.Helper()
	folder := pgtest.Folder(t)
	p := Program{folder, append(os.Environ(), ProgramRole+"=program", "COINSLOT_DATA_DIR="+folder,
		"COINSLOT_HTTP_ADDRESS=127.0.0.1:0",
		"COINSLOT_ADMIN_ADDRESS=127.0.0.1:0", "COINSLOT_MOCKPAY_ADDRESS=127.0.0.1:0",
		"COINSLOT_INBOX_ADDRESS=127.0.0.1:0", "COINSLOT_INBOX_SMTP=127.0.0.1:0")}
	if len(pgserver.FindBinaries()) == 0 { // use the tests' database instead of an embedded one
		d := storetest.Open(t)
		p.Environ = append(p.Environ, "COINSLOT_DATABASE_URL="+d.StoreURL, "COINSLOT_MIGRATION_DATABASE_URL="+d.OwnerURL)
	}
	return p
}

// Launch starts the store and returns when it is ready or has ended. The channel is closed when the process has ended.
func (p Program) Launch(t *testing.T, stderr io.Writer) (*exec.Cmd, datadir.Run, chan struct{}) {
	t.Helper()
	cmd := p.Command(t.Context(), t, "serve")
	cmd.Stderr = stderr
	require.NoError(t, cmd.Start())
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // callers read cmd.ProcessState
		close(ended)
	}()
	dir, err := datadir.Resolve(p.Folder)
	require.NoError(t, err)
	var run datadir.Run
	Eventually(t, "the store starts", func() bool {
		select {
		case <-ended:
			return true
		default:
		}
		run, err = dir.ReadRun()
		return err == nil && run.PID == cmd.Process.Pid
	})
	return cmd, run, ended
}

// Command returns a command with arguments that is not started yet.
func (p Program) Command(ctx context.Context, t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = p.Environ
	return cmd
}

// Serve starts the store and returns when it is ready.
func (p Program) Serve(t *testing.T) (*exec.Cmd, datadir.Run) {
	t.Helper()
	var out bytes.Buffer
	return p.ServeWithOutput(t, &out)
}

// ServeWithOutput is Serve with a buffer for standard output and error. Read it after the process has ended.
func (p Program) ServeWithOutput(t *testing.T, out *bytes.Buffer) (*exec.Cmd, datadir.Run) {
	t.Helper()
	cmd := p.Command(context.Background(), t, "serve")
	cmd.Stdout, cmd.Stderr = out, out
	ended := startWatched(t, cmd)
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	dir, err := datadir.Resolve(p.Folder)
	require.NoError(t, err)
	var run datadir.Run
	started := func() bool {
		run, err = dir.ReadRun()
		return err == nil && run.PID == cmd.Process.Pid
	}
	timeout := time.After(startTimeout)
	for poll := time.NewTicker(20 * time.Millisecond); !started(); {
		select {
		case <-poll.C:
			continue
		case <-ended:
		case <-timeout:
			_ = cmd.Process.Kill() // it may have ended
		}
		_ = cmd.Wait() // so that out is complete
		require.Fail(t, "the store did not start", out.String())
	}
	return cmd, run
}

// startWatched starts a command and returns a channel that is closed when the process has ended. Unlike cmd.Wait, it
// can be used beside a later cmd.Wait: the process inherits a pipe that its end closes.
func startWatched(t *testing.T, cmd *exec.Cmd) <-chan struct{} {
	t.Helper()
	read, write, err := os.Pipe()
	require.NoError(t, err)
	cmd.ExtraFiles = []*os.File{write}
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, read)
		_ = read.Close()
		close(ended)
	}()
	return ended
}
