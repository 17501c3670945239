//go:build unix

package cluster

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"coinslot/platform/pgserver"
)

// Process is a program that is started, killed and started again. Its children are in its process group, unless they
// leave it.
type Process struct {
	Name    string
	Command []string
	Environ []string
	As      *syscall.Credential // nil: this process's user
	Folder  string
	Network *Host     // nil: this process's network
	Output  io.Writer // nil: discarded
	cmd     *exec.Cmd
}

// Start starts the process.
func (p *Process) Start() error {
	command, as := p.Command, p.As
	if p.Network != nil {
		command, as = p.Network.inside(command, as), nil
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = p.Environ, p.Folder, p.Output, p.Output
	cmd.WaitDelay = time.Second // a server that it has started may have its output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.cmd = cmd
	return nil
}

// Signal sends a signal to the process and its children. It may have ended.
func (p *Process) Signal(signal syscall.Signal) {
	if p.cmd != nil {
		_ = syscall.Kill(-p.cmd.Process.Pid, signal)
	}
}

// Kill kills the process and its children with SIGKILL, and waits until it has ended.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	_ = p.Wait() // it was killed
}

// Wait waits until the process has ended.
func (p *Process) Wait() error { return p.cmd.Wait() }

// PID returns the process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Unprivileged returns the user that runs PostgreSQL, which does not run as root; nil: this process's user.
func Unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("the user postgres of Debian's PostgreSQL: %w", err)
	}
	uid, err1 := strconv.ParseUint(found.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(found.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err1, err2)
}

// Give makes folders that a user owns.
func Give(to *syscall.Credential, folders ...string) error {
	for _, folder := range folders {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		if to != nil {
			if err := os.Chown(folder, int(to.Uid), int(to.Gid)); err != nil {
				return err
			}
		}
	}
	return nil
}

// FreePort returns a port of 127.0.0.1 on which nothing listens.
func FreePort() (string, error) {
	port, err := pgserver.FreePort()
	return strconv.FormatUint(uint64(port), 10), err
}
