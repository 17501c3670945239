//go:build unix

package recovery_test

import (
	"bytes"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"coinslot/app/cluster"
	"coinslot/app/e2e/harness"

	"github.com/stretchr/testify/require"
)

// output keeps the output of a process.
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

// start starts a process. It is killed when the test ends, and its output is logged if the test fails.
func start(t *testing.T, p *cluster.Process) *output {
	t.Helper()
	written := &output{}
	p.Output = written
	require.NoError(t, p.Start())
	t.Cleanup(func() { p.Signal(syscall.SIGKILL) })
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%s:\n%s", p.Name, written)
		}
	})
	return written
}

// run runs a process to its end and returns its output.
func run(t *testing.T, p *cluster.Process) (string, error) {
	t.Helper()
	written := start(t, p)
	err := p.Wait()
	return written.String(), err
}

// program returns a process that runs the command line of this test binary.
func program(t *testing.T, environ []string, args ...string) *cluster.Process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &cluster.Process{
		Name: args[0], Command: append([]string{self}, args...),
		Environ: append(environ, harness.ProgramRole+"=program", "PATH="+os.Getenv("PATH")),
	}
}

// unprivileged returns the user that runs PostgreSQL; nil: this process's user.
func unprivileged(t *testing.T) *syscall.Credential {
	t.Helper()
	as, err := cluster.Unprivileged()
	require.NoError(t, err)
	return as
}

func freePort(t *testing.T) string {
	t.Helper()
	port, err := cluster.FreePort()
	require.NoError(t, err)
	return port
}

// within waits until a condition holds.
func within(t *testing.T, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, limit, 20*time.Millisecond, what)
}
