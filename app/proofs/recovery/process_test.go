//go:build unix

package recovery_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// process is a program that a test starts, kills and starts again. All of its children are in its process group.
type process struct {
	name    string
	command []string
	environ []string
	as      *syscall.Credential // nil: this process's user
	folder  string
	cmd     *exec.Cmd
	output  *output
}

// output keeps the last output of a process.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// start starts the process. It is killed when the test ends.
func (p *process) start(t *testing.T) {
	t.Helper()
	p.output = &output{}
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = p.environ, p.folder, p.output, p.output
	cmd.WaitDelay = time.Second // a server that it has started may have its output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: p.as}
	require.NoError(t, cmd.Start())
	p.cmd = cmd
	t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }) // it may have ended
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", p.name, p.output)
		}
	})
}

// kill kills the process and its children with SIGKILL, and waits until it has ended.
func (p *process) kill() {
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // it may have ended
	_ = p.cmd.Wait()                                      // it was killed
}

// run runs the process to its end and returns its output.
func (p *process) run(t *testing.T) (string, error) {
	t.Helper()
	p.start(t)
	err := p.cmd.Wait()
	return p.output.String(), err
}

// program returns a process that runs the command line of this test binary.
func program(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &process{
		name: args[0], command: append([]string{self}, args...),
		environ: append(environ, harness.ProgramRole+"=program", "PATH="+os.Getenv("PATH")),
	}
}

// unprivileged returns the user that runs PostgreSQL; nil: this process's user.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	found, err := user.Lookup("postgres")
	require.NoError(t, err, "Debian's PostgreSQL has a user postgres")
	uid, err := strconv.Atoi(found.Uid)
	require.NoError(t, err)
	gid, err := strconv.Atoi(found.Gid)
	require.NoError(t, err)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// give makes folders that the user of PostgreSQL owns.
func give(t *testing.T, to *syscall.Credential, folders ...string) {
	t.Helper()
	for _, folder := range folders {
		require.NoError(t, os.MkdirAll(folder, 0o700))
		if to != nil {
			require.NoError(t, os.Chown(folder, int(to.Uid), int(to.Gid)))
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// within waits until a condition holds.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, limit, 20*time.Millisecond, what)
}
