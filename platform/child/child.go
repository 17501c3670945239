// Package child runs helper processes that end with their parent. A child prints its URL as the first line on stdout
// when it is ready, and exits when its standard input is closed. The operating system closes it even when the parent is
// killed.
package child

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Process is a running child.
type Process struct {
	URL   string // the first line that the child printed
	PID   int
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{}
	err   error // valid once done is closed
}

const stopTimeout = 30 * time.Second

// Start runs a command with additional environment variables and returns when the child is ready. If the child exits
// before, the error is its output on stderr, or its exit status. If ctx ends before, Start stops the child and returns
// ctx's error.
func Start(ctx context.Context, environ []string, command ...string) (*Process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), environ...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command[0], err)
	}
	p := &Process{PID: cmd.Process.Pid, cmd: cmd, stdin: stdin, done: make(chan struct{})}
	line := make(chan string, 1)
	go p.watch(stdout, line)
	select {
	case p.URL = <-line:
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), p.Stop())
	}
	if p.URL == "" {
		<-p.done
		return nil, errors.New(orElse(strings.TrimPrefix(strings.TrimSpace(stderr.String()), "coinslot: "),
			fmt.Sprintf("%s ended: %v", command[0], p.err)))
	}
	return p, nil
}

// watch sends the child's first line, and closes p.done when the child has exited.
func (p *Process) watch(stdout io.Reader, line chan<- string) {
	reader := bufio.NewReader(stdout)
	text, _ := reader.ReadString('\n') // empty when the child failed to start
	line <- strings.TrimSpace(text)
	io.Copy(io.Discard, reader) //nolint:errcheck // it only waits for the end of the output
	p.err = p.cmd.Wait()
	close(p.done)
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// Done returns a channel that is closed when the child has exited.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop closes the child's standard input, waits up to 30 seconds until it has exited, and returns its exit error. It
// may be called more than once.
func (p *Process) Stop() error {
	if err := p.stdin.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("stop process %d: %w", p.PID, err)
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(stopTimeout):
		return fmt.Errorf("process %d did not end within %s", p.PID, stopTimeout)
	}
}
