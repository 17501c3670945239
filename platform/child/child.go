// Package child runs helper processes that end with their parent: a child prints its URL as its first line when it is
// ready, and ends when its standard input does, which no way of ending the parent prevents.
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
	URL   string
	PID   int
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{}
	err   error // valid once done is closed
}

const stopTimeout = 30 * time.Second

// Start runs a command with further variables in its environment and returns when it is ready. It returns the child's
// own words when it fails.
func Start(ctx context.Context, environ []string, command ...string) (*Process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), environ...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
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
		return nil, errors.New(orElse(strings.TrimPrefix(strings.TrimSpace(complaint.String()), "coinslot: "),
			fmt.Sprintf("%s ended: %v", command[0], p.err)))
	}
	return p, nil
}

// watch reads the child's first line, and waits for its end.
func (p *Process) watch(stdout io.Reader, line chan<- string) {
	reader := bufio.NewReader(stdout)
	text, _ := reader.ReadString('\n') // an empty line says that it failed
	line <- strings.TrimSpace(text)
	io.Copy(io.Discard, reader) //nolint:errcheck // whatever comes, the end of it is what counts
	p.err = p.cmd.Wait()
	close(p.done)
}

func orElse(text, other string) string {
	if text != "" {
		return text
	}
	return other
}

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop asks the child to end and waits until it has.
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
