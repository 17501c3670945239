//go:build unix

// Package datadir is the folder in which a local store keeps its things: the lock, run.json, secrets, the
// embedded database and the mock provider's books.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	defaultName = ".coinslot"
	rootName    = "/var/lib/coinslot"
)

// Dir is a data folder.
type Dir struct {
	path string
	lock *os.File
}

// Resolve makes the data folder and returns it. Without a wish it is .coinslot in the working folder; when root
// works where the unprivileged user that runs PostgreSQL cannot reach, it is /var/lib/coinslot.
func Resolve(wish string) (*Dir, error) {
	path := wish
	if path == "" {
		path = defaultName
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if os.Geteuid() == 0 && !reachableByOthers(path) {
		if wish != "" {
			return nil, fmt.Errorf("data.dir: %s lies where only root can reach it, and PostgreSQL does not run as root; choose a folder such as %s", path, rootName)
		}
		path = rootName
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	return &Dir{path: path}, nil
}

func reachableByOthers(path string) bool {
	for p := path; ; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err == nil && info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if p == filepath.Dir(p) {
			return true
		}
	}
}

// Path returns the folder, or a path inside it.
func (d *Dir) Path(elem ...string) string {
	return filepath.Join(append([]string{d.path}, elem...)...)
}

// ErrLocked is returned by Lock while another store works in the folder.
var ErrLocked = errors.New("the data folder is in use")

// Lock takes the folder until Unlock or the end of the process, whichever comes first.
func (d *Dir) Lock() error {
	file, err := os.OpenFile(d.Path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return d.holder()
	}
	d.lock = file
	return nil
}

func (d *Dir) holder() error {
	run, err := d.ReadRun()
	if err != nil {
		return fmt.Errorf("%w: another process holds %s", ErrLocked, d.path)
	}
	return fmt.Errorf("%w: the store with process ID %d, at %s, holds %s; stop it, or set COINSLOT_DATA_DIR to another folder", ErrLocked, run.PID, run.URL, d.path)
}

// Unlock lets the folder go and removes run.json.
func (d *Dir) Unlock() error {
	if d.lock == nil {
		return nil
	}
	err := errors.Join(removeIfThere(d.Path("run.json")), d.lock.Close())
	d.lock = nil
	return err
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
